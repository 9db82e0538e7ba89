//! `sideline down`: stops pipeline and stack; data stay.

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use crate::cli::PlaceArgs;
use crate::printer::Printer;
use crate::system::{load_settings, with_hint};

#[derive(Serialize)]
struct Line {
    part: String,
    pid: i32,
    ending: String,
}

/// Exit code when something had to be cut short.
const EXIT_PARTIAL: u8 = 3;

/// Stops everything that runs, in the order in which it depends on each other.
///
/// # Errors
/// A part does not end, or the data folder is not ours.
pub async fn run(place: &PlaceArgs, printer: Printer) -> Result<ExitCode> {
    let settings = load_settings(place)?;
    let report = sideline_stack::down(&settings).await.map_err(with_hint)?;
    let lines: Vec<Line> = report
        .parts
        .iter()
        .map(|stopped| Line {
            part: stopped.part.name().to_owned(),
            pid: stopped.pid,
            ending: format!("{:?}", stopped.ending).to_lowercase(),
        })
        .collect();
    if lines.is_empty() && !printer.is_json() {
        printer.say("nothing was running");
        return Ok(ExitCode::SUCCESS);
    }
    printer.table(&["part", "pid", "ended"], &lines, |line| {
        vec![line.part.clone(), line.pid.to_string(), line.ending.clone()]
    })?;
    Ok(if report.was_cut_short() {
        ExitCode::from(EXIT_PARTIAL)
    } else {
        ExitCode::SUCCESS
    })
}
