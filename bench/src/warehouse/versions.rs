//! Versions: as records, and by the million in the table.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Result;
use clickhouse::Row;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sideline_avro::candidates::Component;
use sideline_avro::cause::Hop;
use sideline_avro::predictions::Prediction;
use sideline_avro::time::{LeagueDay, Timestamp};

use super::figure;
use super::place::Place;

/// How rows are made inside ClickHouse.
const ROWS_SQL: &str = include_str!("rows.sql");

/// Rows made by one statement.
const STEP: u64 = 200_000;

/// A moment within the season, in microseconds.
const EVENING: i64 = 1_734_993_000_000_000;

/// What the table takes on disk.
#[derive(Row, Deserialize)]
struct Size {
    rows: u64,
    bytes: u64,
    parts: u64,
}

/// Fills the table that is asked, and says what a version costs on disk.
pub(super) async fn fill(
    place: &Place,
    versions: u64,
    figures: &mut Map<String, Value>,
) -> Result<()> {
    place.warehouse("questions").await?;
    let client = place.client("questions");
    let sql = "SELECT count() FROM prediction_log";
    let filled: u64 = client.query(sql).fetch_one().await?;
    let started = Instant::now();
    for from in (filled.min(versions)..versions).step_by(STEP as usize) {
        let count = STEP.min(versions - from);
        let insert = client.query(ROWS_SQL).param("from", from);
        insert.param("count", count).execute().await?;
    }
    let seconds = started.elapsed().as_secs_f64();
    merge(&client).await?;
    let sql = "SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts \
               FROM system.parts WHERE active AND database = currentDatabase() \
               AND table = 'prediction_log'";
    let size: Size = client.query(sql).fetch_one().await?;
    figures.insert("versions".into(), json!(size.rows));
    if filled == 0 {
        figures.insert("fill_s".into(), figure(seconds));
    }
    figures.insert("parts_asked".into(), json!(size.parts));
    let each = size.bytes as f64 / size.rows as f64;
    figures.insert("bytes_per_version".into(), figure(each));
    Ok(())
}

/// Merges each partition into one part, as a server that has had time leaves it.
async fn merge(client: &clickhouse::Client) -> Result<()> {
    // The last inserts of a month have nothing to be merged with that has its rows by player.
    let sql =
        "ALTER TABLE prediction_log MATERIALIZE PROJECTION by_player SETTINGS mutations_sync = 2";
    client.query(sql).execute().await?;
    let sql = "SELECT table, partition_id FROM system.parts \
               WHERE active AND database = currentDatabase() \
               AND table IN ('prediction_log', 'latest_versions') \
               GROUP BY table, partition_id HAVING count() > 1";
    for (table, partition) in client.query(sql).fetch_all::<(String, String)>().await? {
        let sql = format!("OPTIMIZE TABLE {table} PARTITION ID '{partition}' FINAL");
        client.query(&sql).execute().await?;
    }
    Ok(())
}

/// The `number`th version of a stream: 600 players, 11 props and 5 systems, in turn.
pub(super) fn version(number: u64) -> Prediction {
    let player = number / 55 % 600;
    let offset = i64::try_from(number).unwrap_or(i64::MAX);
    let hash = |salt: u64| {
        let mixed = (number ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{mixed:016x}{:016x}", mixed.rotate_left(23) ^ salt)
    };
    let mut version = Prediction {
        prediction_id: hash(1),
        content_hash: hash(2),
        league: "nba".into(),
        player_lookup: format!("player{player:03}lastname"),
        game_id: format!("00224{:05}", player % 14),
        game_date: LeagueDay(20_080),
        tip_off: Timestamp(EVENING + 3_600_000_000),
        team: format!("T{:02}", player % 30),
        opponent: format!("T{:02}", (player + 1) % 30),
        version: offset / 33_000 + 1,
        build: "sideline-0.1.0".into(),
        view: view(offset),
        effective_at: Timestamp(EVENING + offset),
        as_of: Timestamp(EVENING + offset),
        ..Prediction::default()
    };
    version.candidate.prop = format!("prop{:02}", number % 11);
    version.candidate.system_id = format!("system{}", number / 11 % 5);
    version.candidate.predicted =
        Some(f64::from(u32::try_from(number % 4_000).unwrap_or(0)) / 100.0);
    version.candidate.line = Some(20.5);
    version.candidate.components = ["base", "minutes", "matchup", "rest"].map(component).into();
    version.cause.correlation_id = hash(3 + number / 55);
    version.cause.topic = "nba-lines".into();
    version.cause.offset = offset;
    version.cause.fact = format!(
        "line/{}/{}/points/book",
        version.game_id, version.player_lookup
    );
    version.cause.trail = ["raw", "player", "features", "systems"].map(hop).into();
    version
}

fn view(offset: i64) -> BTreeMap<String, i64> {
    let topics = ["games", "injuries", "lines", "rosters", "box-scores"];
    let entries = topics.map(|topic| (format!("nba-{topic}/0"), offset));
    entries.into_iter().collect()
}

fn component(name: &str) -> Component {
    Component {
        name: name.into(),
        value: 1.25,
    }
}

fn hop(phase: &str) -> Hop {
    Hop {
        phase: phase.into(),
        appended_at: Timestamp(EVENING),
    }
}
