//! The thread of one phase: session after session, until the run ends or patience does.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sideline_runtime_core::Phase;

use crate::checkpoint::{Binding, Checkpoints};
use crate::config::Config;
use crate::error::{RuntimeError, Trouble};
use crate::fail_point::FailTrigger;
use crate::layout::Layout;
use crate::plan::PhasePlan;
use crate::session::Session;
use crate::shutdown::Shutdown;
use crate::status::{Board, Metrics};

/// The first wait after trouble: as long as a broker takes to answer again after a hiccup.
const BACKOFF_MIN: Duration = Duration::from_millis(100);

/// The longest wait: a person who brings a broker back should not wait for us.
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// A session that went well for so long owes its end to new trouble, not to the old.
const RECOVERED_AFTER: Duration = Duration::from_mins(1);

/// What one phase's thread works with.
pub(crate) struct Job {
    pub(crate) phase: Arc<Phase>,
    pub(crate) plan: PhasePlan,
    /// Which of the phase's threads it is, from 0.
    pub(crate) thread: u32,
    pub(crate) config: Arc<Config>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) fail: Arc<FailTrigger>,
    pub(crate) board: Arc<Board>,
    pub(crate) shutdown: Shutdown,
    pub(crate) checkpoints: Arc<Checkpoints>,
    /// What this phase's checkpoints belong to.
    pub(crate) binding: Binding,
}

impl Job {
    /// The static member, and the transactional id.
    pub(crate) fn member_name(&self) -> String {
        self.config.member_name(self.phase.name(), self.thread)
    }

    /// The name of a task's checkpoint.
    pub(crate) fn task_name(&self, partition: i32) -> String {
        format!("{}-{partition}", self.phase.name())
    }
}

/// Works on the phase until the run ends.
pub(crate) fn work(job: &Job) -> Result<(), RuntimeError> {
    let mut backoff = Backoff::new(job.config.patience);
    loop {
        let began_at = Instant::now();
        let commits = job.board.metrics.commits.load(Ordering::Relaxed);
        let reason = match live(job) {
            Ok(()) => return Ok(()),
            Err(Trouble::Stop(error)) => return Err(error),
            Err(Trouble::Restart(_)) if job.shutdown.is_requested() => return Ok(()),
            Err(Trouble::Restart(reason)) => reason,
        };
        let has_committed = job.board.metrics.commits.load(Ordering::Relaxed) > commits;
        if has_committed || began_at.elapsed() > RECOVERED_AFTER {
            backoff = Backoff::new(job.config.patience);
        }
        Metrics::add(&job.board.metrics.restarts, 1);
        tracing::warn!(
            phase = job.phase.name(),
            reason,
            "the session ended, beginning anew"
        );
        job.board.paused(reason.clone());
        match backoff.wait(job, &reason) {
            Ok(()) => {}
            Err(Trouble::Restart(_)) => return Ok(()),
            Err(Trouble::Stop(error)) => return Err(error),
        }
    }
}

/// One session, from joining to its end. Its tasks, producer and consumer are gone afterwards.
fn live(job: &Job) -> Result<(), Trouble> {
    Session::open(job)?.run()
}

/// Waits that grow, and end with patience.
pub(crate) struct Backoff {
    began_at: Option<Instant>,
    next: Duration,
    patience: Duration,
}

impl Backoff {
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            began_at: None,
            next: BACKOFF_MIN,
            patience,
        }
    }

    /// Waits a little, longer each time.
    ///
    /// # Errors
    /// [`Trouble::Stop`] when patience is at its end, [`Trouble::Restart`] when the run is.
    pub(crate) fn wait(&mut self, job: &Job, reason: &str) -> Result<(), Trouble> {
        let waited = self.began_at.get_or_insert_with(Instant::now).elapsed();
        if waited > self.patience {
            let out_of_patience = RuntimeError::OutOfPatience {
                phase: job.phase.name(),
                waited_s: waited.as_secs(),
                reason: reason.to_owned(),
            };
            return Err(out_of_patience.into());
        }
        let wait = self.next;
        self.next = (wait * 2).min(BACKOFF_MAX);
        job.board.rest(true);
        let is_ending = job.shutdown.wait(wait);
        job.board.rest(false);
        if is_ending {
            return Err(Trouble::Restart("the run is ending".to_owned()));
        }
        Ok(())
    }
}
