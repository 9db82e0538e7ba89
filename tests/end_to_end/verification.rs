//! `verify` on the live log and table: it passes when nothing is wrong, and names what is.

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use sideline::system::System;

use crate::environment::ensure_verified;
use crate::http;
use crate::shared::{Shared, trial};

/// Content hash of the row that nobody wrote; no hash of ours looks like it.
const FORGED: &str = "forged";

/// The trials of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("verify_finds_every_promise_kept", passes),
        trial("verify_names_a_row_that_the_log_does_not_hold", forged_row),
    ]
}

fn passes(shared: &Shared) -> Result<()> {
    ensure_verified(shared.home.program()).map(drop)
}

fn forged_row(shared: &Shared) -> Result<()> {
    let system = &shared.system;
    let copied = "SELECT * FROM prediction_log ORDER BY kafka_partition, kafka_offset LIMIT 1";
    let place = query(
        system,
        &format!("SELECT kafka_partition, kafka_offset FROM ({copied}) FORMAT TSV"),
    )?;
    query(
        system,
        &format!(
            "INSERT INTO prediction_log SELECT * REPLACE('{FORGED}' AS content_hash) FROM ({copied})"
        ),
    )?;
    let answer = shared.home.program().run(&["verify", "--json"]);
    query(
        system,
        &format!(
            "ALTER TABLE prediction_log DELETE WHERE content_hash = '{FORGED}' SETTINGS mutations_sync = 2"
        ),
    )?;
    let answer = answer?;
    ensure!(answer.code == Some(1), "{answer:?}");
    let breaches = &answer.json()?["breaches"];
    ensure!(breaches["total"] == 1, "{breaches}");
    let shown = &breaches["shown"][0];
    ensure!(shown["breach"] == "row_differs", "{shown}");
    let found = &shown["place"];
    let found = format!("{}\t{}", found["partition"], found["offset"]);
    ensure!(found == place.trim(), "{shown}, the row is at {place}");
    ensure_verified(shared.home.program()).map(drop)
}

/// Asks the ClickHouse of the stack by hand, as an analyst's client would.
fn query(system: &System, sql: &str) -> Result<String> {
    let endpoints = &system.endpoints;
    let url = format!(
        "{}/?database={}",
        endpoints.clickhouse, endpoints.clickhouse_database
    );
    http::post(&url, "text/plain", sql.to_owned())
}
