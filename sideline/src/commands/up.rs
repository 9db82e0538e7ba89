//! `sideline up`: from nothing to tonight's predictions.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use sideline_avro::control::ClockMode;
use sideline_avro::time::Timestamp;
use sideline_season::Season;
use sideline_stack::{Progress, Settings, SilentProgress, TerminalProgress};
use sideline_warehouse::queries::Version;

use crate::catch_up::CatchUp;
use crate::cli::{PlaceArgs, UpArgs};
use crate::commands::latest::{HEADER, PredictionLine, cells};
use crate::commands::simulate;
use crate::league_clock;
use crate::loading::{self, Loaded};
use crate::moments;
use crate::printer::Printer;
use crate::shutdown;
use crate::system::{System, load_settings, with_hint};

/// Where the real season of the project's tests stands by default: fourteen games to come.
const REAL_SEASON_EVENING: &str = "2024-12-23T22:30Z";
/// Rows of the table at the end: a screen full.
const TABLE_ROWS: usize = 12;

#[derive(Serialize)]
struct Report {
    stack_ready_seconds: f64,
    seconds: f64,
    league_time: Option<String>,
    loaded: Option<Loaded>,
    players: usize,
    lines: usize,
    predictions: Vec<PredictionLine>,
    next: Vec<String>,
}

/// Brings everything up; with `--foreground` stays until Ctrl-C.
///
/// # Errors
/// A tool is missing, a download or a start fails, or the data are at fault.
pub async fn run(place: &PlaceArgs, args: UpArgs, printer: Printer) -> Result<()> {
    if place.external {
        bail!(
            "--external servers are not brought up from here; set them up with: sideline topics apply --external, and run the pipeline with: sideline run --external --apply"
        );
    }
    let settings = load_settings(place)?;
    if args.fresh {
        sideline_stack::down(&settings).await.map_err(with_hint)?;
        sideline_stack::fresh(&settings).map_err(with_hint)?;
    }
    let is_foreground = args.foreground;
    tokio::select! {
        brought = bring_up(&settings, args, printer) => {
            if brought.is_err() {
                printer.say("what was started keeps running; stop it with: sideline down");
            }
            brought?;
        }
        () = shutdown::requested() => {
            printer.say("stopping …");
            sideline_stack::down(&settings).await.map_err(with_hint)?;
            bail!("stopped before the table; run `sideline up` again to go on from here");
        }
    }
    if is_foreground {
        stay(&settings, printer).await?;
    }
    Ok(())
}

async fn stay(settings: &Settings, printer: Printer) -> Result<()> {
    printer.say("running; Ctrl-C stops everything");
    tokio::select! {
        () = shutdown::requested() => {}
        died = sideline_stack::first_death(settings) => {
            let died = died.map_err(with_hint)?;
            printer.say(&format!("{} died", died.part.name()));
        }
    }
    sideline_stack::down(settings).await.map_err(with_hint)?;
    Ok(())
}

async fn bring_up(settings: &Settings, args: UpArgs, printer: Printer) -> Result<()> {
    let started = Instant::now();
    let progress: Box<dyn Progress> = if printer.is_json() {
        Box::new(SilentProgress)
    } else {
        Box::new(TerminalProgress::new())
    };
    let exe = std::env::current_exe().context("finding this program's own file")?;
    let endpoints = sideline_stack::up(settings, &exe, &*progress)
        .await
        .map_err(with_hint)?;
    let system = System::new(settings.clone(), endpoints)?;
    system.apply().await?;
    let pipeline = ["run".to_owned()];
    sideline_stack::start_pipeline(settings, &exe, &pipeline, &*progress)
        .await
        .map_err(with_hint)?;
    let stack_ready_seconds = started.elapsed().as_secs_f64();
    printer.say(&format!(
        "stack and pipeline ready after {stack_ready_seconds:.1} s"
    ));
    let mut report = Report {
        stack_ready_seconds,
        seconds: 0.0,
        league_time: None,
        loaded: None,
        players: 0,
        lines: 0,
        predictions: Vec::new(),
        next: Vec::new(),
    };
    if !args.empty {
        play(&system, args, printer, &mut report).await?;
    }
    report.seconds = started.elapsed().as_secs_f64();
    show(&report, printer)
}

/// Loads the league, sets its clock, waits for the pipeline, and fills the report.
async fn play(system: &System, args: UpArgs, printer: Printer, report: &mut Report) -> Result<()> {
    let (season, until) = league(args).await?;
    let loaded = loading::load(system, &season, until, &printer).await?;
    let at = until.or(loaded.newest_known_at.map(Timestamp));
    if let Some(moment) = at {
        league_clock::set(system, ClockMode::Fixed, Some(moment)).await?;
    }
    wait_until_done(system, printer).await?;
    let now = at.unwrap_or_else(league_clock::wall_time);
    let slate = slate(system, now).await?;
    report.league_time = Some(moments::show(now));
    report.players = players(&slate);
    report.lines = slate
        .iter()
        .filter(|version| version.line.is_some())
        .count();
    report.predictions = slate.iter().map(PredictionLine::from).collect();
    report.next = next_commands(&slate);
    report.loaded = Some(loaded);
    Ok(())
}

/// The season to play and the moment up to which it is known; `None` is all of it.
async fn league(args: UpArgs) -> Result<(Season, Option<Timestamp>)> {
    let UpArgs {
        data, at, league, ..
    } = args;
    let is_real = data.is_some();
    let season = tokio::task::spawn_blocking(move || read_or_invent(data, &league)).await??;
    let until = match at.as_deref() {
        Some("end") => None,
        Some(moment) => Some(moments::parse(moment)?),
        None if is_real && holds(&season, REAL_SEASON_EVENING)? => {
            Some(moments::parse(REAL_SEASON_EVENING)?)
        }
        None => season
            .default_moment()
            .map(|moment| Timestamp(moment.as_microsecond())),
    };
    Ok((season, until))
}

fn read_or_invent(data: Option<PathBuf>, league: &crate::cli::LeagueArgs) -> Result<Season> {
    match data {
        Some(dir) => Ok(Season::read(&dir)?),
        None => Ok(simulate::play(league)?.season),
    }
}

/// True when the season has games before and after a moment.
fn holds(season: &Season, moment: &str) -> Result<bool> {
    let moment = moments::parse(moment)?.0;
    let mut tip_offs = season
        .games
        .iter()
        .map(|game| game.tip_off_utc.as_microsecond());
    Ok(
        tip_offs.clone().any(|tip_off| tip_off < moment)
            && tip_offs.any(|tip_off| tip_off > moment),
    )
}

async fn wait_until_done(system: &System, printer: Printer) -> Result<()> {
    let system = system.clone();
    tokio::task::spawn_blocking(move || {
        let mut progress = printer.progress("predicting", 0);
        CatchUp::new(&system)?.wait(&mut progress)?;
        progress.finish();
        Ok(())
    })
    .await?
}

/// Tonight's predictions, the strongest opinions first.
async fn slate(system: &System, now: Timestamp) -> Result<Vec<Version>> {
    let mut slate = system.warehouse()?.slate(moments::league_day(now)).await?;
    slate.retain(|version| version.tip_off > now);
    let strength = |version: &Version| version.edge.map_or(-1.0, f64::abs);
    slate.sort_by(|a, b| {
        strength(b)
            .total_cmp(&strength(a))
            .then_with(|| a.player_lookup.cmp(&b.player_lookup))
    });
    Ok(slate)
}

fn players(slate: &[Version]) -> usize {
    let mut players: Vec<&str> = slate
        .iter()
        .map(|version| version.player_lookup.as_str())
        .collect();
    players.sort_unstable();
    players.dedup();
    players.len()
}

/// Commands that work, unedited, on this league: its biggest star of the evening.
fn next_commands(slate: &[Version]) -> Vec<String> {
    let points = |version: &&Version| version.prop == "points" && version.predicted.is_some();
    let star = slate.iter().filter(points).max_by(|a, b| {
        a.predicted
            .unwrap_or(0.0)
            .total_cmp(&b.predicted.unwrap_or(0.0))
    });
    let Some(star) = star else {
        return vec!["sideline status".to_owned()];
    };
    let player = &star.player_lookup;
    let line = star.line.or(star.predicted).unwrap_or(0.0).floor() + 3.5;
    vec![
        format!("sideline event injury --player {player} --status OUT"),
        format!("sideline history --player {player} --prop points"),
        format!("sideline event line --player {player} --prop points --line {line}"),
    ]
}

fn show(report: &Report, printer: Printer) -> Result<()> {
    if printer.is_json() {
        printer.json(report)?;
        return Ok(());
    }
    let Some(league_time) = &report.league_time else {
        return Ok(());
    };
    let shown: Vec<PredictionLine> = report
        .predictions
        .iter()
        .take(TABLE_ROWS)
        .cloned()
        .collect();
    printer.table(&HEADER, &shown, cells)?;
    printer.line(&format!(
        "{} predictions for {} players, {} with a line; it is {league_time} UTC in the league; {:.1} s in all\n\nNext, for example:",
        report.predictions.len(), report.players, report.lines, report.seconds
    ))?;
    for command in &report.next {
        printer.line(&format!("  {}", invocation(command)))?;
    }
    Ok(())
}

/// A command as it can be typed here: through cargo when that is how this program was started.
fn invocation(command: &str) -> String {
    match std::env::var_os("CARGO") {
        Some(_) => command.replacen("sideline", "cargo run --release --", 1),
        None => command.to_owned(),
    }
}
