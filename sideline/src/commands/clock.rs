//! `sideline clock`: the moment at which news is entered.

use anyhow::Result;
use serde::Serialize;
use sideline_avro::control::ClockMode;

use crate::cli::ClockCommand;
use crate::league_clock::{league_time, now, read, set, wall_time};
use crate::moments;
use crate::printer::Printer;
use crate::system::System;

#[derive(Serialize)]
struct Shown {
    mode: String,
    league_time: String,
    league_time_micros: i64,
}

/// Shows or sets the league clock.
///
/// # Errors
/// Kafka cannot be read or written, or the moment is no moment.
pub async fn run(system: &System, command: ClockCommand, printer: Printer) -> Result<()> {
    match command {
        ClockCommand::Show => {}
        ClockCommand::Set { time } => {
            set(system, ClockMode::Fixed, Some(moments::parse(&time)?)).await?;
        }
        ClockCommand::Run => {
            let start = now(system).await?;
            set(system, ClockMode::Run, Some(start)).await?;
        }
        ClockCommand::Wall => set(system, ClockMode::Wall, None).await?,
    }
    let control = read(system).await?;
    let time = league_time(control.as_ref(), wall_time());
    let mode = control.map_or(ClockMode::Wall, |control| control.mode);
    let shown = Shown {
        mode: format!("{mode:?}").to_lowercase(),
        league_time: moments::show(time),
        league_time_micros: time.0,
    };
    printer.table(&["clock", "league time (UTC)"], &[shown], |shown| {
        vec![shown.mode.clone(), shown.league_time.clone()]
    })?;
    Ok(())
}
