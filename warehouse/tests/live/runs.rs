//! Runs: invisible to those who ask what is live, droppable for good, and no breach either way.

use std::sync::Arc;

use sideline_avro::FixedSchemas;
use sideline_avro::cause::TriggerSource;
use sideline_avro::predictions::Prediction;
use sideline_warehouse::promotion_fact;
use sideline_warehouse::rebuild::{RebuildConfig, TableRebuild, rebuild};

use crate::bench::{Bench, log, stop, version};

const RUN: &str = "replay-7";

/// Versions of the run: the same keys, of which version 2 of `player1` says something else.
fn of_run() -> Vec<Prediction> {
    let mut versions = log(3, 2);
    for one in &mut versions {
        one.run_id = Some(RUN.into());
        if one.player_lookup == "player1" && one.version == 2 {
            one.content_hash = "another".into();
            one.candidate.predicted = Some(31.0);
        }
    }
    versions
}

/// Six live versions, then six of the run, stored.
async fn with_a_run(bench: &Bench) -> sideline_warehouse::SinkHandle {
    bench.send_versions(&log(3, 2)).await;
    bench.send_versions(&of_run()).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 12).await;
    sink
}

async fn rebuilt(bench: &Bench, is_dry_run: bool) -> TableRebuild {
    let config = RebuildConfig {
        kafka: bench.kafka.clone(),
        topics: bench.topics.clone(),
        schemas: Arc::new(FixedSchemas::all()),
        clickhouse: bench.clickhouse.clone(),
        is_dry_run,
        is_adopted: false,
    };
    let tables = rebuild(config, |_| {}).await.unwrap();
    let is_ours = |one: &TableRebuild| one.table == "prediction_log";
    tables.into_iter().find(is_ours).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_listed_with_how_it_differs_and_no_live_view_shows_it() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let sink = with_a_run(&bench).await;
    let runs = bench.warehouse().run_summaries(None).await.unwrap();
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    assert_eq!(run.run_id, RUN);
    assert_eq!((run.versions, run.keys, run.players), (6, 3, 3));
    assert_eq!(run.differing, 1, "player1 alone says something else");
    assert_eq!(run.first_day, run.last_day);
    let other = bench.warehouse().run_summaries(Some("nobody")).await;
    assert!(other.unwrap().is_empty());
    for view in ["latest", "latest_all", "history", "why"] {
        let sql = format!("SELECT count() FROM {view} WHERE predicted = 31");
        assert_eq!(bench.number(&sql).await, 0, "{view}");
    }
    assert!(bench.verify().await.is_clean());
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_versions_of_a_run_come_from_the_topic() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let sink = with_a_run(&bench).await;
    let newest = bench
        .warehouse()
        .fetch_run(
            &bench.kafka,
            &bench.topics.predictions,
            Arc::new(FixedSchemas::all()),
            RUN,
        )
        .await
        .unwrap();
    let sent = of_run();
    let told: Vec<&Prediction> = newest.iter().map(|one| &one.version).collect();
    assert_eq!(told, sent[3..].iter().collect::<Vec<_>>());
    let place = newest[0].place;
    let sql = format!(
        "SELECT count() FROM prediction_log WHERE run_id = '{RUN}' AND player_lookup = 'player0' \
         AND version = 2 AND kafka_partition = {} AND kafka_offset = {}",
        place.partition, place.offset
    );
    assert_eq!(bench.number(&sql).await, 1);
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_run_stays_away_and_live_versions_stay() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let sink = with_a_run(&bench).await;
    let warehouse = bench.warehouse();
    assert_eq!(warehouse.drop_run("nobody").await.unwrap().versions, 0);
    assert_eq!(warehouse.drop_run("").await.unwrap().versions, 0, "no live");
    assert_eq!(warehouse.drop_run(RUN).await.unwrap().versions, 6);
    let rows = "SELECT count() FROM prediction_log";
    assert_eq!(bench.number(rows).await, 6);
    assert!(warehouse.run_summaries(None).await.unwrap().is_empty());
    let report = bench.verify().await;
    assert!(report.is_clean(), "dropped on purpose: {report:#?}");

    // The last records of every partition were the run's: a new sink does not read them again.
    stop(sink).await;
    let sink = bench.start_sink();
    bench.send_versions(&[version("player0", 3)]).await;
    bench.wait_for_rows(&sink, "prediction_log", 1).await;
    assert_eq!(bench.number(rows).await, 7);

    let dry = rebuilt(&bench, true).await;
    assert!(dry.is_equal(), "{dry:?}");
    let made = rebuilt(&bench, false).await;
    assert!(made.is_equal(), "{made:?}");
    assert_eq!(
        bench.number(rows).await,
        7,
        "nor does a rebuild bring it back"
    );
    assert!(bench.verify().await.is_clean());
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_a_promotion_made_says_so() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let mut promoted = version("player1", 1);
    promoted.cause.trigger_source = TriggerSource::Replay;
    promoted.cause.fact = promotion_fact(RUN);
    bench.send_versions(&[promoted]).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 1).await;
    let sql = "SELECT count() FROM history WHERE origin = 'promote' AND new_value IS NULL";
    assert_eq!(bench.number(sql).await, 1);
    let sql = "SELECT count() FROM player_prop_predictions WHERE is_realtime_update";
    assert_eq!(bench.number(sql).await, 0, "no news made it");
    bench.end(Some(sink)).await;
}
