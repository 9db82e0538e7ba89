//! How long a record takes through one hop and through three, at 100 events a second.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::json;

use crate::broker::{PARTITIONS, key_of};
use crate::contestants::{Kind, Spec};
use crate::figures::{median, percentile, rounded};
use crate::lab::{Lab, until};
use crate::report::Report;

/// One event every so often.
const PACE: Duration = Duration::from_millis(10);

/// Ours commits when the input is drained, at the latest after this.
const OUR_COMMIT_MS: u64 = 50;

/// Commit intervals that are tried for Kafka Streams; its best counts.
const STREAMS_COMMIT_MS: [u64; 4] = [1, 5, 10, 20];

/// Hops of the longer way.
const HOPS_MAX: usize = 3;

const LATE: Duration = Duration::from_secs(20);

/// Measures one and three hops of ours and of Kafka Streams in memory.
pub(crate) fn measure(lab: &Lab, kinds: &[Kind], report: &mut Report) -> Result<()> {
    let ours = (Kind::Sideline, OUR_COMMIT_MS);
    let streams = STREAMS_COMMIT_MS.map(|commit_ms| (Kind::StreamsMemory, commit_ms));
    let mut runs = vec![ours];
    runs.extend(streams);
    runs.retain(|(kind, _)| kinds.contains(kind));
    let alternations = lab.sizes.slow_alternations;
    let bar = lab.progress(2 * runs.len() as u64 * alternations);
    // The broker has compiled what three hops need when the first one is measured, not only after.
    if let Some(&(kind, commit_ms)) = runs.first() {
        bar.set_message("the broker warms up");
        run(lab, "warm-up", kind, HOPS_MAX, commit_ms)?;
    }
    for hops in [1, HOPS_MAX] {
        let mut measured = vec![(Vec::new(), Vec::new()); runs.len()];
        for alternation in 0..alternations {
            for (&(kind, commit_ms), (p50s, p99s)) in runs.iter().zip(&mut measured) {
                bar.set_message(format!("{}, {hops} hops, {commit_ms} ms", kind.name()));
                let label = format!("hops-{alternation}");
                let latencies = run(lab, &label, kind, hops, commit_ms)?;
                p50s.push(rounded(percentile(&latencies, 0.5)));
                p99s.push(rounded(percentile(&latencies, 0.99)));
                bar.inc(1);
            }
        }
        for (&(kind, commit_ms), (p50s, p99s)) in runs.iter().zip(&measured) {
            let row = json!({
                "hops": hops,
                "contestant": kind.name(),
                "commit_ms": commit_ms,
                "p50_ms": median(p50s),
                "p99_ms": median(p99s),
                "each_p99_ms": p99s,
                "events": lab.sizes.hop_events,
            });
            report.add("hops", &["hops", "contestant", "commit_ms"], row);
        }
        report.save()?;
    }
    bar.finish_and_clear();
    report.hop_ratios();
    Ok(())
}

fn run(lab: &Lab, label: &str, kind: Kind, hops: usize, commit_ms: u64) -> Result<Vec<f64>> {
    let input = format!("{label}-{hops}-{commit_ms}-{}", kind.name().len());
    lab.broker.create(std::slice::from_ref(&input))?;
    let spec = lab.spec(kind, &input, hops, commit_ms)?;
    let reader = reader(lab, &spec)?;
    let mut contestant = lab.start(&spec)?;
    until("getting ready", || {
        contestant.check()?;
        Ok(contestant.lines("ready").pop())
    })?;
    let events = lab.sizes.hop_events;
    let all = events + events / 2;
    let brokers = lab.broker.client();
    let sending = std::thread::spawn(move || send(&brokers, &input, all));
    let mut latencies = Vec::new();
    let mut heard_at = Instant::now();
    while (latencies.len() as u64) < all {
        match reader.poll(Duration::from_millis(100)) {
            Some(message) => {
                let message = message?;
                let sent = message.payload().unwrap_or_default().try_into()?;
                let micros = now_micros().saturating_sub(u64::from_be_bytes(sent));
                latencies.push(micros as f64 / 1e3);
                heard_at = Instant::now();
            }
            None if heard_at.elapsed() > LATE => bail!("{} stopped answering", kind.name()),
            None => {}
        }
    }
    match sending.join() {
        Ok(sent) => sent?,
        Err(_) => bail!("the sender panicked"),
    }
    contestant.stop()?;
    lab.forget(&spec)?;
    Ok(latencies.split_off((events / 2) as usize))
}

fn send(client: &rdkafka::ClientConfig, topic: &str, count: u64) -> Result<()> {
    let mut config = client.clone();
    config.set("linger.ms", "0");
    let producer: BaseProducer = config.create()?;
    let began_at = Instant::now();
    for number in 0..count {
        let due = began_at + PACE * u32::try_from(number)?;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let (key, value) = (key_of(number % 200), now_micros().to_be_bytes());
        let partition = i32::try_from(number % PARTITIONS as u64)?;
        let record = BaseRecord::to(topic).partition(partition);
        let sent = producer.send(record.key(&key).payload(&value));
        sent.map_err(|(error, _)| error)?;
        producer.poll(Duration::ZERO);
    }
    Ok(producer.flush(LATE)?)
}

fn reader(lab: &Lab, spec: &Spec) -> Result<BaseConsumer> {
    let mut config = lab.broker.client();
    config
        .set("group.id", format!("{}-reader", spec.run))
        .set("isolation.level", "read_committed")
        .set("fetch.wait.max.ms", "50");
    let reader: BaseConsumer = config.create()?;
    let mut list = TopicPartitionList::new();
    let output = spec.topics.last().map_or("", String::as_str);
    for partition in 0..PARTITIONS {
        list.add_partition_offset(output, partition, Offset::Beginning)?;
    }
    reader.assign(&list)?;
    Ok(reader)
}

fn now_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(0)
}
