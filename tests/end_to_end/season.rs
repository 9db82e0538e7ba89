//! A real season on a real evening, where it is at hand.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Completion, Failed, Trial};

use crate::environment::ensure_verified;
use crate::home::Home;

/// The season that the project's tests know.
const SEASON: &str = "nba-2024-25";

/// The trials of this file. In a development build the season takes minutes, so it is left out
/// unless `--ignored` or `--include-ignored` asks for it.
pub(crate) fn trials() -> Vec<Trial> {
    let evening = || evening().map_err(|error| Failed::from(format!("{error:#}")));
    let trial = Trial::ignorable_test("a_real_season_ends_at_tonights_slate", evening);
    vec![trial.with_ignored_flag(true)]
}

/// `SIDELINE_DATA`, or `../shared/data` beside the project.
fn data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("SIDELINE_DATA").map_or(beside, PathBuf::from);
    data.join(SEASON).canonicalize().ok()
}

/// An evening on which all thirty teams play, two weeks into the season: all systems speak live, and
/// two months of it would take a development build a quarter of an hour.
const EVENING: &str = "2024-11-04T22:30Z";

/// On a stack of its own, at an evening with 15 games to come.
fn evening() -> Result<Completion> {
    let Some(data) = data() else {
        let why = "no real season at ../shared/data, and SIDELINE_DATA is not set";
        writeln!(io::stderr(), "SKIPPED: {why}")?;
        return Ok(Completion::ignored_with(why));
    };
    let home = Home::make()?;
    let program = home.program();
    let report = program.json(&["up", "--data", &data.display().to_string(), "--at", EVENING])?;
    ensure!(
        report["league_time"] == "2024-11-04 22:30:00",
        "{}",
        report["league_time"]
    );
    let loaded = report["loaded"]["published"].as_u64();
    ensure!(loaded > Some(15_000), "only {loaded:?} events");
    let players = report["players"].as_u64();
    ensure!(players >= Some(150), "only {players:?} players");
    let lines = report["lines"].as_u64();
    ensure!(lines >= Some(400), "only {lines:?} predictions have a line");
    let letters = program.json(&["dead-letters", "list"])?;
    let reasons = letters["by_reason"].as_array().context("no list")?;
    ensure!(reasons.is_empty(), "{letters}");
    ensure_verified(program)?;
    home.remove()?;
    Ok(Completion::Completed)
}
