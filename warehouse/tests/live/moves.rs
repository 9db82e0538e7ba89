//! Games that were moved: the table that the views look up says what all statements say.

use sideline_avro::events::GameEvent;
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_warehouse::rebuild::rebuild;

use crate::bench::{Bench, stop};
use crate::shelf::Shelf;

const MONDAY: LeagueDay = LeagueDay(20_080);
const TUESDAY: LeagueDay = LeagueDay(20_081);

/// Statements about one game: day, when it was known, offset, and whether it was taken back.
const STATEMENTS: [&str; 4] = [
    "'2024-12-23', '2024-12-01 10:00:00', 1, false",
    "'2024-12-24', '2024-12-02 10:00:00', 2, false",
    "'2024-12-23', '2024-12-03 10:00:00', 3, false",
    "'2024-12-26', '2024-12-04 10:00:00', 4, true",
];

const LEFT: &str = "SELECT game_id, game_date FROM left_days ORDER BY ALL";

const LOOKED_UP: &str = "SELECT game_id, arrayJoin(left_days) AS day FROM moved_games ORDER BY ALL";

#[tokio::test(flavor = "multi_thread")]
async fn promise_5_moved_games_say_what_all_statements_say_in_whatever_order_they_came() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    for (game, order) in [[0, 1, 2, 3], [2, 1, 3, 0], [3, 0, 2, 1], [1, 0, 3, 2]]
        .iter()
        .enumerate()
    {
        for statement in order.map(|place| STATEMENTS[place]) {
            let sql = format!(
                "INSERT INTO game_log (game_id, source, game_date, known_at, kafka_offset, is_retracted) \
                 VALUES ('game{game}', 'nba_com', {statement});\n"
            );
            // Twice, as after a crash of the sink.
            shelf.fill(&sql.repeat(2)).await;
            assert_eq!(shelf.lines(LOOKED_UP).await, shelf.lines(LEFT).await);
        }
    }
    let expected = ["game0", "game1", "game2", "game3"].map(|game| format!("{game},2024-12-24"));
    assert_eq!(shelf.lines(LOOKED_UP).await, expected);

    // A tombstone takes the place of the one statement that moved the game.
    let tombstone = "INSERT INTO game_log (game_id, source, known_at, kafka_offset, is_deleted) \
                     VALUES ('game0', 'nba_com', '2024-12-02 10:00:00', 9, true);\n\
                     OPTIMIZE TABLE game_log FINAL;\n";
    shelf.fill(tombstone).await;
    assert_eq!(shelf.lines(LOOKED_UP).await, expected[1..]);
    assert_eq!(shelf.lines(LEFT).await, expected[1..]);
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_game_that_is_moved_leaves_its_day_before_the_sink_tells_of_it() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    send(&bench, MONDAY, 1).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "game_log", 1).await;
    assert_eq!(bench.number("SELECT count() FROM moved_games").await, 0);
    send(&bench, TUESDAY, 2).await;
    bench.wait_for_rows(&sink, "game_log", 2).await;
    let days = "SELECT toUInt64(days[-1] = '2024-12-24' AND length(days) = 2) FROM moved_games";
    assert_eq!(bench.number(days).await, 1);
    stop(sink).await;

    // What the table lost comes back with a rebuild.
    bench.execute("TRUNCATE TABLE moved_games").await;
    rebuild(bench.rebuild_config(), |_| ()).await.unwrap();
    assert_eq!(bench.number(days).await, 1);
    bench.end(None).await;
}

/// A statement about one game, known `hours` after the season began.
async fn send(bench: &Bench, game_date: LeagueDay, hours: i64) {
    let known_at = Timestamp(1_730_000_000_000_000 + hours * 3_600_000_000);
    let event = GameEvent {
        game_date,
        known_at,
        ..GameEvent::default()
    };
    let key = format!("game/0022400061|nba_com|{}", known_at.0);
    bench.send(&bench.topics.games, 0, &key, &event).await;
}
