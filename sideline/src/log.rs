//! Reading topics from the command line: whole, or from now on.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

/// Longest wait for the broker's answer to a question about metadata or watermarks: a healthy
/// local broker answers in milliseconds, a starting one within seconds.
const METADATA_WAIT: Duration = Duration::from_secs(10);
/// Longest silence while a topic is read to its end; beyond it the broker is held to be gone.
const SILENCE: Duration = Duration::from_secs(30);
/// One poll: short, so that bounds and Ctrl-C are looked at often.
const POLL: Duration = Duration::from_millis(100);

/// A consumer without a group, for reading topics by hand: committed records only, and it says
/// when it has come to the end of a partition.
///
/// # Errors
/// The client cannot be made from this address.
pub fn reader(kafka: &str) -> Result<BaseConsumer> {
    ClientConfig::new()
        .set("bootstrap.servers", kafka)
        // librdkafka wants a group id even where none is used; nothing is ever committed with it.
        .set("group.id", "sideline-reader")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "error")
        .set("fetch.wait.max.ms", "5")
        .set("fetch.message.max.bytes", "5242880")
        .create()
        .with_context(|| format!("could not make a Kafka client for {kafka}"))
}

/// Number of partitions of a topic.
///
/// # Errors
/// The broker does not answer, or the topic is not there.
pub fn partition_count(consumer: &BaseConsumer, topic: &str) -> Result<i32> {
    let metadata = consumer
        .fetch_metadata(Some(topic), METADATA_WAIT)
        .with_context(|| {
            format!("Kafka did not describe {topic}; is the stack up? (sideline status)")
        })?;
    let count = metadata
        .topics()
        .first()
        .map_or(0, |found| found.partitions().len());
    if count == 0 {
        bail!("topic {topic} does not exist; create it with: sideline topics apply");
    }
    Ok(i32::try_from(count)?)
}

/// End offset (one past the newest record) of each partition of a topic.
///
/// # Errors
/// The broker does not answer, or the topic is not there.
pub fn end_offsets(consumer: &BaseConsumer, topic: &str) -> Result<Vec<(i32, i64)>> {
    let count = partition_count(consumer, topic)?;
    let mut ends = Vec::new();
    for partition in 0..count {
        let (_, end) = consumer
            .fetch_watermarks(topic, partition, METADATA_WAIT)
            .with_context(|| format!("Kafka gave no end offset of {topic}/{partition}"))?;
        ends.push((partition, end));
    }
    Ok(ends)
}

/// Reads all committed records of a topic, in partition order within each partition.
///
/// The end is taken first, and reading stops when every partition reported its end at or beyond
/// it: markers of transactions take offsets too, so counting records would never be done.
///
/// # Errors
/// The broker does not answer or falls silent, or `each` fails.
pub fn read_all(
    kafka: &str,
    topic: &str,
    mut each: impl FnMut(&BorrowedMessage<'_>) -> Result<()>,
) -> Result<()> {
    let consumer = reader(kafka)?;
    let ends = end_offsets(&consumer, topic)?;
    let mut unfinished: BTreeSet<i32> = ends
        .iter()
        .filter(|(_, end)| *end > 0)
        .map(|(partition, _)| *partition)
        .collect();
    if unfinished.is_empty() {
        return Ok(());
    }
    let mut from = TopicPartitionList::new();
    for partition in &unfinished {
        from.add_partition_offset(topic, *partition, Offset::Beginning)?;
    }
    consumer.assign(&from)?;
    let mut heard = Instant::now();
    while !unfinished.is_empty() {
        match consumer.poll(POLL) {
            Some(Ok(message)) => {
                heard = Instant::now();
                each(&message)?;
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                heard = Instant::now();
                unfinished.remove(&partition);
            }
            Some(Err(error)) if !heals(&error) => {
                return Err(error).with_context(|| format!("reading {topic}"));
            }
            Some(Err(_)) | None if heard.elapsed() > SILENCE => {
                bail!("Kafka fell silent while {topic} was read; see: sideline status");
            }
            Some(Err(_)) | None => {}
        }
    }
    Ok(())
}

/// Follows partitions from their present end on.
pub struct Follower {
    consumer: BaseConsumer,
}

impl Follower {
    /// Stands at the present end of every partition of a topic.
    ///
    /// # Errors
    /// The broker does not answer, or the topic is not there.
    pub fn at_end(kafka: &str, topic: &str) -> Result<Self> {
        let consumer = reader(kafka)?;
        let mut from = TopicPartitionList::new();
        for (partition, end) in end_offsets(&consumer, topic)? {
            from.add_partition_offset(topic, partition, Offset::Offset(end))?;
        }
        consumer.assign(&from)?;
        Ok(Self { consumer })
    }

    /// The next record, or nothing within `wait`.
    ///
    /// # Errors
    /// The broker reports a fault that does not heal by itself.
    pub fn next(&self, wait: Duration) -> Result<Option<BorrowedMessage<'_>>> {
        let deadline = Instant::now() + wait;
        loop {
            match self
                .consumer
                .poll(deadline.saturating_duration_since(Instant::now()))
            {
                Some(Ok(message)) => return Ok(Some(message)),
                None | Some(Err(KafkaError::PartitionEOF(_))) => {}
                Some(Err(error)) => return Err(error).context("following topics"),
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
        }
    }
}

/// A lost connection, which the client makes anew by itself; how long that may take is bounded by
/// whoever reads.
#[must_use]
pub fn heals(error: &KafkaError) -> bool {
    use rdkafka::error::RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure};
    let code = error.rdkafka_error_code();
    code == Some(AllBrokersDown) || code == Some(BrokerTransportFailure)
}

/// `topic/partition/offset` of a message, as dead letters and views spell it.
#[must_use]
pub fn place(message: &BorrowedMessage<'_>) -> String {
    format!(
        "{}/{}/{}",
        message.topic(),
        message.partition(),
        message.offset()
    )
}
