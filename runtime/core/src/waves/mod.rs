//! A whole log through a topology, in memory and in waves: the driver of batches, backtests and
//! what-if. [`InProcess`](crate::InProcess) serves tests that look at single steps; this one is
//! for many records and several threads.

mod workers;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::in_process::InProcessError;
use crate::phase::Phase;
use crate::record::{DeadLetter, Place, RawRecord};
use crate::task::Task;
use crate::topology::Topology;
use workers::{Share, Workers};

/// Records of one wave in [`Mode::Final`]: enough that threads and sorting cost little, few enough
/// that a wave of 1 kB records stays within 64 MB.
const WAVE_RECORDS: usize = 16_384;

/// The most records [`Mode::History`] sorts at once: it holds its whole input, which for a season
/// of 150,000 events is 150 MB, and this keeps a wrong input from taking the machine.
pub const HISTORY_RECORDS_MAX: usize = 5_000_000;

/// What a run is to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every version as it would have been: the records of one timestamp go through all phases
    /// before the next timestamp begins.
    History,
    /// Only the end: records go through in large waves, in the order in which they are given.
    Final,
}

/// How a run is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WavesOptions {
    /// Partitions of every topic, at least 1: those of the log that is read.
    pub partitions: i32,
    /// Threads that process, at least 1. The result does not depend on it.
    pub threads: usize,
    /// What to find out.
    pub mode: Mode,
}

/// A topology at work on a log.
///
/// Records of a wave go through the first phase, then through the next, in topological order.
/// What a task receives is sorted by timestamp, then by where it comes from: ingress by topic,
/// key and content, outputs by phase, partition and emission. An output carries the timestamp of
/// the record that caused it. So neither offsets nor threads nor the order of arrival within a
/// timestamp can matter.
///
/// ```
/// use sideline_runtime_core::{Mode, Phase, Place, RawRecord, Text, Topology, Waves, WavesOptions};
///
/// let mut phase = Phase::builder("shout");
/// let loud = phase.output("loud", Text);
/// let letters = phase.output("dead-letters", Text);
/// phase.on_dead_letter(move |letter, ctx| {
///     ctx.forward(&letters, "all", &letter.key_lossy(), &letter.reason)
/// });
/// phase.input("words", Text, move |word, ctx| {
///     let text = word.value.clone().unwrap_or_default();
///     ctx.forward(&loud, &text, &text, &text.to_uppercase())
/// });
/// let topology = Topology::new([phase.build()]);
/// let options = WavesOptions { partitions: 1, threads: 2, mode: Mode::History };
/// let mut waves = Waves::new(&topology, &["words"], options)?;
/// let record = RawRecord {
///     key: b"1".to_vec(),
///     value: Some(b"ball".to_vec()),
///     headers: Vec::new(),
///     place: Place { topic: "words".into(), partition: 0, offset: 0 },
///     timestamp_ms: 0,
/// };
/// let mut seen = Vec::new();
/// waves.run([record], |output| seen.push(output.value.clone().unwrap_or_default()))?;
/// assert_eq!(seen, [b"BALL"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Waves {
    options: WavesOptions,
    stages: Vec<Stage>,
    /// Which stages read a topic; a topic that the topology knows but nobody reads has none.
    readers: BTreeMap<Arc<str>, Vec<usize>>,
    /// The next offset of each output partition.
    ends: BTreeMap<(Arc<str>, i32), i64>,
    dead_letters: Vec<DeadLetter>,
}

/// A phase, its tasks, and what waits for them in this wave.
struct Stage {
    phase: Arc<Phase>,
    tasks: Vec<Option<Task>>,
    inboxes: Vec<Vec<RawRecord>>,
}

impl Waves {
    /// Sets a topology up with empty stores.
    ///
    /// # Errors
    /// When the topology does not pass [`Topology::check`].
    pub fn new(
        topology: &Topology,
        ingress: &[&str],
        options: WavesOptions,
    ) -> Result<Self, InProcessError> {
        topology.check(ingress)?;
        let mut readers: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for topic in topology.topics() {
            readers.insert(topic, Vec::new());
        }
        let phases = topology.order()?;
        for (stage, phase) in phases.iter().enumerate() {
            for topic in phase.input_topics() {
                readers.entry(Arc::clone(topic)).or_default().push(stage);
            }
        }
        let options = WavesOptions {
            partitions: options.partitions.max(1),
            threads: options.threads.max(1),
            ..options
        };
        let stages = phases.into_iter();
        Ok(Self {
            stages: stages
                .map(|phase| Stage::new(phase, options.partitions))
                .collect(),
            options,
            readers,
            ends: BTreeMap::new(),
            dead_letters: Vec::new(),
        })
    }

    /// Sends records through, and hands every output to `sink`: in the order of their emission for
    /// each partition of a topic. Tells how many records were read. Stores keep what they have for
    /// the next call.
    ///
    /// # Errors
    /// The first error of a task, by stage and partition; an unknown topic; more than
    /// [`HISTORY_RECORDS_MAX`] records in [`Mode::History`]. After an error the run is of no use.
    pub fn run(
        &mut self,
        records: impl IntoIterator<Item = RawRecord>,
        mut sink: impl FnMut(&RawRecord),
    ) -> Result<usize, InProcessError> {
        let threads = self.options.threads;
        std::thread::scope(|scope| {
            let workers = Workers::start(scope, threads);
            match self.options.mode {
                Mode::Final => self.run_final(records, &workers, &mut sink),
                Mode::History => self.run_history(records, &workers, &mut sink),
            }
        })
    }

    fn run_final(
        &mut self,
        records: impl IntoIterator<Item = RawRecord>,
        workers: &Workers,
        sink: &mut dyn FnMut(&RawRecord),
    ) -> Result<usize, InProcessError> {
        let mut count = 0;
        let mut waiting = 0;
        for record in records {
            self.accept(record)?;
            waiting += 1;
            if waiting == WAVE_RECORDS {
                self.wave(workers, sink)?;
                count += std::mem::take(&mut waiting);
            }
        }
        self.wave(workers, sink)?;
        Ok(count + waiting)
    }

    fn run_history(
        &mut self,
        records: impl IntoIterator<Item = RawRecord>,
        workers: &Workers,
        sink: &mut dyn FnMut(&RawRecord),
    ) -> Result<usize, InProcessError> {
        let mut records: Vec<RawRecord> =
            records.into_iter().take(HISTORY_RECORDS_MAX + 1).collect();
        if records.len() > HISTORY_RECORDS_MAX {
            return Err(InProcessError::TooManyRecords {
                allowed: HISTORY_RECORDS_MAX,
            });
        }
        records.sort_by(|one, other| {
            let rank = |record: &RawRecord| (record.timestamp_ms, Arc::clone(&record.place.topic));
            let by_place = rank(one).cmp(&rank(other));
            let by_content = || (&one.key, &one.value).cmp(&(&other.key, &other.value));
            by_place.then_with(by_content)
        });
        let count = records.len();
        let mut now = records.first().map(|record| record.timestamp_ms);
        for record in records {
            if now != Some(record.timestamp_ms) {
                now = Some(record.timestamp_ms);
                self.wave(workers, sink)?;
            }
            self.accept(record)?;
        }
        self.wave(workers, sink)?;
        Ok(count)
    }

    /// Every dead letter so far: by stage and partition within a wave.
    pub fn dead_letters(&self) -> &[DeadLetter] {
        &self.dead_letters
    }

    /// The tasks of a phase, by partition: to look into their stores.
    ///
    /// # Errors
    /// [`InProcessError::UnknownPhase`].
    pub fn tasks(&self, phase: &str) -> Result<impl Iterator<Item = &Task>, InProcessError> {
        let mut stages = self.stages.iter();
        match stages.find(|stage| stage.phase.name() == phase) {
            Some(stage) => Ok(stage.tasks.iter().flatten()),
            None => Err(InProcessError::UnknownPhase {
                phase: phase.to_owned(),
            }),
        }
    }

    /// Puts an ingress record before the stages that read it.
    fn accept(&mut self, record: RawRecord) -> Result<(), InProcessError> {
        let Some(readers) = self.readers.get(&record.place.topic) else {
            let known: Vec<&str> = self.readers.keys().map(|name| &**name).collect();
            return Err(InProcessError::UnknownTopic {
                topic: record.place.topic.to_string(),
                known: known.join(", "),
            });
        };
        hand_on(&mut self.stages, readers, record, self.options.partitions);
        Ok(())
    }

    /// All that waits, through one phase after the other.
    fn wave(
        &mut self,
        workers: &Workers,
        sink: &mut dyn FnMut(&RawRecord),
    ) -> Result<(), InProcessError> {
        for stage in 0..self.stages.len() {
            let shares = self.stages[stage].shares();
            if shares.is_empty() {
                continue;
            }
            for share in workers.work(shares)? {
                self.publish(stage, share, sink);
            }
        }
        Ok(())
    }

    /// Takes a task back and hands on what it wrote.
    fn publish(&mut self, stage: usize, share: Share, sink: &mut dyn FnMut(&RawRecord)) {
        let partition = share.task.partition();
        self.stages[stage].tasks[partition as usize] = Some(share.task);
        self.dead_letters.extend(share.dead_letters);
        for (output, timestamp_ms) in share.outputs {
            let to = output.partition(self.options.partitions);
            let end = match self.ends.get_mut(&(Arc::clone(&output.topic), to)) {
                Some(end) => end,
                None => self
                    .ends
                    .entry((Arc::clone(&output.topic), to))
                    .or_insert(0),
            };
            let record = RawRecord {
                key: output.key.into_bytes(),
                value: output.value,
                headers: Vec::new(),
                place: Place {
                    topic: output.topic,
                    partition: to,
                    offset: *end,
                },
                timestamp_ms,
            };
            *end += 1;
            sink(&record);
            if let Some(readers) = self.readers.get(&record.place.topic) {
                hand_on(&mut self.stages, readers, record, self.options.partitions);
            }
        }
    }
}

/// Puts a record before every stage that reads it; the last takes it without a copy.
fn hand_on(stages: &mut [Stage], readers: &[usize], record: RawRecord, partitions: i32) {
    let partition = (record.place.partition % partitions) as usize;
    let Some((last, others)) = readers.split_last() else {
        return;
    };
    for stage in others {
        stages[*stage].inboxes[partition].push(record.clone());
    }
    stages[*last].inboxes[partition].push(record);
}

impl Stage {
    fn new(phase: Arc<Phase>, partitions: i32) -> Self {
        let tasks = (0..partitions).map(|partition| Some(Task::new(Arc::clone(&phase), partition)));
        Self {
            tasks: tasks.collect(),
            inboxes: (0..partitions).map(|_| Vec::new()).collect(),
            phase,
        }
    }

    /// The tasks that have something to do, with what it is.
    fn shares(&mut self) -> Vec<Share> {
        let mut shares = Vec::new();
        for (slot, inbox) in self.tasks.iter_mut().zip(&mut self.inboxes) {
            if !inbox.is_empty()
                && let Some(task) = slot.take()
            {
                let mut inbox = std::mem::take(inbox);
                // Stable: of one timestamp, what came first by origin stays first.
                inbox.sort_by_key(|record| record.timestamp_ms);
                shares.push(Share::new(task, inbox));
            }
        }
        shares
    }
}
