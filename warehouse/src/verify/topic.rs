//! Reads a topic from its beginning to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use sideline_avro::{AvroRecord, SchemaSource, WireError, WireReader};

use super::breach::Breach;
use crate::error::WarehouseError;
use crate::kafka::{KafkaConfig, Place, cannot};

/// Longest wait for a topic's partitions and ends.
const METADATA_LIMIT: Duration = Duration::from_secs(10);

/// Longest time without a record before the end; a hanging transaction ends within ten seconds.
const IDLE_LIMIT: Duration = Duration::from_secs(30);

/// One poll.
const POLL_WAIT: Duration = Duration::from_millis(200);

/// Where a topic begins and ends at one moment, as a reader of committed records sees it.
pub(super) struct Ends {
    topic: String,
    of_partition: BTreeMap<i32, (i64, i64)>,
}

impl Ends {
    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    /// The end of a partition; 0 for one that is not there.
    pub(super) fn end(&self, partition: i32) -> i64 {
        self.of_partition.get(&partition).map_or(0, |(_, end)| *end)
    }

    /// Partitions that do not begin at offset 0.
    pub(super) fn cut_beginnings(&self) -> Vec<Breach> {
        let cut = self
            .of_partition
            .iter()
            .filter(|(_, (first, _))| *first > 0);
        cut.map(|(partition, (first, _))| Breach::BeginningCut {
            topic: self.topic.clone(),
            place: Place {
                partition: *partition,
                offset: *first,
            },
        })
        .collect()
    }

    /// Partitions with something to read, and their ends.
    fn unread(&self) -> BTreeMap<i32, i64> {
        let filled = self
            .of_partition
            .iter()
            .filter(|(_, (first, end))| first < end);
        filled
            .map(|(partition, (_, end))| (*partition, *end))
            .collect()
    }
}

/// Reads topics, record by record.
pub(super) struct TopicReader {
    settings: ClientConfig,
    consumer: BaseConsumer,
    schemas: Arc<dyn SchemaSource>,
}

impl TopicReader {
    pub(super) fn new(
        kafka: &KafkaConfig,
        schemas: &Arc<dyn SchemaSource>,
    ) -> Result<Self, WarehouseError> {
        let settings = kafka.client(&[
            ("client.id", "sideline-verify"),
            // Never joined: librdkafka wants a name to read by partition.
            ("group.id", "sideline-verify"),
            ("enable.auto.commit", "false"),
            ("isolation.level", "read_committed"),
            // Transaction markers hold offsets, so only this event tells that the end is reached.
            ("enable.partition.eof", "true"),
            ("auto.offset.reset", "error"),
        ]);
        let consumer = settings
            .create()
            .map_err(|source| cannot("make a consumer", source))?;
        Ok(Self {
            settings,
            consumer,
            schemas: Arc::clone(schemas),
        })
    }

    pub(super) fn ends(&self, topic: &str) -> Result<Ends, WarehouseError> {
        let unknown = |source| cannot(format!("tell the ends of topic {topic}"), source);
        let metadata = self
            .consumer
            .fetch_metadata(Some(topic), METADATA_LIMIT)
            .map_err(unknown)?;
        let described = metadata.topics().iter().find(|one| one.name() == topic);
        let partitions = described.map_or(&[][..], |one| one.partitions());
        if partitions.is_empty() {
            let topic = topic.to_owned();
            return Err(WarehouseError::NoTopic { topic });
        }
        let mut of_partition = BTreeMap::new();
        for partition in partitions {
            let ends = self
                .consumer
                .fetch_watermarks(topic, partition.id(), METADATA_LIMIT)
                .map_err(unknown)?;
            of_partition.insert(partition.id(), ends);
        }
        Ok(Ends {
            topic: topic.to_owned(),
            of_partition,
        })
    }

    /// Gives every committed record before `ends` to `visit`, those of a partition in order. A
    /// registry that is away is an error; a record that cannot be read is given as such.
    pub(super) fn read<T: AvroRecord>(
        &self,
        ends: &Ends,
        mut visit: impl FnMut(Place, Result<T, WireError>),
    ) -> Result<(), WarehouseError> {
        let reader = WireReader::<T>::new(Arc::clone(&self.schemas));
        let mut unread = ends.unread();
        let consumer = self.consumer_of(&ends.topic, &unread)?;
        let mut last_progress = Instant::now();
        while let Some((partition, _)) = unread.first_key_value() {
            if last_progress.elapsed() > IDLE_LIMIT {
                return Err(WarehouseError::TopicStuck {
                    topic: ends.topic.clone(),
                    partition: *partition,
                    idle: IDLE_LIMIT,
                });
            }
            let Some((place, value)) = next(&consumer, &mut unread)? else {
                continue;
            };
            last_progress = Instant::now();
            let read = reader.decode(&value);
            if let Err(source) = &read
                && source.is_transient()
            {
                return Err(WarehouseError::Unreadable {
                    topic: ends.topic.clone(),
                    partition: place.partition,
                    offset: place.offset,
                    source: source.clone(),
                });
            }
            visit(place, read);
        }
        Ok(())
    }

    /// A consumer of its own for each topic: the end of a partition is told without its topic.
    fn consumer_of(
        &self,
        topic: &str,
        unread: &BTreeMap<i32, i64>,
    ) -> Result<BaseConsumer, WarehouseError> {
        let mut list = TopicPartitionList::new();
        for partition in unread.keys() {
            list.add_partition_offset(topic, *partition, Offset::Beginning)
                .map_err(|source| cannot("take an offset", source))?;
        }
        let cannot_read = |source| cannot(format!("read topic {topic}"), source);
        let consumer: BaseConsumer = self.settings.create().map_err(cannot_read)?;
        consumer.assign(&list).map_err(cannot_read)?;
        Ok(consumer)
    }
}

/// The next record before the ends; crosses off partitions that have been read.
fn next(
    consumer: &BaseConsumer,
    unread: &mut BTreeMap<i32, i64>,
) -> Result<Option<(Place, Vec<u8>)>, WarehouseError> {
    let message = match consumer.poll(POLL_WAIT) {
        None => return Ok(None),
        Some(Err(KafkaError::PartitionEOF(partition))) => {
            unread.remove(&partition);
            return Ok(None);
        }
        Some(Err(source)) => return Err(cannot("read a topic", source)),
        Some(Ok(message)) => message,
    };
    let place = Place {
        partition: message.partition(),
        offset: message.offset(),
    };
    let Some(end) = unread.get(&place.partition).copied() else {
        return Ok(None);
    };
    if place.offset + 1 >= end {
        unread.remove(&place.partition);
    }
    let is_inside = place.offset < end;
    Ok(is_inside.then(|| (place, message.payload().unwrap_or_default().to_vec())))
}
