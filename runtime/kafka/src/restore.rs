//! Rebuilding the stores of a phase's tasks from its changelog.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_runtime_core::Task;

use crate::changelog::{POSITION_STORE, split_changelog_key};
use crate::client::{self, QuietContext};
use crate::config::{REQUEST_TIMEOUT, STABLE_OFFSETS_TIMEOUT, changelog_name};
use crate::error::Trouble;
use crate::position::Positions;
use crate::worker::Job;

/// Pause between two looks at whether a dead process's transaction has ended.
const STABLE_POLL: Duration = Duration::from_millis(20);

/// Waiting for the next changelog record is cut into slices so that a stop is heard.
const READ_SLICE: Duration = Duration::from_millis(100);

/// A changelog that gives nothing for so long, though its end is not reached, is given up.
const READ_STALL_MAX: Duration = Duration::from_secs(30);

/// Tasks as their changelog has them.
pub(crate) struct Restored {
    /// By partition.
    pub(crate) tasks: BTreeMap<i32, Task>,
    /// How far the inputs were read, as the changelog tells.
    pub(crate) positions: Positions,
    /// Changelog records read.
    pub(crate) records: usize,
}

/// Restores the tasks of these partitions: everything committed before the call is in them.
pub(crate) fn restore(job: &Job, partitions: &BTreeSet<i32>) -> Result<Restored, Trouble> {
    let mut restored = Restored::empty(job, partitions);
    let topic = changelog_name(&job.config.prefix, job.phase.name());
    let ends = wait_until_stable(job, &topic, partitions)?;
    // What is empty to its very end was never written: nothing to read, and no need to connect.
    let written: BTreeSet<i32> = ends
        .into_iter()
        .filter(|(_, end)| *end > 0)
        .map(|(p, _)| p)
        .collect();
    if !written.is_empty() {
        restored.read(job, &topic, written)?;
    }
    Ok(restored)
}

/// Takes the changelog's ends with open transactions included, and waits until everything before
/// them is committed or aborted. From then on the first partition-EOF of a `read_committed`
/// reader is at or beyond these ends. (Its position cannot tell: the markers of transactions
/// occupy offsets too.)
fn wait_until_stable(
    job: &Job,
    topic: &str,
    partitions: &BTreeSet<i32>,
) -> Result<BTreeMap<i32, i64>, Trouble> {
    let failed = |error| Trouble::restart("asking for the changelog's end", &error);
    let uncommitted: BaseConsumer = client::uncommitted_reader(&job.config)
        .create()
        .map_err(failed)?;
    let ends = fetch_ends(&uncommitted, topic, partitions).map_err(failed)?;
    let committed: BaseConsumer = client::base(&job.config).create().map_err(failed)?;
    let deadline = Instant::now() + STABLE_OFFSETS_TIMEOUT;
    loop {
        let stable = fetch_ends(&committed, topic, partitions).map_err(failed)?;
        if stable
            .iter()
            .zip(&ends)
            .all(|((_, stable), (_, end))| stable >= end)
        {
            return Ok(ends);
        }
        if Instant::now() > deadline {
            let waited_s = STABLE_OFFSETS_TIMEOUT.as_secs();
            let reason = format!("a transaction on {topic} stays open for more than {waited_s} s");
            return Err(Trouble::Restart(reason));
        }
        job.shutdown.wait(STABLE_POLL);
    }
}

/// The ends of all partitions in one request: the last stable offsets, or the high watermarks,
/// by the client's isolation level.
fn fetch_ends(
    client: &BaseConsumer,
    topic: &str,
    partitions: &BTreeSet<i32>,
) -> Result<BTreeMap<i32, i64>, KafkaError> {
    let mut list = TopicPartitionList::new();
    for partition in partitions {
        // In place of a timestamp Kafka takes the end, as in its own tools.
        list.add_partition_offset(topic, *partition, Offset::End)?;
    }
    let found = client.offsets_for_times(list, REQUEST_TIMEOUT)?;
    let mut ends = BTreeMap::new();
    for element in found.elements() {
        element.error()?;
        ends.insert(element.partition(), element.offset().to_raw().unwrap_or(0));
    }
    Ok(ends)
}

impl Restored {
    fn empty(job: &Job, partitions: &BTreeSet<i32>) -> Self {
        let new_task =
            |partition: &i32| (*partition, Task::new(Arc::clone(&job.phase), *partition));
        Self {
            tasks: partitions.iter().map(new_task).collect(),
            positions: Positions::new(),
            records: 0,
        }
    }

    fn read(&mut self, job: &Job, topic: &str, mut unread: BTreeSet<i32>) -> Result<(), Trouble> {
        let failed = |error| Trouble::restart("reading the changelog", &error);
        let name = job.phase.name();
        let reader: BaseConsumer<QuietContext> = client::changelog_reader(&job.config, name)
            .create_with_context(QuietContext(name))
            .map_err(failed)?;
        let mut list = TopicPartitionList::new();
        for partition in &unread {
            list.add_partition_offset(topic, *partition, Offset::Beginning)
                .map_err(failed)?;
        }
        reader.assign(&list).map_err(failed)?;
        let mut heard_at = Instant::now();
        while !unread.is_empty() {
            match reader.poll(READ_SLICE) {
                Some(Ok(record)) => {
                    self.apply(job, &record)?;
                    heard_at = Instant::now();
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    unread.remove(&partition);
                }
                Some(Err(error)) => tracing::debug!(phase = name, %error, "reading the changelog"),
                None if job.shutdown.is_requested() => {
                    return Err(Trouble::Restart("the run is ending".to_owned()));
                }
                None => {}
            }
            if heard_at.elapsed() > READ_STALL_MAX {
                return Err(Trouble::Restart(format!("{topic} gives no records")));
            }
        }
        Ok(())
    }

    fn apply(&mut self, job: &Job, record: &BorrowedMessage<'_>) -> Result<(), Trouble> {
        self.records += 1;
        let key = record.key().unwrap_or_default();
        let Some((store, key)) = split_changelog_key(key) else {
            return Err(Trouble::Restart(format!(
                "{} holds a key that is none",
                place(record)
            )));
        };
        if store == POSITION_STORE {
            return self.apply_position(job, key, record);
        }
        // A store the phase no longer has is passed over: its keys age out with a new generation.
        if let Some(task) = self.tasks.get_mut(&record.partition()) {
            task.restore(store, key, record.payload());
        }
        Ok(())
    }

    fn apply_position(
        &mut self,
        job: &Job,
        topic: &str,
        record: &BorrowedMessage<'_>,
    ) -> Result<(), Trouble> {
        // An input the phase no longer has.
        let Some(input) = job.phase.input_topics().find(|input| &***input == topic) else {
            return Ok(());
        };
        let text = record
            .payload()
            .and_then(|bytes| std::str::from_utf8(bytes).ok());
        let Some(position) = text.and_then(|text| text.parse().ok()) else {
            return Err(Trouble::Restart(format!(
                "{} holds no position",
                place(record)
            )));
        };
        self.positions
            .insert((Arc::clone(input), record.partition()), position);
        Ok(())
    }
}

fn place(record: &BorrowedMessage<'_>) -> String {
    format!(
        "{}[{}]@{}",
        record.topic(),
        record.partition(),
        record.offset()
    )
}
