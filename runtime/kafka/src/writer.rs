//! The transactional producer of one phase's thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::topic_partition_list::TopicPartitionList;

use crate::client::{self, QuietContext};
use crate::committer::{Behind, Committer, Ended};
use crate::config::TRANSACTION_TIMEOUT;
use crate::error::Trouble;
use crate::worker::Job;

/// How long the first producers wait for their initialisation. While the broker aborts what a killed
/// predecessor left open, which takes it some milliseconds, it answers that it is busy; librdkafka
/// asks again after half a second, a new producer at once.
const FIRST_PATIENCE: [Duration; 2] = [Duration::from_millis(40), Duration::from_millis(150)];

/// Writes transactions. Whatever it cannot settle comes back as [`Trouble`]: the owner then
/// throws it away, and opening the next one ends what was left open.
pub(crate) struct Writer {
    committer: Arc<Committer>,
    is_open: bool,
    is_refused: bool,
}

impl Writer {
    /// A producer that has fenced its predecessors of the same name and ended their transactions.
    pub(crate) fn open(job: &Job) -> Result<Self, Trouble> {
        let mut first = FIRST_PATIENCE.into_iter();
        loop {
            let patience = first.next();
            let producer = producer(job)?;
            match producer.init_transactions(patience.unwrap_or(TRANSACTION_TIMEOUT)) {
                Ok(()) => {
                    return Ok(Self {
                        committer: Arc::new(Committer::new(job, producer)),
                        is_open: false,
                        is_refused: false,
                    });
                }
                Err(KafkaError::Transaction(busy)) if busy.is_retriable() && patience.is_some() => {
                }
                Err(error) => return Err(Trouble::restart("initialising transactions", &error)),
            }
        }
    }

    /// Begins a transaction unless one is open.
    pub(crate) fn begin(&mut self) -> Result<(), Trouble> {
        if !self.is_open {
            let begun = self.committer.producer.begin_transaction();
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
            match self.committer.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((error, _)) if has_code(&error, RDKafkaErrorCode::QueueFull) => {
                    let now = Instant::now();
                    if now > *deadline.get_or_insert(now + TRANSACTION_TIMEOUT) {
                        return Err(Trouble::restart(&format!("producing to {topic}"), &error));
                    }
                    self.committer.pause();
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

    /// Makes the input offsets part of the open transaction. `Some` when it is aborted for it.
    pub(crate) fn send_offsets(
        &mut self,
        offsets: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
    ) -> Result<Option<Ended>, Trouble> {
        let aborted = self.committer.send_offsets(offsets, group)?;
        self.is_open &= aborted.is_none();
        Ok(aborted)
    }

    /// Ends the open transaction.
    pub(crate) fn commit(&mut self) -> Result<Ended, Trouble> {
        let ended = self.committer.commit()?;
        self.is_open = false;
        Ok(ended)
    }

    /// Sends the offsets and ends the open transaction.
    pub(crate) fn commit_with(
        &mut self,
        offsets: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
    ) -> Result<Ended, Trouble> {
        let ended = self.committer.commit_with(offsets, group)?;
        self.is_open = false;
        Ok(ended)
    }

    /// The same on a thread of its own: until that is over, nothing may be begun or sent.
    pub(crate) fn commit_behind(
        &mut self,
        offsets: TopicPartitionList,
        group: ConsumerGroupMetadata,
    ) -> Result<Behind, Trouble> {
        let behind = self.committer.commit_behind(offsets, group)?;
        self.is_open = false;
        Ok(behind)
    }

    /// Aborts the open transaction, if one is; `Ok` means that the broker acknowledged it.
    pub(crate) fn abort(&mut self) -> Result<(), Trouble> {
        if self.is_open {
            self.committer.abort()?;
            self.is_open = false;
        }
        Ok(())
    }
}

fn producer(job: &Job) -> Result<BaseProducer<QuietContext>, Trouble> {
    let name = job.phase.name();
    let created =
        client::producer(&job.config, &job.member_name()).create_with_context(QuietContext(name));
    let producer: BaseProducer<QuietContext> =
        created.map_err(|error| Trouble::restart("creating the producer", &error))?;
    client::await_leaders(producer.client(), &job.config.changelog(name))
        .map_err(|error| Trouble::restart("asking for the changelog's leaders", &error))?;
    Ok(producer)
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
