//! `sideline load`: publishes a season from its CSV files.

use anyhow::Result;
use sideline_season::Season;

use crate::cli::LoadArgs;
use crate::loading::{self, Loaded};
use crate::moments;
use crate::printer::Printer;
use crate::system::System;

/// Reads the folder and publishes what is not in the log yet.
///
/// # Errors
/// A file is at fault (the message names file, line and column), or Kafka does not take the events.
pub async fn run(system: &System, args: LoadArgs, printer: Printer) -> Result<()> {
    let until = args.until.as_deref().map(moments::parse).transpose()?;
    let season = Season::read(&args.dir)?;
    let loaded = loading::load(system, &season, until, &printer).await?;
    report(&loaded, &printer)
}

/// Prints what a load did.
///
/// # Errors
/// Stdout is closed.
pub fn report(loaded: &Loaded, printer: &Printer) -> Result<()> {
    if printer.is_json() {
        printer.json(loaded)?;
        return Ok(());
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = loaded.published as f64 / loaded.seconds.max(0.001);
    printer.say(&format!(
        "{} events: {} published in {:.1} s ({rate:.0}/s), {} were in the log already",
        loaded.events, loaded.published, loaded.seconds, loaded.already_there
    ));
    Ok(())
}
