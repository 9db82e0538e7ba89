//! The task as a tuned loop on rdkafka, with nothing around it: no take-over, no dead letters, no
//! rollback, nothing typed. What any engine on this client can reach at most.

use std::time::{Duration, Instant};

use anyhow::Result;
use hashbrown::HashMap;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{Spec, forwarded, total_after, total_bytes};
use crate::broker::PARTITIONS;

const ANSWER: Duration = Duration::from_secs(10);

/// The changelog's name.
pub(crate) fn topics(spec: &Spec) -> Vec<String> {
    vec![format!("{}-changelog", spec.run)]
}

/// Works until it is ended.
pub(crate) fn work(spec: &Spec) -> Result<()> {
    let consumer = consumer(spec)?;
    let producer = producer(spec)?;
    producer.init_transactions(ANSWER)?;
    let changelog = format!("{}-changelog", spec.run);
    let mut totals: HashMap<Vec<u8>, (u64, u64)> = HashMap::new();
    let mut next = [0_i64; PARTITIONS as usize];
    let mut began_at: Option<Instant> = None;
    let interval = Duration::from_millis(spec.commit_ms);
    println!("ready 0");
    while !crate::child::is_asked_to_end() {
        let polled = consumer.poll(Duration::from_millis(2)).transpose()?;
        let is_due = began_at.is_some_and(|at| at.elapsed() >= interval);
        if is_due {
            commit(&producer, &consumer, &spec.topics[0], &next)?;
            began_at = None;
        }
        let Some(message) = polled else { continue };
        let (key, value) = (
            message.key().unwrap_or_default(),
            message.payload().unwrap_or_default(),
        );
        if began_at.is_none() {
            producer.begin_transaction()?;
            began_at = Some(Instant::now());
        }
        let slot = totals.entry_ref(key).or_default();
        *slot = total_after(Some(*slot), value);
        let bytes = total_bytes(*slot);
        send(
            &producer,
            &spec.topics[1],
            &message,
            forwarded(value, &bytes),
        )?;
        send(&producer, &changelog, &message, &bytes)?;
        next[message.partition() as usize] = message.offset() + 1;
    }
    Ok(())
}

fn send(producer: &BaseProducer, topic: &str, message: &impl Message, value: &[u8]) -> Result<()> {
    let mut record = BaseRecord::to(topic)
        .partition(message.partition())
        .key(message.key().unwrap_or_default())
        .payload(value);
    while let Err((error, returned)) = producer.send(record) {
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
            return Err(error.into());
        }
        producer.poll(Duration::ZERO);
        record = returned;
    }
    Ok(())
}

fn commit(
    producer: &BaseProducer,
    consumer: &BaseConsumer,
    input: &str,
    next: &[i64],
) -> Result<()> {
    let mut offsets = TopicPartitionList::new();
    for (partition, offset) in (0..).zip(next) {
        offsets.add_partition_offset(input, partition, Offset::Offset(*offset))?;
    }
    let Some(group) = consumer.group_metadata() else {
        anyhow::bail!("the plain loop is in no group");
    };
    producer.send_offsets_to_transaction(&offsets, &group, ANSWER)?;
    while producer.in_flight_count() > 0 {
        producer.poll(Duration::ZERO);
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(producer.commit_transaction(ANSWER)?)
}

fn consumer(spec: &Spec) -> Result<BaseConsumer> {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &spec.brokers)
        .set("group.id", &spec.run)
        .set("group.instance.id", &spec.run)
        .set("session.timeout.ms", "8000")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("fetch.wait.max.ms", "50")
        .set("fetch.queue.backoff.ms", "10")
        .set("queued.max.messages.kbytes", "16384");
    let consumer: BaseConsumer = config.create()?;
    consumer.subscribe(&[&spec.topics[0]])?;
    Ok(consumer)
}

fn producer(spec: &Spec) -> Result<BaseProducer> {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &spec.brokers)
        .set("transactional.id", &spec.run)
        .set("transaction.timeout.ms", "10000")
        .set("retry.backoff.ms", "2")
        .set("retry.backoff.max.ms", "10")
        .set("linger.ms", "1")
        .set("compression.type", "lz4")
        .set("queue.buffering.max.messages", "500000")
        .set("queue.buffering.max.kbytes", "131072")
        .set("delivery.report.only.error", "true");
    Ok(config.create()?)
}
