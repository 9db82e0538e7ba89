//! `sideline runs`: replays, shadows and backtests, which no live view shows.

use std::io::{IsTerminal, stdin};
use std::sync::Arc;

use anyhow::{Result, bail};
use serde::Serialize;
use sideline_avro::runs::RunEnvelope;
use sideline_topics::TopicId;
use sideline_warehouse::{RunSummary, Warehouse};

use crate::cli::RunsCommand;
use crate::completion::{CompletionWatch, versions};
use crate::league_clock::{self, wall_time};
use crate::moments;
use crate::names::suggestions;
use crate::printer::Printer;
use crate::promotion::{Day, Promoter, Promotion};
use crate::system::System;

/// What a promotion did, over all its days.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Promoted {
    /// The run.
    pub run_id: String,
    /// League days it speaks of.
    pub days: u32,
    /// Keys it says something of.
    pub expected: i32,
    /// New live versions.
    pub changed: i32,
    /// Equal to the live version.
    pub unchanged: i32,
    /// Only the line differs, within the prop's threshold.
    pub held: i32,
    /// Not taken: the ledger says why.
    pub skipped: i32,
    /// Failed.
    pub failed: i32,
    /// Ids of the changes, one per day.
    pub correlation_ids: Vec<String>,
}

/// Lists, promotes or drops.
///
/// # Errors
/// There is no such run, or Kafka, the registry or ClickHouse cannot do its part.
pub async fn run(system: &System, command: RunsCommand, printer: Printer) -> Result<()> {
    match command {
        RunsCommand::List => list(system, printer).await,
        RunsCommand::Promote { id, dry_run } => promote(system, &id, dry_run, printer).await,
        RunsCommand::Drop { id, dry_run, yes } => {
            drop_run(system, &id, Asking { dry_run, yes }, printer).await
        }
    }
}

/// How sure the user is.
#[derive(Clone, Copy, Debug)]
struct Asking {
    dry_run: bool,
    yes: bool,
}

async fn list(system: &System, printer: Printer) -> Result<()> {
    let runs = system.warehouse()?.run_summaries(None).await?;
    if runs.is_empty() && !printer.is_json() {
        printer.say("no runs: all versions are live");
        return Ok(());
    }
    show(&runs, printer)
}

fn show(runs: &[RunSummary], printer: Printer) -> Result<()> {
    let header = [
        "run",
        "versions",
        "keys",
        "differing",
        "players",
        "days",
        "written",
    ];
    printer.table(&header, runs, |run| {
        let days = [run.first_day, run.last_day].map(moments::show_day);
        vec![
            run.run_id.clone(),
            run.versions.to_string(),
            run.keys.to_string(),
            run.differing.to_string(),
            run.players.to_string(),
            format!("{} to {}", days[0], days[1]),
            moments::show(run.written_at),
        ]
    })?;
    Ok(())
}

/// The run, or an error that names those that are like it.
async fn known_run(warehouse: &Warehouse, id: &str) -> Result<RunSummary> {
    let found = match id {
        "" => None,
        id => warehouse.run_summaries(Some(id)).await?.pop(),
    };
    if let Some(run) = found {
        return Ok(run);
    }
    let all = warehouse.run_summaries(None).await?;
    let near = suggestions(id, all.iter().map(|run| run.run_id.as_str()));
    if near.is_empty() {
        bail!("there is no run `{id}`; sideline runs list names them");
    }
    bail!("there is no run `{id}`; did you mean {}?", near.join(", "))
}

async fn promote(system: &System, id: &str, is_dry_run: bool, printer: Printer) -> Result<()> {
    let warehouse = system.warehouse()?;
    let run = known_run(&warehouse, id).await?;
    if is_dry_run {
        printer.say("its keys, and how many differ from what is live; nothing is changed");
        return show(&[run], printer);
    }
    printer.say(&format!(
        "promoting run {id}: {} of its {} keys differ from what is live",
        run.differing, run.keys
    ));
    let promotion = Promotion {
        run_id: id.to_owned(),
        at: league_clock::now(system).await?,
        wall: wall_time(),
        user: std::env::var("USER").ok(),
        topic: system.catalogue.name(TopicId::Predictions).to_owned(),
    };
    let schemas = Arc::new(system.registry()?);
    let newest = warehouse
        .fetch_run(&system.warehouse_kafka(), &promotion.topic, schemas, id)
        .await?;
    let promoter = Promoter::connect(system).await?;
    let mut told = Promoted {
        run_id: id.to_owned(),
        ..Promoted::default()
    };
    for day in promotion.days(&newest) {
        let envelope = send_and_wait(system, &promoter, &day).await?;
        versions(&warehouse, &envelope).await?;
        told.add(&envelope);
    }
    tell(&told, printer)
}

/// Sends one day, and waits until the ledger has judged all of it.
async fn send_and_wait(system: &System, promoter: &Promoter<'_>, day: &Day) -> Result<RunEnvelope> {
    let watch = CompletionWatch::start(system)?;
    promoter.send(day)?;
    let id = day.touch.cause.correlation_id.clone();
    tokio::task::spawn_blocking(move || watch.wait(&id)).await?
}

impl Promoted {
    fn add(&mut self, envelope: &RunEnvelope) {
        self.days += 1;
        self.expected += envelope.expected;
        self.changed += envelope.changed;
        self.unchanged += envelope.unchanged;
        self.held += envelope.held;
        self.skipped += envelope.skipped + envelope.blocked + envelope.too_late;
        self.failed += envelope.failed;
        self.correlation_ids.push(envelope.correlation_id.clone());
    }
}

fn tell(told: &Promoted, printer: Printer) -> Result<()> {
    if printer.is_json() {
        printer.json(told)?;
        return Ok(());
    }
    printer.line(&format!(
        "{}: {} keys = {} changed + {} unchanged + {} held + {} skipped + {} failed",
        told.run_id,
        told.expected,
        told.changed,
        told.unchanged,
        told.held,
        told.skipped,
        told.failed
    ))?;
    Ok(())
}

async fn drop_run(system: &System, id: &str, asking: Asking, printer: Printer) -> Result<()> {
    let warehouse = system.warehouse()?;
    let run = known_run(&warehouse, id).await?;
    printer.say(&format!(
        "{} versions of run {id} go from the warehouse; the topic keeps them, and what was promoted stays",
        run.versions
    ));
    if asking.dry_run {
        return show(&[run], printer);
    }
    if !asking.yes && !is_confirmed(id, printer)? {
        bail!("run {id} was not dropped; --yes drops it without asking");
    }
    let dropped = warehouse.drop_run(id).await?;
    if printer.is_json() {
        printer.json(&dropped)?;
    } else {
        printer.line(&format!("dropped {} versions", dropped.versions))?;
    }
    Ok(())
}

/// True when a person at a terminal says so. Elsewhere nobody can be asked.
fn is_confirmed(id: &str, printer: Printer) -> Result<bool> {
    if !stdin().is_terminal() {
        return Ok(false);
    }
    printer.say(&format!("drop run {id}? Type yes:"));
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
