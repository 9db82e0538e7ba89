//! A real broker for tests: topics of a fresh prefix, writing, reading, and a counting topology.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_runtime_core::{Codec, Output, Phase, PhaseBuilder, Text, Topology, partition_for};
use sideline_runtime_kafka::{Config, Metrics, Running, changelog_name};

/// Partitions of every topic of a test.
pub(crate) const PARTITIONS: i32 = 3;

/// What a topic of a test takes: Kafka's own default, whatever the broker at hand is set to.
const TOPIC_RECORD_BYTES_MAX: &str = "1048588";

/// A test gives up after so long; the longest wait within is for a dead process's transaction.
const GIVE_UP: Duration = Duration::from_secs(60);

/// A broker and a prefix of its own on it.
pub(crate) struct Bench {
    pub(crate) config: Config,
}

impl Bench {
    /// `None`, and a line that says so, when no broker is named.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let Ok(brokers) = std::env::var("SIDELINE_TEST_KAFKA") else {
            #[expect(clippy::print_stderr, reason = "a skipped test says so")]
            {
                eprintln!("skipped: set SIDELINE_TEST_KAFKA to the host:port of a scratch broker");
            }
            return None;
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_nanos();
        let prefix = format!("{test}-{now:x}-");
        Some(Self {
            config: Config {
                topic_prefix: prefix.clone(),
                prefix,
                ..Config::new(brokers, "test")
            },
        })
    }

    /// The bench of a parent process, in its child.
    #[allow(
        dead_code,
        clippy::allow_attributes,
        reason = "not every test binary has children"
    )]
    pub(crate) fn existing(brokers: &str, prefix: &str) -> Self {
        let prefix = prefix.to_owned();
        Self {
            config: Config {
                topic_prefix: prefix.clone(),
                prefix,
                ..Config::new(brokers, "test")
            },
        }
    }

    /// Creates every topic of the topology, and the changelogs.
    pub(crate) fn create_topics(&self, topology: &Topology) {
        let mut names: Vec<String> = topology
            .topics()
            .iter()
            .map(|topic| format!("{}{topic}", self.config.prefix))
            .collect();
        for phase in topology.phases() {
            names.push(changelog_name(&self.config.prefix, phase.name()));
        }
        self.create(&names, PARTITIONS);
    }

    /// Creates topics by the names Kafka knows them by.
    pub(crate) fn create(&self, names: &[String], partitions: i32) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let topics: Vec<NewTopic<'_>> = names
            .iter()
            .map(|name| {
                NewTopic::new(name, partitions, TopicReplication::Fixed(1))
                    .set("max.message.bytes", TOPIC_RECORD_BYTES_MAX)
            })
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let created = runtime.block_on(admin.create_topics(&topics, &AdminOptions::new()));
        for result in created.unwrap() {
            result.unwrap();
        }
    }

    /// A client of the bench's broker, to be configured further.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.config.brokers);
        client
    }

    /// Writes records of key and value, each to its key's partition.
    pub(crate) fn write<'a>(
        &self,
        topic: &str,
        records: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) {
        let producer: BaseProducer = self
            .client()
            .set("linger.ms", "2")
            .set("enable.idempotence", "true")
            .create()
            .unwrap();
        let topic = format!("{}{topic}", self.config.prefix);
        for (key, value) in records {
            let partition = partition_for(key.as_bytes(), PARTITIONS);
            let record = || {
                BaseRecord::to(&topic)
                    .partition(partition)
                    .key(key)
                    .payload(value)
            };
            while let Err((error, _)) = producer.send(record()) {
                assert!(error.to_string().contains("full"), "{error}");
                producer.poll(Duration::from_millis(1));
            }
        }
        producer.flush(GIVE_UP).unwrap();
    }

    /// All committed records of a topic: key and value, partition by partition.
    pub(crate) fn read<T>(&self, topic: &str, codec: &impl Codec<T>) -> Vec<(String, T)> {
        let mut config = self.client();
        config
            .set("group.id", "reader")
            .set("enable.partition.eof", "true");
        let reader: BaseConsumer = config
            .set("isolation.level", "read_committed")
            .create()
            .unwrap();
        let mut list = TopicPartitionList::new();
        let topic = format!("{}{topic}", self.config.prefix);
        for partition in 0..PARTITIONS {
            list.add_partition_offset(&topic, partition, Offset::Beginning)
                .unwrap();
        }
        reader.assign(&list).unwrap();
        let mut records = BTreeMap::<i32, Vec<_>>::new();
        let mut ended = 0;
        while ended < PARTITIONS {
            match reader.poll(GIVE_UP).unwrap() {
                Ok(record) => {
                    let key = String::from_utf8(record.key().unwrap().to_vec()).unwrap();
                    let value = codec.decode(record.payload().unwrap()).unwrap();
                    records
                        .entry(record.partition())
                        .or_default()
                        .push((key, value));
                }
                Err(KafkaError::PartitionEOF(_)) => ended += 1,
                Err(error) => panic!("{error}"),
            }
        }
        records.into_values().flatten().collect()
    }
}

/// Waits until something holds.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began_at = Instant::now();
    while !holds() {
        assert!(
            began_at.elapsed() < GIVE_UP,
            "not within {GIVE_UP:?}: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until the phase has committed so many input records since the run began.
#[allow(
    dead_code,
    clippy::allow_attributes,
    reason = "not every test binary waits for it"
)]
pub(crate) fn wait_for_records(running: &Running, phase: &str, count: u64) {
    eventually(&format!("{phase} has read {count} records"), || {
        running
            .status()
            .iter()
            .any(|status| status.name == phase && status.records_in >= count)
    });
}

/// A counter, added up over all threads of a run.
pub(crate) fn total_of(running: &Running, counter: fn(&Metrics) -> &AtomicU64) -> u64 {
    let threads = running.metrics();
    threads
        .map(|(_, metrics)| counter(metrics).load(Ordering::Relaxed))
        .sum()
}

/// Makes the phase write its dead letters' reasons to `rejects`.
pub(crate) fn with_rejects(phase: &mut PhaseBuilder) -> Output<String> {
    let rejects = phase.output("rejects", Text);
    phase.on_dead_letter(move |letter, ctx| {
        ctx.forward(
            &rejects,
            &letter.key_lossy(),
            &letter.key_lossy(),
            &letter.reason,
        )
    });
    rejects
}

/// A phase that counts its input's records per key and writes each count.
pub(crate) fn counting(name: &'static str, input: &str, output: &str) -> Phase {
    let mut phase = Phase::builder(name);
    let counts = phase.store::<u64>("counts");
    let totals = phase.output(output, Text);
    with_rejects(&mut phase);
    phase.input(input, Text, move |record, ctx| {
        let key = record.key_str()?;
        let count = ctx.get(&counts, key)?.unwrap_or(0) + 1;
        ctx.put(&counts, key, &count)?;
        ctx.forward(&totals, key, key, &count.to_string())
    });
    phase.build()
}

/// Two counting phases, the second behind the first.
#[allow(
    dead_code,
    clippy::allow_attributes,
    reason = "not every test binary counts twice"
)]
pub(crate) fn two_counters() -> Topology {
    Topology::new([
        counting("first", "events", "middle"),
        counting("second", "middle", "totals"),
    ])
}
