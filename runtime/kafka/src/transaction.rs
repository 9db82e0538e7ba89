//! One transaction: what goes into it, and how it ends.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::{Consumer, ConsumerGroupMetadata};
use rdkafka::topic_partition_list::TopicPartitionList;
use sideline_runtime_core::{Effects, Task};

use crate::changelog::{POSITION_STORE, write_changelog_key};
use crate::committer::Ended;
use crate::config::{REQUEST_TIMEOUT, TRANSACTION_BYTES_MAX, TRANSACTION_RECORDS_MAX};
use crate::error::Trouble;
use crate::fail_point::FailPoint;
use crate::position::{Positions, Progress};
use crate::session::Session;
use crate::status::Metrics;

/// From so many records on a transaction is bulk work: the end of what was fetched is then seldom
/// the end of the input, and committing at it would cost more than it brings.
pub(crate) const BULK_RECORDS: usize = 200;

/// Bulk work looks at the clock once in so many records: far below a millisecond of work, and the
/// clock costs a twentieth of it.
const RECORDS_PER_LOOK: usize = 8;

/// Where nearly every record writes another key, the changelog is handed to the producer after so
/// many records instead of at the transaction's end: what has to be looked up is still in the
/// processor's cache, and it is on its way to the broker while the next are processed.
const RECORDS_PER_TELLING: usize = 1_024;

/// From this share of different keys among the writes of a transaction on, the changelog of the next
/// is told early. A key that is written again is told again, so there may be as many records more.
const EARLY_TELLING_PERCENT: usize = 80;

/// The first transaction of a life ends so early: whoever waited for the start sees that work goes on.
const FIRST_COMMIT_AFTER: Duration = Duration::from_millis(5);

/// So long after a commit the broker has written its markers, unless it is busy: 1 to 3 ms were seen.
const MARKERS_WRITTEN_AFTER: Duration = Duration::from_millis(4);

/// After so many refused transactions in a row the session is given up, and with it begins the
/// waiting that the run's patience bounds.
const ABORTS_IN_A_ROW_MAX: u32 = 3;

/// What the open transaction holds so far.
#[derive(Default)]
pub(crate) struct Open {
    pub(crate) began_at: Option<Instant>,
    pub(crate) progress: Progress,
    pub(crate) records_in: usize,
    records_out: usize,
    dead_letters: BTreeMap<String, u64>,
    pub(crate) bytes: usize,
}

impl Session<'_> {
    /// Hands the outputs to the producer. The changelog waits for the transaction's end, where each
    /// key stands once, however often it was written; unless few are written twice.
    pub(crate) fn produce(&mut self, effects: Effects) -> Result<(), Trouble> {
        self.open.began_at.get_or_insert_with(Instant::now);
        let Effects {
            mut outputs,
            dead_letters,
        } = effects;
        let is_held_back = self.job.plan.holds_back(self.record.timestamp_ms);
        if is_held_back {
            outputs.clear();
        }
        let record = &self.record;
        self.open
            .progress
            .advance(&record.place, record.timestamp_ms);
        self.open.records_in += 1;
        self.open.records_out += outputs.len();
        let values = outputs.iter().map(|output| output.value.as_ref());
        self.open.bytes += values.flatten().map(Vec::len).sum::<usize>();
        for letter in dead_letters.into_iter().filter(|_| !is_held_back) {
            *self.open.dead_letters.entry(letter.reason).or_default() += 1;
        }
        self.held.append(&mut outputs);
        if self.closed.is_some() {
            return Ok(());
        }
        self.produce_if_bulk()?;
        if self.tells_early && self.open.records_in.is_multiple_of(RECORDS_PER_TELLING) {
            self.produce_changes()?;
            self.tasks.values_mut().for_each(Task::mark_told);
        }
        Ok(())
    }

    /// Bulk work sends as it goes; a few records are held until the transaction ends.
    pub(crate) fn produce_if_bulk(&mut self) -> Result<(), Trouble> {
        if self.open.records_in < BULK_RECORDS {
            return Ok(());
        }
        self.produce_held()
    }

    /// Hands the outputs that are held to the producer.
    fn produce_held(&mut self) -> Result<(), Trouble> {
        self.writer.begin()?;
        for output in self.held.drain(..) {
            let topic = &self.outputs[output.output];
            let (to, key) = (output.partition(topic.partitions), output.key.as_bytes());
            self.writer
                .send(&topic.kafka_name, to, key, output.value.as_deref())?;
        }
        Ok(())
    }

    pub(crate) fn is_commit_due(&self, is_drained: bool) -> bool {
        let Some(began_at) = self.open.began_at else {
            return false;
        };
        is_drained
            || self.writer.is_refused()
            || self.open.records_in >= TRANSACTION_RECORDS_MAX
            || self.open.bytes >= TRANSACTION_BYTES_MAX
            || (self.is_time_to_look() && began_at.elapsed() >= self.commit_interval())
    }

    fn commit_interval(&self) -> Duration {
        let configured = self.job.config.commit_interval;
        match self.committed_at {
            Some(_) => configured,
            None => configured.min(FIRST_COMMIT_AFTER),
        }
    }

    fn is_time_to_look(&self) -> bool {
        let records = self.open.records_in;
        records < BULK_RECORDS || records.is_multiple_of(RECORDS_PER_LOOK)
    }

    /// Commits; when the broker refuses, reading goes back to what was committed last.
    pub(crate) fn commit_or_go_back(&mut self) -> Result<Ended, Trouble> {
        let ended = self.end_transaction()?;
        self.go_back_if_aborted(ended)
    }

    /// After an abort, reading goes back to what was committed last.
    pub(crate) fn go_back_if_aborted(&mut self, ended: Ended) -> Result<Ended, Trouble> {
        let Ended::Aborted(reason) = &ended else {
            return Ok(ended);
        };
        self.aborts_in_a_row += 1;
        if self.aborts_in_a_row >= ABORTS_IN_A_ROW_MAX {
            return Err(Trouble::Restart(reason.clone()));
        }
        let failed = |error| Trouble::restart("going back", &error);
        let list = self.kafka_positions(&self.positions).map_err(failed)?;
        let sought = self
            .consumer
            .seek_partitions(list, REQUEST_TIMEOUT)
            .map_err(failed)?;
        for element in sought.elements() {
            element.error().map_err(failed)?;
        }
        Ok(ended)
    }

    /// Commits the open transaction and, once that is acknowledged, makes it lasting in memory;
    /// takes memory back when the abort is acknowledged. Nothing open counts as committed.
    pub(crate) fn end_transaction(&mut self) -> Result<Ended, Trouble> {
        let settled = self.settle()?;
        if matches!(settled, Ended::Aborted(_)) || self.open.began_at.is_none() {
            return Ok(settled);
        }
        let began_at = Instant::now();
        let ended = self.commit_open()?;
        match &ended {
            Ended::Committed => {
                let open = std::mem::take(&mut self.open);
                self.tasks.values_mut().for_each(Task::commit);
                self.committed(open, began_at.elapsed());
                self.checkpoint_as_asked();
            }
            Ended::Aborted(reason) => self.take_back(reason),
        }
        Ok(ended)
    }

    /// Commits the open transaction: its records and then the offsets, whose ways to the broker
    /// overlap. While the broker may still write the markers of the last transaction, the offsets come
    /// first: it refuses the next one so long, and librdkafka asks again after 2 ms for offsets, but
    /// after a fixed 20 ms for records.
    fn commit_open(&mut self) -> Result<Ended, Trouble> {
        let (offsets, group) = self.offsets_in_our_name(&self.open.progress.positions())?;
        let is_soon = |at: Instant| at.elapsed() < MARKERS_WRITTEN_AFTER;
        let offsets_first = self.committed_at.is_some_and(is_soon);
        self.writer.begin()?;
        if !offsets_first {
            self.produce_all()?;
            self.job.fail.pass(FailPoint::BetweenProduceAndOffsets);
        }
        if let Some(aborted) = self.writer.send_offsets(&offsets, &group)? {
            return Ok(aborted);
        }
        if offsets_first {
            self.job.fail.pass(FailPoint::BetweenProduceAndOffsets);
            self.produce_all()?;
        }
        self.writer.commit()
    }

    /// Produces, at its end, whatever of the open transaction the producer does not have yet.
    pub(crate) fn produce_all(&mut self) -> Result<(), Trouble> {
        self.tells_early = self.writes_many_keys();
        self.produce_held()?;
        self.produce_changes()?;
        self.produce_positions()
    }

    /// Positions as a transaction takes them, and the membership in whose name they are said.
    pub(crate) fn offsets_in_our_name(
        &self,
        positions: &Positions,
    ) -> Result<(TopicPartitionList, ConsumerGroupMetadata), Trouble> {
        let failed = |error| Trouble::restart("naming the input offsets", &error);
        let offsets = self.kafka_positions(positions).map_err(failed)?;
        // Read anew each time: it carries the group's generation, and a stale one is refused.
        match self.consumer.group_metadata() {
            Some(group) => Ok((offsets, group)),
            None => Err(Trouble::Restart("the consumer is in no group".to_owned())),
        }
    }

    /// Each key that the transaction wrote and that was not told yet.
    fn produce_changes(&mut self) -> Result<(), Trouble> {
        let mut changelog_key = Vec::new();
        let mut changes = 0;
        for (partition, task) in &self.tasks {
            for (store, key, value) in task.changes() {
                write_changelog_key(&mut changelog_key, store, key);
                self.writer
                    .send(&self.changelog, *partition, &changelog_key, value)?;
                changes += 1;
            }
        }
        self.schedule.told(changes);
        Ok(())
    }

    /// The positions stand in the changelog too, and thereby outlive the group's offsets.
    fn produce_positions(&mut self) -> Result<(), Trouble> {
        let mut changelog_key = Vec::new();
        for (topic, partition, position) in self.open.progress.iter() {
            write_changelog_key(&mut changelog_key, POSITION_STORE, topic);
            let value = position.to_string();
            self.writer.send(
                &self.changelog,
                partition,
                &changelog_key,
                Some(value.as_bytes()),
            )?;
        }
        Ok(())
    }

    /// Whether the transaction was bulk work in which few keys were written more than once.
    fn writes_many_keys(&self) -> bool {
        if self.open.records_in < RECORDS_PER_TELLING {
            return false;
        }
        let counts = self.tasks.values().map(Task::written_keys);
        let (keys, writes) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        keys * 100 >= writes * EARLY_TELLING_PERCENT
    }

    /// Notes a transaction that the broker has committed and the stores know of.
    pub(crate) fn committed(&mut self, open: Open, took: Duration) {
        if !self.job.checkpoints.is_on() {
            self.tasks.values_mut().for_each(Task::forget_checkpoint);
        }
        self.committed_at = Some(Instant::now());
        self.positions.extend(open.progress.positions());
        self.aborts_in_a_row = 0;
        let metrics = &self.job.board.metrics;
        Metrics::add(&metrics.records_in, open.records_in);
        Metrics::add(&metrics.records_out, open.records_out);
        let letters: u64 = open.dead_letters.values().sum();
        metrics.dead_letters.fetch_add(letters, Ordering::Relaxed);
        metrics.add_dead_letters(open.dead_letters);
        Metrics::add(&metrics.commits, 1);
        metrics.commit_seconds.observe(took.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "at most 100,000")]
        metrics.transaction_records.observe(open.records_in as f64);
        for (input, newest_ms) in open.progress.newest() {
            metrics.saw(input, newest_ms);
        }
        self.look_at_memory();
    }

    /// Commits the positions once more: the broker refuses that to anyone but the owner. False
    /// when nothing was ever read, so that there is nothing to commit.
    pub(crate) fn prove_ownership(&mut self) -> Result<bool, Trouble> {
        let read = self.read_positions();
        if read.is_empty() {
            return Ok(false);
        }
        let (offsets, group) = self.offsets_in_our_name(&read)?;
        self.writer.begin()?;
        match self.writer.commit_with(&offsets, &group)? {
            Ended::Committed => Ok(true),
            Ended::Aborted(reason) => Err(Trouble::Restart(reason)),
        }
    }

    /// Memory goes back to the last commit: only ever after an acknowledged abort.
    pub(crate) fn take_back(&mut self, reason: &str) {
        tracing::warn!(
            phase = self.job.phase.name(),
            reason,
            "a transaction was taken back"
        );
        self.open = Open::default();
        self.held.clear();
        self.tasks.values_mut().for_each(Task::rollback);
        Metrics::add(&self.job.board.metrics.aborts, 1);
    }
}
