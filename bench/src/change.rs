//! What a change costs: one event after the other through all phases, systems and props, in this
//! process and on one thread, so that the time it takes is the processor time it takes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use comfy_table::{Table, presets};
use indicatif::ProgressBar;
use serde_json::json;
use sideline::ingress::IngressRecord;
use sideline::walk_forward::{Walker, events};
use sideline_avro::candidates::CandidateSet;
use sideline_processors::{Choice, Codecs, WireCodecs};
use sideline_runtime_core::Codec;
use sideline_simulator::{LeagueSettings, simulate};
use sideline_topics::{PhaseName, TopicId};

use crate::figures::{percentile, rounded};

/// What a player's change may cost, in milliseconds.
const ALLOWED_MS: f64 = 2.0;

/// What is told of each kind of change.
const COLUMNS: [&str; 7] = [
    "events",
    "players",
    "candidates",
    "ms_p50",
    "ms_p99",
    "ms_per_player_p50",
    "ms_per_player_p99",
];

/// Options of the measurement.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Seed of the invented league.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Its teams, an even number.
    #[arg(long, default_value_t = 8)]
    teams: u32,
    /// Its weeks; the events of the last quarter are measured, those before are its history.
    #[arg(long, default_value_t = 16)]
    weeks: u32,
    /// Where the results are written.
    #[arg(long, default_value = "bench/results")]
    results: PathBuf,
    /// Prints the results as JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// What one event cost and led to.
struct Cost {
    ms: f64,
    /// Candidate sets: one per player and game that it reached.
    players: usize,
    candidates: usize,
}

/// Measures, prints and writes `change.json`.
pub(crate) fn measure(args: &Args) -> Result<()> {
    let settings = LeagueSettings {
        seed: args.seed,
        teams: args.teams,
        weeks: args.weeks,
        ..LeagueSettings::default()
    };
    let league = simulate(&settings)?;
    let events = events(&league.season)?;
    let costs = walk(&events)?;
    let rows: Vec<_> = costs.iter().map(|(kind, costs)| row(kind, costs)).collect();
    let result = json!({
        "seed": args.seed,
        "teams": args.teams,
        "weeks": args.weeks,
        "events": events.len(),
        "allowed_ms_per_player": ALLOWED_MS,
        "changes": rows,
    });
    std::fs::create_dir_all(&args.results)?;
    let text = serde_json::to_string_pretty(&result)?;
    std::fs::write(args.results.join("change.json"), text.clone() + "\n")?;
    println!("{}", if args.json { text } else { table(&costs) });
    Ok(())
}

/// The costs of the last quarter of the events, by kind.
fn walk(events: &[IngressRecord]) -> Result<BTreeMap<&'static str, Vec<Cost>>> {
    let (history, measured) = events.split_at(events.len() / 4 * 3);
    let mut walker = Walker::new(Choice::All, &PhaseName::ALL, 1)?;
    let bar = ProgressBar::new(events.len() as u64);
    for step in history.chunks(500) {
        walker.take(step, |_, _| {})?;
        bar.inc(step.len() as u64);
    }
    let codec = WireCodecs::offline().codec::<CandidateSet>(TopicId::Candidates);
    let mut costs: BTreeMap<_, Vec<Cost>> = BTreeMap::new();
    for event in measured {
        let mut sets = Vec::new();
        let began_at = Instant::now();
        walker.take(std::slice::from_ref(event), |topic, output| {
            if topic == TopicId::Candidates {
                sets.extend(output.value.clone());
            }
        })?;
        let ms = began_at.elapsed().as_secs_f64() * 1e3;
        let mut candidates = 0;
        for set in &sets {
            candidates += codec.decode(set)?.candidates.len();
        }
        costs.entry(kind(event)).or_default().push(Cost {
            ms,
            players: sets.len(),
            candidates,
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(costs)
}

fn kind(event: &IngressRecord) -> &'static str {
    match event {
        IngressRecord::Injury(_) => "injury status",
        IngressRecord::Lineup(_) => "lineup",
        IngressRecord::Line(_) => "line",
        IngressRecord::GameLine(_) => "game line",
        IngressRecord::BoxScore(_) => "box score line",
        IngressRecord::Game(_) => "game",
        IngressRecord::Roster(_) => "roster move",
        IngressRecord::Trigger(_) => "forced update",
        IngressRecord::Alias(_) => "alias",
        IngressRecord::ShotZones(_) => "shot zones",
        IngressRecord::Referees(_) => "referees",
    }
}

/// The figures of one kind, in the order of [`COLUMNS`].
fn figures(costs: &[Cost]) -> [f64; 7] {
    let count = costs.len() as f64;
    let mean = |of: fn(&Cost) -> usize| costs.iter().map(of).sum::<usize>() as f64 / count;
    let each: Vec<f64> = costs.iter().map(|cost| cost.ms).collect();
    let reached = costs.iter().filter(|cost| cost.players > 0);
    let per_player: Vec<f64> = reached.map(|cost| cost.ms / cost.players as f64).collect();
    [
        count,
        mean(|cost| cost.players),
        mean(|cost| cost.candidates),
        percentile(&each, 0.5),
        percentile(&each, 0.99),
        percentile(&per_player, 0.5),
        percentile(&per_player, 0.99),
    ]
    .map(rounded)
}

fn row(kind: &str, costs: &[Cost]) -> serde_json::Value {
    let mut row = serde_json::Map::from_iter([("change".to_owned(), json!(kind))]);
    for (name, value) in COLUMNS.into_iter().zip(figures(costs)) {
        row.insert(name.to_owned(), json!(value));
    }
    row.into()
}

fn table(costs: &BTreeMap<&'static str, Vec<Cost>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["change"].into_iter().chain(COLUMNS));
    for (kind, costs) in costs {
        let mut cells = vec![(*kind).to_owned()];
        cells.extend(figures(costs).map(|value| value.to_string()));
        table.add_row(cells);
    }
    table.to_string()
}
