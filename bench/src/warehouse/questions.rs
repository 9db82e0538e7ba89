//! What people ask, over HTTP with the official client: the whole answer is read.

use std::time::Instant;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::figure;
use super::place::Place;
use crate::figures::percentile;

/// Askings that count, after as many as a tenth to warm up. The 99th percentile of 200 is the third
/// worst.
const ASKINGS: usize = 200;

/// One question, its name, and how long its 99th percentile may be, in milliseconds. `{player}` and
/// `{day}` stand for another player and day each time.
const QUESTIONS: [(&str, &str); 6] = [
    (
        "latest",
        "SELECT * FROM latest WHERE player_lookup = '{player}' AND game_date = '{day}'",
    ),
    (
        "latest_all_player",
        "SELECT * FROM latest_all WHERE player_lookup = '{player}' AND game_date = '{day}'",
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
        "as_of_player",
        "SELECT * FROM prediction_log FINAL WHERE run_id = '' AND player_lookup = '{player}' \
         AND game_date = '{day}' AND effective_at <= toDateTime64('{day} 21:00:00', 6, 'UTC') \
         ORDER BY player_lookup, game_id, prop, system_id, league, version DESC \
         LIMIT 1 BY player_lookup, game_id, prop, system_id, league",
    ),
    (
        "as_of_slate",
        "SELECT player_lookup, game_id, prop, system_id, version, predicted, line, edge, confidence, \
         recommendation FROM prediction_log FINAL WHERE run_id = '' \
         AND game_date = '{day}' AND effective_at <= toDateTime64('{day} 21:00:00', 6, 'UTC') \
         ORDER BY player_lookup, game_id, prop, system_id, league, version DESC \
         LIMIT 1 BY player_lookup, game_id, prop, system_id, league",
    ),
];

/// Asks each question many times and notes p50, p99, and what the last one read.
pub(super) async fn ask(place: &Place, figures: &mut Map<String, Value>) -> Result<()> {
    let client = place.client("questions");
    for (name, sql) in QUESTIONS {
        let mut times_ms = Vec::with_capacity(ASKINGS);
        let mut cost = json!({});
        for turn in 0..ASKINGS + ASKINGS / 10 {
            let started = Instant::now();
            let query = client.query(&at(sql, turn));
            let mut answer = query.fetch_bytes("RowBinary")?;
            let bytes = answer.collect().await?.len();
            let took_ms = started.elapsed().as_secs_f64() * 1_000.0;
            if turn >= ASKINGS / 10 {
                times_ms.push(took_ms);
            }
            if let Some(summary) = answer.summary() {
                cost = json!({
                    "rows_read": summary.read_rows(),
                    "bytes_read": summary.read_bytes(),
                    "rows": summary.result_rows(),
                    "answer_bytes": bytes,
                });
            }
        }
        cost["p50_ms"] = figure(percentile(&times_ms, 0.5));
        cost["p99_ms"] = figure(percentile(&times_ms, 0.99));
        figures.insert(name.into(), cost);
    }
    Ok(())
}

/// The question about another player and day each time: players and days of the first tenth of the
/// season, which are there whatever the number of versions.
fn at(sql: &str, turn: usize) -> String {
    let day = turn % 16;
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
