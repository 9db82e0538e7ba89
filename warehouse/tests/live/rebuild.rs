//! Tables made anew from the topics, and logs that are not the warehouse's own.

use sideline_avro::context::Touch;
use sideline_avro::events::{BoxScoreEvent, GameEvent, LineEvent};
use sideline_avro::time::Timestamp;
use sideline_warehouse::rebuild::{RebuildConfig, TableRebuild, rebuild};
use sideline_warehouse::{Sink, WarehouseError};

use crate::bench::{ALL_PARTITIONS, Bench, log, outcome_of, registration, stop, version};

const KNOWN_AT: i64 = 1_735_000_000_000_000;

fn dry(bench: &Bench) -> RebuildConfig {
    RebuildConfig {
        is_dry_run: true,
        ..bench.rebuild_config()
    }
}

fn of<'t>(tables: &'t [TableRebuild], table: &str) -> &'t TableRebuild {
    tables.iter().find(|one| one.table == table).unwrap()
}

/// A little of everything, with a resend, a correction under one key, a tombstone and a refusal.
async fn send_everything(bench: &Bench) {
    let topics = bench.topics.clone();
    bench.send_versions(&log(4, 3)).await;
    let outcome = outcome_of(&version("player1", 1));
    bench.send(&topics.outcomes, 0, "k", &outcome).await;
    for (book, line) in [("a", 22.5), ("b", 23.5), ("b", 24.5)] {
        let key = format!("line/0022400061/player1/points/{book}|odds|{KNOWN_AT}");
        let event = LineEvent {
            line: Some(line),
            known_at: Timestamp(KNOWN_AT),
            ..LineEvent::default()
        };
        bench.send(&topics.lines, 1, &key, &event).await;
    }
    let key = format!("line/0022400061/player1/points/c|odds|{KNOWN_AT}");
    bench
        .send(&topics.lines, 1, &key, &LineEvent::default())
        .await;
    bench.send_tombstone(&topics.lines, 1, &key).await;
    let key = format!("box-score/0022400061/player1|nba_com|{KNOWN_AT}");
    bench
        .send(&topics.box_scores, 2, &key, &BoxScoreEvent::default())
        .await;
    let key = format!("game/0022400061|nba_com|{KNOWN_AT}");
    bench
        .send(&topics.games, 3, &key, &GameEvent::default())
        .await;
    let key = format!("roster/player1|nba_com|{KNOWN_AT}");
    bench
        .send(&topics.rosters, 0, &key, &registration("player1"))
        .await;
    for (origin, reason) in [("raw", None), ("team/LAL", None), ("raw", Some("bad"))] {
        let touch = Touch {
            origin: origin.into(),
            failed_reason: reason.map(str::to_owned),
            targets: vec!["team/LAL".into()],
            ..Touch::default()
        };
        bench.send(&topics.touches, 0, "k", &touch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_table_equals_the_old_one_row_for_row() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    send_everything(&bench).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 12).await;
    bench.wait_for_rows(&sink, "line_log", 5).await;
    for table in [
        "outcome_log",
        "box_score_log",
        "game_log",
        "player_log",
        "change_event_log",
    ] {
        bench.wait_for_rows(&sink, table, 1).await;
    }
    assert_eq!(bench.number("SELECT count() FROM lines").await, 2);
    assert_eq!(
        bench
            .number("SELECT toUInt64(assumeNotNull(sum(line))) FROM lines")
            .await,
        47,
        "22.5 and the later word of book b, 24.5"
    );
    assert_eq!(bench.number("SELECT count() FROM change_events").await, 1);
    assert_eq!(bench.number("SELECT count() FROM box_scores").await, 1);
    assert_eq!(bench.number("SELECT count() FROM games").await, 1);

    // The sink goes on meanwhile: nothing it stores may be lost in the swap.
    let tables = rebuild(bench.rebuild_config(), |_| {}).await.unwrap();
    assert_eq!(tables.len(), 11);
    for table in &tables {
        assert!(table.is_equal(), "{table:?}");
    }
    assert_eq!(of(&tables, "prediction_log").rows, 12);
    assert_eq!(of(&tables, "line_log").rows, 3, "two books, one tombstone");
    bench.send_versions(&[version("player0", 4)]).await;
    bench.wait_for_rows(&sink, "prediction_log", 13).await;
    assert!(bench.verify().await.is_clean());
    let left = "SELECT count() FROM system.tables WHERE database = currentDatabase() AND endsWith(name, '_rebuild')";
    assert_eq!(bench.number(left).await, 0, "the other tables are gone");
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_finds_what_a_table_lost_and_what_it_should_not_have() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    bench.send_versions(&log(4, 3)).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 12).await;
    let forged = "INSERT INTO prediction_log SELECT * REPLACE('forged' AS content_hash) FROM prediction_log LIMIT 1";
    bench.execute(forged).await;
    let lost = "ALTER TABLE prediction_log DELETE WHERE version = 2 SETTINGS mutations_sync = 2";
    bench.execute(lost).await;

    let found = rebuild(dry(&bench), |_| {}).await.unwrap();
    let versions = of(&found, "prediction_log");
    assert_eq!(versions.only_in_new, 4, "version 2 of four players");
    assert_eq!(versions.only_in_old, 1, "the forged row");
    assert!(
        !bench.verify().await.is_clean(),
        "a dry run changes nothing"
    );

    rebuild(bench.rebuild_config(), |_| {}).await.unwrap();
    let report = bench.verify().await;
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!(report.rows, 12);
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_was_killed_while_it_swapped_is_finished_by_the_sinks_next_start() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    bench.send_versions(&log(4, 3)).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 12).await;
    stop(sink).await;
    // As a kill leaves it: the new table is in place and lacks what came meanwhile, the group's
    // offsets lie beyond, and later rows are stored already.
    let lost = "ALTER TABLE prediction_log DELETE WHERE version = 2 SETTINGS mutations_sync = 2";
    bench.execute(lost).await;
    for partition in 0..4 {
        let owed = format!(
            "INSERT INTO rebuild_log (log_table, kafka_partition, owed_from, is_settled) \
             VALUES ('prediction_log', {partition}, 0, false)"
        );
        bench.execute(&owed).await;
    }
    bench
        .execute("CREATE TABLE prediction_log_rebuild AS prediction_log")
        .await;

    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 12).await;
    let report = bench.verify().await;
    assert!(report.is_clean(), "{report:#?}");
    let open = "SELECT count() FROM rebuild_log FINAL WHERE NOT is_settled";
    assert_eq!(bench.number(open).await, 0);
    let tables = rebuild(bench.rebuild_config(), |_| {}).await.unwrap();
    assert!(of(&tables, "prediction_log").is_equal());
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sink_refuses_a_warehouse_of_another_log_and_says_what_to_do() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    bench.send_versions(&log(2, 2)).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 4).await;
    stop(sink).await;
    bench
        .execute(
            "INSERT INTO ledger_origin (log_table, topic, cluster_id) \
             SELECT log_table, topic, 'another' FROM ledger_origin FINAL",
        )
        .await;
    let refused = ended(Sink::start(&bench.sink_config()).unwrap()).await;
    assert!(
        matches!(refused, WarehouseError::OtherLedger { .. }),
        "{refused}"
    );
    assert!(refused.hint().contains("rebuild --adopt"));
    let refused = rebuild(bench.rebuild_config(), |_| {}).await.unwrap_err();
    assert!(
        matches!(refused, WarehouseError::OtherLedger { .. }),
        "{refused}"
    );

    let adopted = RebuildConfig {
        is_adopted: true,
        ..bench.rebuild_config()
    };
    rebuild(adopted, |_| {}).await.unwrap();
    let sink = bench.start_sink();
    bench.send_versions(&[version("player0", 3)]).await;
    bench.wait_for_rows(&sink, "prediction_log", 1).await;
    assert!(bench.verify().await.is_clean());
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sink_refuses_a_warehouse_that_is_ahead_of_its_topic() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    bench.send_versions(&log(2, 2)).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 4).await;
    stop(sink).await;
    bench
        .execute(
            "INSERT INTO prediction_log SELECT * REPLACE(1000 AS kafka_offset, 'later' AS content_hash) \
             FROM prediction_log LIMIT 1",
        )
        .await;
    let refused = ended(Sink::start(&bench.sink_config()).unwrap()).await;
    assert!(
        matches!(refused, WarehouseError::AheadOfTopic { stored: 1000, .. }),
        "{refused}"
    );
    assert!(refused.hint().contains("warehouse rebuild"));
    rebuild(bench.rebuild_config(), |_| {}).await.unwrap();
    let sink = bench.start_sink();
    bench
        .wait_until(&sink, |sink| sink.status().partitions == ALL_PARTITIONS)
        .await;
    assert!(bench.verify().await.is_clean());
    bench.end(Some(sink)).await;
}

/// Why a sink that cannot go on has ended.
async fn ended(sink: sideline_warehouse::SinkHandle) -> WarehouseError {
    let wait = tokio::task::spawn_blocking(move || sink.wait());
    wait.await.unwrap().unwrap_err()
}
