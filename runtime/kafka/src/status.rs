//! What a running phase tells about itself.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The counters of one phase, written by its thread, read by whoever exports them. They count
/// committed work only, except where said otherwise, and begin at 0 with the process.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Input records whose transaction was committed.
    pub records_in: AtomicU64,
    /// Output records committed, changelog and positions not counted.
    pub records_out: AtomicU64,
    /// Dead letters committed.
    pub dead_letters: AtomicU64,
    /// Transactions committed.
    pub commits: AtomicU64,
    /// Time spent committing, from sending the offsets to the broker's answer, in microseconds.
    pub commit_micros_sum: AtomicU64,
    /// Transactions whose abort was acknowledged.
    pub aborts: AtomicU64,
    /// Sessions that ended in trouble and were begun anew.
    pub restarts: AtomicU64,
    /// Time the last take-over spent restoring, in microseconds.
    pub restore_micros: AtomicU64,
    /// Records read from the changelog at the last take-over.
    pub restored_records: AtomicU64,
    /// Entries read from local checkpoints at the last take-over.
    pub checkpointed_entries: AtomicU64,
    /// Input records not yet read, as of a few seconds ago; -1 while unknown.
    pub lag_records: AtomicI64,
    /// What the stores take in memory, roughly, in bytes.
    pub store_bytes: AtomicU64,
}

impl Metrics {
    pub(crate) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_micros(counter: &AtomicU64, time: Duration) {
        counter.fetch_add(micros(time), Ordering::Relaxed);
    }

    pub(crate) fn set_micros(counter: &AtomicU64, time: Duration) {
        counter.store(micros(time), Ordering::Relaxed);
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// What one phase is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseStatus {
    /// The phase.
    pub name: &'static str,
    /// The partitions it works on, in order.
    pub assigned: Vec<i32>,
    /// True once the group gave an assignment, if an empty one, and its stores are restored.
    pub is_restored: bool,
    /// Input records committed since the process began.
    pub records_in: u64,
    /// Output records committed since the process began.
    pub records_out: u64,
    /// Transactions committed since the process began.
    pub transactions: u64,
    /// Dead letters committed since the process began.
    pub dead_letters: u64,
    /// Input records not yet read, as of a few seconds ago; `None` while unknown.
    pub lag_records: Option<u64>,
    /// Why it waits, when it waits for a registry or a broker.
    pub paused_reason: Option<String>,
}

/// The side of a phase that other threads may look at.
#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) name: &'static str,
    pub(crate) metrics: Metrics,
    is_restored: AtomicBool,
    assigned: Mutex<Vec<i32>>,
    paused_reason: Mutex<Option<String>>,
    /// Rounds of the loop, for the watchdog.
    beats: AtomicU64,
    /// Set while the loop waits on purpose, or has ended.
    is_resting: AtomicBool,
}

impl Board {
    pub(crate) fn new(name: &'static str) -> Self {
        let metrics = Metrics {
            lag_records: AtomicI64::new(-1),
            ..Metrics::default()
        };
        Self {
            name,
            metrics,
            is_restored: AtomicBool::new(false),
            assigned: Mutex::default(),
            paused_reason: Mutex::default(),
            beats: AtomicU64::new(0),
            is_resting: AtomicBool::new(false),
        }
    }

    pub(crate) fn is_restored(&self) -> bool {
        self.is_restored.load(Ordering::Acquire)
    }

    /// Tells that these partitions are restored and being worked on.
    pub(crate) fn took_over(&self, partitions: Vec<i32>) {
        *lock(&self.assigned) = partitions;
        self.is_restored.store(true, Ordering::Release);
    }

    /// Tells that nothing is being worked on.
    pub(crate) fn gave_up(&self) {
        self.is_restored.store(false, Ordering::Release);
        lock(&self.assigned).clear();
        self.metrics.lag_records.store(-1, Ordering::Relaxed);
    }

    /// The loop goes round.
    pub(crate) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    /// The loop begins or ends a wait of its own.
    pub(crate) fn rest(&self, is_resting: bool) {
        self.is_resting.store(is_resting, Ordering::Relaxed);
    }

    pub(crate) fn is_resting(&self) -> bool {
        self.is_resting.load(Ordering::Relaxed)
    }

    pub(crate) fn paused(&self, reason: String) {
        *lock(&self.paused_reason) = Some(reason);
    }

    pub(crate) fn going(&self) {
        *lock(&self.paused_reason) = None;
    }

    pub(crate) fn status(&self) -> PhaseStatus {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        PhaseStatus {
            name: self.name,
            assigned: lock(&self.assigned).clone(),
            is_restored: self.is_restored(),
            records_in: count(&self.metrics.records_in),
            records_out: count(&self.metrics.records_out),
            transactions: count(&self.metrics.commits),
            dead_letters: count(&self.metrics.dead_letters),
            lag_records: u64::try_from(self.metrics.lag_records.load(Ordering::Relaxed)).ok(),
            paused_reason: lock(&self.paused_reason).clone(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What stands in these is whole after every write, so a panic elsewhere spoils nothing.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
