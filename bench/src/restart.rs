//! A start with a million keys: after a clean stop, and after kill -9 in the middle of work.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::json;

use crate::broker::Ends;
use crate::child::Contestant;
use crate::contestants::Kind;
use crate::figures::{median, rounded};
use crate::lab::{Lab, until};
use crate::report::Report;

const COMMIT_MS: u64 = 50;

/// Records written after the end, whose first answer ends the measurement.
const PROBES: u64 = 40_000;

/// How long one look for something lasts.
const LOOK: Duration = Duration::from_millis(10);

/// How the life before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Stop,
    Kill,
}

/// Measures ours and Kafka Streams with RocksDB and in memory.
pub(crate) fn measure(lab: &Lab, kinds: &[Kind], report: &mut Report) -> Result<()> {
    let all = [Kind::Sideline, Kind::StreamsRocksdb, Kind::StreamsMemory];
    let kinds: Vec<Kind> = all
        .into_iter()
        .filter(|kind| kinds.contains(kind))
        .collect();
    let bar = lab.progress(lab.sizes.slow_alternations * kinds.len() as u64 * 2);
    for (ending, word) in [(Ending::Stop, "clean stop"), (Ending::Kill, "kill -9")] {
        let mut seconds = vec![(Vec::new(), Vec::new()); kinds.len()];
        for alternation in 0..lab.sizes.slow_alternations {
            for (&kind, taken) in kinds.iter().zip(&mut seconds) {
                bar.set_message(format!("{} after {word}", kind.name()));
                let name = format!("restart-{word}-{alternation}-{}", kind.name().len());
                let (first, restore) = run(lab, kind, ending, &name.replace(' ', "-"))?;
                taken.0.push(first);
                taken.1.push(restore);
                bar.inc(1);
            }
        }
        for (&kind, (first, restore)) in kinds.iter().zip(&seconds) {
            let row = json!({
                "after": word,
                "contestant": kind.name(),
                "first_record_s": rounded(median(first)),
                "restore_s": rounded(median(restore)),
                "keys": lab.sizes.many_keys,
            });
            report.add("restart", &["after", "contestant"], row);
            report.save()?;
        }
    }
    bar.finish_and_clear();
    report.restart_ratio();
    Ok(())
}

/// Seconds from the start of the process to its first new committed record, and those that
/// restoring took.
fn run(lab: &Lab, kind: Kind, ending: Ending, name: &str) -> Result<(f64, f64)> {
    let keys = lab.sizes.many_keys;
    let input = lab.every_key_once(name, keys)?;
    let spec = lab.spec(kind, &input, 1, COMMIT_MS)?;
    let ends = lab.broker.ends()?;
    let output = &spec.topics[1];
    let contestant = lab.start(&spec)?;
    until("counting every key", || {
        Ok((ends.total(output)? >= keys as i64).then_some(()))
    })?;
    let probe = vec![b'p'; 172];
    let probes = (0..PROBES).map(|number| (number, probe.as_slice()));
    match ending {
        Ending::Stop => contestant.stop()?,
        Ending::Kill => {
            // Killed at work, so that a transaction is most likely open.
            lab.broker.fill(&input, probes.clone())?;
            contestant.kill()?;
        }
    }
    lab.broker.fill(&input, probes)?;
    settled(&ends, output)?;
    // What the killed one left open is aborted later and never seen by this reader.
    let reader = reader_from(lab, output, &ends.of(output)?)?;
    let again = lab.start(&spec)?;
    let first_at = until("the first record after the restart", || {
        let record = reader.poll(LOOK).transpose()?;
        Ok(record.map(|_| Instant::now()))
    })?;
    let first_s = (first_at - again.started_at).as_secs_f64();
    let restore_s = restore_seconds(&again, kind);
    again.stop()?;
    lab.forget(&spec)?;
    lab.broker.delete(&[input])?;
    Ok((first_s, restore_s))
}

/// Waits until nothing is added to the output: a killed contestant's last commit may still be on
/// its way.
fn settled(ends: &Ends, output: &str) -> Result<()> {
    let mut last = ends.total(output)?;
    let mut same = 0;
    while same < 20 {
        std::thread::sleep(LOOK);
        let now = ends.total(output)?;
        same = if now == last { same + 1 } else { 0 };
        last = now;
    }
    Ok(())
}

/// A reader of committed records, from these offsets on.
fn reader_from(lab: &Lab, topic: &str, offsets: &BTreeMap<i32, i64>) -> Result<BaseConsumer> {
    let mut config = lab.broker.client();
    config
        .set("group.id", "restart-reader")
        .set("isolation.level", "read_committed")
        .set("fetch.wait.max.ms", "10");
    let reader: BaseConsumer = config.create()?;
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
    }
    reader.assign(&list)?;
    Ok(reader)
}

fn restore_seconds(contestant: &Contestant, kind: Kind) -> f64 {
    if kind == Kind::Sideline {
        let ready = contestant.lines("ready").pop();
        let millis = ready.and_then(|(_, line)| line.split(' ').nth(1)?.parse::<f64>().ok());
        return millis.unwrap_or(0.0) / 1e3;
    }
    let moments = |word| {
        let lines = contestant.lines(word).into_iter();
        let moments: Vec<f64> = lines
            .filter_map(|(_, line)| line.split(' ').nth(1)?.parse().ok())
            .collect();
        moments
    };
    let began = moments("restoring").into_iter().fold(f64::MAX, f64::min);
    let ended = moments("restored").into_iter().fold(0.0, f64::max);
    ((ended - began) / 1e3).max(0.0)
}
