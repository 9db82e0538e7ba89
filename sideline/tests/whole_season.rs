//! The whole real season, event by event as the world knew it, without a refusal that its
//! SOURCES.md does not explain.
//!
//! The season lies beside the project, at `../shared/data`, or where `SIDELINE_DATA` says; without
//! it the tests say that they were skipped. The walk through every phase takes minutes, so it is
//! asked for by name: `cargo test --release --workspace --test whole_season -- --ignored`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![expect(
    clippy::print_stdout,
    reason = "a test says what it walked, or why not"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use sideline::ingress::{IngressRecord, IngressWriters};
use sideline::season_events;
use sideline_processors::{WireCodecs, topology};
use sideline_runtime_core::{
    DeadLetter, Mode, Place, RawRecord, Topology, Waves, WavesOptions, partition_for,
};
use sideline_season::Season;
use sideline_topics::{Catalogue, PhaseName, SchemaIds, TopicId};

/// What a season's walk made, by topic.
struct Walked {
    events: usize,
    outputs: BTreeMap<String, usize>,
    refused: Vec<String>,
}

/// The real season, or none, with a word on where it was looked for.
fn real_season() -> Option<Season> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("SIDELINE_DATA").map_or(beside, PathBuf::from);
    let dir = data.join("nba-2024-25");
    if !dir.is_dir() {
        println!(
            "SKIPPED: no real season at {} (SIDELINE_DATA names another folder)",
            dir.display()
        );
        return None;
    }
    Some(Season::read(&dir).unwrap())
}

/// Events as records of a log, each topic and partition with offsets of its own.
fn records(events: &[IngressRecord], catalogue: &Catalogue, partitions: i32) -> Vec<RawRecord> {
    let writers = IngressWriters::new(&SchemaIds::offline());
    let mut ends: BTreeMap<(TopicId, i32), i64> = BTreeMap::new();
    let record = |event: &IngressRecord| {
        let partition = partition_for(event.partition_key().as_bytes(), partitions);
        let end = ends.entry((event.topic(), partition)).or_insert(0);
        *end += 1;
        RawRecord {
            key: event.record_key().into_bytes(),
            value: Some(writers.encode(event).unwrap()),
            headers: Vec::new(),
            place: Place {
                topic: Arc::from(catalogue.name(event.topic())),
                partition,
                offset: *end - 1,
            },
            timestamp_ms: event.known_at().as_millis(),
        }
    };
    events.iter().map(record).collect()
}

/// Walks the season through the phases that are asked for, in the order in which it was known.
fn walk(season: &Season, phases: &[PhaseName]) -> Walked {
    let catalogue = Catalogue::new("nba", None).unwrap();
    let whole = topology(&catalogue, &WireCodecs::offline(), "whole-season");
    let asked = phases
        .iter()
        .map(|phase| Arc::clone(whole.phase(phase.as_str()).unwrap()));
    let part = Topology::new(asked);
    let ingress: Vec<&str> = TopicId::ingress().map(|id| catalogue.name(id)).collect();
    let partitions = catalogue.topic(TopicId::Injuries).settings.partitions;
    let options = WavesOptions {
        partitions,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        mode: Mode::History,
    };
    let mut waves = Waves::new(&part, &ingress, options).unwrap();
    let facts = season.facts().unwrap();
    let events = season_events::events(&facts, season.is_simulated);
    let mut outputs: BTreeMap<String, usize> = BTreeMap::new();
    let count = waves.run(records(&events, &catalogue, partitions), |output| {
        *outputs.entry(output.place.topic.to_string()).or_default() += 1;
    });
    Walked {
        events: count.unwrap(),
        outputs,
        refused: waves.dead_letters().iter().map(told).collect(),
    }
}

fn told(letter: &DeadLetter) -> String {
    format!(
        "{} {}: {}, {}",
        letter.place.topic,
        String::from_utf8_lossy(&letter.key),
        letter.reason,
        letter.message
    )
}

fn check(walked: &Walked) {
    println!("{} events, {:?}", walked.events, walked.outputs);
    // Rows that SOURCES.md calls faulty were left out of the files, so not one is refused.
    assert_eq!(walked.refused, Vec::<String>::new());
    assert!(walked.events > 149_000, "{} events", walked.events);
}

#[test]
fn promise_7_no_event_of_the_real_season_is_refused() {
    let Some(season) = real_season() else { return };
    check(&walk(&season, &[PhaseName::Raw]));
}

#[test]
#[ignore = "takes minutes: every phase on every event of a season"]
fn promise_7_no_phase_refuses_anything_of_the_real_season() {
    let Some(season) = real_season() else { return };
    let walked = walk(&season, &PhaseName::ALL);
    check(&walked);
    for topic in ["nba-predictions", "nba-outcomes", "nba-graded", "nba-runs"] {
        let made = walked.outputs.get(topic).copied().unwrap_or_default();
        assert!(made > 10_000, "{topic} has {made} records");
    }
}
