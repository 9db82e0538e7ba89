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

use sideline::walk_forward::{Walker, events};
use sideline_processors::Choice;
use sideline_runtime_core::{DeadLetter, RawRecord};
use sideline_season::Season;
use sideline_topics::{PhaseName, TopicId};

/// What a season's walk made, by topic.
struct Walked {
    events: usize,
    outputs: BTreeMap<TopicId, usize>,
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

/// Walks the season through the phases that are asked for, in the order in which it was known.
fn walk(season: &Season, phases: &[PhaseName]) -> Walked {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut walker = Walker::new(Choice::MovingAverage, phases, threads).unwrap();
    let events = events(season).unwrap();
    let mut outputs: BTreeMap<TopicId, usize> = BTreeMap::new();
    let count_one = |topic, _: &RawRecord| *outputs.entry(topic).or_default() += 1;
    walker.take(&events, count_one).unwrap();
    Walked {
        events: events.len(),
        outputs,
        refused: walker.dead_letters().iter().map(told).collect(),
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
    for topic in [
        TopicId::Predictions,
        TopicId::Outcomes,
        TopicId::Graded,
        TopicId::Runs,
    ] {
        let made = walked.outputs.get(&topic).copied().unwrap_or_default();
        assert!(made > 10_000, "{topic:?} has {made} records");
    }
}
