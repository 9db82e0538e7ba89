//! How every Kafka client is set up, with the figure behind each setting that is not a default.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::BorrowedMessage;
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;

use crate::config::{
    Config, POLL_INTERVAL_MAX, RECORD_BYTES_MAX, REQUEST_TIMEOUT, SESSION_TIMEOUT,
    TRANSACTION_TIMEOUT, group_name,
};
use crate::status::Board;

/// How often a consumer counts its lag.
const STATISTICS_INTERVAL_MS: u32 = 2_000;

/// What every client has in common.
pub(crate) fn base(config: &Config) -> ClientConfig {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", &config.brokers)
        .set("client.id", format!("sideline-{}", config.instance))
        // A broker on this machine is back within milliseconds of its restart.
        .set("reconnect.backoff.ms", "20")
        .set("reconnect.backoff.max.ms", "1000")
        .set("log.connection.close", "false")
        .set_log_level(RDKafkaLogLevel::Warning);
    for (key, value) in &config.properties {
        client.set(key, value);
    }
    client
}

/// The member of a phase's group.
pub(crate) fn group_consumer(config: &Config, group: &str, member: &str) -> ClientConfig {
    let mut client = base(config);
    reading(&mut client);
    client
        .set("group.id", group)
        .set("group.instance.id", member)
        // The assignor that gives one member the same partition number of every input, which a
        // task needs; the sticky ones deal out each partition by itself.
        .set("partition.assignment.strategy", "range")
        .set(
            "session.timeout.ms",
            SESSION_TIMEOUT.as_millis().to_string(),
        )
        .set("heartbeat.interval.ms", "2000")
        .set(
            "max.poll.interval.ms",
            POLL_INTERVAL_MAX.as_millis().to_string(),
        )
        // Only a phase with an input to read first listens to it.
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "error")
        .set("statistics.interval.ms", STATISTICS_INTERVAL_MS.to_string());
    client
}

/// A reader of changelogs. It needs a group's name to be assigned partitions, never joins it,
/// and commits nothing.
pub(crate) fn changelog_reader(config: &Config, phase: &str) -> ClientConfig {
    let mut client = base(config);
    reading(&mut client);
    client
        .set(
            "group.id",
            format!("{}-restore", group_name(&config.prefix, phase)),
        )
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "earliest");
    client
}

/// A client that sees where logs end, open transactions included: under `read_committed` it
/// would see the last stable offset instead.
pub(crate) fn uncommitted_reader(config: &Config) -> ClientConfig {
    let mut client = base(config);
    client.set("isolation.level", "read_uncommitted");
    client
}

fn reading(client: &mut ClientConfig) {
    client
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // An idle consumer asks this often, and a pipeline has dozens of them. A fetch under way delays
        // a seek after an abort by at most as much. A record that arrives is answered at once, whatever
        // stands here.
        .set("fetch.wait.max.ms", "250")
        .set("fetch.queue.backoff.ms", "10")
        .set("fetch.error.backoff.ms", "20")
        .set("queued.max.messages.kbytes", "16384");
}

/// The transactional producer of a phase's thread.
pub(crate) fn producer(config: &Config, member: &str) -> ClientConfig {
    let mut client = base(config);
    client
        .set("transactional.id", member)
        .set(
            "transaction.timeout.ms",
            TRANSACTION_TIMEOUT.as_millis().to_string(),
        )
        // At the start of a transaction the broker may still be writing the markers of the last;
        // the default waits 100 ms before asking again, which made a transaction cost 200 ms.
        .set("retry.backoff.ms", "2")
        .set("retry.backoff.max.ms", "10")
        // With 0, each record that finds its queue empty wakes the sending thread, and batches stay
        // small; more than 1 only delays the commit, which waits for the last record.
        .set("linger.ms", "1")
        .set("compression.type", "lz4")
        .set("message.max.bytes", RECORD_BYTES_MAX.to_string())
        .set("queue.buffering.max.kbytes", "131072")
        .set("queue.buffering.max.messages", "500000")
        // A record that failed fails its transaction, and the commit says so.
        .set("delivery.report.only.error", "true");
    client
}

/// Waits until a broker is connected and the leaders of a topic are known. Whatever needs them before
/// (transactions, a log's beginning) librdkafka tries again only after half a second.
pub(crate) fn await_leaders<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
) -> Result<(), KafkaError> {
    client
        .fetch_metadata(Some(topic), REQUEST_TIMEOUT)
        .map(drop)
}

/// The next message, for which this waits at most `patience`. In bulk work one is there nearly always,
/// so it is looked for first without a wait: one that has an end asks the clock.
pub(crate) fn poll_in_bulk<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    patience: Duration,
) -> Option<KafkaResult<BorrowedMessage<'_>>> {
    let at_hand = consumer.poll(Duration::ZERO);
    at_hand.or_else(|| consumer.poll(patience))
}

/// What the group told this member to do.
#[derive(Debug)]
pub(crate) enum GroupEvent {
    Assigned(TopicPartitionList),
    Revoked,
}

pub(crate) type GroupConsumer = BaseConsumer<GroupContext>;

/// Keeps what the group says until the loop has time for it.
///
/// librdkafka waits with a rebalance until the application assigns or unassigns. Doing so after
/// the poll instead of inside its callback lets the loop commit or abort first, with everything
/// it owns at hand.
pub(crate) struct GroupContext {
    board: Arc<Board>,
    events: Mutex<VecDeque<GroupEvent>>,
    /// Looked at with every record, where a lock would be felt. Set and cleared while `events` is
    /// locked, so that the two agree.
    has_events: AtomicBool,
    is_closing: AtomicBool,
}

impl GroupContext {
    pub(crate) fn new(board: Arc<Board>) -> Self {
        Self {
            board,
            events: Mutex::default(),
            has_events: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
        }
    }

    pub(crate) fn next_event(&self) -> Option<GroupEvent> {
        if !self.has_events.load(Ordering::Relaxed) {
            return None;
        }
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let event = events.pop_front();
        self.has_events.store(!events.is_empty(), Ordering::Relaxed);
        event
    }

    /// From now on the loop is gone and the group's last wishes are granted at once; without
    /// this, dropping the consumer would wait for ever.
    pub(crate) fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
    }

    fn keep(&self, event: GroupEvent) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push_back(event);
        self.has_events.store(true, Ordering::Release);
    }
}

impl ClientContext for GroupContext {
    fn stats(&self, statistics: Statistics) {
        let partitions = statistics
            .topics
            .values()
            .flat_map(|topic| topic.partitions.values());
        // Partition -1 is librdkafka's own; a lag of -1 is not known yet.
        let lags = partitions.filter(|partition| partition.partition >= 0);
        let lag = lags.map(|partition| partition.consumer_lag.max(0)).sum();
        if self.board.is_restored() {
            self.board.metrics.lag_records.store(lag, Ordering::Relaxed);
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(phase = self.board.name, %error, reason, "consumer trouble, retried within");
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        kind: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let is_assignment = kind == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.is_closing.load(Ordering::Acquire) {
            if let Err(error) = consumer.unassign() {
                tracing::warn!(phase = self.board.name, %error, "could not unassign while closing");
            }
        } else if is_assignment {
            self.keep(GroupEvent::Assigned(partitions.clone()));
        } else {
            self.keep(GroupEvent::Revoked);
        }
    }
}

/// The producer's and the restore reader's own words, which the calls repeat as errors.
pub(crate) struct QuietContext(pub(crate) &'static str);

impl ClientContext for QuietContext {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(phase = self.0, %error, reason, "client trouble, retried within");
    }
}

impl ConsumerContext for QuietContext {}
