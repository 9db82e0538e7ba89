//! The broker that all contestants share, and what they find on it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_stack::{Flags, Settings, TerminalProgress};
use sideline_topics::is_not_served;
use tokio::runtime::Runtime;

use crate::lab::until;

/// The same for every topic and contestant.
pub(crate) const PARTITIONS: i32 = 4;

/// No answer of a broker on this machine takes longer, unless something is wrong.
const ANSWER: Duration = Duration::from_secs(30);

/// A broker as it is in use, not a small one for tests: both compilers, room, and a collector whose
/// pauses are below a millisecond. With the local stack's own (one compiler, 384 MiB, a collector that
/// stops it for 10 ms twice a second) three hops of any contestant had twice the latency.
const JAVA_OPTIONS: &str = "-Xms1g -XX:+UseZGC";

/// Its largest heap, in MiB.
const HEAP_MIB: &str = "1024";

/// Exit code of a program that was interrupted, as shells know it.
const INTERRUPTED: i32 = 130;

/// A Kafka of our own, ended with this value.
pub(crate) struct Broker {
    runtime: Runtime,
    settings: Settings,
    /// `host:port`.
    pub(crate) address: String,
}

impl Broker {
    /// Starts one on free ports, with its data in a folder.
    pub(crate) fn start(home: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let variable = |name: &str| match name {
            "SIDELINE_KAFKA_PORT"
            | "SIDELINE_KAFKA_CONTROLLER_PORT"
            | "SIDELINE_REGISTRY_PORT"
            | "SIDELINE_CLICKHOUSE_PORT"
            | "SIDELINE_PIPELINE_PORT" => Some("0".to_owned()),
            "SIDELINE_KAFKA_HEAP_MIB" => Some(HEAP_MIB.to_owned()),
            "SIDELINE_KAFKA_JAVA_OPTIONS" => Some(JAVA_OPTIONS.to_owned()),
            other => std::env::var(other).ok(),
        };
        let flags = Flags {
            home: Some(home.to_owned()),
            ..Flags::default()
        };
        let settings = Settings::load_from(&flags, &variable, home)?;
        let progress = TerminalProgress::new();
        let endpoints = runtime.block_on(sideline_stack::up_kafka(&settings, &progress))?;
        end_with_an_interrupt(settings.clone());
        Ok(Self {
            runtime,
            settings,
            address: endpoints.kafka,
        })
    }

    /// Settings that every client has.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.address);
        client
    }

    /// Creates topics, and waits until their partitions have leaders. A changelog is compacted, as
    /// every contestant's is.
    pub(crate) fn create(&self, names: &[String]) -> Result<()> {
        let admin: AdminClient<DefaultClientContext> = self.client().create()?;
        let topics: Vec<NewTopic<'_>> = names
            .iter()
            .map(|name| {
                let topic = NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(1));
                if name.ends_with("changelog") {
                    topic.set("cleanup.policy", "compact")
                } else {
                    topic
                }
            })
            .collect();
        let created = admin.create_topics(&topics, &AdminOptions::new());
        for result in self.runtime.block_on(created)? {
            match result {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => bail!("creating {topic}: {code}"),
            }
        }
        let ends = self.ends()?;
        for name in names {
            until("having leaders in a new topic", || match ends.of(name) {
                Ok(found) => Ok(Some(found)),
                Err(error) if is_not_served(&error) => Ok(None),
                Err(error) => Err(error.into()),
            })?;
        }
        Ok(())
    }

    /// Deletes topics that nobody needs any more, so that the disk does not fill.
    pub(crate) fn delete(&self, names: &[String]) -> Result<()> {
        let admin: AdminClient<DefaultClientContext> = self.client().create()?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let deleted = admin.delete_topics(&names, &AdminOptions::new());
        self.runtime.block_on(deleted)?;
        Ok(())
    }

    /// Every topic whose name begins so.
    pub(crate) fn topics(&self, prefix: &str) -> Result<Vec<String>> {
        let client: BaseConsumer = self.client().create()?;
        let metadata = client.fetch_metadata(None, ANSWER)?;
        let names = metadata
            .topics()
            .iter()
            .map(|topic| topic.name().to_owned());
        Ok(names.filter(|name| name.starts_with(prefix)).collect())
    }

    /// Writes records: the number of a key, and its value.
    pub(crate) fn fill<'a>(
        &self,
        topic: &str,
        records: impl Iterator<Item = (u64, &'a [u8])>,
    ) -> Result<()> {
        let mut config = self.client();
        config
            .set("linger.ms", "20")
            .set("compression.type", "lz4")
            .set("enable.idempotence", "true");
        let producer: BaseProducer = config.create()?;
        for (number, value) in records {
            let key = key_of(number);
            let partition = i32::try_from(number % PARTITIONS as u64)?;
            let mut record = BaseRecord::to(topic)
                .partition(partition)
                .key(&key)
                .payload(value);
            while let Err((error, returned)) = producer.send(record) {
                if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                    return Err(error).context("filling a topic");
                }
                producer.poll(Duration::from_millis(20));
                record = returned;
            }
        }
        producer.flush(ANSWER).context("filling a topic")
    }

    /// Looks at the ends of topics, as readers of committed records see them.
    pub(crate) fn ends(&self) -> Result<Ends> {
        let mut config = self.client();
        config.set("isolation.level", "read_committed");
        Ok(Ends {
            client: config.create()?,
        })
    }

    /// Ends the broker.
    pub(crate) fn stop(self) -> Result<()> {
        self.runtime
            .block_on(sideline_stack::down(&self.settings))?;
        Ok(())
    }
}

/// The broker is a process of its own, which a bench that is cut short must not leave behind.
fn end_with_an_interrupt(settings: Settings) {
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        else {
            return;
        };
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                // Whatever comes of it: the person wants the bench to end.
                drop(sideline_stack::down(&settings).await);
                std::process::exit(INTERRUPTED);
            }
        });
    });
}

/// The key of a number: eight bytes, which with a value of 172 makes a record of 180.
pub(crate) fn key_of(number: u64) -> String {
    format!("k{number:07}")
}

/// Where topics end.
pub(crate) struct Ends {
    client: BaseConsumer,
}

impl Ends {
    /// The end of each partition.
    pub(crate) fn of(&self, topic: &str) -> Result<BTreeMap<i32, i64>, KafkaError> {
        let mut list = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            list.add_partition_offset(topic, partition, Offset::End)?;
        }
        let found = self.client.offsets_for_times(list, ANSWER)?;
        let elements = found.elements().into_iter();
        Ok(elements
            .map(|element| (element.partition(), element.offset().to_raw().unwrap_or(0)))
            .collect())
    }

    /// The ends of all partitions together. Markers of transactions count too: one per
    /// transaction and partition, which is far below a thousandth here.
    pub(crate) fn total(&self, topic: &str) -> Result<i64, KafkaError> {
        Ok(self.of(topic)?.values().sum())
    }
}
