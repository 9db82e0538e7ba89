//! Batches, what they said and whom they reached, on rows made by hand: no batch writes them yet.

use crate::shelf::Shelf;

/// Two batches of one day. The second began, then ended, and its records came twice; it found one
/// key unchanged, made a version of another, skipped a player and failed at a third key.
const ROWS: &str = "INSERT INTO batch_log (batch_id, game_date, kind, status, started_at, ended_at, \
    expected, new, refresh, unchanged, skipped, failed, error_message, written_at, kafka_offset) VALUES
('batch_2024-12-23_06:00', '2024-12-23', 'nightly', 'success', '2024-12-23 10:55:00', '2024-12-23 11:00:00', 2, 2, 0, 0, 0, 0, NULL, '2024-12-23 11:00:00', 1),
('batch_2024-12-23_12:00', '2024-12-23', 'changed', 'running', '2024-12-23 17:00:00', NULL, 0, 0, 0, 0, 0, 0, NULL, '2024-12-23 17:00:00', 2),
('batch_2024-12-23_12:00', '2024-12-23', 'changed', 'partial', '2024-12-23 17:00:00', '2024-12-23 17:01:00', 4, 1, 0, 1, 1, 1, '1 key failed', '2024-12-23 17:01:00', 3),
('batch_2024-12-23_12:00', '2024-12-23', 'changed', 'partial', '2024-12-23 17:00:00', '2024-12-23 17:01:00', 4, 1, 0, 1, 1, 1, '1 key failed', '2024-12-23 17:01:00', 3);
INSERT INTO batch_value_log (batch_id, league, player_lookup, game_id, game_date, prop, system_id, \
    predicted, line, confidence, recommendation, outcome, reason, version, content_hash, written_at, kafka_offset) VALUES
('batch_2024-12-23_06:00', 'nba', 'lebronjames', '0022400410', '2024-12-23', 'points', 'ensemble', 25, 24.5, 0.6, 'PASS', 'new', NULL, 1, 'h1', '2024-12-23 11:00:00', 1),
('batch_2024-12-23_06:00', 'nba', 'anthonydavis', '0022400410', '2024-12-23', 'points', 'ensemble', 26, 25.5, 0.6, 'PASS', 'new', NULL, 1, 'h2', '2024-12-23 11:00:00', 2),
('batch_2024-12-23_12:00', 'nba', 'lebronjames', '0022400410', '2024-12-23', 'points', 'ensemble', 27, 24.5, 0.7, 'OVER', 'new', NULL, 2, 'h3', '2024-12-23 17:01:00', 3),
('batch_2024-12-23_12:00', 'nba', 'anthonydavis', '0022400410', '2024-12-23', 'points', 'ensemble', 26, 25.5, 0.6, 'PASS', 'unchanged', NULL, 1, 'h2', '2024-12-23 17:01:00', 4),
('batch_2024-12-23_12:00', 'nba', 'anthonydavis', '0022400410', '2024-12-23', 'points', 'ensemble', 26, 25.5, 0.6, 'PASS', 'unchanged', NULL, 1, 'h2', '2024-12-23 17:01:00', 4),
('batch_2024-12-23_12:00', 'nba', 'bronnyjames', '0022400410', '2024-12-23', '', '', NULL, NULL, NULL, '', 'skipped', 'not_eligible', NULL, '', '2024-12-23 17:01:00', 5),
('batch_2024-12-23_12:00', 'nba', 'nikolajokic', '0022400410', '2024-12-23', 'points', 'ensemble', NULL, NULL, NULL, '', 'failed', 'no_value', NULL, '', '2024-12-23 17:01:00', 6);
INSERT INTO coverage_log (batch_id, game_date, game_id, prop, system_id, players_with_line, expected, \
    predicted, skipped, failed, reasons, written_at, kafka_offset) VALUES
('batch_2024-12-23_12:00', '2024-12-23', '0022400410', 'points', 'ensemble', 3, 4, 2, 1, 1, {'not_eligible': 1, 'no_value': 1}, '2024-12-23 17:01:00', 1),
('batch_2024-12-23_12:00', '2024-12-23', '0022400410', 'points', 'ensemble', 3, 4, 2, 1, 1, {'not_eligible': 1, 'no_value': 1}, '2024-12-23 17:01:00', 1);
";

async fn two_batches() -> Option<Shelf> {
    let shelf = Shelf::new().await?;
    shelf.execute(ROWS).await;
    Some(shelf)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_one_row_as_it_stands_now() {
    let Some(shelf) = two_batches().await else {
        return;
    };
    let sql = "SELECT batch_id, status, ended_at, error_message FROM batches ORDER BY batch_id";
    assert_eq!(
        shelf.lines(sql).await,
        [
            "batch_2024-12-23_06:00,success,2024-12-23 11:00:00.000000,\\N",
            "batch_2024-12-23_12:00,partial,2024-12-23 17:01:00.000000,1 key failed",
        ]
    );
    let sums = "SELECT count() FROM batches WHERE expected != new + refresh + unchanged + skipped + failed";
    assert_eq!(shelf.lines(sums).await, ["0"], "promise 9");
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_of_batch_gives_what_it_said_also_where_nothing_changed() {
    let Some(shelf) = two_batches().await else {
        return;
    };
    let said = |id: &str| {
        format!(
            "SELECT player_lookup, predicted, outcome, reason, version FROM as_of_batch(id = '{id}') \
             ORDER BY player_lookup"
        )
    };
    assert_eq!(
        shelf.lines(&said("batch_2024-12-23_12:00")).await,
        [
            "anthonydavis,26,unchanged,\\N,1",
            "bronnyjames,\\N,skipped,not_eligible,\\N",
            "lebronjames,27,new,\\N,2",
            "nikolajokic,\\N,failed,no_value,\\N",
        ]
    );
    assert_eq!(
        shelf.lines(&said("batch_2024-12-23_06:00")).await,
        ["anthonydavis,26,new,\\N,1", "lebronjames,25,new,\\N,1"],
        "a later batch changes nothing of what an earlier one said"
    );
    assert!(
        shelf
            .lines(&said("batch_2024-12-24_06:00"))
            .await
            .is_empty()
    );
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_batch_said_names_the_version_that_says_it() {
    let Some(shelf) = two_batches().await else {
        return;
    };
    // Of the ledger: the hash of "nba|lebronjames/0022400410/points/ensemble|2".
    let id = "SELECT lower(hex(substring(SHA256(\
              'nba|lebronjames/0022400410/points/ensemble|2'), 1, 16)))";
    let told = "SELECT prediction_id FROM as_of_batch(id = 'batch_2024-12-23_12:00') \
                WHERE player_lookup = 'lebronjames'";
    assert_eq!(shelf.lines(told).await, shelf.lines(id).await);
    let none = "SELECT prediction_id FROM as_of_batch(id = 'batch_2024-12-23_12:00') \
                WHERE version IS NULL";
    assert_eq!(shelf.lines(none).await, ["\\N", "\\N"]);
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn coverage_counts_each_player_once_and_adds_up() {
    let Some(shelf) = two_batches().await else {
        return;
    };
    let sql = "SELECT players_with_line, expected, predicted, skipped, failed, reasons['no_value'] \
               FROM coverage WHERE batch_id = 'batch_2024-12-23_12:00'";
    assert_eq!(shelf.lines(sql).await, ["3,4,2,1,1,1"]);
    let sums = "SELECT count() FROM coverage WHERE expected != predicted + skipped + failed \
                OR arraySum(mapValues(reasons)) != skipped + failed";
    assert_eq!(shelf.lines(sums).await, ["0"]);
    shelf.end().await;
}
