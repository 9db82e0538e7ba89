//! `sideline bench`: measures the pipeline that runs.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde::Serialize;
use sideline_avro::words::InjuryStatus;
use sideline_warehouse::queries::Version;

use crate::cli::{BenchCommand, LatencyArgs};
use crate::commands::event::{Desk, Quote};
use crate::completion::versions;
use crate::ingress::IngressRecord;
use crate::moments;
use crate::printer::Printer;
use crate::system::System;

/// How far a line is moved: past the threshold of every prop.
const MOVE: f64 = 4.0;
/// Source of the measured events, so that they can be told apart.
const SOURCE: &str = "bench";
/// Book of the measured lines.
const BOOK: &str = "bench";

#[derive(Clone, Debug, Serialize)]
struct Measured {
    what: String,
    events: usize,
    versions: usize,
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// Runs a bench and prints its figures.
///
/// # Errors
/// The pipeline is not up, or nobody is predicted tonight.
pub async fn run(system: &System, command: BenchCommand, printer: Printer) -> Result<()> {
    let BenchCommand::Latency(args) = command;
    let desk = Desk::open(system).await?;
    let mut slate = desk
        .warehouse()
        .slate(moments::league_day(desk.now()))
        .await?;
    let now = desk.now();
    slate.retain(|version| {
        version.line.is_some() && version.predicted.is_some() && version.tip_off > now
    });
    if slate.is_empty() {
        bail!(
            "nobody with a line is predicted after {} UTC; load a league first: sideline up",
            moments::show(now)
        );
    }
    let measured = vec![
        lines(&desk, &slate, &args, &printer).await?,
        injuries(&desk, &slate, &args, &printer).await?,
    ];
    printer.table(
        &[
            "from publish to SELECT",
            "events",
            "versions",
            "p50",
            "p90",
            "p99",
            "max",
        ],
        &measured,
        |row| {
            let ms = |value: f64| format!("{value:.1} ms");
            vec![
                row.what.clone(),
                row.events.to_string(),
                row.versions.to_string(),
                ms(row.p50_ms),
                ms(row.p90_ms),
                ms(row.p99_ms),
                ms(row.max_ms),
            ]
        },
    )?;
    Ok(())
}

async fn lines(
    desk: &Desk,
    slate: &[Version],
    args: &LatencyArgs,
    printer: &Printer,
) -> Result<Measured> {
    let total = args.warm_up + args.events;
    let mut progress = printer.progress("line moves", u64::from(total));
    let mut times = Vec::new();
    let mut rows = 0;
    for (index, version) in (0..total).zip(slate.iter().cycle()) {
        let round = index / u32::try_from(slate.len())?;
        let shift = if round.is_multiple_of(2) { MOVE } else { -MOVE };
        let line = (version.line.unwrap_or(0.0) + shift).max(0.5);
        let quote = Quote {
            game_id: version.game_id.clone(),
            player: version.player_lookup.clone(),
            prop: version.prop.clone(),
            book: format!("{BOOK}{round}"),
            line: Some(line),
        };
        let (took, made) = once(desk, &desk.line_event(quote, SOURCE.to_owned())).await?;
        progress.set(u64::from(index), u64::from(total));
        if index >= args.warm_up {
            times.push(took);
            rows += made;
        }
    }
    progress.finish();
    Ok(measured("line moves", times, rows))
}

async fn injuries(
    desk: &Desk,
    slate: &[Version],
    args: &LatencyArgs,
    printer: &Printer,
) -> Result<Measured> {
    let mut players: Vec<&str> = slate
        .iter()
        .map(|version| version.player_lookup.as_str())
        .collect();
    players.dedup();
    let mut progress = printer.progress("injuries", u64::from(args.injuries));
    let mut times = Vec::new();
    let mut rows = 0;
    for (index, player) in (0..args.injuries).zip(players.iter().cycle()) {
        let is_out = (index / u32::try_from(players.len())?).is_multiple_of(2);
        let status = if is_out {
            InjuryStatus::Out
        } else {
            InjuryStatus::Available
        };
        let event = desk.injury_event((*player).to_owned(), status, None, SOURCE.to_owned());
        let (took, made) = once(desk, &event).await?;
        progress.set(u64::from(index), u64::from(args.injuries));
        times.push(took);
        rows += made;
    }
    progress.finish();
    Ok(measured("injuries", times, rows))
}

/// Time from before sending to the SELECT that sees the last row, and the number of rows.
async fn once(desk: &Desk, record: &IngressRecord) -> Result<(Duration, usize)> {
    let started = Instant::now();
    let envelope = desk.send(record).await?;
    let rows = versions(desk.warehouse(), &envelope).await?;
    Ok((started.elapsed(), rows.len()))
}

fn measured(what: &str, mut times: Vec<Duration>, versions: usize) -> Measured {
    times.sort_unstable();
    let at = |permille: usize| {
        let index = (times.len() * permille / 1000).min(times.len().saturating_sub(1));
        times
            .get(index)
            .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    Measured {
        what: what.to_owned(),
        events: times.len(),
        versions,
        p50_ms: at(500),
        p90_ms: at(900),
        p99_ms: at(990),
        max_ms: at(1000),
    }
}
