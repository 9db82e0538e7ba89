//! The consumer: what it is given to read, and from where it starts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

use super::SinkConfig;
use super::status::StatusBook;
use crate::error::WarehouseError;
use crate::kafka::cannot;
use crate::tables;

/// Longest wait for the group's committed offsets.
const COMMITTED_LIMIT: Duration = Duration::from_secs(10);

pub(crate) type SinkConsumer = BaseConsumer<SinkContext>;

/// Topic and partition.
pub(crate) type Partition = (String, i32);

/// Notes what the group decides; the engine acts on it between two polls.
pub(crate) struct SinkContext {
    book: Arc<StatusBook>,
    decision: Mutex<Decision>,
}

/// What the group has decided since the engine last looked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// All partitions were taken away.
    pub(crate) is_revoked: bool,
    /// These partitions are to be read from now on.
    pub(crate) assigned: Option<Vec<Partition>>,
}

impl SinkContext {
    fn lock(&self) -> MutexGuard<'_, Decision> {
        self.decision.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take_decision(&self) -> Decision {
        std::mem::take(&mut *self.lock())
    }
}

impl ClientContext for SinkContext {}

impl ConsumerContext for SinkContext {
    /// Assigning is left to the engine: it asks ClickHouse first where to start, which may take as
    /// long as ClickHouse is away. Until then nothing is read.
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        code: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let mut decision = self.lock();
        if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            decision.assigned = Some(names(partitions));
            return;
        }
        decision.is_revoked = true;
        decision.assigned = None;
        if let Err(error) = consumer.unassign() {
            self.book.kafka_reported(&error);
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            self.book.commit_failed(&error);
        }
    }
}

fn names(partitions: &TopicPartitionList) -> Vec<Partition> {
    let elements = partitions.elements();
    elements
        .iter()
        .map(|element| (element.topic().to_owned(), element.partition()))
        .collect()
}

/// A consumer that has joined the group.
pub(crate) fn subscribe(
    config: &SinkConfig,
    book: &Arc<StatusBook>,
) -> Result<SinkConsumer, WarehouseError> {
    let topics = &config.topics;
    let instance = super::member_name(&config.instance);
    let settings = config.kafka.client(&[
        ("client.id", "sideline-sink"),
        ("group.id", &topics.group),
        ("group.instance.id", &instance),
        ("isolation.level", "read_committed"),
        ("enable.auto.commit", "false"),
        ("enable.auto.offset.store", "false"),
        // All partitions change hands at once, and with them all that the sink holds.
        ("partition.assignment.strategy", "range"),
        // An offset that Kafka no longer has: start again from the first, what comes twice folds.
        ("auto.offset.reset", "earliest"),
        ("session.timeout.ms", "10000"),
        ("heartbeat.interval.ms", "1000"),
        // The broker answers a fetch as soon as there is something: with 10, 50 or 250 ms the delay
        // was the same, but shorter waits cost an idle machine a request each.
        ("fetch.wait.max.ms", "50"),
        // When the local queue was full it is filled again after 10 ms, not after a second.
        ("fetch.queue.backoff.ms", "10"),
        // Bounds what librdkafka reads ahead (its default is 64 MB for each consumer).
        ("queued.max.messages.kbytes", "32768"),
        ("topic.metadata.refresh.interval.ms", "30000"),
    ]);
    let context = SinkContext {
        book: Arc::clone(book),
        decision: Mutex::default(),
    };
    let consumer: SinkConsumer = settings
        .create_with_context(context)
        .map_err(|source| cannot("make the sink's consumer", source))?;
    let names = tables::names(topics);
    let names: Vec<&str> = names.iter().map(|(_, topic)| topic.as_str()).collect();
    consumer
        .subscribe(&names)
        .map_err(|source| cannot("subscribe to the sink's topics", source))?;
    Ok(consumer)
}

/// Offsets the group has committed, where it has.
pub(crate) fn committed(
    consumer: &SinkConsumer,
    partitions: &[Partition],
) -> Result<BTreeMap<Partition, i64>, WarehouseError> {
    let mut asked = TopicPartitionList::with_capacity(partitions.len());
    for (topic, partition) in partitions {
        asked.add_partition(topic, *partition);
    }
    let answer = consumer
        .committed_offsets(asked, COMMITTED_LIMIT)
        .map_err(|source| cannot("tell the sink's committed offsets", source))?;
    let mut offsets = BTreeMap::new();
    for element in answer.elements() {
        if let Offset::Offset(offset) = element.offset() {
            offsets.insert((element.topic().to_owned(), element.partition()), offset);
        }
    }
    Ok(offsets)
}

/// Offset that the next committed record of a partition will have.
pub(crate) fn end(
    consumer: &SinkConsumer,
    (topic, partition): &Partition,
) -> Result<i64, WarehouseError> {
    let watermarks = consumer.fetch_watermarks(topic, *partition, COMMITTED_LIMIT);
    let (_, end) = watermarks
        .map_err(|source| cannot(format!("tell the end of {topic}/{partition}"), source))?;
    Ok(end)
}

/// Where a partition starts: never beyond what is committed, and never beyond what is stored. So a
/// database that lost rows, or is new, is filled again; what comes twice folds.
pub(crate) fn start_offset(committed: Option<i64>, highest_stored: Option<i64>) -> Offset {
    match (committed, highest_stored) {
        (Some(committed), Some(highest)) => Offset::Offset(committed.min(highest + 1)),
        _ => Offset::Beginning,
    }
}

/// A list of partitions with their offsets.
pub(crate) fn list<'a>(
    offsets: impl IntoIterator<Item = (&'a Partition, Offset)>,
) -> Result<TopicPartitionList, WarehouseError> {
    let mut list = TopicPartitionList::new();
    for ((topic, partition), offset) in offsets {
        list.add_partition_offset(topic, *partition, offset)
            .map_err(|source| cannot("take an offset", source))?;
    }
    Ok(list)
}

/// Commits offsets: the next ones to read.
pub(crate) fn commit(
    consumer: &SinkConsumer,
    ends: &BTreeMap<Partition, i64>,
    mode: CommitMode,
) -> KafkaResult<()> {
    let mut offsets = TopicPartitionList::with_capacity(ends.len());
    for ((topic, partition), end) in ends {
        offsets.add_partition_offset(topic, *partition, Offset::Offset(*end))?;
    }
    consumer.commit(&offsets, mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promise_4_a_partition_starts_at_the_lower_of_committed_and_stored() {
        assert_eq!(start_offset(Some(10), Some(9)), Offset::Offset(10));
        assert_eq!(
            start_offset(Some(10), Some(20)),
            Offset::Offset(10),
            "acknowledged, not committed"
        );
        assert_eq!(
            start_offset(Some(10), Some(4)),
            Offset::Offset(5),
            "ClickHouse lost rows"
        );
        assert_eq!(
            start_offset(Some(10), None),
            Offset::Beginning,
            "a new database"
        );
        assert_eq!(
            start_offset(None, Some(20)),
            Offset::Beginning,
            "a new group"
        );
        assert_eq!(start_offset(None, None), Offset::Beginning);
    }
}
