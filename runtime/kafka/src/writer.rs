//! The transactional producer of one phase's thread.

use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::topic_partition_list::TopicPartitionList;

use crate::client::{self, QuietContext};
use crate::config::{REQUEST_TIMEOUT, TRANSACTION_TIMEOUT};
use crate::error::{RuntimeError, Trouble, is_instance_fenced};
use crate::fail_point::FailPoint;
use crate::worker::Job;

/// Pause between two looks at what the broker has not acknowledged yet. A poll with a timeout will
/// not do: only failures are reported, so nothing would wake it, and rust-rdkafka rounds what is
/// left of a millisecond down to nothing and spins (a third of the process's time was spent so).
const LOOK_PAUSE: Duration = Duration::from_micros(300);

/// How long one call of an abort may block before the reports it waits for are polled: an abort
/// waits for delivery reports that only a poll between two calls can take away.
const ABORT_SLICE: Duration = Duration::from_millis(100);

/// How a transaction ended, when it is known.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Committed, and acknowledged.
    Committed,
    /// Refused for this reason; its abort was acknowledged, so nothing of it will ever be seen.
    Aborted(String),
}

/// Writes transactions. Whatever it cannot settle comes back as [`Trouble`]: the owner then
/// throws it away, and opening the next one ends what was left open.
pub(crate) struct Writer<'j> {
    job: &'j Job,
    producer: BaseProducer<QuietContext>,
    is_open: bool,
    is_refused: bool,
}

impl<'j> Writer<'j> {
    /// A producer that has fenced its predecessors of the same name and ended their transactions.
    pub(crate) fn open(job: &'j Job) -> Result<Self, Trouble> {
        let name = job.phase.name();
        let created = client::producer(&job.config, &job.member_name())
            .create_with_context(QuietContext(name));
        let producer: BaseProducer<QuietContext> =
            created.map_err(|error| Trouble::restart("creating the producer", &error))?;
        producer
            .init_transactions(TRANSACTION_TIMEOUT)
            .map_err(|error| Trouble::restart("initialising transactions", &error))?;
        Ok(Self {
            job,
            producer,
            is_open: false,
            is_refused: false,
        })
    }

    /// Begins a transaction unless one is open.
    pub(crate) fn begin(&mut self) -> Result<(), Trouble> {
        if !self.is_open {
            let begun = self.producer.begin_transaction();
            begun.map_err(|error| Trouble::restart("beginning a transaction", &error))?;
            self.is_open = true;
            self.is_refused = false;
        }
        Ok(())
    }

    /// True when the open transaction can only be aborted any more; committing it tells why.
    pub(crate) fn is_refused(&self) -> bool {
        self.is_open && self.is_refused
    }

    /// Hands a record of the open transaction to the producer; waits while its buffer is full.
    /// Does nothing once the transaction is refused.
    pub(crate) fn send(
        &mut self,
        topic: &str,
        partition: i32,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), Trouble> {
        // Set when the buffer is first found full: the clock costs as much as the sending.
        let mut deadline = None;
        while !self.is_refused {
            let mut record = BaseRecord::to(topic).partition(partition).key(key);
            record.payload = value;
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((error, _)) if has_code(&error, RDKafkaErrorCode::QueueFull) => {
                    let now = Instant::now();
                    if now > *deadline.get_or_insert(now + TRANSACTION_TIMEOUT) {
                        return Err(Trouble::restart(&format!("producing to {topic}"), &error));
                    }
                    self.pause();
                }
                // An earlier record failed meanwhile. The error names none; the commit's does.
                Err((error, _)) if has_code(&error, RDKafkaErrorCode::State) => {
                    self.is_refused = true;
                }
                Err((error, _)) => {
                    return Err(Trouble::restart(&format!("producing to {topic}"), &error));
                }
            }
        }
        Ok(())
    }

    /// Ends the open transaction with the input offsets as part of it.
    pub(crate) fn commit(
        &mut self,
        offsets: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
    ) -> Result<Ended, Trouble> {
        self.job.fail.pass(FailPoint::BetweenProduceAndOffsets);
        let sent = self.settle("sending the input offsets", |producer| {
            producer.send_offsets_to_transaction(offsets, group, REQUEST_TIMEOUT)
        })?;
        if let Some(refusal) = sent {
            return self.abort_for(refusal);
        }
        self.job.fail.pass(FailPoint::BetweenOffsetsAndCommit);
        self.drain()?;
        let committed = self.settle("committing", |producer| {
            producer.commit_transaction(TRANSACTION_TIMEOUT)
        })?;
        if let Some(refusal) = committed {
            return self.abort_for(refusal);
        }
        self.is_open = false;
        self.job.fail.pass(FailPoint::AfterCommitBeforeApply);
        Ok(Ended::Committed)
    }

    /// Aborts the open transaction, if one is; `Ok` means that the broker acknowledged it.
    pub(crate) fn abort(&mut self) -> Result<(), Trouble> {
        if !self.is_open {
            return Ok(());
        }
        let deadline = Instant::now() + TRANSACTION_TIMEOUT;
        loop {
            match self.producer.abort_transaction(ABORT_SLICE) {
                Ok(()) => {
                    self.is_open = false;
                    return Ok(());
                }
                Err(KafkaError::Transaction(error))
                    if error.is_retriable() && Instant::now() < deadline =>
                {
                    self.pause();
                }
                Err(error) => return Err(Trouble::restart("aborting", &error)),
            }
        }
    }

    fn abort_for(&mut self, refusal: String) -> Result<Ended, Trouble> {
        self.abort()?;
        Ok(Ended::Aborted(refusal))
    }

    /// Waits until every record of the transaction is delivered or failed. A record that failed
    /// makes the commit fail.
    fn drain(&self) -> Result<(), Trouble> {
        let deadline = Instant::now() + TRANSACTION_TIMEOUT;
        while self.producer.in_flight_count() > 0 {
            if Instant::now() > deadline {
                let waited_s = TRANSACTION_TIMEOUT.as_secs();
                let reason = format!("the broker took no records for {waited_s} s");
                return Err(Trouble::Restart(reason));
            }
            self.pause();
        }
        Ok(())
    }

    /// Lets callbacks run, and time pass.
    fn pause(&self) {
        self.producer.poll(Duration::ZERO);
        std::thread::sleep(LOOK_PAUSE);
    }

    /// Repeats a call while Kafka says that repeating helps. `None` is success, `Some` the
    /// reason for which the transaction must be aborted; anything else leaves its end unknown.
    fn settle(
        &self,
        doing: &str,
        call: impl Fn(&BaseProducer<QuietContext>) -> Result<(), KafkaError>,
    ) -> Result<Option<String>, Trouble> {
        let deadline = Instant::now() + TRANSACTION_TIMEOUT;
        loop {
            let error = match call(&self.producer) {
                Ok(()) => return Ok(None),
                Err(error) => error,
            };
            if is_instance_fenced(&error) {
                let phase = self.job.phase.name();
                let instance = self.job.config.instance.clone();
                return Err(RuntimeError::InstanceTaken { phase, instance }.into());
            }
            match &error {
                KafkaError::Transaction(refused) if refused.txn_requires_abort() => {
                    return Ok(Some(format!("{doing} failed: {error}")));
                }
                KafkaError::Transaction(busy)
                    if busy.is_retriable() && Instant::now() < deadline =>
                {
                    self.pause();
                }
                _ => return Err(Trouble::restart(doing, &error)),
            }
        }
    }
}

impl ProducerContext for QuietContext {
    type DeliveryOpaque = ();

    /// Called for records that failed; those of an aborted transaction are among them.
    fn delivery(&self, delivery: &DeliveryResult<'_>, (): Self::DeliveryOpaque) {
        if let Err((error, record)) = delivery {
            let topic = record.topic();
            self.error(
                error.clone(),
                &format!("a record for {topic} was not delivered"),
            );
        }
    }
}

fn has_code(error: &KafkaError, code: RDKafkaErrorCode) -> bool {
    error.rdkafka_error_code() == Some(code)
}
