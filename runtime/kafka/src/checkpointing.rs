//! When a session makes local checkpoints of its tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::changelog::{POSITION_STORE, write_changelog_key};
use crate::checkpoint::Save;
use crate::error::Trouble;
use crate::restore::fetch_ends;
use crate::session::Session;

/// At the end of a run, how long a checkpoint waits for a place in the queue to the disk.
const PLACE_WAIT_MAX: Duration = Duration::from_secs(10);

/// Pause between two looks for a place.
const PLACE_LOOK: Duration = Duration::from_millis(10);

/// After so many changes to the stores the next task's turn comes before its time, if the disk is idle:
/// what came since its last checkpoint is what a restart reads longest.
const CHANGES_MAX: usize = 200_000;

/// The next checkpoint: one task after the other, spread over the interval, sooner in bulk work.
pub(crate) struct Schedule {
    /// When the last one was asked for.
    asked_at: Instant,
    /// Changes that the changelog got since.
    changes: usize,
    last: i32,
}

impl Schedule {
    pub(crate) fn new() -> Self {
        Self {
            asked_at: Instant::now(),
            changes: 0,
            last: -1,
        }
    }

    /// Notes changes that are told to the changelog.
    pub(crate) fn told(&mut self, changes: usize) {
        self.changes = self.changes.saturating_add(changes);
    }

    /// Whether the next task's turn has come, with so long a pause between two of them.
    fn is_due(&self, pause: Duration, is_disk_idle: bool) -> bool {
        self.asked_at.elapsed() >= pause || (self.changes >= CHANGES_MAX && is_disk_idle)
    }

    /// The next task, after the one whose turn it was.
    fn turn<T>(&mut self, tasks: &BTreeMap<i32, T>) -> Option<i32> {
        let after = tasks.range(self.last + 1..).next();
        let (&next, _) = after.or_else(|| tasks.first_key_value())?;
        *self = Self {
            last: next,
            ..Self::new()
        };
        Some(next)
    }
}

/// A checkpoint that is to be made: of this task, with this place in its changelog.
///
/// The place is asked for before a transaction, the checkpoint is made after it. A transaction
/// commits the group's offsets, which the broker takes from an owner only; so once it is
/// committed, nobody else can have written before the place. An owner that was replaced without
/// knowing would otherwise mark its old stores with a place beyond its successor's writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    partition: i32,
    offset: i64,
}

impl Session<'_> {
    /// Whether the next transaction should leave its stores alone for a checkpoint.
    pub(crate) fn is_checkpoint_due(&self) -> bool {
        self.job.checkpoints.is_on()
            && !self.tasks.is_empty()
            && (self.asked.is_some()
                || self
                    .schedule
                    .is_due(self.pause(), self.job.checkpoints.is_idle()))
    }

    /// Between the checkpoints of two tasks.
    fn pause(&self) -> Duration {
        let tasks = u32::try_from(self.tasks.len()).unwrap_or(u32::MAX);
        self.job.config.checkpoint_interval / tasks.max(1)
    }

    /// Asks for the place of the task whose turn it is.
    pub(crate) fn ask_for_checkpoint(&mut self) -> Result<(), Trouble> {
        if self.asked.is_some() {
            return Ok(());
        }
        let Some(partition) = self.schedule.turn(&self.tasks) else {
            return Ok(());
        };
        let ends = self.changelog_ends_of(&BTreeSet::from([partition]))?;
        let asked = ends.into_iter().next();
        self.asked = asked.map(|(partition, offset)| Asked { partition, offset });
        Ok(())
    }

    /// Makes the checkpoint that was asked for, right after a commit; waits for no disk.
    pub(crate) fn checkpoint_as_asked(&mut self) {
        if let Some(asked) = self.asked.take()
            && self.job.checkpoints.reserve()
        {
            self.checkpoint(asked);
        }
    }

    /// Leaves a checkpoint of every task, at the end of a run.
    pub(crate) fn checkpoint_all(&mut self) -> Result<(), Trouble> {
        if self.tasks.is_empty() || !self.job.checkpoints.is_on() {
            return Ok(());
        }
        let partitions: BTreeSet<i32> = self.tasks.keys().copied().collect();
        let ends = self.changelog_ends_of(&partitions)?;
        if !self.prove_ownership()? {
            return Ok(());
        }
        let deadline = Instant::now() + PLACE_WAIT_MAX;
        for (partition, offset) in ends {
            while !self.job.checkpoints.reserve() {
                if !self.job.checkpoints.is_on() || Instant::now() > deadline {
                    return Ok(());
                }
                std::thread::sleep(PLACE_LOOK);
            }
            self.checkpoint(Asked { partition, offset });
        }
        Ok(())
    }

    fn changelog_ends_of(&self, partitions: &BTreeSet<i32>) -> Result<BTreeMap<i32, i64>, Trouble> {
        let failed = |error| Trouble::restart("asking for the changelog's end", &error);
        fetch_ends(&self.consumer, &self.changelog, partitions).map_err(failed)
    }

    /// Hands a task's changes to the disk; a place for them is reserved.
    fn checkpoint(&mut self, Asked { partition, offset }: Asked) {
        let read_positions = self.read_positions();
        let Some(task) = self.tasks.get_mut(&partition) else {
            return;
        };
        let mut entries = Vec::new();
        for (store, key, value) in task.changed_since_checkpoint() {
            let mut changelog_key = Vec::new();
            write_changelog_key(&mut changelog_key, store, key);
            entries.push((changelog_key, value.map(<[u8]>::to_vec)));
        }
        task.mark_checkpointed();
        for ((topic, of), position) in read_positions {
            if of == partition {
                let mut changelog_key = Vec::new();
                write_changelog_key(&mut changelog_key, POSITION_STORE, &topic);
                entries.push((changelog_key, Some(position.to_string().into_bytes())));
            }
        }
        self.changelog_ends.insert(partition, offset);
        self.job.checkpoints.save(Save {
            task: self.job.task_name(partition),
            binding: self.job.binding.clone(),
            offset,
            entries,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Duration = Duration::MAX;

    #[test]
    fn many_changes_ask_for_a_checkpoint_before_its_time_but_of_an_idle_disk_only() {
        let mut schedule = Schedule::new();
        schedule.told(CHANGES_MAX - 1);
        assert!(!schedule.is_due(NEVER, true));
        assert!(schedule.is_due(Duration::ZERO, false));
        schedule.told(1);
        assert!(schedule.is_due(NEVER, true));
        assert!(!schedule.is_due(NEVER, false));
        schedule.turn(&BTreeMap::from([(0, ())]));
        assert!(!schedule.is_due(NEVER, true));
    }

    #[test]
    fn each_task_has_its_turn_before_the_first_has_another() {
        let tasks = BTreeMap::from([3, 5, 8].map(|task| (task, ())));
        let mut schedule = Schedule::new();
        let turns: Vec<_> = (0..4).map(|_| schedule.turn(&tasks)).collect();
        assert_eq!(turns, [Some(3), Some(5), Some(8), Some(3)]);
        assert_eq!(schedule.turn(&BTreeMap::<i32, ()>::new()), None);
    }
}
