//! `sideline down`: stops pipeline and stack; data stay.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde::Serialize;

use crate::cli::{DownArgs, PlaceArgs};
use crate::leaving;
use crate::printer::Printer;
use crate::system::{System, load_settings, with_hint};

#[derive(Serialize)]
struct Line {
    part: String,
    pid: i32,
    ending: String,
}

/// Exit code when something had to be cut short.
const EXIT_PARTIAL: u8 = 3;

/// Stops everything that runs, in the order in which it depends on each other. With `--leave` the
/// pipeline goes first, and its places in the groups are given up while there is still a broker.
///
/// # Errors
/// A part does not end, the data folder is not ours, or the groups cannot be left.
pub async fn run(place: &PlaceArgs, args: &DownArgs, printer: Printer) -> Result<ExitCode> {
    let settings = load_settings(place)?;
    let mut parts = Vec::new();
    let mut was_cut_short = false;
    if args.leave {
        let stopped = sideline_stack::stop_pipeline(&settings);
        let report = stopped.await.map_err(with_hint)?;
        was_cut_short |= report.was_cut_short();
        parts.extend(report.parts);
        leave(place, printer).await?;
    }
    let report = sideline_stack::down(&settings).await.map_err(with_hint)?;
    was_cut_short |= report.was_cut_short();
    parts.extend(report.parts);
    let lines: Vec<Line> = parts
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
    Ok(if was_cut_short {
        ExitCode::from(EXIT_PARTIAL)
    } else {
        ExitCode::SUCCESS
    })
}

async fn leave(place: &PlaceArgs, printer: Printer) -> Result<()> {
    let Ok(system) = System::from_flags(place) else {
        bail!("no broker is known to leave the groups at; bring it up first: sideline up --empty");
    };
    let left = tokio::task::spawn_blocking(move || leaving::leave_all(&system)).await??;
    printer.say(&format!("left {left} groups"));
    Ok(())
}
