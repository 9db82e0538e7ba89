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
                || self.schedule.asked_at.elapsed() >= self.pause()
                || self.is_much_changed())
    }

    /// Whether a restart would have so much to read that the next task's turn comes early.
    fn is_much_changed(&self) -> bool {
        self.schedule.changes >= CHANGES_MAX && self.job.checkpoints.is_idle()
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
        self.schedule.asked_at = Instant::now();
        self.schedule.changes = 0;
        let after = self.tasks.range(self.schedule.last + 1..).next();
        let next = after.or_else(|| self.tasks.iter().next());
        let Some(partition) = next.map(|(partition, _)| *partition) else {
            return Ok(());
        };
        self.schedule.last = partition;
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
