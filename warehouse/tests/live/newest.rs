//! The table of the newest versions follows the log.

use sideline_warehouse::rebuild::rebuild;

use crate::bench::{Bench, log};
use crate::shelf::Shelf;

/// An insert of one version of a key, as a sink sends it.
fn insert(version: u32, token: &str) -> String {
    format!(
        "INSERT INTO prediction_log (league, player_lookup, game_id, game_date, prop, system_id, \
         version, predicted, content_hash, kafka_offset) \
         SETTINGS insert_deduplication_token = '{token}', \
         deduplicate_blocks_in_dependent_materialized_views = 1 \
         VALUES ('nba', 'player1', '0022400410', '2024-12-23', 'points', 'ensemble', {version}, \
         {version}.5, '{version}', {version})"
    )
}

const NEWEST: &str = "SELECT version, predicted FROM latest WHERE player_lookup = 'player1'";

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_twice_or_late_leaves_the_newest_in_place() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    for (version, newest) in [(1, "1,1.5"), (3, "3,3.5"), (2, "3,3.5"), (3, "3,3.5")] {
        shelf.execute(&insert(version, "")).await;
        assert_eq!(shelf.lines(NEWEST).await, [newest]);
    }
    shelf.execute("OPTIMIZE TABLE latest_versions FINAL").await;
    assert_eq!(shelf.lines(NEWEST).await, ["3,3.5"]);
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insert_that_reached_the_log_alone_reaches_the_newest_when_it_is_sent_again() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    // As if the server had died after the log had its rows and before the other table had them.
    shelf.execute("DETACH TABLE latest_versions_follow").await;
    shelf.execute(&insert(1, "one")).await;
    shelf.execute("ATTACH TABLE latest_versions_follow").await;
    assert!(shelf.lines(NEWEST).await.is_empty());
    shelf.execute(&insert(1, "one")).await;
    assert_eq!(shelf.lines(NEWEST).await, ["1,1.5"]);
    let rows = shelf.lines("SELECT count() FROM prediction_log").await;
    assert_eq!(rows, ["1"], "the log knows the token");
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_a_day_whose_newest_versions_are_others_and_a_rebuild_mends_it() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    bench.send_versions(&log(4, 3)).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 12).await;
    let latest = "SELECT count() FROM latest_all WHERE version = 3";
    assert_eq!(bench.number(latest).await, 4);
    // One that the log does not hold, which no later version would replace.
    let forged = "INSERT INTO latest_versions SELECT * REPLACE (99 AS version, 'forged' AS prediction_id) \
                  FROM latest_versions LIMIT 1";
    bench.execute(forged).await;
    assert_eq!(bench.number(latest).await, 3);
    let breaches = bench.verify().await.breaches;
    assert_eq!(breaches.by_kind.get("newest_differs"), Some(&1));
    assert_eq!(breaches.total, 1, "{breaches:#?}");

    rebuild(bench.rebuild_config(), |_| {}).await.unwrap();
    assert_eq!(bench.number(latest).await, 4);
    assert!(bench.verify().await.is_clean());
    bench.end(Some(sink)).await;
}
