//! The in-process driver over a rewound topic, beside plain consumption of the same topic.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::json;
use sideline_runtime_core::{Mode, Place, RawRecord, Topology, Waves, WavesOptions};

use crate::broker::{Broker, PARTITIONS};
use crate::contestants::ours::counter;
use crate::figures::median;
use crate::lab::Lab;
use crate::report::Report;

/// Records that travel from the reading thread together.
const BATCH: usize = 4_096;

/// Batches on their way at most.
const BATCHES_MAX: usize = 8;

const LATE: Duration = Duration::from_secs(20);

/// Measures both, in turn.
pub(crate) fn measure(lab: &Lab, report: &mut Report) -> Result<()> {
    let sizes = lab.sizes;
    let bar = lab.progress(2 * sizes.alternations);
    let input = lab.input("replay", 5_000, sizes.records)?;
    let (mut plain, mut replay) = (Vec::new(), Vec::new());
    for _ in 0..sizes.alternations {
        bar.set_message("plain consumption");
        plain.push(rate(sizes.records, || {
            consume(&lab.broker, &input, |_| Ok(()))
        })?);
        bar.inc(1);
        bar.set_message("in process");
        replay.push(rate(sizes.records, || in_process(&lab.broker, &input))?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    for (name, each) in [
        ("plain consumption", &plain),
        ("Sideline, in process", &replay),
    ] {
        let row = json!({
            "contestant": name,
            "keys": "5k",
            "records_per_s": median(each).round(),
            "each": each.iter().map(|value| value.round()).collect::<Vec<_>>(),
        });
        report.add("replay", &["contestant"], row);
    }
    report.set("replay_ratio", median(&replay) / median(&plain));
    lab.broker.delete(&[input])
}

fn rate(records: u64, work: impl FnOnce() -> Result<u64>) -> Result<f64> {
    let began_at = Instant::now();
    let count = work()?;
    if count != records {
        bail!("{count} records of {records} were read");
    }
    Ok(count as f64 / began_at.elapsed().as_secs_f64())
}

/// Reads the topic to its end, and counts.
fn consume(
    broker: &Broker,
    topic: &str,
    mut take: impl FnMut(&BorrowedMessage<'_>) -> Result<()>,
) -> Result<u64> {
    let mut config = broker.client();
    config
        .set("group.id", "replay")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .set("queued.max.messages.kbytes", "65536");
    let reader: BaseConsumer = config.create()?;
    let mut list = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        list.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    reader.assign(&list)?;
    let (mut count, mut ended) = (0, 0);
    while ended < PARTITIONS {
        match reader.poll(LATE) {
            Some(Ok(message)) => {
                take(&message)?;
                count += 1;
            }
            Some(Err(KafkaError::PartitionEOF(_))) => ended += 1,
            Some(Err(error)) => return Err(error.into()),
            None => bail!("the topic gives nothing"),
        }
    }
    Ok(count)
}

/// One thread reads, another counts per key.
fn in_process(broker: &Broker, input: &str) -> Result<u64> {
    let topology = Topology::new([counter("replay", input, "totals")]);
    let options = WavesOptions {
        partitions: PARTITIONS,
        threads: 1,
        mode: Mode::Final,
    };
    let mut waves = Waves::new(&topology, &[input], options)?;
    let (sender, batches) = sync_channel(BATCHES_MAX);
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || read(broker, input, &sender));
        let mut written = 0_u64;
        let count = waves.run(records(&batches), |_| written += 1)? as u64;
        match reading.join() {
            Ok(read) => read?,
            Err(_) => bail!("the reader panicked"),
        }
        if written != count {
            bail!("{written} totals of {count} records");
        }
        Ok(count)
    })
}

fn records(batches: &Receiver<Vec<RawRecord>>) -> impl Iterator<Item = RawRecord> {
    batches.iter().flatten()
}

fn read(broker: &Broker, input: &str, sender: &SyncSender<Vec<RawRecord>>) -> Result<()> {
    let topic: Arc<str> = Arc::from(input);
    let mut batch = Vec::with_capacity(BATCH);
    consume(broker, input, |message| {
        batch.push(RawRecord {
            key: message.key().unwrap_or_default().to_vec(),
            value: message.payload().map(<[u8]>::to_vec),
            headers: Vec::new(),
            place: Place {
                topic: Arc::clone(&topic),
                partition: message.partition(),
                offset: message.offset(),
            },
            timestamp_ms: message.timestamp().to_millis().unwrap_or_default(),
        });
        if batch.len() == BATCH {
            sender.send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))?;
        }
        Ok(())
    })?;
    Ok(sender.send(batch)?)
}
