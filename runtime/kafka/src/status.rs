//! What a running phase tells about itself.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::histogram::Histogram;

use crate::plan::PhasePlan;

/// Bounds of commit times, in seconds: 5 ms is what a quiet broker takes, 10 s is a transaction's
/// time-out.
const COMMIT_SECONDS: [f64; 10] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Bounds of transactions, in records: from one event at a time to the most that one may hold.
const TRANSACTION_RECORDS: [f64; 9] = [
    1.0, 3.0, 10.0, 30.0, 100.0, 1_000.0, 10_000.0, 30_000.0, 100_000.0,
];

/// Reasons are words of the program and few; what would go beyond is counted as `other`.
const REASONS_MAX: usize = 64;

/// The counters of one phase, written by its thread, read by whoever exports them. They count
/// committed work only, except where said otherwise, and begin at 0 with the process.
#[derive(Debug)]
pub struct Metrics {
    /// Which of the phase's threads they are of, from 0.
    pub thread: u32,
    /// Input records whose transaction was committed.
    pub records_in: AtomicU64,
    /// Output records committed, changelog and positions not counted.
    pub records_out: AtomicU64,
    /// Dead letters committed.
    pub dead_letters: AtomicU64,
    /// Transactions committed.
    pub commits: AtomicU64,
    /// Those of them during which the next records were processed already.
    pub commits_behind: AtomicU64,
    /// Seconds of each commit, from sending changelog and offsets to the broker's answer.
    pub commit_seconds: Histogram,
    /// Input records of each transaction committed.
    pub transaction_records: Histogram,
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
    /// What they may take before a notice says so, in bytes.
    pub store_budget_bytes: AtomicU64,
    dead_letters_by_reason: Mutex<BTreeMap<String, u64>>,
    newest_ms: Mutex<BTreeMap<Arc<str>, i64>>,
}

impl Metrics {
    /// Those of a thread that has done nothing yet.
    #[must_use]
    pub fn new(thread: u32) -> Self {
        Self {
            thread,
            records_in: AtomicU64::new(0),
            records_out: AtomicU64::new(0),
            dead_letters: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            commits_behind: AtomicU64::new(0),
            commit_seconds: Histogram::new(COMMIT_SECONDS),
            transaction_records: Histogram::new(TRANSACTION_RECORDS),
            aborts: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            restore_micros: AtomicU64::new(0),
            restored_records: AtomicU64::new(0),
            checkpointed_entries: AtomicU64::new(0),
            lag_records: AtomicI64::new(-1),
            store_bytes: AtomicU64::new(0),
            store_budget_bytes: AtomicU64::new(0),
            dead_letters_by_reason: Mutex::default(),
            newest_ms: Mutex::default(),
        }
    }

    /// Dead letters committed, by their reason.
    pub fn dead_letters_by_reason(&self) -> BTreeMap<String, u64> {
        lock(&self.dead_letters_by_reason).clone()
    }

    /// The newest timestamp committed of each input that was read, in milliseconds since 1970.
    pub fn newest_ms(&self) -> BTreeMap<Arc<str>, i64> {
        lock(&self.newest_ms).clone()
    }

    pub(crate) fn add_dead_letters(&self, reasons: BTreeMap<String, u64>) {
        let mut known = lock(&self.dead_letters_by_reason);
        for (reason, count) in reasons {
            let has_room = known.len() < REASONS_MAX || known.contains_key(&reason);
            let reason = if has_room { reason } else { "other".to_owned() };
            *known.entry(reason).or_default() += count;
        }
    }

    pub(crate) fn saw(&self, input: &Arc<str>, newest_ms: i64) {
        let mut known = lock(&self.newest_ms);
        let newest = known.entry(Arc::clone(input)).or_insert(newest_ms);
        *newest = newest_ms.max(*newest);
    }

    pub(crate) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn set_micros(counter: &AtomicU64, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        counter.store(micros, Ordering::Relaxed);
    }
}

/// What one thread of a phase is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PhaseStatus {
    /// The phase.
    pub name: &'static str,
    /// Which of its threads it is, from 0.
    pub thread: u32,
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
    /// What a person should know though work goes on, such as stores beyond their budget.
    pub notice: Option<String>,
}

/// The side of a phase that other threads may look at.
#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) name: &'static str,
    pub(crate) metrics: Metrics,
    is_restored: AtomicBool,
    assigned: Mutex<Vec<i32>>,
    paused_reason: Mutex<Option<String>>,
    notice: Mutex<Option<String>>,
    /// Rounds of the loop, for the watchdog.
    beats: AtomicU64,
    /// Set while the loop waits on purpose, or has ended.
    is_resting: AtomicBool,
}

impl Board {
    pub(crate) fn new(name: &'static str, thread: u32, plan: &PhasePlan) -> Self {
        let metrics = Metrics {
            store_budget_bytes: AtomicU64::new(plan.thread_budget_bytes()),
            ..Metrics::new(thread)
        };
        Self {
            name,
            metrics,
            is_restored: AtomicBool::new(false),
            assigned: Mutex::default(),
            paused_reason: Mutex::default(),
            notice: Mutex::default(),
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

    pub(crate) fn has_notice(&self) -> bool {
        lock(&self.notice).is_some()
    }

    pub(crate) fn notice(&self, notice: Option<String>) {
        *lock(&self.notice) = notice;
    }

    pub(crate) fn status(&self) -> PhaseStatus {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        PhaseStatus {
            name: self.name,
            thread: self.metrics.thread,
            assigned: lock(&self.assigned).clone(),
            is_restored: self.is_restored(),
            records_in: count(&self.metrics.records_in),
            records_out: count(&self.metrics.records_out),
            transactions: count(&self.metrics.commits),
            dead_letters: count(&self.metrics.dead_letters),
            lag_records: u64::try_from(self.metrics.lag_records.load(Ordering::Relaxed)).ok(),
            paused_reason: lock(&self.paused_reason).clone(),
            notice: lock(&self.notice).clone(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What stands in these is whole after every write, so a panic elsewhere spoils nothing.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
