//! Working ahead: while a commit is on its way, the next records are processed already.
//!
//! A commit takes the broker some milliseconds in which the phase's thread would only wait. In bulk
//! work it goes on instead: it reads and processes on top of the closed transaction, and holds the
//! outputs, since the producer has room for one transaction at a time. Once the commit is
//! acknowledged they are handed over as the beginning of the next. If it is refused, both are taken
//! back; nothing of what was processed ahead has left the process.

use std::time::Instant;

use sideline_runtime_core::Task;

use crate::committer::{Behind, Ended};
use crate::error::Trouble;
use crate::session::Session;
use crate::status::Metrics;
use crate::transaction::{BULK_RECORDS, Open};

/// So many records are processed ahead at most: twice what a fast loop takes while a commit is on
/// its way. Then the commit is waited for.
const AHEAD_RECORDS_MAX: usize = 20_000;

/// Their outputs may hold so many bytes, and what the last record adds.
const AHEAD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A closed transaction, its commit on its way.
pub(crate) struct Closed {
    open: Open,
    began_at: Instant,
    behind: Behind,
}

impl Closed {
    /// Waits until nobody commits any more, whatever came of it: for a session that ends in trouble,
    /// whose successor asks the broker.
    pub(crate) fn abandon(self) {
        self.behind.abandon();
    }
}

impl Session<'_> {
    /// Ends transactions as it is due: the one on its way, or the open one.
    pub(crate) fn commit_as_due(&mut self, is_drained: bool) -> Result<(), Trouble> {
        if let Some(closed) = &self.closed {
            let is_far =
                self.open.records_in >= AHEAD_RECORDS_MAX || self.open.bytes >= AHEAD_BYTES_MAX;
            if is_drained || is_far || closed.behind.is_over() {
                let ended = self.settle()?;
                self.go_back_if_aborted(ended)?;
            }
            return Ok(());
        }
        if !self.is_commit_due(is_drained) {
            return Ok(());
        }
        if self.may_work_ahead(is_drained) {
            return self.commit_behind();
        }
        self.commit_or_go_back().map(drop)
    }

    /// Bulk work only: whoever waits for a single record gains nothing, and a checkpoint is made of
    /// stores without a transaction.
    fn may_work_ahead(&self, is_drained: bool) -> bool {
        !is_drained
            && self.open.records_in >= BULK_RECORDS
            && !self.writer.is_refused()
            && !self.is_checkpoint_due()
    }

    /// Closes the open transaction and lets it be committed while the next records are processed.
    fn commit_behind(&mut self) -> Result<(), Trouble> {
        let began_at = Instant::now();
        self.produce_all()?;
        let (offsets, group) = self.offsets_in_our_name(&self.open.progress.positions())?;
        let behind = self.writer.commit_behind(offsets, group)?;
        self.tasks.values_mut().for_each(Task::seal);
        self.closed = Some(Closed {
            open: std::mem::take(&mut self.open),
            began_at,
            behind,
        });
        Ok(())
    }

    /// Waits for the commit that is on its way. What was processed meanwhile is then the beginning
    /// of the open transaction, or taken back with it.
    pub(crate) fn settle(&mut self) -> Result<Ended, Trouble> {
        let Some(closed) = self.closed.take() else {
            return Ok(Ended::Committed);
        };
        let ended = closed.behind.join()?;
        match &ended {
            Ended::Committed => {
                self.tasks.values_mut().for_each(Task::commit_sealed);
                Metrics::add(&self.job.board.metrics.commits_behind, 1);
                self.committed(closed.open, closed.began_at.elapsed());
                self.produce_if_bulk()?;
            }
            Ended::Aborted(reason) => self.take_back(reason),
        }
        Ok(ended)
    }
}
