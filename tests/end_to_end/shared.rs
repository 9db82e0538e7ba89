//! The one stack that most trials share: a league of four teams, one week and three books, brought
//! up by the command a newcomer types.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use sideline::system::System;

use crate::candidates::{self, Newest};
use crate::home::Home;

/// The league's size, the same wherever a trial plays it again.
pub(crate) const LEAGUE: [&str; 6] = ["--teams", "4", "--weeks", "1", "--books", "3"];

/// The stack once it is up.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Its folder and program.
    pub(crate) home: Home,
    /// What `up --json` printed.
    pub(crate) report: Value,
    /// Settings, endpoints and catalogue.
    pub(crate) system: System,
    /// The newest candidate of every key right after `up`, before any trial entered news.
    pub(crate) undisturbed: Newest,
}

/// None before the first trial; a message when the stack did not come up.
static SHARED: Mutex<Option<Result<Arc<Shared>, String>>> = Mutex::new(None);

/// A trial on the shared stack.
pub(crate) fn trial(name: &str, body: fn(&Shared) -> Result<()>) -> Trial {
    Trial::test(name, move || {
        let shared = shared()?;
        body(&shared).map_err(|error| Failed::from(format!("{error:#}")))
    })
}

/// The stack, brought up by whoever asks first.
pub(crate) fn shared() -> Result<Arc<Shared>, String> {
    let mut slot = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    slot.get_or_insert_with(|| {
        bring_up()
            .map(Arc::new)
            .map_err(|error| format!("the shared stack did not come up: {error:#}"))
    })
    .clone()
}

fn bring_up() -> Result<Shared> {
    let home = Home::make()?;
    let arguments: Vec<&str> = ["up"].into_iter().chain(LEAGUE).collect();
    let report = home.program().json(&arguments)?;
    let system = home.system()?;
    let undisturbed = candidates::newest(&system)?;
    Ok(Shared {
        home,
        report,
        system,
        undisturbed,
    })
}

impl Shared {
    /// Runs a command that must succeed, and reads the JSON it prints.
    pub(crate) fn json(&self, arguments: &[&str]) -> Result<Value> {
        self.home.program().json(arguments)
    }

    /// Tonight's predictions.
    pub(crate) fn slate(&self) -> Result<Vec<Value>> {
        let slate = self.json(&["latest", "--limit", "1000"])?;
        slate.as_array().cloned().context("latest is no list")
    }

    /// Players who play tonight with a value for points, the highest first.
    pub(crate) fn scorers(&self) -> Result<Vec<String>> {
        let mut scorers: Vec<(f64, String)> = self
            .slate()?
            .iter()
            .filter(|line| line["prop"] == "points" && line["status"] == "AVAILABLE")
            .filter_map(|line| {
                let player = line["player"].as_str()?.to_owned();
                Some((line["predicted"].as_f64()?, player))
            })
            .collect();
        scorers.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(scorers.into_iter().map(|(_, player)| player).collect())
    }

    /// The `place`-th highest scorer of tonight, from 0.
    pub(crate) fn scorer(&self, place: usize) -> Result<String> {
        let scorers = self.scorers()?;
        let found = scorers.get(place).cloned();
        found.with_context(|| format!("only {} players score tonight", scorers.len()))
    }

    /// Enters an injury status and returns what became of it.
    pub(crate) fn injury(&self, player: &str, status: &str) -> Result<Value> {
        self.json(&["event", "injury", "--player", player, "--status", status])
    }

    /// The newest prediction of a player's points.
    pub(crate) fn points(&self, player: &str) -> Result<Value> {
        let lines = self.json(&["latest", "--player", player, "--prop", "points"])?;
        Ok(lines[0].clone())
    }

    /// The dead letters, newest first.
    pub(crate) fn dead_letters(&self) -> Result<Vec<Value>> {
        let listing = self.json(&["dead-letters", "list", "--limit", "1000"])?;
        let newest = listing["newest"].as_array().cloned();
        newest.context("dead-letters list has no list")
    }
}
