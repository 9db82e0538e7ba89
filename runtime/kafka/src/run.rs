//! Starting a topology, looking at it, and ending it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use sideline_runtime_core::Topology;

use crate::checkpoint::Checkpoints;
use crate::config::{Config, POLL_INTERVAL_MAX, THREAD_MARK};
use crate::error::RuntimeError;
use crate::fail_point::FailTrigger;
use crate::layout::Layout;
use crate::plan::THREADS_MAX;
use crate::shutdown::Shutdown;
use crate::status::{Board, Metrics, PhaseStatus};
use crate::watchdog::Watchdog;
use crate::worker::{Job, work};

/// The longest commit interval: half of what a transaction may last at all.
const COMMIT_INTERVAL_MAX: Duration = Duration::from_secs(5);

/// The first failure of any phase.
type Failure = Arc<Mutex<Option<RuntimeError>>>;

/// A topology at work. Dropping it ends it and waits for its threads.
pub struct Running {
    boards: Vec<Arc<Board>>,
    threads: Vec<JoinHandle<()>>,
    shutdown: Shutdown,
    failure: Failure,
    watchdog: Option<Watchdog>,
}

/// Starts a topology: a thread for every phase, or as many as its plan says. Returns once the threads run; whether they have
/// their partitions is told by [`Running::is_ready`].
///
/// When a phase fails, `shutdown` is requested and every phase ends; [`Running::wait`] then
/// tells why.
///
/// # Errors
/// When the topology or the configuration cannot work, the broker does not answer, or lacks a
/// topic: see [`RuntimeError`].
pub fn run(
    topology: &Topology,
    config: &Config,
    shutdown: &Shutdown,
) -> Result<Running, RuntimeError> {
    check_config(config)?;
    // Which topics are ingress is the catalogue's to say; that all exist is checked below.
    let inputs: Vec<_> = topology
        .phases()
        .iter()
        .flat_map(|phase| phase.input_topics())
        .collect();
    topology.check(&inputs.iter().map(|topic| &***topic).collect::<Vec<_>>())?;
    let layout = Arc::new(Layout::load(topology, config)?);
    let config = Arc::new(config.clone());
    let fail = Arc::new(FailTrigger::new(config.fail_at));
    let checkpoints = Arc::new(Checkpoints::open(config.state_dir.as_ref(), &fail));
    let mut running = Running {
        boards: Vec::new(),
        threads: Vec::new(),
        shutdown: shutdown.clone(),
        failure: Failure::default(),
        watchdog: None,
    };
    for phase in topology.phases() {
        let plan = config.plan(phase.name());
        for thread in 0..plan.threads {
            running.start(Job {
                phase: Arc::clone(phase),
                plan,
                thread,
                config: Arc::clone(&config),
                layout: Arc::clone(&layout),
                fail: Arc::clone(&fail),
                board: Arc::new(Board::new(phase.name(), thread, &plan)),
                shutdown: shutdown.clone(),
                checkpoints: Arc::clone(&checkpoints),
                binding: layout.binding(phase, config.changelog(phase.name())),
            })?;
        }
    }
    running.watchdog = Some(Watchdog::start(&running.boards));
    Ok(running)
}

impl Running {
    /// True when every phase has its assignment and has restored it.
    pub fn is_ready(&self) -> bool {
        self.boards.iter().all(|board| board.is_restored())
    }

    /// What each thread of each phase is doing, in the order of the topology.
    pub fn status(&self) -> Vec<PhaseStatus> {
        self.boards.iter().map(|board| board.status()).collect()
    }

    /// The counters of each thread by its phase's name, in the order of [`Running::status`].
    pub fn metrics(&self) -> impl Iterator<Item = (&'static str, &Metrics)> {
        self.boards.iter().map(|board| (board.name, &board.metrics))
    }

    /// True when a phase has ended, asked to or not; [`Running::wait`] tells why.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.threads.iter().any(JoinHandle::is_finished)
    }

    /// Asks every phase to commit or abort what it has open and to end.
    pub fn stop(&self) {
        self.shutdown.request();
    }

    /// Waits until every phase has ended. It does not ask them to.
    ///
    /// # Errors
    /// The first failure of any phase.
    pub fn wait(mut self) -> Result<(), RuntimeError> {
        self.join();
        match self
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn start(&mut self, job: Job) -> Result<(), RuntimeError> {
        let phase = job.phase.name();
        self.boards.push(Arc::clone(&job.board));
        let failure = Arc::clone(&self.failure);
        let thread = std::thread::Builder::new()
            .name(format!("phase-{phase}-{}", job.thread))
            .spawn(move || work_guarded(&job, &failure))
            .map_err(|source| RuntimeError::Thread { phase, source })?;
        self.threads.push(thread);
        Ok(())
    }

    fn join(&mut self) {
        for thread in self.threads.drain(..) {
            // A panic was caught within and stands as the failure.
            drop(thread.join());
        }
        drop(self.watchdog.take());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.stop();
            self.join();
        }
    }
}

/// Works on a phase; its failure, or its panic, ends the whole run.
fn work_guarded(job: &Job, failure: &Failure) {
    let phase = job.phase.name();
    let result = catch_unwind(AssertUnwindSafe(|| work(job))).unwrap_or_else(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Err(RuntimeError::Panicked {
            phase,
            message: text.unwrap_or_default(),
        })
    });
    job.board.rest(true);
    if let Err(error) = result {
        failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
        job.shutdown.request();
    }
}

fn check_config(config: &Config) -> Result<(), RuntimeError> {
    let bad = |key, value: String, allowed| {
        Err(RuntimeError::BadConfig {
            key,
            value,
            allowed,
        })
    };
    let is_good = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if config.instance.is_empty() || !config.instance.chars().all(is_good) {
        let allowed = "letters, digits, hyphens, underscores and dots, at least one";
        return bad("instance", config.instance.clone(), allowed);
    }
    if !config.prefix.chars().all(is_good) {
        let allowed = "letters, digits, hyphens, underscores and dots";
        return bad("prefix", config.prefix.clone(), allowed);
    }
    if has_thread_mark(&config.instance) {
        let allowed = "names that do not end in .t and a number, which further threads have";
        return bad("instance", config.instance.clone(), allowed);
    }
    for plan in config.phases.values() {
        if plan.threads == 0 || plan.threads > THREADS_MAX {
            return bad("threads", plan.threads.to_string(), "1 to 64");
        }
    }
    if config.commit_interval > COMMIT_INTERVAL_MAX {
        let value = format!("{:?}", config.commit_interval);
        return bad("commit_interval", value, "up to 5 s");
    }
    // A phase that waits in the middle of a record does not poll.
    if config.patience >= POLL_INTERVAL_MAX {
        return bad(
            "patience",
            format!("{:?}", config.patience),
            "less than 10 minutes",
        );
    }
    Ok(())
}

/// Whether an instance's name could be that of another instance's further thread.
fn has_thread_mark(instance: &str) -> bool {
    let number = instance
        .rsplit_once(THREAD_MARK)
        .map_or("", |(_, number)| number);
    !number.is_empty() && number.chars().all(|letter| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PhasePlan;

    #[test]
    fn settings_out_of_range_are_refused_by_name() {
        let refused = |config: Config| check_config(&config).unwrap_err().to_string();
        let config = Config::new("b:1", "one");
        assert!(check_config(&config).is_ok());
        assert!(refused(Config::new("b:1", "")).starts_with("instance is \"\""));
        assert!(refused(Config::new("b:1", "one.t1")).starts_with("instance is \"one.t1\""));
        assert!(check_config(&Config::new("b:1", "one.two.t")).is_ok());
        let mut idle = config.clone();
        let plan = PhasePlan {
            threads: 0,
            ..PhasePlan::default()
        };
        idle.phases.insert("count".into(), plan);
        assert!(refused(idle).starts_with("threads is \"0\""));
        let prefix = Config {
            prefix: "a b".into(),
            ..config.clone()
        };
        assert!(refused(prefix).starts_with("prefix is \"a b\", allowed is letters"));
        let slow = Config {
            commit_interval: Duration::from_secs(6),
            ..config.clone()
        };
        assert!(refused(slow).starts_with("commit_interval"));
        let patient = Config {
            patience: Duration::from_hours(1),
            ..config
        };
        assert!(refused(patient).starts_with("patience"));
    }
}
