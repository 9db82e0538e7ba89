//! Whether a topology keeps its promises: the same events in many orders, on many threads, with
//! crashes in between, and the first difference in words.
//!
//! ```
//! use sideline_runtime_core::{Feed, Phase, TestKit, Text, Topology};
//!
//! # let mut phase = Phase::builder("longest");
//! # let longest = phase.store::<String>("longest");
//! # let out = phase.output("out", Text);
//! # let letters = phase.output("letters", Text);
//! # phase.on_dead_letter(move |letter, ctx| ctx.forward(&letters, "", "", &letter.reason));
//! # phase.input("words", Text, move |word, ctx| {
//! #     let word = word.value.clone().unwrap_or_default();
//! #     let known = ctx.get(&longest, "word")?.unwrap_or_default();
//! #     let best = if (word.len(), &word) > (known.len(), &known) { word } else { known };
//! #     ctx.put(&longest, "word", &best)?;
//! #     ctx.forward(&out, "word", "word", &best)
//! # });
//! # let topology = Topology::new([phase.build()]);
//! let kit = TestKit::new(&topology, &["words"]);
//! let events = ["a", "bbb", "cc"].map(|word| ("words", Feed::new("all", word, word)));
//! let end = kit.order_does_not_matter(&events, 0..20)?;
//! assert_eq!(end.newest["out"]["word"], b"bbb");
//! kit.threads_do_not_matter(&events, &[1, 2, 3])?;
//! kit.crashes_do_not_matter(&events)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;

use crate::feed::{Feed, InProcessOptions};
use crate::in_process::{InProcess, InProcessError};
use crate::partition::partition_for;
use crate::record::{Place, RawRecord};
use crate::shuffle::Shuffle;
use crate::topology::Topology;
use crate::waves::{Mode, Waves, WavesOptions};

/// Partitions of every topic in a comparison, as [`InProcessOptions`] has by default.
const PARTITIONS: i32 = 4;

/// A topology under comparison.
pub struct TestKit<'t> {
    topology: &'t Topology,
    ingress: &'t [&'t str],
}

/// An event: the ingress topic and the record.
type Event<'e> = (&'e str, Feed);

/// Where a run ended: what a reader of it can still see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndState {
    /// The stored bytes by `phase/store`, then by key.
    pub stores: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    /// The newest value of each key of each topic that a phase writes; tombstones are gone.
    pub newest: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    /// How many records became dead letters, by reason.
    pub dead_letters: BTreeMap<String, usize>,
}

/// The first thing in which two runs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// How the second run was made: its seed, its threads, or where it crashed.
    pub run: String,
    /// The store or topic.
    pub place: String,
    /// The key within it.
    pub key: String,
    /// What the first run has; `None` is nothing.
    pub expected: Option<Vec<u8>>,
    /// What the second has.
    pub found: Option<Vec<u8>>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |bytes: &Option<Vec<u8>>| match bytes {
            Some(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
            None => "nothing".to_owned(),
        };
        write!(
            f,
            "{}: {}, key {:?} is {}, in the first run it was {}",
            self.run,
            self.place,
            self.key,
            show(&self.found),
            show(&self.expected)
        )
    }
}

/// Why a comparison failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TestKitError {
    /// A run stopped.
    #[error(transparent)]
    Run(#[from] InProcessError),
    /// Two runs ended differently.
    #[error("{0}")]
    Differs(Box<Difference>),
}

impl<'t> TestKit<'t> {
    /// A kit for a topology whose events come in by these topics.
    pub fn new(topology: &'t Topology, ingress: &'t [&'t str]) -> Self {
        Self { topology, ingress }
    }

    /// Runs the events in the order given, and then, per seed, in a random order with the phases
    /// at random progress. All must end alike; the end is handed out.
    ///
    /// # Errors
    /// The first run that stops or ends differently, with its seed.
    pub fn order_does_not_matter(
        &self,
        events: &[Event<'_>],
        seeds: impl IntoIterator<Item = u64>,
    ) -> Result<EndState, TestKitError> {
        let expected = self.end_in_process(events, None)?;
        for seed in seeds {
            let mut shuffled = events.to_vec();
            let mut shuffle = Shuffle::new(seed);
            for last in (1..shuffled.len()).rev() {
                shuffled.swap(last, shuffle.below(last + 1));
            }
            let found = self.end_in_process(&shuffled, Some(seed))?;
            compare(&format!("seed {seed}"), &expected, &found)?;
        }
        Ok(expected)
    }

    /// Runs the events by history in waves, on each number of threads. Every output partition must
    /// hold the same records in the same order.
    ///
    /// # Errors
    /// The first run that stops or differs.
    pub fn threads_do_not_matter(
        &self,
        events: &[Event<'_>],
        threads: &[usize],
    ) -> Result<EndState, TestKitError> {
        let mut first: Option<(EndState, EndState)> = None;
        for threads in threads {
            let (end, log) = self.end_in_waves(events, *threads)?;
            let Some((expected, expected_log)) = &first else {
                first = Some((end, log));
                continue;
            };
            let run = format!("{threads} threads");
            compare(&run, expected, &end)?;
            compare(&run, expected_log, &log)?;
        }
        Ok(first.unwrap_or_default().0)
    }

    /// Runs the events once undisturbed and once with every phase thrown away and restored from
    /// its changelog after each event.
    ///
    /// # Errors
    /// A run that stops, or the difference.
    pub fn crashes_do_not_matter(&self, events: &[Event<'_>]) -> Result<EndState, TestKitError> {
        let expected = self.end_step_by_step(events, |_| Ok(()))?;
        let found = self.end_step_by_step(events, |run| {
            let mut phases = self.topology.phases().iter();
            phases.try_for_each(|phase| run.crash_and_restore(phase.name()))
        })?;
        compare("crashes", &expected, &found)?;
        Ok(expected)
    }

    /// Each event through all phases before the next, with something in between.
    fn end_step_by_step(
        &self,
        events: &[Event<'_>],
        between: impl Fn(&mut InProcess) -> Result<(), InProcessError>,
    ) -> Result<EndState, InProcessError> {
        let mut run = InProcess::new(self.topology, self.ingress)?;
        for (topic, feed) in events {
            run.feed(topic, feed.clone())?;
            run.run_until_idle()?;
            between(&mut run)?;
        }
        self.end_of(&run)
    }

    fn end_in_process(
        &self,
        events: &[Event<'_>],
        seed: Option<u64>,
    ) -> Result<EndState, InProcessError> {
        let options = InProcessOptions {
            partitions: PARTITIONS,
            seed,
        };
        let mut run = InProcess::with_options(self.topology, self.ingress, options)?;
        for (topic, feed) in events {
            run.feed(topic, feed.clone())?;
        }
        run.run_until_idle()?;
        self.end_of(&run)
    }

    fn end_of(&self, run: &InProcess) -> Result<EndState, InProcessError> {
        let mut end = EndState::default();
        for phase in self.topology.phases() {
            for task in run.tasks(phase.name())? {
                end.add_stores(phase.name(), task.entries());
            }
            for topic in phase.output_topics() {
                for record in run.raw_records(topic)? {
                    end.add_record(record);
                }
            }
        }
        for letter in run.dead_letters() {
            *end.dead_letters.entry(letter.reason.clone()).or_default() += 1;
        }
        Ok(end)
    }

    /// Where a run in waves ended, and, as a state of its own, all it wrote by place.
    fn end_in_waves(
        &self,
        events: &[Event<'_>],
        threads: usize,
    ) -> Result<(EndState, EndState), InProcessError> {
        let options = WavesOptions {
            partitions: PARTITIONS,
            threads,
            mode: Mode::History,
        };
        let mut waves = Waves::new(self.topology, self.ingress, options)?;
        let records = (0..).zip(events).map(|(offset, (topic, feed))| RawRecord {
            key: feed.key.clone(),
            value: feed.value.clone(),
            headers: feed.headers.clone(),
            place: Place {
                topic: (*topic).into(),
                partition: partition_for(feed.partition_key.as_bytes(), PARTITIONS),
                offset,
            },
            timestamp_ms: feed.timestamp_ms,
        });
        let (mut end, mut log) = (EndState::default(), EndState::default());
        waves.run(records, |record| {
            end.add_record(record);
            let at = log.newest.entry(record.place.to_string()).or_default();
            let key = record.key_lossy().into_owned();
            at.insert(key, record.value.clone().unwrap_or_default());
        })?;
        for phase in self.topology.phases() {
            for task in waves.tasks(phase.name())? {
                end.add_stores(phase.name(), task.entries());
            }
        }
        for letter in waves.dead_letters() {
            *end.dead_letters.entry(letter.reason.clone()).or_default() += 1;
        }
        Ok((end, log))
    }
}

impl EndState {
    fn add_stores<'e>(
        &mut self,
        phase: &str,
        entries: impl Iterator<Item = (&'static str, &'e str, &'e [u8])>,
    ) {
        for (store, key, value) in entries {
            let store = self.stores.entry(format!("{phase}/{store}")).or_default();
            store.insert(key.to_owned(), value.to_vec());
        }
    }

    fn add_record(&mut self, record: &RawRecord) {
        let newest = self.newest.entry(record.place.topic.to_string());
        let newest = newest.or_default();
        let key = record.key_lossy().into_owned();
        match &record.value {
            Some(value) => newest.insert(key, value.clone()),
            None => newest.remove(&key),
        };
    }
}

fn compare(run: &str, expected: &EndState, found: &EndState) -> Result<(), TestKitError> {
    let parts = [
        (&expected.stores, &found.stores),
        (&expected.newest, &found.newest),
    ];
    let empty = BTreeMap::new();
    for (expected, found) in parts {
        for place in expected.keys().chain(found.keys()) {
            let (one, other) = (
                expected.get(place).unwrap_or(&empty),
                found.get(place).unwrap_or(&empty),
            );
            let mut keys = one.keys().chain(other.keys());
            if let Some(key) = keys.find(|key| one.get(*key) != other.get(*key)) {
                return Err(TestKitError::Differs(Box::new(Difference {
                    run: run.to_owned(),
                    place: place.clone(),
                    key: key.clone(),
                    expected: one.get(key).cloned(),
                    found: other.get(key).cloned(),
                })));
            }
        }
    }
    if expected.dead_letters != found.dead_letters {
        let counts = |state: &EndState| Some(format!("{:?}", state.dead_letters).into_bytes());
        return Err(TestKitError::Differs(Box::new(Difference {
            run: run.to_owned(),
            place: "dead letters".to_owned(),
            key: "by reason".to_owned(),
            expected: counts(expected),
            found: counts(found),
        })));
    }
    Ok(())
}
