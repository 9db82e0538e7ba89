//! How long writing and reading takes: `cargo run --profile release -p sideline-avro --example speed`.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a measurement run by hand"
)]

use std::sync::Arc;
use std::time::Instant;

use apache_avro::Schema;
use sideline_avro::candidates::{Candidate, CandidateSet, Component};
use sideline_avro::cause::{Cause, Hop};
use sideline_avro::events::LineEvent;
use sideline_avro::form::Matchup;
use sideline_avro::time::Timestamp;
use sideline_avro::{AvroRecord, FixedSchemas, WireReader, WireWriter};

const ROUNDS: u32 = 20_000;

fn candidate(prop: &str) -> Candidate {
    Candidate {
        prop: prop.into(),
        system_id: "moving_average".into(),
        system_version: "1".into(),
        predicted: Some(24.31),
        projected_minutes: 35.2,
        line: Some(24.5),
        line_as_of: Some(Timestamp(1_734_998_400_000_000)),
        edge: Some(-0.19),
        confidence: 0.62,
        recommendation_reason: "small_edge".into(),
        components: ["base", "rest", "venue"]
            .map(|name| Component {
                name: name.into(),
                value: 1.5,
            })
            .into(),
        quality: 92.0,
        feature_version: "1".into(),
        ..Candidate::default()
    }
}

fn candidates() -> CandidateSet {
    let view = |topic: &str, partition: i32| (format!("nba-{topic}/{partition}"), 123_456);
    CandidateSet {
        cause: Cause {
            correlation_id: "3f2a9c0d1e4b5a697887a6b5c4d3e2f1".into(),
            topic: "nba-injuries".into(),
            source: "rotowire".into(),
            fact: "injury/lebronjames/2024-12-23".into(),
            subject: "lebronjames".into(),
            old_value: Some("AVAILABLE".into()),
            new_value: Some("OUT".into()),
            trail: ["raw", "team", "player", "features"]
                .map(|phase| Hop {
                    phase: phase.into(),
                    appended_at: Timestamp(1),
                })
                .into(),
            ..Cause::default()
        },
        view: (0..4)
            .flat_map(|at| [view("injuries", at), view("lines", at), view("games", at)])
            .collect(),
        matchup: Matchup {
            player_lookup: "anthonydavis".into(),
            path: "LAL".into(),
            parts: 1,
            game_id: "0022400061".into(),
            team: "LAL".into(),
            opponent: "DET".into(),
            teammates_out: vec!["lebronjames".into()],
            ..Matchup::default()
        },
        candidates: ["points", "rebounds", "assists", "threes"]
            .map(candidate)
            .into(),
    }
}

fn line() -> LineEvent {
    LineEvent {
        game_id: "0022400061".into(),
        player: "lebronjames".into(),
        prop: "points".into(),
        book: "draftkings".into(),
        line: Some(24.5),
        source: "draftkings".into(),
        known_at: Timestamp(1_734_998_400_000_000),
        ingested_at: Timestamp(1_734_998_400_000_000),
        ..LineEvent::default()
    }
}

fn micros(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        work();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
}

/// Our schema with one field more: values take the way through resolution.
fn later<T: AvroRecord>() -> Schema {
    let text = T::SCHEMA.text().trim_end().trim_end_matches('}').trim_end();
    let text = text.trim_end_matches(']');
    let field = r#",{"name":"added_later","type":["null","string"],"default":null}]}"#;
    Schema::parse_str(&format!("{text}{field}")).expect("the schema and one field")
}

fn measure<T: AvroRecord>(value: &T) {
    let id = FixedSchemas::id_of(T::SCHEMA);
    let source = Arc::new(FixedSchemas::all().with(900, later::<T>()));
    let writer = WireWriter::<T>::new(id);
    let reader = WireReader::<T>::new(source);
    let mut bytes = Vec::new();
    let write = micros(|| {
        bytes.clear();
        writer.encode(value, &mut bytes).expect("a value");
    });
    let read = micros(|| drop(reader.decode(&bytes).expect("a value")));
    let mut foreign = bytes.clone();
    foreign[1..5].copy_from_slice(&900_u32.to_be_bytes());
    foreign.push(0);
    let resolved = micros(|| drop(reader.decode(&foreign).expect("a value")));
    println!(
        "{:<16}{:>6} bytes  write {write:>6.2} µs  read {read:>6.2} µs  read of another version {resolved:>6.2} µs",
        T::SCHEMA.as_str(),
        bytes.len(),
    );
}

fn main() {
    measure(&candidates());
    measure(&line());
}
