//! What people ask, over HTTP with the official client: the whole answer is read.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use super::figure;
use super::place::Place;
use crate::figures::percentile;

/// Askings that count, after as many as a tenth to warm up. The 99th percentile of 200 is the third
/// worst.
const ASKINGS: usize = 200;

/// One question and its name. `{player}` and
/// `{day}` stand for another player and day each time.
const QUESTIONS: [(&str, &str); 7] = [
    (
        "latest",
        "SELECT prop, version, predicted, line, edge, confidence, recommendation, change_type, \
         effective_at FROM latest WHERE player_lookup = '{player}' AND game_date = '{day}'",
    ),
    (
        "latest_whole_rows",
        "SELECT * FROM latest WHERE player_lookup = '{player}' AND game_date = '{day}'",
    ),
    (
        "latest_all",
        "SELECT player_lookup, game_id, prop, system_id, version, predicted, line, edge, confidence, \
         recommendation FROM latest_all WHERE game_date = '{day}'",
    ),
    (
        "history",
        "SELECT prop, system_id, game_date, version, predicted, line, recommendation, effective_at, \
         superseded_at, change_type, old_value, new_value FROM history WHERE player_lookup = '{player}'",
    ),
    (
        "as_of",
        "SELECT prop, version, predicted, line, edge, confidence, recommendation, change_type, \
         effective_at FROM as_of(moment = '{day} 21:00:00') WHERE player_lookup = '{player}' \
         AND game_date = '{day}' AND is_champion",
    ),
    (
        "as_of_whole_rows",
        "SELECT * FROM as_of(moment = '{day} 21:00:00') WHERE player_lookup = '{player}' \
         AND game_date = '{day}' AND is_champion",
    ),
    (
        "as_of_all",
        "SELECT player_lookup, game_id, prop, system_id, version, predicted, line, edge, confidence, \
         recommendation FROM as_of(moment = '{day} 21:00:00') WHERE game_date = '{day}'",
    ),
];

/// Versions of one day, as `rows.sql` makes them: 273 players, 55 keys each, 8 versions of each.
const VERSIONS_OF_DAY: u64 = 273 * 55 * 8;

/// Days that are asked about at most: the first tenth of the season.
const DAYS_MAX: u64 = 16;

/// Asks each question many times and notes p50, p99, and what one asking read.
pub(super) async fn ask(
    place: &Place,
    versions: u64,
    figures: &mut Map<String, Value>,
) -> Result<()> {
    let days = (versions / VERSIONS_OF_DAY).clamp(1, DAYS_MAX);
    let days = usize::try_from(days)?;
    let client = place.client("questions");
    for (name, sql) in QUESTIONS {
        let mut times_ms = Vec::with_capacity(ASKINGS);
        for turn in 0..ASKINGS + ASKINGS / 10 {
            let started = Instant::now();
            let query = client.query(&at(sql, turn, days));
            let bytes = query.fetch_bytes("RowBinary")?.collect().await?;
            let took_ms = started.elapsed().as_secs_f64() * 1_000.0;
            ensure!(!bytes.is_empty(), "{name} had no answer at turn {turn}");
            if turn >= ASKINGS / 10 {
                times_ms.push(took_ms);
            }
        }
        let mut told = cost(&client, &at(sql, 0, days)).await?;
        told["p50_ms"] = figure(percentile(&times_ms, 0.5));
        told["p99_ms"] = figure(percentile(&times_ms, 0.99));
        figures.insert(name.into(), told);
    }
    Ok(())
}

/// What one asking reads: told at its end only, so it is not timed.
async fn cost(client: &clickhouse::Client, sql: &str) -> Result<Value> {
    let query = client.query(sql).with_setting("wait_end_of_query", "1");
    let mut answer = query.fetch_bytes("RowBinary")?;
    let answer_bytes = answer.collect().await?.len();
    let summary = answer.summary().context("an answer without a summary")?;
    Ok(json!({
        "rows_read": summary.read_rows(),
        "bytes_read": summary.read_bytes(),
        "rows": summary.result_rows(),
        "answer_bytes": answer_bytes,
    }))
}

/// The question about another player and day each time.
fn at(sql: &str, turn: usize, days: usize) -> String {
    let day = turn % days;
    let slot = turn * 7 % 273;
    let player = (slot * 2 + day * 7) % 600;
    let (month, date) = if day < 10 {
        (10, 22 + day)
    } else {
        (11, day - 9)
    };
    sql.replace("{player}", &format!("player{player:03}lastname"))
        .replace("{day}", &format!("2024-{month:02}-{date:02}"))
}
