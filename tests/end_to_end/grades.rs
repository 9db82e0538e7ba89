//! Games that are over: how their predictions did is in the table, and `accuracy` tells it.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::shared::{LEAGUE, Shared, trial};
use crate::wait::{SOON, until};

/// The trials of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("games_that_are_over_are_graded_and_accuracy_tells", table),
        trial("the_same_season_is_judged_alike_without_a_server", walk),
    ]
}

/// What a report says of the live system on points.
fn on_points(report: &Value) -> Option<&Value> {
    let props = report["props"].as_array()?;
    let points = props.iter().find(|prop| prop["prop"] == "points")?;
    let contenders = points["contenders"].as_array()?;
    contenders
        .iter()
        .find(|one| one["name"] == "moving_average")
}

/// How many games a report judges a system by.
fn games(report: &Value) -> u64 {
    let system = on_points(report);
    let games = system.and_then(|system| system["all"]["games"].as_u64());
    games.unwrap_or_default()
}

fn table(shared: &Shared) -> Result<()> {
    // A week of four teams is twelve games or so, with eight and more predicted in each.
    let report = until(SOON, || {
        let report = shared.json(&["accuracy"])?;
        Ok((games(&report) >= 60).then_some(report))
    })?;
    let system = on_points(&report).context("no system")?;
    let mae = system["all"]["mae"].as_f64().context("no error")?;
    ensure!((0.5..20.0).contains(&mae), "{system}");
    let picks = &system["picks"];
    let decided = picks["correct"].as_u64() > Some(0) || picks["wrong"].as_u64() > Some(0);
    ensure!(decided, "nothing was said about any line: {picks}");
    let table = shared.home.program().run(&["accuracy"])?.succeeded()?;
    for word in ["points", "last_10", "hit rate"] {
        ensure!(table.stdout.contains(word), "{}", table.stdout);
    }
    let none = shared.json(&["accuracy", "--from", "2199-01-01"])?;
    ensure!(games(&none) == 0, "{none}");
    Ok(())
}

fn walk(shared: &Shared) -> Result<()> {
    let mut arguments = vec!["accuracy", "--simulated"];
    arguments.extend(LEAGUE);
    let report = shared.json(&arguments)?;
    let stored = shared.json(&["accuracy"])?;
    // The stack stands an hour before the last evening; the walk has played it too.
    ensure!(games(&report) >= games(&stored), "{report}");
    let props = report["props"].as_array().context("no props")?;
    for prop in props {
        let contenders = prop["contenders"].as_array().context("no contenders")?;
        let has = |name: &str| contenders.iter().any(|one| one["name"] == name);
        for baseline in ["line", "last_5", "last_10", "season"] {
            ensure!(has(baseline), "{prop}");
        }
    }
    Ok(())
}
