//! Topics and databases of the bench's own, on servers that are given.

use std::sync::Arc;

use anyhow::Result;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use sideline_avro::{FixedSchemas, SchemaName};
use sideline_topics::Catalogue;
use sideline_warehouse::{ClickHouseConfig, KafkaConfig, SinkConfig, SinkTopics, Warehouse};

use super::Args;

/// Where the bench works.
pub(super) struct Place {
    pub(super) kafka: String,
    pub(super) topics: SinkTopics,
    url: String,
    name: String,
    is_kept: bool,
}

impl Place {
    /// Makes the topics; databases are made by those who use them.
    pub(super) async fn open(args: &Args) -> Result<Self> {
        let own_name = || format!("b{}", std::process::id());
        let name = args.keep.clone().unwrap_or_else(own_name);
        let topics = SinkTopics::of(&Catalogue::new("nba", Some(&name))?);
        let place = Self {
            kafka: args.kafka.clone(),
            topics,
            url: args.clickhouse.clone(),
            name,
            is_kept: args.keep.is_some(),
        };
        let names = place.topic_names();
        let new: Vec<NewTopic<'_>> = names
            .iter()
            .map(|name| {
                NewTopic::new(name, 1, TopicReplication::Fixed(1))
                    .set("message.timestamp.type", "LogAppendTime")
            })
            .collect();
        let admin = place.admin()?;
        for made in admin.create_topics(&new, &AdminOptions::new()).await? {
            match made {
                Ok(_) => {}
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) if place.is_kept => {}
                Err((topic, code)) => anyhow::bail!("topic {topic}: {code}"),
            }
        }
        Ok(place)
    }

    /// Removes topics and databases, unless they are kept.
    pub(super) async fn close(self) -> Result<()> {
        if self.is_kept {
            return Ok(());
        }
        let client = clickhouse::Client::default().with_url(&self.url);
        for purpose in ["sink", "memory", "questions"] {
            let sql = format!("DROP DATABASE IF EXISTS {}", self.database(purpose));
            client.query(&sql).execute().await?;
        }
        let names = self.topic_names();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.admin()?
            .delete_topics(&names, &AdminOptions::new())
            .await?;
        Ok(())
    }

    fn admin(&self) -> Result<AdminClient<DefaultClientContext>> {
        Ok(self.client_config().create()?)
    }

    pub(super) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.kafka);
        config
    }

    fn topic_names(&self) -> Vec<String> {
        let topics = &self.topics;
        let names = [
            &topics.predictions,
            &topics.outcomes,
            &topics.graded,
            &topics.runs,
            &topics.dead_letters,
            &topics.touches,
            &topics.lines,
            &topics.box_scores,
            &topics.games,
            &topics.rosters,
        ];
        names.map(Clone::clone).into()
    }

    fn database(&self, purpose: &str) -> String {
        format!("bench_{}_{purpose}", self.name)
    }

    /// A database for one purpose, with all its tables.
    pub(super) async fn warehouse(&self, purpose: &str) -> Result<Warehouse> {
        let config = ClickHouseConfig::new(&self.url, self.database(purpose));
        let warehouse = Warehouse::new(config)?;
        warehouse.migrate().await?;
        Ok(warehouse)
    }

    /// A plain client of one of the databases.
    pub(super) fn client(&self, purpose: &str) -> clickhouse::Client {
        clickhouse::Client::default()
            .with_url(&self.url)
            .with_database(self.database(purpose))
    }

    pub(super) fn sink_config(&self) -> SinkConfig {
        SinkConfig {
            kafka: KafkaConfig::new(&self.kafka),
            topics: self.topics.clone(),
            instance: "bench".into(),
            schemas: Arc::new(FixedSchemas::all()),
            dead_letter_schema_id: FixedSchemas::id_of(SchemaName::DeadLetter),
            clickhouse: ClickHouseConfig::new(&self.url, self.database("sink")),
            fail_at: None,
        }
    }
}
