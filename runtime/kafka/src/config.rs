//! What a run is told, and the bounds it keeps to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::fail_point::FailAt;
use crate::plan::PhasePlan;

/// The longest a transaction stays open while there is input: half of what a person takes for
/// at once, when three phases follow each other. A drained input commits sooner.
const COMMIT_INTERVAL: Duration = Duration::from_millis(50);

/// A restart after a kill reads what came since the last checkpoint: after news, of which there is a
/// little every second, that is nothing. Bulk work asks for its own, by the number of its changes.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(10);

/// How long a phase tries before it stops the run: longer than a broker's restart, shorter than
/// a night in which nobody notices.
const PATIENCE: Duration = Duration::from_mins(5);

/// The broker aborts a transaction that stays open longer: well above a commit under load,
/// short enough that a dead process holds its readers up for seconds only.
pub(crate) const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);

/// A member that does not answer for so long loses its partitions: above the broker's least
/// allowed 6 s, so that a pause of the machine is no rebalance.
pub(crate) const SESSION_TIMEOUT: Duration = Duration::from_secs(8);

/// A loop that does not poll for so long loses its partitions. Restoring happens between two
/// polls, so it is above the longest restore that is bearable.
pub(crate) const POLL_INTERVAL_MAX: Duration = Duration::from_mins(10);

/// Answers of the broker outside transactions (metadata, ends, seeks) take milliseconds; after
/// this the session begins anew.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Offsets of a transaction whose process died are stable only when the broker has aborted it:
/// its time-out, and some of the broker's own rounds.
pub(crate) const STABLE_OFFSETS_TIMEOUT: Duration = Duration::from_secs(30);

/// How many records one transaction takes at most: bounds what must be taken back at an abort.
/// Twice what the fastest loop takes in 100 ms.
pub(crate) const TRANSACTION_RECORDS_MAX: usize = 100_000;

/// How many bytes of output one transaction holds at most, kept below the producer's buffer.
pub(crate) const TRANSACTION_BYTES_MAX: usize = 48 * 1024 * 1024;

/// The largest record we write: a dead letter of a 1 MB record and what surrounds it.
pub(crate) const RECORD_BYTES_MAX: usize = 4 * 1024 * 1024;

const _: () = assert!(RECORD_BYTES_MAX > sideline_runtime_core::VALUE_BYTES_MAX + 100_000);
const _: () = assert!(COMMIT_INTERVAL.as_millis() < TRANSACTION_TIMEOUT.as_millis());
const _: () = assert!(TRANSACTION_TIMEOUT.as_millis() < STABLE_OFFSETS_TIMEOUT.as_millis());

/// Stands before a thread's number in the names of further threads. No instance's name may end in
/// it and a number, so that no two members have one name.
pub(crate) const THREAD_MARK: &str = ".t";

/// What a run is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// The brokers to begin with, as `host:port,host:port`.
    pub brokers: String,
    /// Stands before every topic, group and transactional id, so that deployments can share a
    /// broker. Records carry their topic without it. Empty by default.
    pub prefix: String,
    /// Goes before the names of the topology's topics; empty where the topology names them whole.
    pub topic_prefix: String,
    /// Tells this process from others that run the same topology. It names group members and
    /// transactional ids: two processes must never share it, and a restart must keep it.
    pub instance: String,
    /// The longest a transaction stays open while there is input; 50 ms by default, at most 5 s.
    pub commit_interval: Duration,
    /// How long a phase tries against a broker or registry that is away before it stops the run;
    /// 5 minutes by default.
    pub patience: Duration,
    /// The folder for local checkpoints, of this instance alone; without one, which is the default,
    /// a restart reads each changelog from its start.
    pub state_dir: Option<PathBuf>,
    /// How often each task's checkpoint is made; 10 s by default, and sooner in bulk work. A restart
    /// after a kill reads what the changelog got since.
    pub checkpoint_interval: Duration,
    /// How single phases are run, by name; what is not named is run as [`PhasePlan::default`].
    pub phases: BTreeMap<String, PhasePlan>,
    /// For tests of crashes only: where the process aborts itself.
    pub fail_at: Option<FailAt>,
    /// Further properties for every Kafka client, such as those of security.
    pub properties: BTreeMap<String, String>,
}

impl Config {
    /// A configuration with the defaults.
    pub fn new(brokers: impl Into<String>, instance: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            prefix: String::new(),
            topic_prefix: String::new(),
            instance: instance.into(),
            commit_interval: COMMIT_INTERVAL,
            patience: PATIENCE,
            state_dir: None,
            checkpoint_interval: CHECKPOINT_INTERVAL,
            phases: BTreeMap::new(),
            fail_at: None,
            properties: BTreeMap::new(),
        }
    }

    /// How a phase is run.
    #[must_use]
    pub fn plan(&self, phase: &str) -> PhasePlan {
        self.phases.get(phase).copied().unwrap_or_default()
    }

    /// The consumer group of a phase under its generation.
    #[must_use]
    pub fn group(&self, phase: &str) -> String {
        let group = group_name(&self.prefix, phase);
        match self.plan(phase).generation {
            0 => group,
            generation => format!("{group}-g{generation}"),
        }
    }

    /// The changelog of a phase under its generation.
    #[must_use]
    pub fn changelog(&self, phase: &str) -> String {
        format!("{}-changelog", self.group(phase))
    }

    /// The static members of a phase's threads, in their order.
    pub fn members(&self, phase: &str) -> impl Iterator<Item = String> {
        let threads = 0..self.plan(phase).threads;
        threads.map(|thread| self.member_name(phase, thread))
    }

    /// The static member, and the transactional id, of one of a phase's threads. It is the same in
    /// every generation, so that a new one ends what the last left open. The first thread's is
    /// that of a phase with one thread, which therefore can get more without waiting for it.
    pub(crate) fn member_name(&self, phase: &str, thread: u32) -> String {
        let member = format!("{}-{}", group_name(&self.prefix, phase), self.instance);
        match thread {
            0 => member,
            thread => format!("{member}{THREAD_MARK}{thread}"),
        }
    }

    /// The topic as Kafka knows it.
    pub(crate) fn kafka_topic(&self, topic: &str) -> String {
        format!("{}{topic}", self.topic_prefix)
    }
}

/// The consumer group of a phase.
pub fn group_name(prefix: &str, phase: &str) -> String {
    format!("{prefix}sideline-{phase}")
}

/// The changelog topic of a phase: compacted, with as many partitions as the phase's inputs.
pub fn changelog_name(prefix: &str, phase: &str) -> String {
    format!("{}-changelog", group_name(prefix, phase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_the_prefix_in_front() {
        assert_eq!(group_name("t1-", "ledger"), "t1-sideline-ledger");
        assert_eq!(changelog_name("", "ledger"), "sideline-ledger-changelog");
        let config = Config {
            prefix: "t1-".into(),
            topic_prefix: "t1-".into(),
            ..Config::new("b:1", "one")
        };
        assert_eq!(config.member_name("ledger", 0), "t1-sideline-ledger-one");
        assert_eq!(config.member_name("ledger", 2), "t1-sideline-ledger-one.t2");
        assert_eq!(config.kafka_topic("facts"), "t1-facts");
    }

    #[test]
    fn a_new_generation_has_a_group_and_a_changelog_of_its_own() {
        let mut config = Config::new("b:1", "one");
        assert_eq!(config.group("ledger"), "sideline-ledger");
        let plan = PhasePlan {
            generation: 2,
            ..PhasePlan::default()
        };
        config.phases.insert("ledger".into(), plan);
        assert_eq!(config.group("ledger"), "sideline-ledger-g2");
        assert_eq!(config.changelog("ledger"), "sideline-ledger-g2-changelog");
        assert_eq!(config.changelog("raw"), "sideline-raw-changelog");
    }
}
