//! Ending transactions: on the phase's thread, or behind its back while it goes on.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::topic_partition_list::TopicPartitionList;

use crate::client::QuietContext;
use crate::config::{REQUEST_TIMEOUT, TRANSACTION_TIMEOUT};
use crate::error::{RuntimeError, Trouble, is_instance_fenced};
use crate::fail_point::{FailPoint, FailTrigger};
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

/// What ends the transactions of one producer.
pub(crate) struct Committer {
    pub(crate) producer: BaseProducer<QuietContext>,
    phase: &'static str,
    instance: String,
    fail: Arc<FailTrigger>,
}

/// A commit on its way, on a thread of its own.
pub(crate) struct Behind(JoinHandle<Result<Ended, Trouble>>);

impl Behind {
    /// Whether its end can be had without waiting.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits for its end without asking how it was.
    pub(crate) fn abandon(self) {
        drop(self.0.join());
    }

    /// Waits for its end; every call that it is made of has its bound, or the watchdog's.
    pub(crate) fn join(self) -> Result<Ended, Trouble> {
        match self.0.join() {
            Ok(ended) => ended,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Committer {
    pub(crate) fn new(job: &Job, producer: BaseProducer<QuietContext>) -> Self {
        Self {
            producer,
            phase: job.phase.name(),
            instance: job.config.instance.clone(),
            fail: Arc::clone(&job.fail),
        }
    }

    /// Makes the input offsets part of the open transaction. `Some` when it is aborted for it.
    pub(crate) fn send_offsets(
        &self,
        offsets: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
    ) -> Result<Option<Ended>, Trouble> {
        let refusal = self.settle("sending the input offsets", |producer| {
            producer.send_offsets_to_transaction(offsets, group, REQUEST_TIMEOUT)
        })?;
        refusal.map(|refusal| self.abort_for(refusal)).transpose()
    }

    /// Ends the open transaction.
    pub(crate) fn commit(&self) -> Result<Ended, Trouble> {
        self.fail.pass(FailPoint::BetweenOffsetsAndCommit);
        self.drain()?;
        let committed = self.settle("committing", |producer| {
            producer.commit_transaction(TRANSACTION_TIMEOUT)
        })?;
        if let Some(refusal) = committed {
            return self.abort_for(refusal);
        }
        self.fail.pass(FailPoint::AfterCommitBeforeApply);
        Ok(Ended::Committed)
    }

    /// Sends the offsets and ends the transaction.
    pub(crate) fn commit_with(
        &self,
        offsets: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
    ) -> Result<Ended, Trouble> {
        match self.send_offsets(offsets, group)? {
            Some(aborted) => Ok(aborted),
            None => self.commit(),
        }
    }

    /// The same on a thread of its own. The producer belongs to it until it is joined.
    pub(crate) fn commit_behind(
        self: &Arc<Self>,
        offsets: TopicPartitionList,
        group: ConsumerGroupMetadata,
    ) -> Result<Behind, RuntimeError> {
        let committer = Arc::clone(self);
        let spawned = std::thread::Builder::new()
            .name(format!("{}-commit", self.phase))
            .spawn(move || {
                committer.fail.pass(FailPoint::BetweenProduceAndOffsets);
                committer.commit_with(&offsets, &group)
            });
        match spawned {
            Ok(thread) => Ok(Behind(thread)),
            Err(source) => Err(RuntimeError::Thread {
                phase: self.phase,
                source,
            }),
        }
    }

    /// Aborts the open transaction; `Ok` means that the broker acknowledged it.
    pub(crate) fn abort(&self) -> Result<(), Trouble> {
        let deadline = Instant::now() + TRANSACTION_TIMEOUT;
        loop {
            match self.producer.abort_transaction(ABORT_SLICE) {
                Ok(()) => return Ok(()),
                Err(KafkaError::Transaction(error))
                    if error.is_retriable() && Instant::now() < deadline =>
                {
                    self.pause();
                }
                Err(error) => return Err(Trouble::restart("aborting", &error)),
            }
        }
    }

    fn abort_for(&self, refusal: String) -> Result<Ended, Trouble> {
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
    pub(crate) fn pause(&self) {
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
                let (phase, instance) = (self.phase, self.instance.clone());
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
