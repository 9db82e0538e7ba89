//! One life of a phase: from joining its group to the first trouble that memory cannot answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::TopicPartitionList;
use sideline_runtime_core::{Effects, Place, RawRecord, Task, TaskError, partition_for};

use crate::changelog::{POSITION_STORE, changelog_key};
use crate::client::{self, GroupConsumer, GroupContext};
use crate::config::{
    REQUEST_TIMEOUT, TRANSACTION_BYTES_MAX, TRANSACTION_RECORDS_MAX, changelog_name,
};
use crate::error::{RuntimeError, Trouble, is_instance_fenced};
use crate::fail_point::FailPoint;
use crate::position::{self, Positions};
use crate::status::Metrics;
use crate::worker::{Backoff, Job};
use crate::writer::{Ended, Writer};

/// How long an idle loop waits for a record before it looks whether it should stop.
const IDLE_POLL: Duration = Duration::from_millis(100);

/// After so many refused transactions in a row the session is given up, and with it begins the
/// waiting that the run's patience bounds.
const ABORTS_IN_A_ROW_MAX: u32 = 3;

/// What the open transaction holds so far.
#[derive(Default)]
pub(crate) struct Open {
    began_at: Option<Instant>,
    positions: Positions,
    records_in: usize,
    records_out: usize,
    dead_letters: usize,
    bytes: usize,
}

/// One life of a phase.
///
/// # Invariant
/// With no transaction open, the stores and `positions` are what the broker has committed.
pub(crate) struct Session<'j> {
    pub(crate) job: &'j Job,
    pub(crate) consumer: GroupConsumer,
    pub(crate) writer: Writer<'j>,
    changelog: String,
    pub(crate) tasks: BTreeMap<i32, Task>,
    /// The committed position of every assigned input partition.
    pub(crate) positions: Positions,
    pub(crate) open: Open,
    /// Partitions of the input to read first that are not at their end yet; the other inputs wait.
    pub(crate) reading_first: BTreeSet<i32>,
    aborts_in_a_row: u32,
    is_memory_warned: bool,
}

impl<'j> Session<'j> {
    /// Ends what an earlier life left open, then asks the group for work: in this order, so that
    /// nothing of the earlier life can be committed once we have looked at offsets.
    pub(crate) fn open(job: &'j Job) -> Result<Self, Trouble> {
        let writer = Writer::open(job)?;
        let name = job.phase.name();
        let failed = |error| Trouble::restart("joining the group", &error);
        let consumer: GroupConsumer = client::group_consumer(&job.config, name)
            .create_with_context(GroupContext::new(Arc::clone(&job.board)))
            .map_err(failed)?;
        let topics: Vec<String> = job
            .phase
            .input_topics()
            .map(|topic| job.config.kafka_topic(topic))
            .collect();
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics).map_err(failed)?;
        Ok(Self {
            job,
            consumer,
            writer,
            changelog: changelog_name(&job.config.prefix, name),
            tasks: BTreeMap::new(),
            positions: Positions::new(),
            open: Open::default(),
            reading_first: BTreeSet::new(),
            aborts_in_a_row: 0,
            is_memory_warned: false,
        })
    }

    /// Works until the run ends or trouble comes.
    pub(crate) fn run(&mut self) -> Result<(), Trouble> {
        while !self.job.shutdown.is_requested() {
            let is_drained = self.take_next()?;
            while let Some(event) = self.consumer.context().next_event() {
                self.follow(event)?;
            }
            if self.is_commit_due(is_drained) {
                self.commit_or_go_back()?;
            }
        }
        self.end_transaction().map(|_| ())
    }

    /// Takes the next record, if there is one; tells whether there was none.
    fn take_next(&mut self) -> Result<bool, Trouble> {
        // With a transaction open nothing is waited for: a drained input is committed at once.
        let timeout = if self.open.began_at.is_some() {
            Duration::ZERO
        } else {
            IDLE_POLL
        };
        let record = match self.consumer.poll(timeout) {
            None => return Ok(true),
            Some(Ok(message)) => self.raw_record(&message),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                return self.at_end(partition).map(|()| true);
            }
            Some(Err(error)) => return self.judge(&error).map(|()| true),
        };
        if let Some(record) = record
            && let Some(effects) = self.process_patiently(&record)?
        {
            self.job.fail.pass(FailPoint::BeforeProduce);
            self.produce(&record, &effects)?;
        }
        Ok(false)
    }

    /// Processes a record, waiting while something its codec needs is away. `None` when it will
    /// come again, because the transaction before it was taken back.
    fn process_patiently(&mut self, record: &RawRecord) -> Result<Option<Effects>, Trouble> {
        let mut backoff = Backoff::new(self.job.config.patience);
        loop {
            let Some(task) = self.tasks.get_mut(&record.place.partition) else {
                return Ok(None);
            };
            let error = match task.process(record) {
                Ok(effects) => {
                    self.job.board.going();
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
            backoff.wait(self.job, &reason)?;
        }
    }

    fn produce(&mut self, record: &RawRecord, effects: &Effects) -> Result<(), Trouble> {
        let partition = record.place.partition;
        self.writer.begin()?;
        self.open.began_at.get_or_insert_with(Instant::now);
        for output in &effects.outputs {
            // Every output's topic was looked up when the run began.
            let Some(topic) = self.job.layout.topic(&output.topic) else {
                continue;
            };
            let to = partition_for(output.partition_key.as_bytes(), topic.partitions);
            let value = output.value.as_deref();
            self.writer
                .send(&topic.kafka_name, to, output.key.as_bytes(), value)?;
            self.open.bytes += output.key.len() + value.map_or(0, <[u8]>::len);
        }
        for change in &effects.changes {
            let key = changelog_key(change.store, &change.key);
            let value = change.value.as_deref();
            self.writer.send(&self.changelog, partition, &key, value)?;
            self.open.bytes += key.len() + value.map_or(0, <[u8]>::len);
        }
        self.open.positions.insert(
            (record.place.topic.clone(), partition),
            record.place.offset + 1,
        );
        self.open.records_in += 1;
        self.open.records_out += effects.outputs.len();
        self.open.dead_letters += effects.dead_letters.len();
        self.warn_of_memory(partition, effects);
        Ok(())
    }

    fn is_commit_due(&self, is_drained: bool) -> bool {
        let Some(began_at) = self.open.began_at else {
            return false;
        };
        is_drained
            || self.writer.is_refused()
            || self.open.records_in >= TRANSACTION_RECORDS_MAX
            || self.open.bytes >= TRANSACTION_BYTES_MAX
            || began_at.elapsed() >= self.job.config.commit_interval
    }

    /// Commits; when the broker refuses, reading goes back to what was committed last.
    fn commit_or_go_back(&mut self) -> Result<Ended, Trouble> {
        let ended = self.end_transaction()?;
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
        if self.open.began_at.is_none() {
            return Ok(Ended::Committed);
        }
        let began_at = Instant::now();
        self.produce_positions()?;
        let failed = |error| Trouble::restart("naming the input offsets", &error);
        let offsets = self.kafka_positions(&self.open.positions).map_err(failed)?;
        // Read anew each time: it carries the group's generation, and a stale one is refused.
        let Some(group) = self.consumer.group_metadata() else {
            return Err(Trouble::Restart("the consumer is in no group".to_owned()));
        };
        let ended = self.writer.commit(&offsets, &group)?;
        match &ended {
            Ended::Committed => self.apply(began_at.elapsed()),
            Ended::Aborted(reason) => self.take_back(reason),
        }
        Ok(ended)
    }

    /// The positions go into the changelog too: they outlive the group's offsets.
    fn produce_positions(&mut self) -> Result<(), Trouble> {
        for ((topic, partition), position) in &self.open.positions {
            let key = changelog_key(POSITION_STORE, topic);
            let value = position.to_string();
            self.writer
                .send(&self.changelog, *partition, &key, Some(value.as_bytes()))?;
        }
        Ok(())
    }

    fn apply(&mut self, took: Duration) {
        let open = std::mem::take(&mut self.open);
        self.tasks.values_mut().for_each(Task::commit);
        self.positions.extend(open.positions);
        self.aborts_in_a_row = 0;
        let metrics = &self.job.board.metrics;
        Metrics::add(&metrics.records_in, open.records_in);
        Metrics::add(&metrics.records_out, open.records_out);
        Metrics::add(&metrics.dead_letters, open.dead_letters);
        Metrics::add(&metrics.commits, 1);
        Metrics::add_micros(&metrics.commit_micros_sum, took);
        let bytes: usize = self.tasks.values().map(Task::memory_bytes).sum();
        metrics.store_bytes.store(bytes as u64, Ordering::Relaxed);
    }

    /// Memory goes back to the last commit: only ever after an acknowledged abort.
    fn take_back(&mut self, reason: &str) {
        tracing::warn!(
            phase = self.job.phase.name(),
            reason,
            "a transaction was taken back"
        );
        self.open = Open::default();
        self.tasks.values_mut().for_each(Task::rollback);
        Metrics::add(&self.job.board.metrics.aborts, 1);
    }

    fn raw_record(&self, message: &BorrowedMessage<'_>) -> Option<RawRecord> {
        let headers = message
            .headers()
            .into_iter()
            .flat_map(|headers| headers.iter());
        Some(RawRecord {
            key: message.key().unwrap_or_default().to_vec(),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers
                .map(|header| {
                    (
                        header.key.to_owned(),
                        header.value.unwrap_or_default().to_vec(),
                    )
                })
                .collect(),
            place: Place {
                topic: self.input_named(message.topic())?,
                partition: message.partition(),
                offset: message.offset(),
            },
            timestamp_ms: message.timestamp().to_millis().unwrap_or_default(),
        })
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

    fn warn_of_memory(&mut self, partition: i32, effects: &Effects) {
        if effects.is_over_budget && !self.is_memory_warned {
            self.is_memory_warned = true;
            let phase = self.job.phase.name();
            tracing::warn!(
                phase,
                partition,
                "the stores have outgrown their memory budget"
            );
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.job.board.gave_up();
        self.consumer.context().close();
    }
}
