//! Waiting until an update is complete: its envelope on the runs topic, then its rows in ClickHouse.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rdkafka::message::Message;
use sideline_avro::WireReader;
use sideline_avro::runs::RunEnvelope;
use sideline_topics::TopicId;
use sideline_warehouse::Warehouse;
use sideline_warehouse::queries::Version;

use crate::log::Follower;
use crate::system::System;

/// The phase whose envelope closes an update.
const COMPLETION: &str = "completion";
/// After this an update is partial: it names who is missing.
pub const PARTIAL_AFTER: Duration = Duration::from_secs(60);
/// Pause between two looks at ClickHouse while its rows are on their way.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Stands at the end of the runs topic, from before events are sent.
pub struct CompletionWatch {
    follower: Follower,
    reader: WireReader<RunEnvelope>,
}

impl CompletionWatch {
    /// Begins to watch; call it before sending events.
    ///
    /// # Errors
    /// Kafka cannot be read.
    pub fn start(system: &System) -> Result<Self> {
        let topic = system.catalogue.name(TopicId::Runs);
        Ok(Self {
            follower: Follower::at_end(&system.endpoints.kafka, topic)?,
            reader: WireReader::new(Arc::new(system.registry()?)),
        })
    }

    /// The envelope that closes the update with this id; envelopes of others are passed over.
    ///
    /// # Errors
    /// Kafka fails, or the update is not complete after a minute.
    pub fn wait(&self, correlation_id: &str) -> Result<RunEnvelope> {
        let deadline = Instant::now() + PARTIAL_AFTER;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(message) = self.follower.next(left)? else {
                bail!(
                    "the update {correlation_id} is not complete after {} s; see: sideline status",
                    PARTIAL_AFTER.as_secs()
                );
            };
            let Some(bytes) = message.payload() else {
                continue;
            };
            let envelope = self.reader.decode(bytes)?;
            if envelope.correlation_id == correlation_id && envelope.phase == COMPLETION {
                return Ok(envelope);
            }
        }
    }
}

/// The versions that an update made, once ClickHouse shows them all.
///
/// # Errors
/// ClickHouse cannot be asked, or does not show the rows within a minute.
pub async fn versions(warehouse: &Warehouse, envelope: &RunEnvelope) -> Result<Vec<Version>> {
    let expected = usize::try_from(envelope.changed).unwrap_or(0);
    let deadline = Instant::now() + PARTIAL_AFTER;
    loop {
        let versions = warehouse
            .versions_of_change(&envelope.correlation_id)
            .await?;
        if versions.len() >= expected {
            return Ok(versions);
        }
        if Instant::now() > deadline {
            bail!(
                "ClickHouse shows {} of {expected} versions; see: sideline status",
                versions.len()
            );
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
