//! The views for people, on rows made by hand and on many made by rule.

use crate::shelf::Shelf;

const ROWS: &str = include_str!("../../cookbook/expected/rows.sql");

/// Views through which a filter on player and day must reach the log.
const OF_VERSIONS: [&str; 5] = [
    "latest",
    "latest_all",
    "history",
    "why",
    "as_of(moment = '2030-01-01 00:00:00')",
];

async fn evening() -> Option<Shelf> {
    let shelf = Shelf::new().await?;
    shelf.fill(ROWS).await;
    Some(shelf)
}

#[tokio::test(flavor = "multi_thread")]
async fn either_spelling_gives_the_champions_newest_points_prediction() {
    let Some(shelf) = evening().await else { return };
    for spelling in ["lebron-james", "lebronjames"] {
        let sql = format!(
            "SELECT * FROM player_prop_predictions WHERE player_lookup = '{spelling}' \
             AND game_date = '2024-12-23' ORDER BY prediction_version DESC LIMIT 1"
        );
        let told = format!(
            "SELECT player_lookup, prediction_version, predicted_points, system_id, is_superseded, \
             is_realtime_update FROM ({sql})"
        );
        let expected = format!("{spelling},3,28,ensemble,false,true");
        assert_eq!(shelf.lines(&told).await, [expected]);
    }
    let each_once = "SELECT count(), uniqExact(prediction_id) FROM player_prop_predictions \
                     WHERE NOT is_alias AND game_date = '2024-12-23'";
    // James 3, Davis 2, Jokić 1, Tatum's first before his game was moved.
    assert_eq!(shelf.lines(each_once).await, ["7,7"]);
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_names_the_one_that_replaced_it() {
    let Some(shelf) = evening().await else { return };
    let chain = "SELECT prediction_version, is_superseded, \
                 superseded_by = leadInFrame(prediction_id) OVER (ORDER BY prediction_version \
                 ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS agrees, superseded_at, batch_id \
                 FROM player_prop_predictions WHERE player_lookup = 'lebronjames' \
                 AND game_date = '2024-12-23' ORDER BY prediction_version";
    assert_eq!(
        shelf.lines(chain).await,
        [
            "1,true,1,2024-12-23 20:00:00.000000,batch_2024-12-23_06:00",
            "2,true,1,2024-12-23 22:42:00.000000,\\N",
            "3,false,\\N,\\N,\\N",
        ]
    );
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spelling_is_the_registered_name_with_hyphens_between_its_parts() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    let names = [
        ("Karl-Anthony Towns", "karlanthonytowns"),
        ("T.J. McConnell", "tjmcconnell"),
        ("Dāvis Bertāns", "davisbertans"),
        ("De’Aaron Fox", "deaaronfox"),
        ("Jaren Jackson Jr.", "jarenjacksonjr"),
        ("Luka Dončić", "lukadoncic"),
        ("Nenê", "nene"),
        ("Somebody Else", "notthisone"),
    ];
    for (name, lookup) in names {
        let row = format!(
            "INSERT INTO player_log (player_lookup, player_name, source) VALUES ('{lookup}', '{name}', 's')"
        );
        shelf.execute(&row).await;
    }
    let all = "SELECT spelling FROM player_spellings ORDER BY spelling";
    // Nenê has one part; the last name is not that of the player.
    assert_eq!(
        shelf.lines(all).await,
        [
            "davis-bertans",
            "deaaron-fox",
            "jaren-jackson-jr",
            "karl-anthony-towns",
            "luka-doncic",
            "tj-mcconnell",
        ]
    );
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_game_that_was_moved_has_no_part_in_the_day_it_left() {
    let Some(shelf) = evening().await else { return };
    let newest = |view: &str, day: &str| {
        format!(
            "SELECT version, game_date FROM {view} WHERE player_lookup = 'jaysontatum' AND game_date = '{day}'"
        )
    };
    for view in [
        "latest",
        "latest_all",
        "as_of(moment = '2024-12-23 16:00:00')",
    ] {
        let left = shelf.lines(&newest(view, "2024-12-23")).await;
        assert!(left.is_empty(), "{view}: {left:?}");
        let now = shelf.lines(&newest(view, "2024-12-24")).await;
        assert_eq!(now, ["2,2024-12-24"], "{view}");
    }
    let before = newest("as_of(moment = '2024-12-23 14:00:00')", "2024-12-23");
    assert_eq!(shelf.lines(&before).await, ["1,2024-12-23"]);
    let history = "SELECT version, superseded_by FROM history WHERE player_lookup = 'jaysontatum' \
                   AND game_date = '2024-12-23'";
    assert_eq!(shelf.lines(history).await, ["1,2"]);
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_stored_twice_is_one_and_a_backtest_is_none() {
    let Some(shelf) = evening().await else { return };
    for view in OF_VERSIONS {
        let twice = format!("SELECT count() FROM {view} WHERE player_lookup = 'nikolajokic'");
        assert_eq!(shelf.lines(&twice).await, ["1"], "{view}");
        let backtest = format!("SELECT count() FROM {view} WHERE predicted = 99");
        assert_eq!(shelf.lines(&backtest).await, ["0"], "{view}");
    }
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_moment_decides_by_when_the_cause_was_known() {
    let Some(shelf) = evening().await else { return };
    let at = |moment: &str| {
        format!(
            "SELECT version FROM as_of(moment = '{moment}') WHERE player_lookup = 'lebronjames' \
             AND prop = 'points' AND is_champion AND game_date = '2024-12-23'"
        )
    };
    let moments = [
        ("2024-12-23 10:59:59", None),
        ("2024-12-23 11:00:00", Some("1")),
        ("2024-12-23 22:41:59", Some("2")),
        ("2024-12-23 22:42:00", Some("3")),
    ];
    for (moment, version) in moments {
        let told = shelf.lines(&at(moment)).await;
        assert_eq!(told.first().map(String::as_str), version, "{moment}");
    }
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backtest_goes_after_90_days_and_a_live_version_never() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    let row = |run: &str, days: u32| {
        format!(
            "INSERT INTO prediction_log (player_lookup, run_id, version, written_at) \
             VALUES ('p', '{run}', {days}, now() - INTERVAL {days} DAY)"
        )
    };
    for (run, days) in [("", 1_000), ("backtest-1", 91), ("backtest-1", 89)] {
        shelf.execute(&row(run, days)).await;
    }
    shelf.execute("OPTIMIZE TABLE prediction_log FINAL").await;
    let kept = "SELECT version FROM prediction_log ORDER BY version";
    assert_eq!(shelf.lines(kept).await, ["89", "1000"]);
    shelf.end().await;
}

/// 200 players, each with 40 games of 20 versions: 157 granules of 1,024 rows.
const MANY: &str = "INSERT INTO prediction_log (league, player_lookup, game_id, prop, system_id, \
    version, content_hash, prediction_id, game_date, tip_off, effective_at) \
    SELECT 'nba', 'player' || toString(number % 200) || 'name', '00224' || leftPad(toString(day), 5, '0'), \
    'points', 'ensemble', 1 + intDiv(number, 8000), toString(number), toString(number), \
    toDate32('2024-11-01') + intDiv(day, 2) AS on_day, toDateTime64(on_day, 6, 'UTC') AS at, at \
    FROM (SELECT number, intDiv(number % 8000, 200) AS day FROM numbers(160000))";

/// 200 registrations, without which a spelling means nobody.
const NAMES: &str = "INSERT INTO player_log (player_lookup, player_name, source) \
    SELECT 'player' || toString(number) || 'name', 'Player' || toString(number) || ' Name', 's' \
    FROM numbers(200)";

#[tokio::test(flavor = "multi_thread")]
async fn one_players_evening_reads_a_few_granules() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    shelf.execute(MANY).await;
    for view in OF_VERSIONS {
        let own = format!("SELECT * FROM {view} WHERE player_lookup = 'player7name'");
        let all = shelf.granules(&own).await;
        // Of each of his 20 days a granule or two, and one at its end.
        assert!(all <= 60, "{view}: {all} granules of a player");
        let evening = shelf
            .granules(&format!("{own} AND game_date = '2024-11-05'"))
            .await;
        assert!(evening <= 3, "{view}: {evening} granules of an evening");
    }
    shelf.end().await;
}

/// A history of one player of `MANY`, in columns that lie by player.
const WHOLE_HISTORY: &str = "SELECT game_date, version, predicted, superseded_by, superseded_at \
    FROM history WHERE player_lookup = 'player7name' ORDER BY game_date, game_id, version";

/// Lays each part by player, as its first merge would.
const LAY_BY_PLAYER: &str =
    "ALTER TABLE prediction_log MATERIALIZE PROJECTION by_player SETTINGS mutations_sync = 2";

#[tokio::test(flavor = "multi_thread")]
async fn a_players_whole_history_lies_in_one_place_once_it_is_merged() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    shelf.execute(MANY).await;
    let inserted = shelf.lines(WHOLE_HISTORY).await;
    assert_eq!(inserted.len(), 800);
    shelf
        .execute("INSERT INTO prediction_log (player_lookup, game_date) VALUES ('p', '2024-11-30')")
        .await;
    shelf.execute("OPTIMIZE TABLE prediction_log FINAL").await;
    let granules = shelf.granules(WHOLE_HISTORY).await;
    assert!(granules <= 2, "{granules} granules for 800 rows");
    assert_eq!(shelf.lines(WHOLE_HISTORY).await, inserted);
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_4_a_history_has_one_row_of_what_was_stored_twice_after_merges_too() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    let mut told = Vec::new();
    for _time in 0..2 {
        shelf
            .execute(&MANY.replace(
                "SELECT 'nba'",
                "SETTINGS insert_deduplicate = 0 SELECT 'nba'",
            ))
            .await;
        shelf.execute(LAY_BY_PLAYER).await;
        told.push(shelf.lines(WHOLE_HISTORY).await);
    }
    shelf.execute("OPTIMIZE TABLE prediction_log FINAL").await;
    let rows = shelf
        .lines("SELECT count() FROM prediction_log FINAL")
        .await;
    assert_eq!(rows, ["160000"]);
    told.push(shelf.lines(WHOLE_HISTORY).await);
    assert_eq!(told[0].len(), 800);
    assert_eq!(told[1], told[0], "before the merge");
    assert_eq!(told[2], told[0], "after the merge");
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_found_by_its_id_without_reading_the_log() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    shelf.execute(MANY).await;
    let sql = "SELECT player_lookup, version FROM why WHERE prediction_id = '123456'";
    // 123,456 % 200 = 56 and 1 + 123,456 / 8,000 = 16.
    assert_eq!(shelf.lines(sql).await, ["player56name,16"]);
    let read = shelf.granules(sql).await;
    assert!(read <= 40, "{read} of 157 granules");
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn either_spelling_reads_one_players_rows() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    shelf.execute(MANY).await;
    shelf.execute(NAMES).await;
    for spelling in ["player7-name", "player7name"] {
        let sql = format!(
            "SELECT player_lookup, prediction_version FROM player_prop_predictions \
             WHERE player_lookup = '{spelling}'"
        );
        assert_eq!(shelf.lines(&sql).await.len(), 800, "{spelling}");
        let sql = format!("{sql} AND game_date = '2024-11-05'");
        assert_eq!(shelf.lines(&sql).await.len(), 40, "{spelling}");
        let rows = shelf.rows_read(&sql).await;
        // His 40 in granules of 1,024, and 200 registrations: far from 160,000.
        assert!(rows <= 10_000, "{spelling} reads {rows} rows");
    }
    shelf.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_views_follow_a_new_champion_whichever_database_they_are_asked_from() {
    let Some(shelf) = evening().await else { return };
    let database = &shelf.warehouse.config().database;
    let sql = format!(
        "SELECT system_id, version FROM {database}.latest WHERE player_lookup = 'lebronjames' \
         AND prop = 'points' AND game_date = '2024-12-23'"
    );
    assert_eq!(shelf.lines(&sql).await, ["ensemble,3"]);
    let row = "INSERT INTO champions (prop, system_id, set_at) VALUES ('points', 'zone_matchup', now64(6))";
    shelf.execute(row).await;
    assert_eq!(shelf.lines(&sql).await, ["zone_matchup,1"]);
    let others = "SELECT DISTINCT system_id FROM latest WHERE prop = 'rebounds'";
    assert_eq!(shelf.lines(others).await, ["ensemble"]);
    let elsewhere = sql.replace("latest WHERE", "history WHERE is_champion AND");
    let told = shelf.lines_from("default", &elsewhere).await;
    assert_eq!(told, ["zone_matchup,1"]);
    shelf.end().await;
}
