//! When a session makes local checkpoints of its tasks.

use std::collections::BTreeSet;
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

/// The next checkpoint: one task after the other, spread over the interval.
pub(crate) struct Schedule {
    next_at: Instant,
    last: i32,
}

impl Schedule {
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            next_at: Instant::now() + interval,
            last: -1,
        }
    }
}

impl Session<'_> {
    /// Makes a checkpoint of the task whose turn it is, when it is time. Called with no
    /// transaction open, so that the stores are what the changelog says up to its end.
    pub(crate) fn checkpoint_in_turn(&mut self) -> Result<(), Trouble> {
        let now = Instant::now();
        if now < self.schedule.next_at || self.tasks.is_empty() {
            return Ok(());
        }
        let count = u32::try_from(self.tasks.len()).unwrap_or(u32::MAX);
        self.schedule.next_at = now + self.job.config.checkpoint_interval / count;
        if !self.job.checkpoints.reserve() {
            return Ok(());
        }
        let after = self.tasks.range(self.schedule.last + 1..).next();
        let next = after.or_else(|| self.tasks.iter().next());
        let Some(partition) = next.map(|(partition, _)| *partition) else {
            return Ok(());
        };
        self.schedule.last = partition;
        self.checkpoint(partition)
    }

    /// Leaves a checkpoint of every task, at the end of a run.
    pub(crate) fn checkpoint_all(&mut self) -> Result<(), Trouble> {
        let partitions: Vec<i32> = self.tasks.keys().copied().collect();
        let deadline = Instant::now() + PLACE_WAIT_MAX;
        for partition in partitions {
            while !self.job.checkpoints.reserve() {
                if !self.job.checkpoints.is_on() || Instant::now() > deadline {
                    return Ok(());
                }
                std::thread::sleep(PLACE_LOOK);
            }
            self.checkpoint(partition)?;
        }
        Ok(())
    }

    /// Hands a task's changes to the disk; a place for them is reserved.
    fn checkpoint(&mut self, partition: i32) -> Result<(), Trouble> {
        // Nobody else writes to the changelog and nothing is open: this is where the stores stand.
        let failed = |error| Trouble::restart("asking for the changelog's end", &error);
        let ends = fetch_ends(
            &self.consumer,
            &self.changelog,
            &BTreeSet::from([partition]),
        );
        let offset = ends.map_err(failed)?.remove(&partition).unwrap_or(0);
        let Some(task) = self.tasks.get_mut(&partition) else {
            return Ok(());
        };
        let mut entries = Vec::new();
        for (store, key, value) in task.changed_since_checkpoint() {
            let mut changelog_key = Vec::new();
            write_changelog_key(&mut changelog_key, store, key);
            entries.push((changelog_key, value.map(<[u8]>::to_vec)));
        }
        task.mark_checkpointed();
        for ((topic, of), position) in &self.positions {
            if *of == partition {
                let mut changelog_key = Vec::new();
                write_changelog_key(&mut changelog_key, POSITION_STORE, topic);
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
        Ok(())
    }
}
