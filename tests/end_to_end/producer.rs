//! A producer of any bytes: what a faulty producer, or one with another schema, would send.

use std::time::Duration;

use anyhow::{Context, Result};
use rdkafka::producer::{FutureProducer, FutureRecord};
use sideline::ingress::{IngressRecord, IngressWriters};
use sideline::system::System;
use sideline_topics::{TopicId, partition_for};

use crate::wait::{SOON, block_on, until};

/// Longest wait for the broker to take a record.
const DELIVERY: Duration = Duration::from_secs(30);

/// Where a record stands in the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Full name of the topic.
    pub(crate) topic: String,
    /// Its partition.
    pub(crate) partition: i32,
    /// Its offset.
    pub(crate) offset: i64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}

/// Bytes on their way to an ingress topic.
#[derive(Clone, Debug)]
pub(crate) struct Bytes {
    /// The topic.
    pub(crate) topic: TopicId,
    /// The partition.
    pub(crate) partition: i32,
    /// The record's key.
    pub(crate) key: Vec<u8>,
    /// Its value; none is a tombstone.
    pub(crate) value: Option<Vec<u8>>,
    /// Its timestamp, in milliseconds.
    pub(crate) timestamp_ms: i64,
}

/// Sends bytes and says where they landed.
pub(crate) struct Producer {
    producer: FutureProducer,
    writers: std::sync::Arc<IngressWriters>,
    system: System,
}

impl Producer {
    /// A producer for this installation.
    pub(crate) fn connect(system: &System) -> Result<Self> {
        let ids = block_on(system.schema_ids())?;
        let producer = system.kafka_client().set("acks", "all").create();
        Ok(Self {
            producer: producer.context("making a producer")?,
            writers: IngressWriters::new(&ids),
            system: system.clone(),
        })
    }

    /// The record as a sound producer would send it.
    pub(crate) fn bytes(&self, record: &IngressRecord) -> Result<Bytes> {
        let topic = self.system.catalogue.topic(record.topic());
        Ok(Bytes {
            topic: topic.id,
            partition: partition_for(record.partition_key(), topic.settings.partitions),
            key: record.record_key().into_bytes(),
            value: Some(self.writers.encode(record)?),
            timestamp_ms: record.known_at().as_millis(),
        })
    }

    /// Sends bytes; the answer is the broker's.
    pub(crate) fn send(&self, bytes: &Bytes) -> Result<Place> {
        let topic = self.system.catalogue.name(bytes.topic);
        let mut record = FutureRecord::<[u8], [u8]>::to(topic)
            .partition(bytes.partition)
            .key(&bytes.key)
            .timestamp(bytes.timestamp_ms);
        record.payload = bytes.value.as_deref();
        let delivery = block_on(async {
            let sent = self.producer.send(record, DELIVERY).await;
            sent.map_err(|(error, _)| error.into())
        })?;
        Ok(Place {
            topic: topic.to_owned(),
            partition: delivery.partition,
            offset: delivery.offset,
        })
    }

    /// Sends a record as a sound producer would.
    pub(crate) fn publish(&self, record: &IngressRecord) -> Result<Place> {
        self.send(&self.bytes(record)?)
    }
}

/// Waits until a record of `topic` satisfies `found`, read from the start again at each look.
pub(crate) fn until_in_log<T>(
    system: &System,
    topic: TopicId,
    mut found: impl FnMut(&rdkafka::message::BorrowedMessage<'_>) -> Result<Option<T>>,
) -> Result<T> {
    let name = system.catalogue.name(topic);
    until(SOON, || {
        let mut result = None;
        sideline::log::read_all(&system.endpoints.kafka, name, |message| {
            if let Some(one) = found(message)? {
                result = Some(one);
            }
            Ok(())
        })?;
        Ok(result)
    })
    .with_context(|| format!("looking through {name}"))
}
