//! Doing what a plan says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use rdkafka::admin::{AlterConfig, NewTopic as KafkaTopic, ResourceSpecifier, TopicReplication};
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde::Serialize;
use sideline_avro::SchemaName;

use crate::catalogue::Catalogue;
use crate::cluster::{Cluster, ClusterError, REQUEST_TIMEOUT, broker, consumer_of, options};
use crate::plan::{ConfigChange, NewOffsets, NewSchema, NewTopic, Plan, Refusal};

/// Longest wait until new topics have leaders and new settings are shown. One broker takes well under a
/// second; a cluster whose controller moves takes several.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Pause between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// As many replicas as the broker makes by default.
const BROKERS_DEFAULT: TopicReplication<'_> = TopicReplication::Fixed(-1);

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Topics created.
    pub topics: usize,
    /// Settings changed.
    pub configs: usize,
    /// Schemas registered.
    pub schemas: usize,
    /// Partitions for which a group got its position.
    pub offsets: usize,
}

/// Why a plan was not, or not wholly, carried out. Plan and apply can be repeated at any time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The plan holds differences that are not mended by machine; nothing was changed.
    #[error("nothing was changed: {}", sentences(.0))]
    Refused(Vec<Refusal>),
    /// Broker or registry failed on the way.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// New topics got no leader.
    #[error(
        "{} partitions, {:?} among them, have no leader {} s after their creation: look at the broker's log, then apply again",
        missing.len(), missing.first(), SETTLE_TIMEOUT.as_secs()
    )]
    NotServed {
        /// Topics and partitions.
        missing: Vec<(String, i32)>,
    },
    /// A changed setting is not shown by the broker.
    #[error(
        "the broker took the new {config} of {topic} but does not show it {} s later: look at its log, then apply again",
        SETTLE_TIMEOUT.as_secs()
    )]
    NotShown {
        /// The topic.
        topic: String,
        /// The setting.
        config: &'static str,
    },
}

fn sentences(refusals: &[Refusal]) -> String {
    let messages: Vec<&str> = refusals
        .iter()
        .map(|refusal| refusal.message.as_str())
        .collect();
    messages.join("; ")
}

impl Cluster {
    /// Plans and carries the plan out. A second call finds nothing to do.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub async fn apply_catalogue(&self, catalogue: &Catalogue) -> Result<Applied, ApplyError> {
        let plan = self.plan(catalogue).await?;
        self.apply(&plan).await
    }

    /// Carries a plan out: creates topics, changes settings, registers schemas, gives groups without
    /// a position the start of each partition.
    ///
    /// # Errors
    /// [`ApplyError::Refused`], before anything is changed, when the plan holds refusals.
    pub async fn apply(&self, plan: &Plan) -> Result<Applied, ApplyError> {
        if !plan.refusals.is_empty() {
            return Err(ApplyError::Refused(plan.refusals.clone()));
        }
        self.create_topics(&plan.topics).await?;
        self.change_configs(&plan.configs).await?;
        self.register(&plan.schemas).await?;
        let applied = Applied {
            topics: plan.topics.len(),
            configs: plan.configs.len(),
            schemas: plan.schemas.len(),
            offsets: self.set_offsets(&plan.offsets).await?,
        };
        tracing::info!(?applied, "catalogue applied");
        Ok(applied)
    }

    async fn create_topics(&self, topics: &[NewTopic]) -> Result<(), ApplyError> {
        if topics.is_empty() {
            return Ok(());
        }
        let what = "creating topics";
        let configs: Vec<BTreeMap<&str, String>> = topics
            .iter()
            .map(|topic| topic.settings.configs())
            .collect();
        let wanted: Vec<KafkaTopic<'_>> = topics
            .iter()
            .zip(&configs)
            .map(|(topic, configs)| {
                let new = KafkaTopic::new(&topic.topic, topic.settings.partitions, BROKERS_DEFAULT);
                let configs = configs.iter();
                configs.fold(new, |new, (config, value)| new.set(config, value))
            })
            .collect();
        let answers = self.admin.create_topics(&wanted, &options()).await;
        for answer in answers.map_err(|error| broker(&self.config, what, &error))? {
            match answer {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => {
                    let what = format!("creating {topic}");
                    return Err(broker(&self.config, &what, &code).into());
                }
            }
        }
        self.wait_for(topics).await
    }

    /// Waits until each partition has a leader that answers: the broker lists a topic a moment before
    /// it serves it, and who asks in between is refused.
    async fn wait_for(&self, topics: &[NewTopic]) -> Result<(), ApplyError> {
        let give_up = Instant::now() + SETTLE_TIMEOUT;
        let mut missing: Vec<(String, i32)> = topics
            .iter()
            .flat_map(|topic| {
                (0..topic.settings.partitions).map(|partition| (topic.topic.clone(), partition))
            })
            .collect();
        loop {
            missing = self.not_served(missing).await?;
            if missing.is_empty() {
                return Ok(());
            }
            if Instant::now() >= give_up {
                return Err(ApplyError::NotServed { missing });
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    async fn not_served(
        &self,
        partitions: Vec<(String, i32)>,
    ) -> Result<Vec<(String, i32)>, ClusterError> {
        let admin = Arc::clone(&self.admin);
        let look = move || {
            // The client remembers for long that a partition is unknown, and only a look at all topics
            // makes it forget.
            admin.inner().fetch_metadata(None, REQUEST_TIMEOUT)?;
            let mut missing = Vec::new();
            for (topic, partition) in partitions {
                let marks = admin
                    .inner()
                    .fetch_watermarks(&topic, partition, REQUEST_TIMEOUT);
                match marks {
                    Ok(_) => {}
                    Err(error) if is_not_served(&error) => missing.push((topic, partition)),
                    Err(error) => return Err(error),
                }
            }
            Ok(missing)
        };
        self.blocking("waiting for new topics", look).await
    }

    /// The client replaces all settings of a topic at once, so those it has of its own are sent
    /// along.
    async fn change_configs(&self, changes: &[ConfigChange]) -> Result<(), ApplyError> {
        let what = "changing the settings of topics";
        let mut names: Vec<String> = changes.iter().map(|change| change.topic.clone()).collect();
        names.dedup();
        let found = self.describe(&names).await?;
        let mut wanted = Vec::new();
        for (name, topic) in &found {
            let mut alter = AlterConfig::new(ResourceSpecifier::Topic(name));
            for (config, value) in &topic.own {
                alter = alter.set(config, value);
            }
            for change in changes.iter().filter(|change| change.topic == *name) {
                alter = alter.set(change.config, &change.new);
            }
            wanted.push(alter);
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let answers = self.admin.alter_configs(&wanted, &options()).await;
        for answer in answers.map_err(|error| broker(&self.config, what, &error))? {
            answer.map_err(|(_, code)| broker(&self.config, what, &code))?;
        }
        self.wait_for_configs(&names, changes).await
    }

    /// Waits until the broker shows the new settings: it says yes when its controller has them, and
    /// shows the old ones for a moment more.
    async fn wait_for_configs(
        &self,
        names: &[String],
        changes: &[ConfigChange],
    ) -> Result<(), ApplyError> {
        let give_up = Instant::now() + SETTLE_TIMEOUT;
        loop {
            let found = self.describe(names).await?;
            let differs = |change: &&ConfigChange| {
                let topic = found.get(&change.topic);
                topic.and_then(|topic| topic.configs.get(change.config)) != Some(&change.new)
            };
            let Some(change) = changes.iter().find(differs) else {
                return Ok(());
            };
            if Instant::now() >= give_up {
                return Err(ApplyError::NotShown {
                    topic: change.topic.clone(),
                    config: change.config,
                });
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    async fn register(&self, schemas: &[NewSchema]) -> Result<(), ClusterError> {
        for new in schemas {
            let (Some(registry), Some(schema)) =
                (&self.registry, SchemaName::from_name(new.schema))
            else {
                return Err(ClusterError::NoRegistry);
            };
            registry.register(&new.subject, schema).await?;
        }
        Ok(())
    }

    /// Sets positions; returns for how many partitions.
    async fn set_offsets(&self, offsets: &[NewOffsets]) -> Result<usize, ClusterError> {
        let mut by_group: BTreeMap<&str, Vec<NewOffsets>> = BTreeMap::new();
        for new in offsets {
            by_group.entry(&new.group).or_default().push(new.clone());
        }
        let commits = by_group.into_iter().map(|(group, inputs)| {
            let what = format!("setting the first position of group {group} (is it running?)");
            let (config, group) = (self.config.clone(), group.to_owned());
            let commit = move || commit_starts(&config, &group, &inputs);
            async move { self.blocking(&what, commit).await }
        });
        Ok(try_join_all(commits).await?.into_iter().sum())
    }
}

/// True of an error about a topic whose partitions have no leader yet, as is so for a moment after it
/// was created.
#[must_use]
pub fn is_not_served(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition
        )
    )
}

/// Commits the first offset there is of each partition: 0, unless retention has moved it.
fn commit_starts(
    config: &rdkafka::ClientConfig,
    group: &str,
    inputs: &[NewOffsets],
) -> Result<usize, KafkaError> {
    let consumer = consumer_of(config, group)?;
    let mut starts = TopicPartitionList::new();
    for input in inputs {
        for partition in &input.partitions {
            let (first, _) =
                consumer.fetch_watermarks(&input.topic, *partition, REQUEST_TIMEOUT)?;
            starts.add_partition_offset(&input.topic, *partition, Offset::Offset(first))?;
        }
    }
    consumer.commit(&starts, CommitMode::Sync)?;
    Ok(starts.count())
}
