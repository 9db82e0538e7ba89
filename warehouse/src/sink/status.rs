//! What the sink has done and how it is: counted, logged and shown in one place.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use sideline_avro::time::Timestamp;

use super::delay::{Delays, SinkDelay};
use super::measure::SinkMetrics;
use crate::error::WarehouseError;
use crate::kafka::SinkTopics;
use crate::tables;

/// How the sink is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SinkState {
    /// It has no partitions yet.
    #[default]
    Starting,
    /// It copies.
    Running,
    /// ClickHouse, Kafka or the registry is away; it tries again by itself.
    Waiting,
    /// It was stopped.
    Stopped,
    /// It ended by an error.
    Failed,
}

/// What has gone into one table since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableStatus {
    /// The table.
    pub table: String,
    /// Its topic.
    pub topic: String,
    /// Rows inserted.
    pub rows: u64,
    /// Inserts acknowledged.
    pub inserts: u64,
    /// Inserts that failed and were or will be tried again.
    pub failures: u64,
    /// Rows that ClickHouse refused for what stands in them.
    pub refused: u64,
    /// Records that could not be read.
    pub unreadable: u64,
    /// Records that say nothing the table keeps, such as tombstones.
    pub skipped: u64,
    /// Place of the last bad record, and why.
    pub last_bad: Option<String>,
}

/// What the sink has done and how it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SinkStatus {
    /// How it is.
    pub state: SinkState,
    /// Why it waits, or why it failed.
    pub error: Option<String>,
    /// What a person can do about that.
    pub hint: Option<String>,
    /// Since when it has been waiting, microseconds since 1970; absent when it is not.
    pub waiting_since: Option<Timestamp>,
    /// Partitions it reads now, over all topics.
    pub partitions: usize,
    /// Records read and not stored yet.
    pub held_records: usize,
    /// Offsets that could not be committed; they are committed with the next ones.
    pub commit_failures: u64,
    /// Per table.
    pub tables: Vec<TableStatus>,
    /// How far behind Kafka predictions are stored.
    pub delay: SinkDelay,
}

/// What one batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) rows: u64,
    pub(crate) refused: u64,
    pub(crate) unreadable: u64,
    pub(crate) skipped: u64,
    pub(crate) last_bad: Option<String>,
}

/// Keeps the status. Each method is one thing that happened: it counts and writes the log line.
#[derive(Debug)]
pub(crate) struct StatusBook {
    pub(crate) metrics: SinkMetrics,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    status: SinkStatus,
    delays: Delays,
}

impl StatusBook {
    pub(crate) fn new(topics: &SinkTopics) -> Self {
        let table = |(table, topic): (&str, String)| TableStatus {
            table: table.to_owned(),
            topic,
            ..TableStatus::default()
        };
        let status = SinkStatus {
            tables: tables::names(topics).into_iter().map(table).collect(),
            ..SinkStatus::default()
        };
        Self {
            metrics: SinkMetrics::default(),
            inner: Mutex::new(Inner {
                status,
                delays: Delays::default(),
            }),
        }
    }

    /// How the sink is now.
    pub(crate) fn status(&self) -> SinkStatus {
        let inner = self.lock();
        SinkStatus {
            delay: inner.delays.told(),
            ..inner.status.clone()
        }
    }

    /// Partitions were given to the sink, or taken away.
    pub(crate) fn assigned(&self, partitions: usize) {
        let mut inner = self.lock();
        inner.status.partitions = partitions;
        if partitions > 0 {
            inner.goes_on();
            tracing::info!(partitions, "sink reads its partitions");
        }
    }

    /// Records wait in the sink.
    pub(crate) fn holds(&self, records: usize) {
        self.lock().status.held_records = records;
    }

    /// A batch was stored and acknowledged.
    pub(crate) fn stored(&self, table: &'static str, stored: &Stored) {
        let mut inner = self.lock();
        inner.goes_on();
        if let Some(bad) = &stored.last_bad {
            let Stored {
                unreadable,
                refused,
                ..
            } = stored;
            tracing::error!(table, unreadable, refused, last = %bad, "sink met bad records");
        }
        let Some(counts) = inner
            .status
            .tables
            .iter_mut()
            .find(|one| one.table == table)
        else {
            return;
        };
        counts.rows += stored.rows;
        counts.inserts += u64::from(stored.rows > 0);
        counts.refused += stored.refused;
        counts.unreadable += stored.unreadable;
        counts.skipped += stored.skipped;
        if stored.last_bad.is_some() {
            counts.last_bad.clone_from(&stored.last_bad);
        }
    }

    /// Versions that Kafka appended at these times can be asked for since `now`.
    pub(crate) fn queryable(&self, appended_at: impl Iterator<Item = Timestamp>, now: Timestamp) {
        let mut inner = self.lock();
        for appended_at in appended_at {
            let delay_ms = now.as_millis() - appended_at.as_millis();
            inner.delays.note(delay_ms.max(0));
        }
    }

    /// A batch could not be stored; it is tried again after `wait`.
    pub(crate) fn failed(&self, table: &'static str, error: &WarehouseError, wait: Duration) {
        let mut inner = self.lock();
        if let Some(counts) = inner
            .status
            .tables
            .iter_mut()
            .find(|one| one.table == table)
        {
            counts.failures += 1;
        }
        inner.waits(error, wait);
    }

    /// Something the sink needs is away; it tries again after `wait`.
    pub(crate) fn waits(&self, error: &WarehouseError, wait: Duration) {
        self.lock().waits(error, wait);
    }

    /// Kafka reported a fault that the client heals by itself.
    pub(crate) fn kafka_reported(&self, error: &rdkafka::error::KafkaError) {
        tracing::warn!(%error, "Kafka reported a fault to the sink");
    }

    /// Offsets could not be committed.
    pub(crate) fn commit_failed(&self, error: &rdkafka::error::KafkaError) {
        self.lock().status.commit_failures += 1;
        tracing::warn!(%error, "sink could not commit its offsets; the next commit covers them");
    }

    /// The thread ended.
    pub(crate) fn ended(&self, ended: &Result<(), WarehouseError>) {
        let mut inner = self.lock();
        match ended {
            Ok(()) => {
                inner.goes_on();
                inner.status.state = SinkState::Stopped;
                tracing::info!("sink stopped");
            }
            Err(error) => {
                inner.status.state = SinkState::Failed;
                inner.status.error = Some(error.to_string());
                inner.status.hint = Some(error.hint().to_owned());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn goes_on(&mut self) {
        if self.status.state == SinkState::Waiting {
            tracing::info!("sink goes on");
        }
        self.status.state = SinkState::Running;
        self.status.error = None;
        self.status.hint = None;
        self.status.waiting_since = None;
    }

    fn waits(&mut self, error: &WarehouseError, wait: Duration) {
        let text = error.to_string();
        if self.status.error.as_ref() != Some(&text) {
            let wait_ms = wait.as_millis();
            tracing::warn!(error = %text, hint = error.hint(), wait_ms, "sink waits");
        }
        if self.status.state != SinkState::Waiting {
            self.status.waiting_since = Some(now());
        }
        self.status.state = SinkState::Waiting;
        self.status.error = Some(text);
        self.status.hint = Some(error.hint().to_owned());
    }
}

pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since_1970.map_or(0, |since| since.as_micros());
    Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> StatusBook {
        let catalogue = sideline_topics::Catalogue::new("nba", None).unwrap();
        StatusBook::new(&SinkTopics::of(&catalogue))
    }

    #[test]
    fn a_wait_is_seen_with_its_reason_and_ends_with_the_next_insert() {
        let book = book();
        let error = WarehouseError::NoTopic { topic: "t".into() };
        book.failed("prediction_log", &error, Duration::ZERO);
        let waiting = book.status();
        assert_eq!(waiting.state, SinkState::Waiting);
        assert!(waiting.waiting_since.is_some());
        assert_eq!(waiting.error.as_deref(), Some("topic t does not exist"));
        assert_eq!(waiting.tables[0].failures, 1);
        book.stored(
            "prediction_log",
            &Stored {
                rows: 3,
                ..Stored::default()
            },
        );
        let running = book.status();
        assert_eq!(running.state, SinkState::Running);
        assert_eq!((running.error, running.waiting_since), (None, None));
        assert_eq!((running.tables[0].rows, running.tables[0].inserts), (3, 1));
    }
}
