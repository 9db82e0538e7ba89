//! A run that is promoted becomes live by way of the ledger; dropped, it is gone, and no promise
//! breaks either way.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use rdkafka::message::Message;
use serde_json::Value;
use sideline_avro::predictions::Prediction;
use sideline_avro::{WireReader, WireWriter};
use sideline_topics::{TopicId, keys, partition_for};

use crate::environment::ensure_verified;
use crate::producer::{Bytes, Producer};
use crate::shared::{Shared, trial};
use crate::wait::{SOON, block_on, until};

/// The run, as a replay would name it.
const RUN: &str = "replay-end-to-end";

/// The trials of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![trial(
        "a_run_becomes_live_when_it_is_promoted_and_is_gone_when_it_is_dropped",
        promoted_and_dropped,
    )]
}

fn promoted_and_dropped(shared: &Shared) -> Result<()> {
    let player = shared.scorer(3)?;
    let before = shared.points(&player)?;
    let live = newest_of(shared, &player)?;
    // The run says one more point than what is live, and of a second player what is live already.
    let same = newest_of(shared, &shared.scorer(4)?)?;
    let mut other = live.clone();
    other.candidate.predicted = live.candidate.predicted.map(|points| points + 1.0);
    other.content_hash = "1".repeat(32);
    for one in [other, same] {
        write_as_run(shared, one)?;
    }
    let run = until(SOON, || {
        let runs = shared.json(&["runs", "list"])?;
        Ok(Some(runs[0].clone()).filter(|run| run["versions"] == 2))
    })?;
    ensure!(run["run_id"] == RUN && run["differing"] == 1, "{run}");
    ensure!(
        shared.points(&player)? == before,
        "no live view shows a run"
    );
    ensure_verified(shared.home.program())?;

    promote(shared, &player, &before)?;
    let after = shared.points(&player)?;
    let dropped = shared.json(&["runs", "drop", RUN, "--yes"])?;
    ensure!(dropped["versions"] == 2, "{dropped}");
    ensure!(shared.json(&["runs", "list"])? == serde_json::json!([]));
    ensure!(shared.points(&player)? == after, "what was promoted stays");
    ensure_verified(shared.home.program())?;

    // News has the last word again, and the other trials find the league as it was.
    shared.injury(&player, "OUT")?;
    let told = shared.injury(&player, "AVAILABLE")?;
    ensure!(told["changed"].as_i64() > Some(0), "{told}");
    ensure!(points(&shared.points(&player)?) == points(&before));
    ensure_verified(shared.home.program()).map(drop)
}

/// Promotes the run: one key gets its next version, the other is what it says already.
fn promote(shared: &Shared, player: &str, before: &Value) -> Result<()> {
    let counts = |told: &Value| {
        ["expected", "changed", "unchanged"].map(|count| told[count].as_i64().unwrap_or(-1))
    };
    let dry = shared.json(&["runs", "promote", RUN, "--dry-run"])?;
    ensure!(dry[0]["differing"] == 1, "{dry}");
    ensure!(
        shared.points(player)? == *before,
        "a dry run changes nothing"
    );
    let told = shared.json(&["runs", "promote", RUN])?;
    ensure!(counts(&told) == [2, 1, 1], "{told}");
    let after = shared.points(player)?;
    let next = before["version"].as_i64().map(|version| version + 1);
    ensure!(after["version"].as_i64() == next, "{after}, {before}");
    let moved = points(&after) - points(before);
    ensure!((moved - 1.0).abs() < 0.001, "{after}, {before}");
    check_cause(shared, player)?;
    ensure_verified(shared.home.program())?;
    let again = shared.json(&["runs", "promote", RUN])?;
    ensure!(counts(&again) == [2, 0, 2], "{again}");
    Ok(())
}

fn points(line: &Value) -> f64 {
    line["predicted"].as_f64().unwrap_or_default()
}

/// The cause of the newest version leads to the version of the run.
fn check_cause(shared: &Shared, player: &str) -> Result<()> {
    let sql = "SELECT promoted.origin AS origin, promoted.fact AS fact, run.run_id AS run_id, \
               promoted.predicted = run.predicted AS is_said, promoted.supersedes_version + 1 = \
               promoted.version AS is_chained FROM history AS promoted INNER JOIN prediction_log AS run \
               ON run.kafka_partition = promoted.cause_partition AND run.kafka_offset = \
               promoted.cause_offset WHERE promoted.player_lookup = {player:String} \
               AND promoted.prop = 'points' AND promoted.change_type = 'forced' \
               AND promoted.is_champion AND NOT promoted.is_superseded";
    let parameter = format!("player={player}");
    let rows = shared.json(&["sql", "--query", sql, "--param", &parameter])?;
    let row = &rows[0];
    ensure!(row["origin"] == "promote" && row["run_id"] == RUN, "{rows}");
    ensure!(row["fact"] == format!("promote/{RUN}").as_str(), "{rows}");
    ensure!(row["is_said"] == 1 && row["is_chained"] == 1, "{rows}");
    Ok(())
}

/// The newest live version of a player's points, from the topic.
fn newest_of(shared: &Shared, player: &str) -> Result<Prediction> {
    let system = &shared.system;
    let reader = WireReader::<Prediction>::new(Arc::new(system.registry()?));
    let topic = system.catalogue.name(TopicId::Predictions);
    let mut newest: Option<Prediction> = None;
    sideline::log::read_all(&system.endpoints.kafka, topic, |message| {
        let version = reader.decode(message.payload().unwrap_or_default())?;
        let is_his = version.player_lookup == player && version.candidate.prop == "points";
        let is_newer = newest.as_ref().is_none_or(|known| {
            (known.game_date, known.version) <= (version.game_date, version.version)
        });
        if is_his && is_newer && version.run_id.is_none() {
            newest = Some(version);
        }
        Ok(())
    })?;
    newest.with_context(|| format!("{player} has no version"))
}

/// Appends a version as the first of its key within the run.
fn write_as_run(shared: &Shared, mut version: Prediction) -> Result<()> {
    version.run_id = Some(RUN.to_owned());
    version.version = 1;
    version.supersedes_version = None;
    version.previous = None;
    let system = &shared.system;
    let ids = block_on(system.schema_ids())?;
    let topic = system.catalogue.topic(TopicId::Predictions);
    let says = &version.candidate;
    let player = &version.player_lookup;
    let key = keys::prediction_key(player, &version.game_id, &says.prop, &says.system_id);
    let value = WireWriter::new(ids.of(TopicId::Predictions)).to_vec(&version)?;
    let bytes = Bytes {
        topic: TopicId::Predictions,
        partition: partition_for(player, topic.settings.partitions),
        key: key.into_bytes(),
        value: Some(value),
        timestamp_ms: version.effective_at.as_millis(),
    };
    Producer::connect(system)?.send(&bytes).map(drop)
}
