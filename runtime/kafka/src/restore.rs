//! Rebuilding the stores of a phase's tasks: from what was kept in memory or from the local
//! checkpoint, and from the changelog after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_runtime_core::Task;

use crate::changelog::{POSITION_STORE, split_changelog_key};
use crate::client::{self, QuietContext};
use crate::config::{REQUEST_TIMEOUT, STABLE_OFFSETS_TIMEOUT};
use crate::error::Trouble;
use crate::fail_point::FailPoint;
use crate::position::Positions;
use crate::worker::Job;

/// Pause between two looks at whether a dead process's transaction has ended.
const STABLE_POLL: Duration = Duration::from_millis(20);

/// Waiting for the next changelog record is cut into slices so that a stop is heard.
const READ_SLICE: Duration = Duration::from_millis(100);

/// A changelog that gives nothing for so long, though its end is not reached, is given up.
const READ_STALL_MAX: Duration = Duration::from_secs(30);

/// How many threads restore one phase's tasks at most. They share one broker, which a few readers
/// keep busy.
const THREADS_MAX: usize = 4;

/// Tasks as their changelog has them.
#[derive(Default)]
pub(crate) struct Restored {
    /// By partition.
    pub(crate) tasks: BTreeMap<i32, Task>,
    /// How far the inputs were read, as the changelog tells.
    pub(crate) positions: Positions,
    /// The changelog offset up to which each task is restored.
    pub(crate) ends: BTreeMap<i32, i64>,
    /// Changelog records read.
    pub(crate) records: usize,
    /// Entries read from local checkpoints.
    pub(crate) checkpointed: usize,
}

/// A task that was given up, in case it comes back.
pub(crate) struct Kept {
    pub(crate) task: Task,
    pub(crate) positions: Positions,
    /// The changelog offset from which its changes after this state are told.
    pub(crate) offset: i64,
}

/// One task to be restored.
struct Wanted {
    partition: i32,
    /// The end of its changelog.
    end: i64,
    kept: Option<Kept>,
}

/// Restores the tasks of these partitions: everything committed before the call is in them.
///
/// The partitions are shared out among threads: taking a million entries in keeps a processor busy
/// for more than a second.
pub(crate) fn restore(
    job: &Job,
    partitions: &BTreeSet<i32>,
    kept: &mut BTreeMap<i32, Kept>,
) -> Result<Restored, Trouble> {
    let topic = job.config.changelog(job.phase.name());
    let ends = wait_until_stable(job, &topic, partitions)?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.clamp(1, THREADS_MAX).min(ends.len().max(1));
    let mut shares: Vec<Vec<Wanted>> = std::iter::repeat_with(Vec::new).take(threads).collect();
    for (place, (partition, end)) in ends.into_iter().enumerate() {
        shares[place % threads].push(Wanted {
            partition,
            end,
            kept: kept.remove(&partition),
        });
    }
    let mut restored = Restored::default();
    std::thread::scope(|scope| {
        let topic = topic.as_str();
        let at_work: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(move || restore_share(job, topic, share)))
            .collect();
        for share in at_work {
            match share.join() {
                Ok(share) => restored.take_in(share?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(restored)
    })
}

/// Restores some of the tasks, on the thread at hand.
fn restore_share(job: &Job, topic: &str, share: Vec<Wanted>) -> Result<Restored, Trouble> {
    let mut restored = Restored::default();
    // What is read to its very end already needs no reading, and no connection.
    let mut starts = BTreeMap::new();
    for wanted in share {
        let (partition, end) = (wanted.partition, wanted.end);
        restored.ends.insert(partition, end);
        let start = restored.begin(job, wanted)?;
        if start < end {
            starts.insert(partition, start);
            if let Some(task) = restored.tasks.get_mut(&partition) {
                task.expect(usize::try_from(end - start).unwrap_or(0));
            }
        }
    }
    if !starts.is_empty() {
        restored.read(job, topic, &starts)?;
    }
    for task in restored.tasks.values_mut() {
        task.expect_no_more();
        task.commit();
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
        job.board.beat();
        job.shutdown.wait(STABLE_POLL);
    }
}

/// The ends of all partitions in one request: the last stable offsets, or the high watermarks,
/// by the client's isolation level.
pub(crate) fn fetch_ends<C: ConsumerContext>(
    client: &BaseConsumer<C>,
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
    /// Adds what another thread restored.
    fn take_in(&mut self, mut other: Self) {
        self.tasks.append(&mut other.tasks);
        self.positions.append(&mut other.positions);
        self.ends.append(&mut other.ends);
        self.records += other.records;
        self.checkpointed += other.checkpointed;
    }

    /// Begins a task with the best there is, and tells from where the changelog is to be read.
    fn begin(&mut self, job: &Job, wanted: Wanted) -> Result<i64, Trouble> {
        let Wanted {
            partition,
            end,
            kept,
        } = wanted;
        if let Some(mut kept) = kept {
            // Another thread may have thrown the checkpoint away: what is written next is whole.
            if !job.checkpoints.has(&job.task_name(partition)) {
                kept.task.forget_checkpoint();
            }
            self.positions.extend(kept.positions);
            self.tasks.insert(partition, kept.task);
            return Ok(kept.offset);
        }
        let new_task = || Task::new(Arc::clone(&job.phase), partition);
        self.tasks.insert(partition, new_task());
        let before = self.positions.clone();
        let task = job.task_name(partition);
        let loaded = job
            .checkpoints
            .load(&task, &job.binding, end, |key, value| {
                self.apply(job, partition, key, Some(value))
            });
        let Some(loaded) = loaded else {
            self.positions = before;
            self.tasks.insert(partition, new_task());
            return Ok(0);
        };
        self.checkpointed += loaded.entries;
        if let Some(task) = self.tasks.get_mut(&partition) {
            task.mark_checkpointed();
        }
        Ok(loaded.offset)
    }

    fn read(&mut self, job: &Job, topic: &str, starts: &BTreeMap<i32, i64>) -> Result<(), Trouble> {
        let failed = |error| Trouble::restart("reading the changelog", &error);
        let name = job.phase.name();
        let reader: BaseConsumer<QuietContext> = client::changelog_reader(&job.config, name)
            .create_with_context(QuietContext(name))
            .map_err(failed)?;
        client::await_leaders(reader.client(), topic).map_err(failed)?;
        let mut list = TopicPartitionList::new();
        for (partition, start) in starts {
            let from = if *start == 0 {
                Offset::Beginning
            } else {
                Offset::Offset(*start)
            };
            list.add_partition_offset(topic, *partition, from)
                .map_err(failed)?;
        }
        let mut unread: BTreeSet<i32> = starts.keys().copied().collect();
        reader.assign(&list).map_err(failed)?;
        // Looked at only while there is silence: the clock would cost each record as much as taking
        // it in.
        let mut silent_since = None;
        while !unread.is_empty() {
            job.board.beat();
            match client::poll_in_bulk(&reader, READ_SLICE) {
                Some(Ok(record)) => {
                    self.records += 1;
                    job.fail.pass(FailPoint::MidRestore);
                    let key = record.key().unwrap_or_default();
                    self.apply(job, record.partition(), key, record.payload())
                        .map_err(|fault| told(&record, &fault))?;
                    silent_since = None;
                    continue;
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
            let since: &mut Instant = silent_since.get_or_insert_with(Instant::now);
            if since.elapsed() > READ_STALL_MAX {
                return Err(Trouble::Restart(format!("{topic} gives no records")));
            }
        }
        Ok(())
    }

    /// Applies an entry of a changelog or of a checkpoint.
    fn apply(
        &mut self,
        job: &Job,
        partition: i32,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), String> {
        let Some((store, key)) = split_changelog_key(key) else {
            return Err("a key that is none".to_owned());
        };
        if store == POSITION_STORE {
            return self.apply_position(job, (key, partition), value);
        }
        // A store the phase no longer has is passed over: its keys age out with a new generation.
        if let Some(task) = self.tasks.get_mut(&partition) {
            task.restore(store, key, value);
        }
        Ok(())
    }

    fn apply_position(
        &mut self,
        job: &Job,
        (topic, partition): (&str, i32),
        value: Option<&[u8]>,
    ) -> Result<(), String> {
        // An input the phase no longer has.
        let Some(input) = job.phase.input_topics().find(|input| &***input == topic) else {
            return Ok(());
        };
        let text = value.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let Some(position) = text.and_then(|text| text.parse().ok()) else {
            return Err(format!("no position of {topic}"));
        };
        self.positions
            .insert((Arc::clone(input), partition), position);
        Ok(())
    }
}

fn told(record: &BorrowedMessage<'_>, fault: &str) -> Trouble {
    let (topic, partition, offset) = (record.topic(), record.partition(), record.offset());
    Trouble::Restart(format!("{topic}[{partition}]@{offset} holds {fault}"))
}
