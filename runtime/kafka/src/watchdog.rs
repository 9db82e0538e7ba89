//! Sees that every phase's loop goes round. Some calls into librdkafka heed no time-out (sending
//! offsets to a transaction is one), and a loop that hangs in one can neither be woken nor say so.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::config::{SESSION_TIMEOUT, STABLE_OFFSETS_TIMEOUT, TRANSACTION_TIMEOUT};
use crate::shutdown::Shutdown;
use crate::status::Board;

/// How often it looks.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// A loop that stands still for so long is reported: sooner than the broker gives up on its
/// transaction or its membership.
const REPORT_AFTER: Duration = Duration::from_secs(5);

/// A loop that stands still for so long never goes on: every wait of ours is shorter. The process
/// ends itself, which loses nothing, and whoever runs it starts it again.
const END_AFTER: Duration = Duration::from_mins(2);

const _: () = assert!(REPORT_AFTER.as_millis() < TRANSACTION_TIMEOUT.as_millis());
const _: () = assert!(REPORT_AFTER.as_millis() < SESSION_TIMEOUT.as_millis());
const _: () = assert!(END_AFTER.as_millis() > 2 * STABLE_OFFSETS_TIMEOUT.as_millis());

/// The watch over one run's loops. It ends when dropped.
pub(crate) struct Watchdog {
    ended: Shutdown,
    thread: Option<JoinHandle<()>>,
}

/// One loop, and when it was last seen to move.
struct Watched {
    board: Arc<Board>,
    beats: u64,
    moved_at: Instant,
    is_reported: bool,
}

impl Watchdog {
    /// Watches these loops from now on. Without a thread for it nothing is watched, and a line
    /// says so.
    pub(crate) fn start(boards: &[Arc<Board>]) -> Self {
        let ended = Shutdown::new();
        let (heard, watched) = (ended.clone(), boards.iter().map(Watched::new).collect());
        let spawned = std::thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || watch(&heard, watched));
        if let Err(error) = &spawned {
            tracing::warn!(%error, "no thread for the watchdog: a loop that hangs is not reported");
        }
        Self {
            ended,
            thread: spawned.ok(),
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.ended.request();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn watch(ended: &Shutdown, mut watched: Vec<Watched>) {
    while !ended.wait(LOOK_INTERVAL) {
        for one in &mut watched {
            if one.look() > END_AFTER {
                let (phase, waited_s) = (one.board.name, END_AFTER.as_secs());
                tracing::error!(phase, waited_s, "the loop hangs for good: the process ends");
                std::process::abort();
            }
        }
    }
}

impl Watched {
    fn new(board: &Arc<Board>) -> Self {
        Self {
            board: Arc::clone(board),
            beats: 0,
            moved_at: Instant::now(),
            is_reported: false,
        }
    }

    /// Tells for how long the loop has stood still, and reports it once.
    fn look(&mut self) -> Duration {
        let beats = self.board.beats();
        if beats != self.beats || self.board.is_resting() {
            self.beats = beats;
            self.moved_at = Instant::now();
            if std::mem::take(&mut self.is_reported) {
                tracing::info!(phase = self.board.name, "the loop moves again");
                self.board.going();
            }
        }
        let stands_for = self.moved_at.elapsed();
        if stands_for > REPORT_AFTER && !self.is_reported {
            self.is_reported = true;
            let (phase, waited_s) = (self.board.name, stands_for.as_secs());
            tracing::warn!(phase, waited_s, "the loop stands still in a call to Kafka");
            let reason = format!("no answer from Kafka for {waited_s} s");
            self.board.paused(reason);
        }
        stands_for
    }
}
