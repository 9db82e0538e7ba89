//! `sideline status`: each part of the stack, and each phase of the pipeline.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use sideline_stack::{Endpoints, PartStatus};

use crate::cli::PlaceArgs;
use crate::pipeline::PhaseLine;
use crate::printer::Printer;
use crate::system::{load_settings, with_hint};

/// Exit code when a part is not ready.
const EXIT_PARTIAL: u8 = 3;
/// Longest wait for the pipeline's own word; it answers in milliseconds or not at all.
const PIPELINE_WAIT: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct Status {
    parts: Vec<PartStatus>,
    memory_bytes: u64,
    phases: Vec<PhaseLine>,
    endpoints: Option<Shown>,
}

#[derive(Serialize)]
struct Shown {
    kafka: String,
    registry: String,
    clickhouse: String,
    clickhouse_database: String,
    pipeline: String,
}

/// Prints the parts and phases; exits 3 when one is not ready.
///
/// # Errors
/// The data folder cannot be read.
pub async fn run(place: &PlaceArgs, printer: Printer) -> Result<ExitCode> {
    let settings = load_settings(place)?;
    let parts = sideline_stack::status(&settings).await.map_err(with_hint)?;
    let endpoints = sideline_stack::endpoints(&settings).ok();
    let phases = match &endpoints {
        Some(endpoints) => phases(endpoints).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let is_ready = parts.iter().all(|part| part.is_ready) && phases.iter().all(|phase| phase.ready);
    let memory_bytes = sideline_stack::total_memory_bytes(&parts);
    let status = Status {
        parts,
        memory_bytes,
        phases,
        endpoints: endpoints.map(shown),
    };
    show(&status, printer)?;
    Ok(if is_ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_PARTIAL)
    })
}

fn shown(endpoints: Endpoints) -> Shown {
    Shown {
        kafka: endpoints.kafka,
        registry: endpoints.registry,
        clickhouse: endpoints.clickhouse,
        clickhouse_database: endpoints.clickhouse_database,
        pipeline: endpoints.pipeline,
    }
}

/// What the pipeline says of its phases.
///
/// # Errors
/// It does not answer.
pub async fn phases(endpoints: &Endpoints) -> Result<Vec<PhaseLine>> {
    let client = reqwest::Client::builder().timeout(PIPELINE_WAIT).build()?;
    let url = format!("{}/status", endpoints.pipeline);
    Ok(client
        .get(url)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?)
}

fn show(status: &Status, printer: Printer) -> Result<()> {
    if printer.is_json() {
        printer.json(status)?;
        return Ok(());
    }
    printer.table(
        &["part", "state", "pid", "port", "ready", "memory"],
        &status.parts,
        |part| {
            vec![
                part.part.name().to_owned(),
                format!("{:?}", part.state).to_lowercase(),
                part.pid.map(|pid| pid.to_string()).unwrap_or_default(),
                part.port.map(|port| port.to_string()).unwrap_or_default(),
                yes_or_no(part.is_ready),
                part.memory_bytes.map(megabytes).unwrap_or_default(),
            ]
        },
    )?;
    printer.line(&format!(
        "all parts together: {}\n",
        megabytes(status.memory_bytes)
    ))?;
    if status.phases.is_empty() {
        return Ok(());
    }
    printer.table(
        &[
            "phase",
            "ready",
            "records in",
            "records out",
            "dead letters",
            "waits for, or should be known",
        ],
        &status.phases,
        |phase| {
            vec![
                phase.phase.clone(),
                yes_or_no(phase.ready),
                phase.records_in.to_string(),
                phase.records_out.to_string(),
                phase.dead_letters.to_string(),
                word_of(phase),
            ]
        },
    )?;
    Ok(())
}

/// What it waits for, else what should be known of it.
fn word_of(phase: &PhaseLine) -> String {
    let word = phase.paused.as_ref().or(phase.notice.as_ref());
    word.cloned().unwrap_or_default()
}

fn yes_or_no(is: bool) -> String {
    if is {
        "yes".to_owned()
    } else {
        "no".to_owned()
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}
