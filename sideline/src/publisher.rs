//! Sends ingress events: to the partition of their key, stamped with business time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use sideline_topics::{Catalogue, partition_for};

use crate::ingress::{IngressRecord, IngressWriters};
use crate::league_clock::wall_time;
use crate::system::System;

/// Header with the real time of sending, in decimal microseconds; the pipeline carries it along so
/// that latency can be told.
pub const PUBLISHED_AT: &str = "published_at";
/// Events on their way at most: enough to fill batches, little beside the process's memory.
const IN_FLIGHT_MAX: &str = "20000";
/// Wait between tries while the queue is full; deliveries free places within milliseconds.
const FULL_QUEUE_WAIT: Duration = Duration::from_millis(2);
/// Pause between two looks at what is not acknowledged yet; an acknowledgement takes milliseconds.
const LOOK_PAUSE: Duration = Duration::from_micros(300);
/// Longest wait for the last deliveries.
const FLUSH_WAIT: Duration = Duration::from_secs(60);

/// Counts deliveries and remembers failures.
#[derive(Debug, Default)]
struct Deliveries {
    failed: AtomicU64,
}

/// The producer's side of [`Deliveries`].
#[derive(Clone, Debug, Default)]
struct Notes(Arc<Deliveries>);

impl ClientContext for Notes {}

impl ProducerContext for Notes {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if result.is_err() {
            self.0.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A record as it is sent.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    /// Full name of the topic.
    pub topic: &'a str,
    /// Partition.
    pub partition: i32,
    /// Record key.
    pub key: &'a [u8],
    /// Value; none is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Record timestamp in milliseconds.
    pub timestamp_ms: i64,
    /// Headers beside `published_at`.
    pub headers: OwnedHeaders,
}

/// Sends events and waits for their acknowledgements.
pub struct Publisher {
    producer: ThreadedProducer<Notes>,
    notes: Notes,
    writers: Arc<IngressWriters>,
    catalogue: Arc<Catalogue>,
}

impl Publisher {
    /// A publisher for this installation.
    ///
    /// # Errors
    /// A client cannot be made, or the schemas are not registered.
    pub async fn connect(system: &System) -> Result<Self> {
        let ids = system.schema_ids().await?;
        let notes = Notes::default();
        let producer = system
            .kafka_client()
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("linger.ms", "1")
            .set("compression.type", "lz4")
            .set("queue.buffering.max.messages", IN_FLIGHT_MAX)
            .create_with_context(notes.clone())
            .context("making a Kafka producer")?;
        Ok(Self {
            producer,
            notes,
            writers: IngressWriters::new(&ids),
            catalogue: Arc::clone(&system.catalogue),
        })
    }

    /// Hands an event over for sending; waits while too many are on their way.
    ///
    /// # Errors
    /// The event does not fit its schema, or the client gave up.
    pub fn send(&self, record: &IngressRecord) -> Result<()> {
        let value = self.writers.encode(record)?;
        let topic = self.catalogue.topic(record.topic());
        self.send_raw(Outgoing {
            topic: &topic.name,
            partition: partition_for(record.partition_key(), topic.settings.partitions),
            key: record.record_key().as_bytes(),
            value: Some(&value),
            timestamp_ms: record.known_at().as_millis(),
            headers: OwnedHeaders::new(),
        })
    }

    /// Hands bytes over for sending, as they are.
    ///
    /// # Errors
    /// The client gave up.
    pub fn send_raw(&self, outgoing: Outgoing<'_>) -> Result<()> {
        let published_at = wall_time().0.to_string();
        let headers = outgoing.headers.insert(Header {
            key: PUBLISHED_AT,
            value: Some(&published_at),
        });
        let mut record = BaseRecord::<[u8], [u8]>::to(outgoing.topic)
            .partition(outgoing.partition)
            .key(outgoing.key)
            .timestamp(outgoing.timestamp_ms)
            .headers(headers);
        record.payload = outgoing.value;
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    std::thread::sleep(FULL_QUEUE_WAIT);
                }
                Err((error, _)) => {
                    return Err(error).with_context(|| format!("sending to {}", outgoing.topic));
                }
            }
        }
    }

    /// Waits until everything handed over is acknowledged.
    ///
    /// # Errors
    /// The broker did not take an event within a minute.
    pub fn flush(&self) -> Result<()> {
        let deadline = Instant::now() + FLUSH_WAIT;
        // Not the client's own flush: it looks every 100 ms only.
        while self.producer.in_flight_count() > 0 {
            if Instant::now() > deadline {
                bail!(
                    "Kafka did not acknowledge the events within {} s; see: sideline status",
                    FLUSH_WAIT.as_secs()
                );
            }
            std::thread::sleep(LOOK_PAUSE);
        }
        let failed = self.notes.0.failed.swap(0, Ordering::Relaxed);
        if failed > 0 {
            bail!(
                "Kafka did not take {failed} events; nothing is lost: run the same command again"
            );
        }
        Ok(())
    }
}
