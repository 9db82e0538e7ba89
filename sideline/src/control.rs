//! Control topics: what operators set. The last word of each key counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use rdkafka::message::{Message, OwnedHeaders};
use sideline_avro::schemas::AvroRecord;
use sideline_avro::time::Timestamp;
use sideline_avro::{WireReader, WireWriter};
use sideline_topics::{TopicId, partition_for};

use crate::publisher::{Outgoing, Publisher};
use crate::system::System;

/// The last word of every key of a control topic; none for a key whose last word is a tombstone.
///
/// # Errors
/// Kafka cannot be read, or a record is not understood.
pub async fn read<T: AvroRecord>(system: &System, id: TopicId) -> Result<BTreeMap<Vec<u8>, T>> {
    let reader = WireReader::<T>::new(Arc::new(system.registry()?));
    let kafka = system.endpoints.kafka.clone();
    let topic = system.catalogue.name(id).to_owned();
    tokio::task::spawn_blocking(move || {
        let mut words = BTreeMap::new();
        crate::log::read_all(&kafka, &topic, |message| {
            let key = message.key().unwrap_or_default().to_vec();
            match message.payload() {
                Some(bytes) => words.insert(key, reader.decode(bytes)?),
                None => words.remove(&key),
            };
            Ok(())
        })?;
        Ok(words)
    })
    .await?
}

/// Says something, under each of the keys.
///
/// # Errors
/// Kafka does not take the records.
pub async fn write<T: AvroRecord>(
    system: &System,
    id: TopicId,
    set_at: Timestamp,
    words: &[(&str, T)],
) -> Result<()> {
    let ids = system.schema_ids().await?;
    let writer = WireWriter::<T>::new(ids.of(id));
    let publisher = Publisher::connect(system).await?;
    let topic = system.catalogue.topic(id);
    for (key, word) in words {
        publisher.send_raw(Outgoing {
            topic: &topic.name,
            partition: partition_for(key, topic.settings.partitions),
            key: key.as_bytes(),
            value: Some(&writer.to_vec(word)?),
            timestamp_ms: set_at.as_millis(),
            headers: OwnedHeaders::new(),
        })?;
    }
    publisher.flush()
}
