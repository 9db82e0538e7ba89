//! One life of a phase: from joining its group to the first trouble that memory cannot answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionList;
use sideline_runtime_core::{Effects, OutputRecord, RawRecord, Task, TaskError};

use crate::ahead::Closed;
use crate::checkpointing::{Asked, Schedule};
use crate::client::{self, GroupConsumer, GroupContext};
use crate::committer::Ended;
use crate::error::{RuntimeError, Trouble, is_instance_fenced};
use crate::fail_point::FailPoint;
use crate::incoming::{self, read_into};
use crate::layout::Topic;
use crate::position::{self, Positions};
use crate::restore::Kept;
use crate::transaction::{BULK_RECORDS, Open};
use crate::worker::{Backoff, Job};
use crate::writer::Writer;

/// How long an idle loop waits for a record before it looks whether it should stop.
const IDLE_POLL: Duration = Duration::from_millis(100);

/// How long bulk work waits for the next fetch before it takes the input for drained.
const BULK_POLL: Duration = Duration::from_millis(4);

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
    pub(crate) closed: Option<Closed>,
    /// Partitions of the input to read first that are not at their end yet; the other inputs wait.
    pub(crate) reading_first: BTreeSet<i32>,
    /// The inputs by the names Kafka knows them by.
    inputs: Vec<(String, Arc<str>)>,
    /// The topics of the phase's outputs, in its order.
    pub(crate) outputs: Vec<Topic>,
    /// The record at hand; its buffers serve for every record.
    pub(crate) record: RawRecord,
    /// Whether the changelog of a transaction is told while it goes on.
    pub(crate) tells_early: bool,
    /// When the last transaction was committed.
    pub(crate) committed_at: Option<Instant>,
    pub(crate) aborts_in_a_row: u32,
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
            schedule: Schedule::new(),
            asked: None,
            positions: Positions::new(),
            begun: Positions::new(),
            open: Open::default(),
            held: Vec::new(),
            closed: None,
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
        let is_bulk = self.closed.is_some() || self.open.records_in >= BULK_RECORDS;
        let next = match self.open.records_in {
            _ if is_bulk => client::poll_in_bulk(&self.consumer, BULK_POLL),
            0 => self.consumer.poll(IDLE_POLL),
            _ => self.consumer.poll(Duration::ZERO),
        };
        let is_ours = match next {
            None => return Ok(true),
            Some(Ok(message)) => read_into(&mut self.record, &message, &self.inputs),
            // One partition's end, as of one fetch: more of it and of others may stand behind that in
            // the queue. Committed at each of them, a backlog of small fetches would never shrink.
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                return self.at_end(partition).map(|()| false);
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

    /// The positions of the inputs of which anything was read.
    pub(crate) fn read_positions(&self) -> Positions {
        let mut read = self.positions.clone();
        read.retain(|input, position| *position > 0 && self.begun.get(input) != Some(position));
        read
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
        if let Some(closed) = self.closed.take() {
            closed.abandon();
        }
        self.consumer.context().close();
    }
}
