//! How old the newest fact of each ingress topic is: what tells an operator that a source has
//! fallen silent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_avro::time::Timestamp;
use sideline_runtime_kafka::Running;

use crate::log;

/// One poll.
const POLL: Duration = Duration::from_millis(100);
/// Longest silence while the last records are read; a broker that is there answers at once.
const SILENCE: Duration = Duration::from_secs(10);
const MICROS_PER_SECOND: f64 = 1_000_000.0;

/// The newest known_at of each ingress topic, as far as it is known.
#[derive(Debug, Default)]
pub struct SourceAges {
    newest_ms: Mutex<BTreeMap<String, i64>>,
}

impl SourceAges {
    /// Ages that begin with the last record of each partition, so that a restart does not make a
    /// silent source look unknown. Where that cannot be read they begin with what comes.
    pub fn seed(&self, kafka: &str, topics: &[String]) {
        match last_records(kafka, topics) {
            Ok(found) => {
                for (topic, timestamp_ms) in found {
                    self.saw(&topic, timestamp_ms);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the age of sources is unknown until they speak");
            }
        }
    }

    /// The ages at a moment of real time, in seconds; a known_at ahead of it is of age 0.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> BTreeMap<String, f64> {
        let newest = self
            .newest_ms
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let ages = newest.iter().map(|(topic, newest_ms)| {
            let age = now.0.saturating_sub(newest_ms.saturating_mul(1_000));
            #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
            let seconds = age.max(0) as f64 / MICROS_PER_SECOND;
            (topic.clone(), seconds)
        });
        ages.collect()
    }

    /// Takes in what the phases have read of these topics.
    pub fn follow(&self, phases: &Running, topics: &[String]) {
        for (_, metrics) in phases.metrics() {
            for (topic, newest_ms) in metrics.newest_ms() {
                if topics.iter().any(|ingress| **ingress == *topic) {
                    self.saw(&topic, newest_ms);
                }
            }
        }
    }

    fn saw(&self, topic: &str, timestamp_ms: i64) {
        let mut newest = self
            .newest_ms
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = newest.entry(topic.to_owned()).or_insert(timestamp_ms);
        *known = timestamp_ms.max(*known);
    }
}

/// Topic and timestamp of the last record of each partition that has any.
fn last_records(kafka: &str, topics: &[String]) -> Result<Vec<(String, i64)>> {
    let consumer = log::reader(kafka)?;
    let mut from = TopicPartitionList::new();
    let mut ends = 0;
    for topic in topics {
        for partition in 0..log::partition_count(&consumer, topic)? {
            from.add_partition_offset(topic, partition, Offset::OffsetTail(1))?;
            ends += 1;
        }
    }
    consumer.assign(&from)?;
    let mut found = Vec::new();
    let mut heard = Instant::now();
    // The end of a partition is told without its topic, so ends are counted.
    while ends > 0 {
        match consumer.poll(POLL) {
            Some(Ok(message)) => {
                heard = Instant::now();
                let timestamp_ms = message.timestamp().to_millis().unwrap_or_default();
                found.push((message.topic().to_owned(), timestamp_ms));
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {
                heard = Instant::now();
                ends -= 1;
            }
            Some(Err(error)) => return Err(error.into()),
            None if heard.elapsed() > SILENCE => bail!("Kafka gave no last records"),
            None => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_known_at_counts_and_the_future_is_no_age() {
        let ages = SourceAges::default();
        ages.saw("nba-lines", 5_000);
        ages.saw("nba-lines", 3_000);
        ages.saw("nba-games", 9_000);
        let found = ages.at(Timestamp(7_500_000));
        assert_eq!(found["nba-lines"], 2.5);
        assert_eq!(found["nba-games"], 0.0);
    }
}
