//! Copies predictions, outcomes, runs, dead letters and rosters from Kafka into ClickHouse.
//!
//! One OS thread owns everything: consumer, buffers, HTTP client, producer of dead letters. It reads
//! only what is committed, makes one insert per table and round over all partitions, and commits the
//! group's offsets after ClickHouse has acknowledged. It starts each partition at the lower of the
//! committed offset and the highest stored one plus one, so a crash at any point makes rows come
//! twice and never not at all; what comes twice folds (see `migrations/`).
//!
//! When ClickHouse or the registry is away, the batch at hand is kept as it is and tried again with
//! the same rows, the same order and the same deduplication token, while further records wait in
//! Kafka. [`SinkHandle::status`] shows it.

mod backlog;
mod batch;
mod consumer;
mod delay;
mod engine;
mod from_memory;
mod insert;
mod lane;
mod letters;
mod measure;
mod pace;
mod status;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use sideline_avro::SchemaSource;

pub use backlog::RECORDS_MAX;
pub(crate) use backlog::{BYTES_MAX, Raw};
pub use delay::SinkDelay;
pub use from_memory::VersionRows;
pub(crate) use insert::{PlacedRow, insert_rows};
pub use measure::{Label, SinkMetrics};
pub use status::{SinkState, SinkStatus, TableStatus};

use crate::connection::{ClickHouseConfig, Warehouse};
use crate::error::WarehouseError;
use crate::kafka::{KafkaConfig, SinkTopics};
use engine::Engine;
use status::StatusBook;

/// What a sink needs.
#[derive(Clone)]
pub struct SinkConfig {
    /// Where Kafka is.
    pub kafka: KafkaConfig,
    /// What it reads, and its consumer group.
    pub topics: SinkTopics,
    /// Name of this instance within the group, kept across restarts: a restarted sink gets its
    /// partitions back at once instead of after the session timeout. Two running sinks must differ.
    pub instance: String,
    /// Gives the schemas that records were written with.
    pub schemas: Arc<dyn SchemaSource>,
    /// Schema id of dead letters in the registry, for those the sink itself writes.
    pub dead_letter_schema_id: u32,
    /// Where ClickHouse is.
    pub clickhouse: ClickHouseConfig,
    /// For tests of crashes only: where the process aborts itself.
    pub fail_at: Option<SinkFailAt>,
}

/// A point of a round at which a crash must lose and double nothing, and how many rounds to let
/// go by first. Written as `before_insert:2` or `after_insert`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinkFailAt {
    pub(crate) is_stored: bool,
    pub(crate) after: u64,
}

impl std::str::FromStr for SinkFailAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (point, after) = text.split_once(':').unwrap_or((text, "0"));
        let is_stored = match point {
            "before_insert" => Some(false),
            "after_insert" => Some(true),
            _ => None,
        };
        match (is_stored, after.parse()) {
            (Some(is_stored), Ok(after)) => Ok(Self { is_stored, after }),
            _ => Err(format!(
                "{text:?} is no fail point of the sink; they are before_insert and after_insert, \
                 each with :COUNT if rounds go by first"
            )),
        }
    }
}

impl fmt::Debug for SinkConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SinkConfig")
            .field("kafka", &self.kafka.brokers)
            .field("topics", &self.topics)
            .field("instance", &self.instance)
            .field("clickhouse", &self.clickhouse)
            .finish_non_exhaustive()
    }
}

/// The name under which the sink of an instance is a member of its group.
#[must_use]
pub fn member_name(instance: &str) -> String {
    format!("{instance}-sink")
}

/// The sink; see the module.
#[derive(Debug)]
pub struct Sink;

impl Sink {
    /// Starts a sink on a thread of its own. It brings the database up to date before its first
    /// insert, and waits for ClickHouse when it is not there yet.
    ///
    /// # Errors
    /// A bad configuration, or no thread. Whatever happens later is in [`SinkHandle::status`] and
    /// [`SinkHandle::wait`].
    pub fn start(config: &SinkConfig) -> Result<SinkHandle, WarehouseError> {
        let warehouse = Warehouse::new(config.clickhouse.clone())?;
        let book = Arc::new(StatusBook::new(&config.topics));
        let stop = Arc::new(AtomicBool::new(false));
        let engine = Engine::new(config, warehouse, Arc::clone(&book), Arc::clone(&stop))?;
        let thread_book = Arc::clone(&book);
        let thread = std::thread::Builder::new()
            .name("sideline-sink".into())
            .spawn(move || {
                let ended = engine.run();
                thread_book.ended(&ended);
                ended
            })
            .map_err(|source| WarehouseError::Thread { source })?;
        Ok(SinkHandle { book, stop, thread })
    }
}

/// A running sink.
#[derive(Debug)]
pub struct SinkHandle {
    book: Arc<StatusBook>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), WarehouseError>>,
}

impl SinkHandle {
    /// How it is now.
    #[must_use]
    pub fn status(&self) -> SinkStatus {
        self.book.status()
    }

    /// What it measured since the start.
    #[must_use]
    pub fn metrics(&self) -> &SinkMetrics {
        &self.book.metrics
    }

    /// Asks it to store what it holds, commit and end. Returns at once. Its place in the group is
    /// kept for a restart.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// True when its thread has ended, by [`SinkHandle::stop`] or by an error.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until its thread has ended; blocks the caller's thread.
    ///
    /// # Errors
    /// Why it ended, when nobody asked it to or when it could not store what it held.
    pub fn wait(self) -> Result<(), WarehouseError> {
        match self.thread.join() {
            Ok(ended) => ended,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let word = panic.downcast_ref::<&str>().map(|word| (*word).to_owned());
                let message = text.or(word).unwrap_or_else(|| "no message".into());
                Err(WarehouseError::Panicked { message })
            }
        }
    }
}
