//! One life of a phase: from joining its group to the first trouble that memory cannot answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::{Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionList;
use sideline_runtime_core::{Effects, OutputRecord, RawRecord, Task, TaskError};

use crate::ahead::Ahead;
use crate::changelog::{POSITION_STORE, write_changelog_key};
use crate::checkpointing::{Asked, Schedule};
use crate::client::{self, GroupConsumer, GroupContext};
use crate::committer::Ended;
use crate::config::{REQUEST_TIMEOUT, TRANSACTION_BYTES_MAX, TRANSACTION_RECORDS_MAX};
use crate::error::{RuntimeError, Trouble, is_instance_fenced};
use crate::fail_point::FailPoint;
use crate::incoming::{self, read_into};
use crate::layout::Topic;
use crate::position::{self, Positions, Progress};
use crate::restore::Kept;
use crate::status::Metrics;
use crate::worker::{Backoff, Job};
use crate::writer::Writer;

/// How long an idle loop waits for a record before it looks whether it should stop.
const IDLE_POLL: Duration = Duration::from_millis(100);

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

/// How long bulk work waits for the next fetch before it takes the input for drained.
const BULK_POLL: Duration = Duration::from_millis(4);

/// So long after a commit the broker has written its markers, unless it is busy: 1 to 3 ms were seen.
const MARKERS_WRITTEN_AFTER: Duration = Duration::from_millis(4);

/// After so many refused transactions in a row the session is given up, and with it begins the
/// waiting that the run's patience bounds.
const ABORTS_IN_A_ROW_MAX: u32 = 3;

/// What the open transaction holds so far.
#[derive(Default)]
pub(crate) struct Open {
    began_at: Option<Instant>,
    progress: Progress,
    pub(crate) records_in: usize,
    records_out: usize,
    dead_letters: BTreeMap<String, u64>,
    pub(crate) bytes: usize,
}

/// One life of a phase.
///
/// # Invariant
/// With no transaction open and none on its way, the stores and `positions` are what the broker has
/// committed.
pub(crate) struct Session<'j> {
    pub(crate) job: &'j Job,
    pub(crate) consumer: GroupConsumer,
    pub(crate) writer: Writer,
    pub(crate) changelog: String,
    pub(crate) tasks: BTreeMap<i32, Task>,
    /// From where the changelog tells what came after a task's present or an earlier state.
    pub(crate) changelog_ends: BTreeMap<i32, i64>,
    /// Tasks given up at the last rebalance, until the next assignment.
    pub(crate) kept: BTreeMap<i32, Kept>,
    pub(crate) schedule: Schedule,
    /// The checkpoint to make after the next commit.
    pub(crate) asked: Option<Asked>,
    /// The committed position of every assigned input partition.
    pub(crate) positions: Positions,
    /// Where reading began by the plan's time: not committed, as nothing was read yet.
    pub(crate) begun: Positions,
    pub(crate) open: Open,
    /// Outputs of the open transaction that the producer does not have yet.
    pub(crate) held: Vec<OutputRecord>,
    /// The transaction before the open one, while its commit is on its way.
    pub(crate) ahead: Ahead,
    /// Partitions of the input to read first that are not at their end yet; the other inputs wait.
    pub(crate) reading_first: BTreeSet<i32>,
    /// The inputs by the names Kafka knows them by.
    inputs: Vec<(String, Arc<str>)>,
    /// The topics of the phase's outputs, in its order.
    outputs: Vec<Topic>,
    /// The record at hand; its buffers serve for every record.
    record: RawRecord,
    /// Whether the changelog of a transaction is told while it goes on.
    pub(crate) tells_early: bool,
    /// When the last transaction was committed.
    committed_at: Option<Instant>,
    aborts_in_a_row: u32,
}

impl<'j> Session<'j> {
    /// Ends what an earlier life left open, then asks the group for work: in this order, so that
    /// nothing of the earlier life can be committed once we have looked at offsets.
    pub(crate) fn open(job: &'j Job) -> Result<Self, Trouble> {
        let writer = Writer::open(job)?;
        let name = job.phase.name();
        let failed = |error| Trouble::restart("joining the group", &error);
        let consumer: GroupConsumer =
            client::group_consumer(&job.config, &job.config.group(name), &job.member_name())
                .create_with_context(GroupContext::new(Arc::clone(&job.board)))
                .map_err(failed)?;
        let inputs: Vec<(String, Arc<str>)> = job
            .phase
            .input_topics()
            .map(|topic| (job.config.kafka_topic(topic), Arc::clone(topic)))
            .collect();
        let topics: Vec<&str> = inputs.iter().map(|(name, _)| name.as_str()).collect();
        consumer.subscribe(&topics).map_err(failed)?;
        Ok(Self {
            job,
            consumer,
            writer,
            changelog: job.config.changelog(name),
            tasks: BTreeMap::new(),
            changelog_ends: BTreeMap::new(),
            kept: BTreeMap::new(),
            schedule: Schedule::new(job.config.checkpoint_interval),
            asked: None,
            positions: Positions::new(),
            begun: Positions::new(),
            open: Open::default(),
            held: Vec::new(),
            ahead: Ahead::default(),
            reading_first: BTreeSet::new(),
            inputs,
            outputs: job.layout.outputs(&job.phase),
            record: incoming::empty(),
            tells_early: false,
            committed_at: None,
            aborts_in_a_row: 0,
        })
    }

    /// Works until the run ends or trouble comes.
    pub(crate) fn run(&mut self) -> Result<(), Trouble> {
        while !self.job.shutdown.is_requested() {
            self.job.board.beat();
            let is_drained = self.take_next()?;
            while let Some(event) = self.consumer.context().next_event() {
                self.follow(event)?;
            }
            self.commit_as_due(is_drained)?;
            if self.open.began_at.is_none() && self.is_checkpoint_due() {
                self.ask_for_checkpoint()?;
            }
        }
        self.end_transaction()?;
        self.checkpoint_all()
    }

    /// Takes the next record, if there is one; tells whether there was none.
    fn take_next(&mut self) -> Result<bool, Trouble> {
        // With a transaction open nothing is waited for: a drained input is committed at once.
        let timeout = match self.open.records_in {
            _ if self.ahead.is_on() => BULK_POLL,
            0 => IDLE_POLL,
            few if few < BULK_RECORDS => Duration::ZERO,
            _ => BULK_POLL,
        };
        // In bulk work a record is there nearly always, and a wait that has an end asks the clock.
        let at_hand = match timeout {
            BULK_POLL => self.consumer.poll(Duration::ZERO),
            _ => None,
        };
        let is_ours = match at_hand.or_else(|| self.consumer.poll(timeout)) {
            None => return Ok(true),
            Some(Ok(message)) => read_into(&mut self.record, &message, &self.inputs),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                return self.at_end(partition).map(|()| true);
            }
            Some(Err(error)) => return self.judge(&error).map(|()| true),
        };
        if is_ours && let Some(effects) = self.process_patiently()? {
            self.job.fail.pass(FailPoint::BeforeProduce);
            self.produce(effects)?;
        }
        Ok(false)
    }

    /// Processes a record, waiting while something its codec needs is away. `None` when it will
    /// come again, because the transaction before it was taken back.
    fn process_patiently(&mut self) -> Result<Option<Effects>, Trouble> {
        let mut backoff: Option<Backoff> = None;
        loop {
            let Some(task) = self.tasks.get_mut(&self.record.place.partition) else {
                return Ok(None);
            };
            let error = match task.process(&self.record) {
                Ok(effects) => {
                    if backoff.is_some() {
                        self.job.board.going();
                    }
                    return Ok(Some(effects));
                }
                Err(error @ TaskError::Transient { .. }) => error,
                Err(error) => return Err(RuntimeError::Task(error).into()),
            };
            // What came before is not held up by the wait, nor its transaction timed out.
            if let Ended::Aborted(_) = self.commit_or_go_back()? {
                return Ok(None);
            }
            let reason = error.to_string();
            tracing::warn!(phase = self.job.phase.name(), reason, "waiting");
            self.job.board.paused(reason.clone());
            let patience = self.job.config.patience;
            let backoff = backoff.get_or_insert_with(|| Backoff::new(patience));
            backoff.wait(self.job, &reason)?;
        }
    }

    /// Hands the outputs to the producer. The changelog waits for the transaction's end, where each
    /// key stands once, however often it was written; unless few are written twice.
    fn produce(&mut self, effects: Effects) -> Result<(), Trouble> {
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
        if self.ahead.is_on() {
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
    pub(crate) fn produce_held(&mut self) -> Result<(), Trouble> {
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
            || (self.is_time_to_look() && began_at.elapsed() >= self.job.config.commit_interval)
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
        self.tells_early = self.writes_many_keys();
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
        let (offsets, group) = self.offsets_in_our_name()?;
        let is_soon = |at: Instant| at.elapsed() < MARKERS_WRITTEN_AFTER;
        let offsets_first = self.committed_at.is_some_and(is_soon);
        self.writer.begin()?;
        if !offsets_first {
            self.produce_all()?;
        }
        self.job.fail.pass(FailPoint::BetweenProduceAndOffsets);
        if let Some(aborted) = self.writer.send_offsets(&offsets, &group)? {
            return Ok(aborted);
        }
        if offsets_first {
            self.job.fail.pass(FailPoint::BetweenProduceAndOffsets);
            self.produce_all()?;
        }
        self.writer.commit()
    }

    /// Produces whatever of the open transaction the producer does not have yet.
    pub(crate) fn produce_all(&mut self) -> Result<(), Trouble> {
        self.produce_held()?;
        self.produce_changes()?;
        self.produce_positions()
    }

    /// How far the input was read, and the membership in whose name that is said.
    pub(crate) fn offsets_in_our_name(
        &mut self,
    ) -> Result<(TopicPartitionList, ConsumerGroupMetadata), Trouble> {
        let failed = |error| Trouble::restart("naming the input offsets", &error);
        let positions = self.open.progress.positions();
        let offsets = self.kafka_positions(&positions).map_err(failed)?;
        // Read anew each time: it carries the group's generation, and a stale one is refused.
        match self.consumer.group_metadata() {
            Some(group) => Ok((offsets, group)),
            None => Err(Trouble::Restart("the consumer is in no group".to_owned())),
        }
    }

    /// Each key that the transaction wrote and that was not told yet.
    fn produce_changes(&mut self) -> Result<(), Trouble> {
        let mut changelog_key = Vec::new();
        for (partition, task) in &self.tasks {
            for (store, key, value) in task.changes() {
                write_changelog_key(&mut changelog_key, store, key);
                self.writer
                    .send(&self.changelog, *partition, &changelog_key, value)?;
            }
        }
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
    pub(crate) fn writes_many_keys(&self) -> bool {
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

    /// The positions of the inputs of which anything was read.
    pub(crate) fn read_positions(&self) -> Positions {
        let mut read = self.positions.clone();
        read.retain(|input, position| *position > 0 && self.begun.get(input) != Some(position));
        read
    }

    /// Commits the positions once more: the broker refuses that to anyone but the owner. False
    /// when nothing was ever read, so that there is nothing to commit.
    pub(crate) fn prove_ownership(&mut self) -> Result<bool, Trouble> {
        let failed = |error| Trouble::restart("naming the input offsets", &error);
        let read = self.read_positions();
        if read.is_empty() {
            return Ok(false);
        }
        let offsets = self.kafka_positions(&read).map_err(failed)?;
        let Some(group) = self.consumer.group_metadata() else {
            return Err(Trouble::Restart("the consumer is in no group".to_owned()));
        };
        self.writer.begin()?;
        let ended = match self.writer.send_offsets(&offsets, &group)? {
            Some(aborted) => aborted,
            None => self.writer.commit()?,
        };
        match ended {
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

    /// The input that Kafka knows by this name.
    pub(crate) fn input_named(&self, kafka_name: &str) -> Option<Arc<str>> {
        let name = kafka_name.strip_prefix(self.job.config.topic_prefix.as_str())?;
        self.job
            .phase
            .input_topics()
            .find(|input| &***input == name)
            .cloned()
    }

    pub(crate) fn kafka_positions(
        &self,
        positions: &Positions,
    ) -> Result<TopicPartitionList, KafkaError> {
        position::to_list(positions, |topic| self.job.config.kafka_topic(topic))
    }

    /// Sorts what a poll complains of; most of it librdkafka repairs by itself.
    fn judge(&self, error: &KafkaError) -> Result<(), Trouble> {
        let phase = self.job.phase.name();
        if is_instance_fenced(error) {
            let instance = self.job.config.instance.clone();
            return Err(RuntimeError::InstanceTaken { phase, instance }.into());
        }
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) {
            let message = error.to_string();
            return Err(RuntimeError::InputLost { phase, message }.into());
        }
        if let KafkaError::MessageConsumptionFatal(_) = error {
            return Err(Trouble::restart("reading the input", error));
        }
        tracing::debug!(phase, %error, "consumer trouble, repaired within");
        Ok(())
    }

    /// Tells what the stores take and, once per crossing, that it is more than they should.
    pub(crate) fn look_at_memory(&self) {
        let bytes: usize = self.tasks.values().map(Task::memory_bytes).sum();
        let board = &self.job.board;
        board
            .metrics
            .store_bytes
            .store(bytes as u64, Ordering::Relaxed);
        let budget = self.job.plan.thread_budget_bytes();
        let is_over = bytes as u64 > budget;
        if is_over == board.has_notice() {
            return;
        }
        let (phase, thread) = (self.job.phase.name(), self.job.thread);
        if !is_over {
            board.notice(None);
            tracing::info!(
                phase,
                thread,
                bytes,
                budget,
                "the stores fit their budget again"
            );
            return;
        }
        let (store, keys) = self.largest_store();
        let notice = format!(
            "its stores take {bytes} bytes, more than their budget of {budget}; the largest is \
             {store} with {keys} keys"
        );
        tracing::warn!(
            phase,
            thread,
            notice,
            "the stores have outgrown their budget"
        );
        board.notice(Some(notice));
    }

    /// The store with the most keys over all tasks.
    fn largest_store(&self) -> (&'static str, usize) {
        let mut keys = BTreeMap::new();
        for (store, count) in self.tasks.values().flat_map(Task::store_sizes) {
            *keys.entry(store).or_insert(0) += count;
        }
        let largest = keys.into_iter().max_by_key(|(_, count)| *count);
        largest.unwrap_or(("none", 0))
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.job.board.gave_up();
        self.ahead.abandon();
        self.consumer.context().close();
    }
}
