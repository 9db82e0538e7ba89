//! The league in pieces: what the shared stack has in its ingress topics, in the order in which it
//! became known, for an environment of its own.

use std::time::Duration;

use anyhow::{Context, Result};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use sideline::system::System;
use sideline_topics::TopicId;

/// Longest wait for the broker to take a piece: beyond its own restart.
const DELIVERY: Duration = Duration::from_secs(60);

/// A record of an ingress topic, bytes as they are.
#[derive(Debug, Clone)]
struct Event {
    topic: TopicId,
    partition: i32,
    key: Vec<u8>,
    value: Option<Vec<u8>>,
    timestamp_ms: i64,
}

/// All records, in pieces of equal size. Registrations come first, as a league begins.
#[derive(Debug)]
pub(crate) struct League {
    pieces: Vec<Vec<Event>>,
}

impl League {
    /// Reads the shared stack's log.
    pub(crate) fn read(system: &System, pieces: usize) -> Result<Self> {
        let mut events = Vec::new();
        for topic in TopicId::ingress() {
            let name = system.catalogue.name(topic);
            sideline::log::read_all(&system.endpoints.kafka, name, |message| {
                events.push(Event {
                    topic,
                    partition: message.partition(),
                    key: message.key().unwrap_or_default().to_vec(),
                    value: message.payload().map(<[u8]>::to_vec),
                    timestamp_ms: message.timestamp().to_millis().unwrap_or_default(),
                });
                Ok(())
            })?;
        }
        events.sort_by_key(|event| (event.topic != TopicId::Rosters, event.timestamp_ms));
        let size = events.len().div_ceil(pieces).max(1);
        let pieces = events.chunks(size).map(<[Event]>::to_vec).collect();
        Ok(Self { pieces })
    }

    /// How many pieces there are.
    pub(crate) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Publishes one half of a piece.
    pub(crate) fn publish(&self, system: &System, piece: usize, half: usize) -> Result<()> {
        let mut client = system.kafka_client();
        client.set("acks", "all").set("enable.idempotence", "true");
        let producer: BaseProducer = client.create()?;
        let events = self.pieces.get(piece).context("the league is over")?;
        let (first, second) = events.split_at(events.len() / 2);
        for event in if half == 0 { first } else { second } {
            let mut record = BaseRecord::to(system.catalogue.name(event.topic))
                .partition(event.partition)
                .key(&event.key)
                .timestamp(event.timestamp_ms);
            record.payload = event.value.as_deref();
            producer.send(record).map_err(|(error, _)| error)?;
            producer.poll(Duration::ZERO);
        }
        Ok(producer.flush(DELIVERY)?)
    }
}
