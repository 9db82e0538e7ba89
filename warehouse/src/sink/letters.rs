//! Dead letters of the sink: records it cannot read, and rows ClickHouse refuses.

use std::time::Duration;

use rdkafka::error::KafkaError;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord};
use sha2::{Digest, Sha256};
use sideline_avro::runs::DeadLetter;
use sideline_avro::{WireError, WireWriter};

use super::backlog::Raw;
use crate::error::WarehouseError;
use crate::kafka::{KafkaConfig, SinkTopics, cannot};

/// Longest wait until Kafka acknowledges dead letters; after it the whole batch is tried again.
const ACKNOWLEDGE_LIMIT: Duration = Duration::from_secs(15);

/// Dead letters under way at a time.
const UNDER_WAY_MAX: usize = 500;

/// Largest value a dead letter carries; a larger one is kept by its size and hash.
const VALUE_BYTES_MAX: usize = 4_000_000;

/// Says why a record was refused, in the sink's name.
pub(crate) struct Reason<'a> {
    /// One machine word.
    pub(crate) word: &'a str,
    /// What happened.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: &'a str,
}

impl<'a> Reason<'a> {
    pub(crate) fn unreadable(error: &'a WireError) -> Self {
        Self {
            word: error.reason(),
            message: error.to_string(),
            hint: error.hint(),
        }
    }

    pub(crate) fn refused_by_clickhouse(error: &clickhouse::error::Error) -> Self {
        Self {
            word: "refused_by_clickhouse",
            message: error.to_string(),
            hint: "correct what wrote the record, or the table; then retry this dead letter",
        }
    }
}

/// The dead letter of one record of `topic`.
pub(crate) fn dead_letter(topic: &str, raw: &Raw, reason: Reason<'_>) -> DeadLetter {
    let value_bytes = i32::try_from(raw.bytes()).unwrap_or(i32::MAX);
    let hash = |value: &Vec<u8>| format!("{:x}", Sha256::digest(value));
    DeadLetter {
        phase: "sink".into(),
        topic: topic.to_owned(),
        partition: raw.info.place.partition,
        offset: raw.info.place.offset,
        timestamp: raw.info.timestamp,
        key: raw.info.key.clone(),
        value: raw
            .value
            .clone()
            .filter(|value| value.len() <= VALUE_BYTES_MAX),
        value_bytes,
        value_hash: raw.value.as_ref().map(hash).unwrap_or_default(),
        headers: raw.headers.clone(),
        correlation_id: None,
        reason: reason.word.to_owned(),
        field: None,
        message: reason.message,
        hint: reason.hint.to_owned(),
        error_type: "permanent".into(),
    }
}

/// Writes dead letters to their topic.
pub(crate) struct LetterWriter {
    kafka: KafkaConfig,
    topic: String,
    writer: WireWriter<DeadLetter>,
    producer: Option<FutureProducer>,
}

impl LetterWriter {
    pub(crate) fn new(kafka: &KafkaConfig, topics: &SinkTopics, schema_id: u32) -> Self {
        Self {
            kafka: kafka.clone(),
            topic: topics.dead_letters.clone(),
            writer: WireWriter::new(schema_id),
            producer: None,
        }
    }

    /// Writes them all, and returns when Kafka has acknowledged them.
    ///
    /// # Errors
    /// When it has not; some may have been written then, and are written again by the next try.
    pub(crate) async fn deliver(&mut self, letters: &[DeadLetter]) -> Result<(), WarehouseError> {
        for some in letters.chunks(UNDER_WAY_MAX) {
            let delivery = self.deliver_some(some);
            match tokio::time::timeout(ACKNOWLEDGE_LIMIT, delivery).await {
                Ok(ended) => ended?,
                Err(_) => {
                    return Err(WarehouseError::LettersUnacknowledged {
                        letters: letters.len(),
                        limit: ACKNOWLEDGE_LIMIT,
                    });
                }
            }
        }
        Ok(())
    }

    async fn deliver_some(&mut self, letters: &[DeadLetter]) -> Result<(), WarehouseError> {
        let mut under_way = Vec::with_capacity(letters.len());
        for letter in letters {
            under_way.push(self.send(letter)?);
        }
        for delivery in under_way {
            match delivery.await {
                Ok(Ok(_)) => {}
                Ok(Err((source, _))) => return Err(cannot("write a dead letter", source)),
                Err(_) => return Err(cannot("write a dead letter", KafkaError::Canceled)),
            }
        }
        Ok(())
    }

    fn send(&mut self, letter: &DeadLetter) -> Result<DeliveryFuture, WarehouseError> {
        let key = format!("{}/{}/{}", letter.topic, letter.partition, letter.offset);
        let unwritable = |source| WarehouseError::Unreadable {
            topic: letter.topic.clone(),
            partition: letter.partition,
            offset: letter.offset,
            source,
        };
        let value = self.writer.to_vec(letter).map_err(unwritable)?;
        let topic = self.topic.clone();
        let record = FutureRecord::to(&topic).key(&key).payload(&value);
        self.producer()?
            .send_result(record)
            .map_err(|(source, _)| cannot("write a dead letter", source))
    }

    /// Made at the first letter: most sinks never write one.
    fn producer(&mut self) -> Result<&FutureProducer, WarehouseError> {
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => self
                .kafka
                .client(&[
                    ("client.id", "sideline-sink"),
                    ("enable.idempotence", "true"),
                    // Places a key as Java's client does; all records of a key share a partition.
                    ("partitioner", "murmur2_random"),
                    ("linger.ms", "0"),
                    ("message.max.bytes", "8388608"),
                    ("message.timeout.ms", "10000"),
                ])
                .create()
                .map_err(|source| cannot("make a producer of dead letters", source))?,
        };
        Ok(self.producer.insert(producer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::Place;
    use crate::rows::RecordInfo;

    #[test]
    fn promise_7_a_dead_letter_keeps_bytes_place_and_reason() {
        let raw = Raw {
            info: RecordInfo {
                place: Place {
                    partition: 3,
                    offset: 42,
                },
                key: Some(b"k".to_vec()),
                ..RecordInfo::default()
            },
            value: Some(b"{\"json\":1}".to_vec()),
            headers: Vec::new(),
        };
        let error = WireError::NotConfluentFraming { first: 0x7b };
        let letter = dead_letter("nba-predictions", &raw, Reason::unreadable(&error));
        assert_eq!(
            (letter.topic.as_str(), letter.partition, letter.offset),
            ("nba-predictions", 3, 42)
        );
        assert_eq!(letter.value, raw.value);
        assert_eq!(letter.key, raw.info.key);
        assert_eq!(letter.reason, "not_confluent_framing");
        assert_eq!(letter.value_bytes, 10);
        assert_eq!(letter.value_hash.len(), 64);
        assert!(!letter.message.is_empty() && !letter.hint.is_empty());
    }
}
