//! Reads a topic from its beginning to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use sideline_avro::{AvroRecord, SchemaSource, WireError, WireReader};

use crate::error::WarehouseError;
use crate::kafka::{KafkaConfig, Place, cannot};
use crate::sink::Raw;
use crate::verify::Breach;

/// Longest wait for a topic's partitions and ends.
const METADATA_LIMIT: Duration = Duration::from_secs(10);

/// Longest time without a record before the end; a hanging transaction ends within ten seconds.
const IDLE_LIMIT: Duration = Duration::from_secs(30);

/// One poll.
const POLL_WAIT: Duration = Duration::from_millis(200);

/// Where a topic begins and ends at one moment, as a reader of committed records sees it.
pub(crate) struct Ends {
    topic: String,
    of_partition: BTreeMap<i32, (i64, i64)>,
}

impl Ends {
    /// Some offsets of some partitions: from the first of each pair to before the second.
    pub(crate) fn between(topic: &str, spans: impl IntoIterator<Item = (i32, (i64, i64))>) -> Self {
        Self {
            topic: topic.to_owned(),
            of_partition: spans.into_iter().collect(),
        }
    }

    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }

    /// The end of a partition; 0 for one that is not there.
    pub(crate) fn end(&self, partition: i32) -> i64 {
        self.of_partition.get(&partition).map_or(0, |(_, end)| *end)
    }

    /// The ends of all partitions.
    pub(crate) fn all(&self) -> impl Iterator<Item = (i32, i64)> {
        self.of_partition
            .iter()
            .map(|(partition, (_, end))| (*partition, *end))
    }

    /// Offsets between beginning and end: records, and the markers of transactions.
    pub(crate) fn offsets(&self) -> u64 {
        let spans = self.of_partition.values();
        let spans = spans.map(|(first, end)| u64::try_from(end - first).unwrap_or_default());
        spans.sum()
    }

    /// What lies beyond `earlier` ends of the same topic.
    pub(crate) fn beyond(&self, earlier: &Self) -> Self {
        let rest = self.of_partition.iter().map(|(partition, (first, end))| {
            let read = earlier.end(*partition).clamp(*first, *end);
            (*partition, (read, *end))
        });
        Self {
            topic: self.topic.clone(),
            of_partition: rest.collect(),
        }
    }

    /// Partitions that do not begin at offset 0.
    pub(crate) fn cut_beginnings(&self) -> Vec<Breach> {
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
pub(crate) struct TopicReader {
    settings: ClientConfig,
    consumer: BaseConsumer,
    schemas: Arc<dyn SchemaSource>,
}

impl TopicReader {
    pub(crate) fn new(
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

    pub(crate) fn ends(&self, topic: &str) -> Result<Ends, WarehouseError> {
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
    pub(crate) fn read<T: AvroRecord>(
        &self,
        ends: &Ends,
        mut visit: impl FnMut(Place, Result<T, WireError>),
    ) -> Result<(), WarehouseError> {
        let reader = WireReader::<T>::new(Arc::clone(&self.schemas));
        self.read_raw(ends, |raw| {
            let place = raw.info.place;
            let read = reader.decode(raw.value.as_deref().unwrap_or_default());
            if let Err(source) = &read
                && source.is_transient()
            {
                return Err(unreadable(&ends.topic, place, source.clone()));
            }
            visit(place, read);
            Ok(())
        })
    }

    /// Gives every committed record before `ends` to `visit` as it is, those of a partition in
    /// order, until `visit` gives an error.
    pub(crate) fn read_raw(
        &self,
        ends: &Ends,
        mut visit: impl FnMut(Raw) -> Result<(), WarehouseError>,
    ) -> Result<(), WarehouseError> {
        let mut unread = ends.unread();
        let consumer = self.consumer_of(ends, &unread)?;
        let mut last_progress = Instant::now();
        while let Some((partition, _)) = unread.first_key_value() {
            if last_progress.elapsed() > IDLE_LIMIT {
                return Err(WarehouseError::TopicStuck {
                    topic: ends.topic.clone(),
                    partition: *partition,
                    idle: IDLE_LIMIT,
                });
            }
            let Some(raw) = next(&consumer, &mut unread)? else {
                continue;
            };
            visit(raw)?;
            last_progress = Instant::now();
        }
        Ok(())
    }

    /// Id of the cluster that it reads from.
    pub(crate) fn cluster_id(&self) -> Result<String, WarehouseError> {
        cluster_id(self.consumer.client())
    }

    /// A consumer of its own for each topic: the end of a partition is told without its topic.
    fn consumer_of(
        &self,
        ends: &Ends,
        unread: &BTreeMap<i32, i64>,
    ) -> Result<BaseConsumer, WarehouseError> {
        let topic = ends.topic.as_str();
        let mut list = TopicPartitionList::new();
        for partition in unread.keys() {
            let (first, _) = ends.of_partition[partition];
            list.add_partition_offset(topic, *partition, Offset::Offset(first))
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
) -> Result<Option<Raw>, WarehouseError> {
    let message = match consumer.poll(POLL_WAIT) {
        None => return Ok(None),
        Some(Err(KafkaError::PartitionEOF(partition))) => {
            unread.remove(&partition);
            return Ok(None);
        }
        Some(Err(source)) => return Err(cannot("read a topic", source)),
        Some(Ok(message)) => message,
    };
    let Some(end) = unread.get(&message.partition()).copied() else {
        return Ok(None);
    };
    if message.offset() + 1 >= end {
        unread.remove(&message.partition());
    }
    let is_inside = message.offset() < end;
    Ok(is_inside.then(|| Raw::copy_of(&message)))
}

/// An error that names the record.
pub(crate) fn unreadable(topic: &str, place: Place, source: WireError) -> WarehouseError {
    WarehouseError::Unreadable {
        topic: topic.to_owned(),
        partition: place.partition,
        offset: place.offset,
        source,
    }
}

/// Id of a client's cluster.
pub(crate) fn cluster_id<C: ClientContext>(client: &Client<C>) -> Result<String, WarehouseError> {
    let timed_out = || {
        let source = KafkaError::Global(RDKafkaErrorCode::OperationTimedOut);
        cannot("tell its cluster's id", source)
    };
    client
        .fetch_cluster_id(METADATA_LIMIT)
        .ok_or_else(timed_out)
}
