//! `sideline simulate`: an invented league, into a folder or straight to the topics.

use anyhow::Result;
use sideline_simulator::{LeagueSettings, SimulatedLeague, simulate};

use crate::cli::{LeagueArgs, PlaceArgs, SimulateArgs};
use crate::commands::load;
use crate::loading;
use crate::printer::Printer;
use crate::system::System;

/// Plays the league, and writes or publishes it.
///
/// # Errors
/// The league's size is out of range, the folder cannot be written, or Kafka does not take the
/// events.
pub async fn run(place: &PlaceArgs, args: SimulateArgs, printer: Printer) -> Result<()> {
    let league = play(&args.league)?;
    if let Some(dir) = &args.to {
        league.write(dir)?;
        printer.say(&format!(
            "wrote {} games, {} box score lines and {} lines to {}",
            league.season.games.len(),
            league.season.box_scores.len(),
            league.season.lines.len(),
            dir.display()
        ));
    }
    if args.publish {
        let system = System::from_flags(place)?;
        let loaded = loading::load(&system, &league.season, None, &printer).await?;
        load::report(&loaded, &printer)?;
    }
    Ok(())
}

/// Plays an invented league.
///
/// # Errors
/// Its size is out of range.
pub fn play(args: &LeagueArgs) -> Result<SimulatedLeague> {
    let settings = LeagueSettings {
        seed: args.seed,
        teams: args.teams,
        weeks: args.weeks,
        books: args.books,
        ..LeagueSettings::default()
    };
    Ok(simulate(&settings)?)
}
