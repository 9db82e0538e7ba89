//! A whole topology in one thread and in memory, the same way every time.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codec::{Codec, CodecError};
use crate::error::TaskError;
use crate::feed::{Feed, InProcessOptions};
use crate::partition::partition_for;
use crate::phase::Phase;
use crate::record::{DeadLetter, Place, RawRecord, Record};
use crate::shuffle::Shuffle;
use crate::task::{Effects, Task};
use crate::topology::{Topology, TopologyError};

/// Why a run in process stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InProcessError {
    /// The topology cannot run.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// A task stopped, or something its codec needs is away.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// A topic that the topology neither reads nor writes.
    #[error("the topology neither reads nor writes {topic}; its topics are {known}")]
    UnknownTopic {
        /// The topic asked for.
        topic: String,
        /// The topics there are.
        known: String,
    },
    /// A phase that is not there.
    #[error("the topology has no phase {phase}")]
    UnknownPhase {
        /// The phase asked for.
        phase: String,
    },
    /// More records than a run by history holds at once.
    #[error("a run by history takes at most {allowed} records at once; give it fewer, by time")]
    TooManyRecords {
        /// How many it takes.
        allowed: usize,
    },
    /// A value of a topic could not be read.
    #[error("{place}: {source}")]
    Codec {
        /// The record.
        place: Place,
        /// What the codec said.
        source: CodecError,
    },
}

/// One partition of a topic in memory.
type Log = Vec<RawRecord>;

/// The compacted changelog of one task, by store and key.
type Changelog = BTreeMap<(&'static str, String), Vec<u8>>;

/// A phase at work: its tasks, their changelogs, and how far it has read.
struct Worker {
    phase: Arc<Phase>,
    tasks: Vec<Task>,
    changelogs: Vec<Changelog>,
    /// The next offset per input (in declared order) and partition.
    positions: Vec<Vec<usize>>,
}

/// A whole topology in one thread and in memory, the same way every time: topics are logs with
/// partitions, each record is its own transaction, changelogs are kept so that a crash can be
/// played. The base of the test kit, and of every recomputation of a log.
pub struct InProcess {
    options: InProcessOptions,
    topics: BTreeMap<Arc<str>, Vec<Log>>,
    workers: Vec<Worker>,
    dead_letters: Vec<DeadLetter>,
    shuffle: Shuffle,
}

impl InProcess {
    /// Sets a topology up with empty topics and default options.
    ///
    /// # Errors
    /// When the topology does not pass [`Topology::check`].
    pub fn new(topology: &Topology, ingress: &[&str]) -> Result<Self, InProcessError> {
        Self::with_options(topology, ingress, InProcessOptions::default())
    }

    /// Sets a topology up with empty topics.
    ///
    /// # Errors
    /// When the topology does not pass [`Topology::check`].
    pub fn with_options(
        topology: &Topology,
        ingress: &[&str],
        options: InProcessOptions,
    ) -> Result<Self, InProcessError> {
        topology.check(ingress)?;
        let partitions = usize::try_from(options.partitions.max(1)).unwrap_or(1);
        let mut topics: BTreeMap<Arc<str>, Vec<Log>> = topology
            .topics()
            .into_iter()
            .map(|name| (name, vec![Log::new(); partitions]))
            .collect();
        for name in ingress {
            topics
                .entry(Arc::from(*name))
                .or_insert_with(|| vec![Log::new(); partitions]);
        }
        let phases = topology.order()?.into_iter();
        Ok(Self {
            options: InProcessOptions {
                partitions: options.partitions.max(1),
                ..options
            },
            topics,
            workers: phases.map(|phase| Worker::new(phase, partitions)).collect(),
            dead_letters: Vec::new(),
            shuffle: Shuffle::new(options.seed.unwrap_or_default()),
        })
    }

    /// Appends a record to a topic and tells its place.
    ///
    /// # Errors
    /// [`InProcessError::UnknownTopic`].
    pub fn feed(&mut self, topic: &str, record: Feed) -> Result<Place, InProcessError> {
        let Some((name, logs)) = self.topics.get_key_value(topic) else {
            return Err(self.unknown_topic(topic));
        };
        let partition = partition_for(record.partition_key.as_bytes(), self.options.partitions);
        let offset = logs[partition as usize].len() as i64;
        let place = Place {
            topic: Arc::clone(name),
            partition,
            offset,
        };
        self.append(RawRecord {
            key: record.key,
            value: record.value,
            headers: record.headers,
            place: place.clone(),
            timestamp_ms: record.timestamp_ms,
        });
        Ok(place)
    }

    /// Works until no phase has anything left to read; tells how many records were processed.
    ///
    /// # Errors
    /// The first error of a task; the run stands before the record that caused it.
    pub fn run_until_idle(&mut self) -> Result<usize, InProcessError> {
        let mut count = 0;
        while self.step()? {
            count += 1;
        }
        Ok(count)
    }

    /// Processes one record. False when there is nothing left to read.
    ///
    /// # Errors
    /// As [`InProcess::run_until_idle`].
    pub fn step(&mut self) -> Result<bool, InProcessError> {
        let Some(next) = self.next_input() else {
            return Ok(false);
        };
        let worker = &mut self.workers[next.worker];
        let topic = &worker.phase.inputs[next.input].topic;
        let offset = worker.positions[next.input][next.partition];
        let record = &self.topics[topic][next.partition][offset];
        let timestamp_ms = record.timestamp_ms;
        let effects = worker.process(next.partition, record)?;
        worker.positions[next.input][next.partition] += 1;
        self.publish(effects, timestamp_ms);
        Ok(true)
    }

    /// Plays a crash of one phase: its tasks are thrown away and rebuilt from their changelogs.
    ///
    /// # Errors
    /// [`InProcessError::UnknownPhase`].
    pub fn crash_and_restore(&mut self, phase: &str) -> Result<(), InProcessError> {
        let Some(worker) = self
            .workers
            .iter_mut()
            .find(|worker| worker.phase.name() == phase)
        else {
            return Err(InProcessError::UnknownPhase {
                phase: phase.to_owned(),
            });
        };
        worker.restore();
        Ok(())
    }

    /// The raw records of a topic, partition by partition, each in the order of its log.
    ///
    /// # Errors
    /// [`InProcessError::UnknownTopic`].
    pub fn raw_records(&self, topic: &str) -> Result<Vec<&RawRecord>, InProcessError> {
        match self.topics.get(topic) {
            Some(logs) => Ok(logs.iter().flatten().collect()),
            None => Err(self.unknown_topic(topic)),
        }
    }

    /// The records of a topic through its codec, in the order of [`InProcess::raw_records`].
    ///
    /// # Errors
    /// When the topic is unknown or a value cannot be read.
    pub fn records<T>(
        &self,
        topic: &str,
        codec: &impl Codec<T>,
    ) -> Result<Vec<Record<T>>, InProcessError> {
        let mut records = Vec::new();
        for raw in self.raw_records(topic)? {
            let value = match raw
                .value
                .as_deref()
                .map(|bytes| codec.decode(bytes))
                .transpose()
            {
                Ok(value) => value,
                Err(source) => {
                    return Err(InProcessError::Codec {
                        place: raw.place.clone(),
                        source,
                    });
                }
            };
            records.push(raw.with_value(value));
        }
        Ok(records)
    }

    /// The values of a topic without its tombstones, in the order of [`InProcess::raw_records`].
    ///
    /// # Errors
    /// As [`InProcess::records`].
    pub fn values<T>(&self, topic: &str, codec: &impl Codec<T>) -> Result<Vec<T>, InProcessError> {
        let records = self.records(topic, codec)?.into_iter();
        Ok(records.filter_map(|record| record.value).collect())
    }

    /// The last value of each key, as compaction would leave them: the end state of a topic.
    ///
    /// # Errors
    /// As [`InProcess::records`].
    pub fn latest<T>(
        &self,
        topic: &str,
        codec: &impl Codec<T>,
    ) -> Result<BTreeMap<String, T>, InProcessError> {
        let mut latest = BTreeMap::new();
        for record in self.records(topic, codec)? {
            let key = record.key_lossy().into_owned();
            match record.value {
                Some(value) => latest.insert(key, value),
                None => latest.remove(&key),
            };
        }
        Ok(latest)
    }

    /// Every dead letter so far, in the order they came up.
    pub fn dead_letters(&self) -> &[DeadLetter] {
        &self.dead_letters
    }

    /// The tasks of a phase, by partition: to look into their stores.
    ///
    /// # Errors
    /// [`InProcessError::UnknownPhase`].
    pub fn tasks(&self, phase: &str) -> Result<&[Task], InProcessError> {
        match self
            .workers
            .iter()
            .find(|worker| worker.phase.name() == phase)
        {
            Some(worker) => Ok(&worker.tasks),
            None => Err(InProcessError::UnknownPhase {
                phase: phase.to_owned(),
            }),
        }
    }

    fn publish(&mut self, effects: Effects, timestamp_ms: i64) {
        self.dead_letters.extend(effects.dead_letters);
        for output in effects.outputs {
            let partition = output.partition(self.options.partitions);
            let offset = self.topics[&output.topic][partition as usize].len() as i64;
            self.append(RawRecord {
                key: output.key.into_bytes(),
                value: output.value,
                headers: Vec::new(),
                place: Place {
                    topic: output.topic,
                    partition,
                    offset,
                },
                timestamp_ms,
            });
        }
    }

    fn append(&mut self, record: RawRecord) {
        if let Some(logs) = self.topics.get_mut(&record.place.topic) {
            logs[record.place.partition as usize].push(record);
        }
    }

    fn next_input(&mut self) -> Option<Next> {
        if self.options.seed.is_none() {
            return self.ready_inputs().next();
        }
        let ready: Vec<Next> = self.ready_inputs().collect();
        if ready.is_empty() {
            return None;
        }
        let chosen = self.shuffle.below(ready.len());
        ready.into_iter().nth(chosen)
    }

    /// All input partitions with a record to read: by phase in topological order, then input,
    /// then partition.
    fn ready_inputs(&self) -> impl Iterator<Item = Next> {
        self.workers
            .iter()
            .enumerate()
            .flat_map(move |(worker_index, worker)| {
                worker
                    .phase
                    .inputs
                    .iter()
                    .enumerate()
                    .flat_map(move |(input_index, input)| {
                        let ends = self.topics[&input.topic].iter().map(Vec::len);
                        let positions = worker.positions[input_index].iter();
                        let ready = positions.zip(ends).enumerate();
                        ready.filter(|(_, (position, end))| **position < *end).map(
                            move |(partition, _)| Next {
                                worker: worker_index,
                                input: input_index,
                                partition,
                            },
                        )
                    })
            })
    }

    fn unknown_topic(&self, topic: &str) -> InProcessError {
        let known: Vec<&str> = self.topics.keys().map(|name| &**name).collect();
        InProcessError::UnknownTopic {
            topic: topic.to_owned(),
            known: known.join(", "),
        }
    }
}

/// An input partition that has a record to read.
struct Next {
    worker: usize,
    input: usize,
    partition: usize,
}

impl Worker {
    fn new(phase: Arc<Phase>, partitions: usize) -> Self {
        let positions = vec![vec![0; partitions]; phase.inputs.len()];
        let mut worker = Self {
            phase,
            tasks: Vec::new(),
            changelogs: vec![Changelog::new(); partitions],
            positions,
        };
        worker.restore();
        worker
    }

    fn process(&mut self, partition: usize, record: &RawRecord) -> Result<Effects, TaskError> {
        let task = &mut self.tasks[partition];
        let effects = task.process(record)?;
        let changelog = &mut self.changelogs[partition];
        for (store, key, value) in task.changes() {
            match value {
                Some(value) => changelog.insert((store, key.to_owned()), value.to_vec()),
                None => changelog.remove(&(store, key.to_owned())),
            };
        }
        task.commit();
        Ok(effects)
    }

    fn restore(&mut self) {
        self.tasks.clear();
        for (partition, changelog) in (0..).zip(&self.changelogs) {
            let mut task = Task::new(Arc::clone(&self.phase), partition);
            for ((store, key), value) in changelog {
                task.restore(store, key, Some(value));
            }
            self.tasks.push(task);
        }
    }
}
