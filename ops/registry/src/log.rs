//! The `_schemas` topic: one reader thread that alone changes the state, one writer that waits until
//! the reader has applied what was written.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::sync::watch;
use tracing::warn;

use crate::error::{Error, Refusal};
use crate::record::Write;
use crate::store::Store;
use crate::topic::{self, ADMIN_WAIT};

/// Longest wait for the broker to take a record: a healthy one needs milliseconds. A client is told
/// to try again when it is reached.
const WRITE_WAIT: Duration = Duration::from_secs(10);
/// Longest wait until the reader has applied our own record; Confluent waits half a second, a
/// starting local broker can need longer.
const APPLY_WAIT: Duration = Duration::from_secs(10);
/// Longest wait at the start until all older records are known. A registry with 10,000 versions is
/// read in a few seconds; at the bound the start fails.
const CATCH_UP_WAIT: Duration = Duration::from_secs(120);
/// One poll of the reader: short, so that it ends soon when asked to.
const POLL: Duration = Duration::from_millis(100);
/// Records on their way to the reader. More than one batch of a request stand there only while
/// Kafka fails to acknowledge; at the bound further writes are refused.
const EXPECTED_MAX: usize = 10_000;

/// The log, shared by all requests.
pub(crate) struct Log {
    topic: String,
    cluster_id: String,
    producer: FutureProducer,
    pub(crate) store: Arc<RwLock<Store>>,
    shared: Arc<Shared>,
    applied: watch::Receiver<i64>,
    reader: Mutex<Option<std::thread::JoinHandle<()>>>,
    /// Offset of the first record of this process.
    first: i64,
}

/// What reader and writers tell each other.
#[derive(Default)]
struct Shared {
    is_stopping: AtomicBool,
    /// Records we gave to Kafka that the reader has not met yet, in their order. They are told from
    /// another registry's by their bytes, since one can be read before its acknowledgement comes,
    /// or although it never comes.
    expected: Mutex<VecDeque<(Vec<u8>, Option<String>)>>,
    /// Why this registry must not go on.
    halt: Mutex<Option<(i64, Halt)>>,
}

#[derive(Clone)]
enum Halt {
    ForeignWriter,
    Unsupported(&'static str),
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Log {
    /// Opens the topic, makes it where it is missing, and starts the reader.
    pub(crate) async fn open(kafka: &str, topic: &str) -> Result<Self, Error> {
        let fault = |error: KafkaError| Error::Kafka {
            topic: topic.to_owned(),
            kafka: kafka.to_owned(),
            message: error.to_string(),
        };
        topic::prepare(kafka, topic).await?;
        let producer = producer(kafka).map_err(fault)?;
        // What stands before this record was written by predecessors, what comes after it must be
        // ours. It also proves that the topic can be written.
        let first = send(&producer, topic, &Write::noop())
            .await
            .map_err(fault)?;
        let consumer = consumer(kafka, topic).map_err(fault)?;
        let cluster_id = consumer
            .client()
            .fetch_cluster_id(ADMIN_WAIT)
            .unwrap_or_default();
        let store = Arc::new(RwLock::new(Store::default()));
        let shared = Arc::new(Shared::default());
        let (announce, applied) = watch::channel(-1);
        let reader = Reader {
            consumer,
            store: Arc::clone(&store),
            shared: Arc::clone(&shared),
            announce,
            first,
        };
        let thread = std::thread::Builder::new()
            .name("schemas-reader".to_owned())
            .spawn(move || reader.run())
            .map_err(Error::Thread)?;
        let (topic, reader) = (topic.to_owned(), Mutex::new(Some(thread)));
        Ok(Self {
            topic,
            cluster_id,
            producer,
            store,
            shared,
            applied,
            reader,
            first,
        })
    }

    /// Waits until all older records are known.
    pub(crate) async fn catch_up(&self) -> Result<(), Error> {
        tokio::select! {
            is_applied = self.wait_applied(self.first, CATCH_UP_WAIT) => match is_applied {
                true => Ok(()),
                false => Err(Error::CatchUp { topic: self.topic.clone(), limit: CATCH_UP_WAIT }),
            },
            error = self.halted() => Err(error),
        }
    }

    async fn wait_applied(&self, offset: i64, limit: Duration) -> bool {
        let mut applied = self.applied.clone();
        let reached = applied.wait_for(|at| *at >= offset);
        matches!(tokio::time::timeout(limit, reached).await, Ok(Ok(_)))
    }

    /// Writes one record, and returns when the state contains it. When it fails, or is dropped
    /// before its end, the record may be in the topic or not: then a NOOP must be written before
    /// the state is relied on.
    pub(crate) async fn write(&self, write: &Write) -> Result<(), Refusal> {
        {
            let mut expected = locked(&self.shared.expected);
            if expected.len() >= EXPECTED_MAX {
                return Err(Refusal::new(50001, "Kafka acknowledges nothing; try again"));
            }
            expected.push_back((write.key.bytes(), write.value.clone()));
        }
        let offset = match send(&self.producer, &self.topic, write).await {
            Ok(offset) => offset,
            Err(KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge)) => {
                return Err(Refusal::new(
                    42209,
                    "The schema is too large for a Kafka record",
                ));
            }
            Err(error) => {
                let text = format!("Error while registering in Kafka: {error}");
                return Err(Refusal::new(50001, text));
            }
        };
        if self.wait_applied(offset, APPLY_WAIT).await {
            return Ok(());
        }
        Err(Refusal::new(
            50002,
            "Timed out waiting until the write was applied",
        ))
    }

    /// Id of the Kafka cluster, empty when the broker did not tell it.
    pub(crate) fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// Why the registry must not go on, if so.
    pub(crate) fn halt(&self) -> Option<Error> {
        let (offset, halt) = locked(&self.shared.halt).clone()?;
        let topic = self.topic.clone();
        Some(match halt {
            Halt::ForeignWriter => Error::ForeignWriter { topic, offset },
            Halt::Unsupported(what) => Error::Unsupported {
                topic,
                offset,
                what,
            },
        })
    }

    /// Resolves when the registry must not go on.
    pub(crate) async fn halted(&self) -> Error {
        let mut applied = self.applied.clone();
        loop {
            if let Some(error) = self.halt() {
                return error;
            }
            if applied.changed().await.is_err() {
                return Error::ReaderGone {
                    topic: self.topic.clone(),
                };
            }
        }
    }

    /// Ends the reader; blocks for one poll at most.
    pub(crate) fn close(&self) {
        self.shared.is_stopping.store(true, Ordering::Release);
        let thread = locked(&self.reader).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            warn!("the reader of _schemas had panicked");
        }
    }
}

async fn send(producer: &FutureProducer, topic: &str, write: &Write) -> Result<i64, KafkaError> {
    let key = write.key.bytes();
    let mut record = FutureRecord::<[u8], str>::to(topic).partition(0).key(&key);
    if let Some(value) = &write.value {
        record = record.payload(value.as_str());
    }
    let delivery = producer.send(record, WRITE_WAIT).await;
    delivery
        .map(|delivery| delivery.offset)
        .map_err(|(error, _)| error)
}

struct Reader {
    consumer: BaseConsumer,
    store: Arc<RwLock<Store>>,
    shared: Arc<Shared>,
    announce: watch::Sender<i64>,
    first: i64,
}

impl Reader {
    fn run(self) {
        while !self.shared.is_stopping.load(Ordering::Acquire) {
            match self.consumer.poll(POLL) {
                Some(Ok(message)) => {
                    let offset = message.offset();
                    if let Err(halt) = self.apply(&message) {
                        *locked(&self.shared.halt) = Some((offset, halt));
                        self.announce.send_modify(|_| {});
                        return;
                    }
                    self.announce.send_replace(offset);
                }
                Some(Err(error)) => warn!(%error, "reading _schemas; the client tries again"),
                None => {}
            }
        }
    }

    fn apply(&self, message: &BorrowedMessage<'_>) -> Result<(), Halt> {
        let (key, value) = (message.key().unwrap_or_default(), message.payload());
        if message.offset() > self.first && !self.was_expected(key, value) {
            return Err(Halt::ForeignWriter);
        }
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        store.apply(key, value).map_err(Halt::Unsupported)
    }

    /// Whether we wrote this record. Those we gave to Kafka before it and that were not met by now
    /// never came into the topic: the producer keeps their order.
    fn was_expected(&self, key: &[u8], value: Option<&[u8]>) -> bool {
        let mut expected = locked(&self.shared.expected);
        let is_it = |(our_key, our_value): &(Vec<u8>, Option<String>)| {
            our_key == key && our_value.as_deref().map(str::as_bytes) == value
        };
        match expected.iter().position(is_it) {
            Some(place) => {
                expected.drain(..=place);
                true
            }
            None => false,
        }
    }
}

fn producer(kafka: &str) -> rdkafka::error::KafkaResult<FutureProducer> {
    ClientConfig::new()
        .set("bootstrap.servers", kafka)
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("linger.ms", "0")
        // librdkafka would try for five minutes, and all other writes would wait behind it.
        .set("message.timeout.ms", WRITE_WAIT.as_millis().to_string())
        .create()
}

fn consumer(kafka: &str, topic: &str) -> rdkafka::error::KafkaResult<BaseConsumer> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", kafka)
        // Needed to assign a partition; the group is never joined and nothing is committed.
        .set("group.id", "sideline-registry")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        // A schema is written a few times a day. One that arrives is answered at once, whatever
        // stands here; it is how often an idle registry asks.
        .set("fetch.wait.max.ms", "500")
        .create()?;
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic, 0, Offset::Beginning)?;
    consumer.assign(&from)?;
    Ok(consumer)
}
