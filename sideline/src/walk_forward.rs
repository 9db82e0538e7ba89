//! A whole season through the pipeline in this process, in the order in which it was known: what
//! would have been predicted of each game before it, and how that did. No server takes part.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use sideline_avro::graded::Graded;
use sideline_processors::{Choice, Codecs, Setup, WireCodecs};
use sideline_runtime_core::{
    Codec, DeadLetter, Mode, Place, RawRecord, Topology, Waves, WavesOptions,
};
use sideline_season::Season;
use sideline_topics::{Catalogue, PhaseName, SchemaIds, TopicId, partition_for};

use crate::ingress::{IngressRecord, IngressWriters};
use crate::pipeline::BUILD;
use crate::season_events;

/// One wave run per day of events: often enough for a progress bar, seldom enough that starting
/// threads costs nothing.
const STEP_US: i64 = 86_400_000_000;

/// What a walk found.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The last grade of each player, game and prop.
    pub graded: Vec<Graded>,
    /// Events of the season.
    pub events: usize,
    /// Events that were refused, and records that a phase could not use.
    pub dead_letters: usize,
}

/// Walks through a season on `threads` threads; the result does not depend on how many. `progress`
/// is told the events done and the events in all.
///
/// # Errors
/// The season cannot be put in order, or a phase failed.
pub fn walk_forward(
    season: &Season,
    threads: usize,
    mut progress: impl FnMut(usize, usize),
) -> Result<Walk> {
    let events = events(season)?;
    let mut walker = Walker::new(Choice::All, &PhaseName::ALL, threads)?;
    let mut last_of_key: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut done = 0;
    for step in events.chunk_by(|one, next| day_of(one) == day_of(next)) {
        walker.take(step, |topic, output| {
            if topic == TopicId::Graded
                && let Some(value) = &output.value
            {
                last_of_key.insert(output.key.clone(), value.clone());
            }
        })?;
        done += step.len();
        progress(done, events.len());
    }
    let codec = WireCodecs::offline().codec::<Graded>(TopicId::Graded);
    let read = |bytes: &Vec<u8>| codec.decode(bytes).context("reading a grade back");
    Ok(Walk {
        graded: last_of_key.values().map(read).collect::<Result<_>>()?,
        events: events.len(),
        dead_letters: walker.dead_letters().len(),
    })
}

/// The events of a season, in the order in which they were known.
///
/// # Errors
/// The season cannot be put in order.
pub fn events(season: &Season) -> Result<Vec<IngressRecord>> {
    let facts = season.facts()?;
    let mut events = season_events::events(&facts, season.is_simulated);
    events.sort_by_key(IngressRecord::known_at);
    Ok(events)
}

/// Phases in this process, without a server.
pub struct Walker {
    waves: Waves,
    log: Log,
    topics: BTreeMap<String, TopicId>,
}

impl Walker {
    /// These phases, with empty stores and an empty log. The result does not depend on the number
    /// of threads.
    ///
    /// # Errors
    /// The phases do not fit together.
    pub fn new(choice: Choice, phases: &[PhaseName], threads: usize) -> Result<Self> {
        let catalogue = Catalogue::new("nba", None)?;
        let setup = Setup {
            choice,
            model: None,
        };
        let codecs = WireCodecs::offline();
        let whole = sideline_processors::topology_with(&catalogue, &codecs, BUILD, &setup);
        let wanted = phases
            .iter()
            .filter_map(|phase| whole.phase(phase.as_str()));
        let topology = Topology::new(wanted.cloned());
        let ingress: Vec<&str> = TopicId::ingress().map(|id| catalogue.name(id)).collect();
        // Phase raw refuses records of another partition than the catalogue's.
        let partitions = catalogue.topic(TopicId::Injuries).settings.partitions;
        let options = WavesOptions {
            partitions,
            threads,
            mode: Mode::History,
        };
        let named = |id| (catalogue.name(id).to_owned(), id);
        Ok(Self {
            waves: Waves::new(&topology, &ingress, options)?,
            log: Log::new(&catalogue, partitions),
            topics: TopicId::all().map(named).collect(),
        })
    }

    /// Takes events in, and all they lead to; `sink` is shown each record that a phase wrote.
    ///
    /// # Errors
    /// A phase failed.
    pub fn take(
        &mut self,
        events: &[IngressRecord],
        mut sink: impl FnMut(TopicId, &RawRecord),
    ) -> Result<()> {
        let records: Vec<RawRecord> = events
            .iter()
            .map(|event| self.log.append(event))
            .collect::<Result<_>>()?;
        let topics = &self.topics;
        self.waves.run(records, |output| {
            if let Some(topic) = topics.get(&*output.place.topic) {
                sink(*topic, output);
            }
        })?;
        Ok(())
    }

    /// Records that a phase could not use, events that phase raw refused among them.
    #[must_use]
    pub fn dead_letters(&self) -> &[DeadLetter] {
        self.waves.dead_letters()
    }
}

fn day_of(event: &IngressRecord) -> i64 {
    event.known_at().0.div_euclid(STEP_US)
}

/// Events as records of a log that nobody keeps.
struct Log {
    writers: Arc<IngressWriters>,
    partitions: i32,
    topics: BTreeMap<TopicId, Arc<str>>,
    ends: BTreeMap<(TopicId, i32), i64>,
}

impl Log {
    fn new(catalogue: &Catalogue, partitions: i32) -> Self {
        let name = |id| (id, Arc::from(catalogue.name(id)));
        Self {
            writers: IngressWriters::new(&SchemaIds::offline()),
            partitions,
            topics: TopicId::ingress().map(name).collect(),
            ends: BTreeMap::new(),
        }
    }

    fn append(&mut self, event: &IngressRecord) -> Result<RawRecord> {
        let topic = event.topic();
        let partition = partition_for(event.partition_key(), self.partitions);
        let end = self.ends.entry((topic, partition)).or_insert(0);
        let offset = *end;
        *end += 1;
        let name = self.topics.get(&topic).context("an event has its topic")?;
        Ok(RawRecord {
            key: event.record_key().into_bytes(),
            value: Some(self.writers.encode(event)?),
            headers: Vec::new(),
            place: Place {
                topic: Arc::clone(name),
                partition,
                offset,
            },
            timestamp_ms: event.known_at().as_millis(),
        })
    }
}
