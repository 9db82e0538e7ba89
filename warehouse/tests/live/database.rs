//! Migrations, views and queries.

use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_warehouse::WarehouseError;
use sideline_warehouse::queries::TailCursor;

use crate::bench::{Bench, envelope, log, outcome_of, registration, version};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_made_once_and_a_changed_file_is_refused() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let warehouse = bench.warehouse();
    warehouse.ping().await.unwrap();
    let first = warehouse.migrate().await.unwrap();
    assert_eq!(first.already_applied, 0);
    assert!(first.applied.len() >= 9, "{first:?}");
    let second = warehouse.migrate().await.unwrap();
    let already_applied = first.applied.len();
    assert_eq!(
        (second.applied.len(), second.already_applied),
        (0, already_applied)
    );
    assert_eq!(bench.number("SELECT count() FROM champions FINAL").await, 1);

    bench
        .execute("INSERT INTO schema_migrations (number, name, sha256) VALUES (2, 'x', 'abc')")
        .await;
    let refused = warehouse.migrate().await.unwrap_err();
    assert!(
        matches!(refused, WarehouseError::MigrationChanged { .. }),
        "{refused}"
    );
    bench.end(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_every_table_and_view_has_a_comment() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    bench.warehouse().migrate().await.unwrap();
    let bare =
        "SELECT count() FROM system.columns WHERE database = currentDatabase() AND comment = ''";
    assert_eq!(bench.number(bare).await, 0);
    let all = "SELECT count() FROM system.columns WHERE database = currentDatabase()";
    assert!(bench.number(all).await > 200);
    let bare =
        "SELECT count() FROM system.tables WHERE database = currentDatabase() AND comment = ''";
    assert_eq!(bench.number(bare).await, 0);
    bench.end(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_is_answered() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let mut versions = log(3, 4);
    for one in &mut versions {
        one.cause.correlation_id = format!("change-{}-{}", one.player_lookup, one.version);
    }
    let mut other_system = version("player1", 1);
    other_system.candidate.system_id = "zone".into();
    let mut shadow = version("player1", 1);
    shadow.run_id = Some("shadow".into());
    versions.extend([other_system, shadow]);
    bench.send_versions(&versions).await;
    let topics = bench.topics.clone();
    let outcome = outcome_of(&versions[1]);
    bench.send(&topics.outcomes, 0, "k", &outcome).await;
    bench
        .send(&topics.runs, 0, "k", &envelope("change-player1-1"))
        .await;
    for who in ["player1", "lukadoncic"] {
        let key = format!("roster/{who}|nba_com|1735000000000000");
        bench
            .send(&topics.rosters, 0, &key, &registration(who))
            .await;
    }
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 14).await;
    bench.wait_for_rows(&sink, "outcome_log", 1).await;
    bench.wait_for_rows(&sink, "run_log", 1).await;
    bench.wait_for_rows(&sink, "player_log", 2).await;

    answers_about_versions(&bench).await;
    answers_about_changes(&bench).await;
    let report = bench.verify().await;
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!(
        (
            report.versions,
            report.keys,
            report.outcomes,
            report.envelopes
        ),
        (14, 5, 1, 1)
    );
    bench.end(Some(sink)).await;
}

async fn answers_about_versions(bench: &Bench) {
    let warehouse = bench.warehouse();
    let latest = warehouse.latest("player1", None).await.unwrap();
    assert_eq!(latest.len(), 1, "the champion alone, and no shadow");
    assert_eq!((latest[0].version, latest[0].line), (4, Some(23.5)));
    assert_eq!(latest[0].components, [("base".to_owned(), 24.5)]);
    assert_eq!(latest[0].trail_phase, ["raw"]);
    assert_eq!(latest[0].superseded_by, None);
    assert_eq!(
        warehouse.latest("player1", Some("points")).await.unwrap(),
        latest
    );
    assert!(
        warehouse
            .latest("player1", Some("assists"))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        warehouse
            .latest("it's nobody", None)
            .await
            .unwrap()
            .is_empty()
    );

    let slate = warehouse.slate(LeagueDay(20_080)).await.unwrap();
    let players: Vec<&str> = slate.iter().map(|one| one.player_lookup.as_str()).collect();
    assert_eq!(players, ["player0", "player1", "player2"]);
    assert!(warehouse.slate(LeagueDay(20_081)).await.unwrap().is_empty());

    let history = warehouse.history("player1", "points").await.unwrap();
    let chain: Vec<(i64, Option<i64>)> = history
        .iter()
        .map(|one| (one.version, one.superseded_by))
        .collect();
    assert_eq!(chain, [(1, Some(2)), (2, Some(3)), (3, Some(4)), (4, None)]);
    assert_eq!(history[0].superseded_at, Some(history[1].effective_at));

    let mut cursor = TailCursor::from(Timestamp(0));
    let news = warehouse.tail(&mut cursor, 5).await.unwrap();
    assert_eq!(news.len(), 5);
    let more = warehouse.tail(&mut cursor, 100).await.unwrap();
    assert_eq!(more.len(), 8, "thirteen live versions in all");
    assert!(warehouse.tail(&mut cursor, 100).await.unwrap().is_empty());
}

async fn answers_about_changes(bench: &Bench) {
    let warehouse = bench.warehouse();
    let caused = warehouse
        .versions_of_change("change-player1-1")
        .await
        .unwrap();
    assert_eq!(caused.len(), 1);
    let runs = warehouse.runs("change-player1-1").await.unwrap();
    let told: Vec<(&str, &str, i32, bool)> = runs
        .iter()
        .map(|run| {
            let has_error = run.error_message.is_some();
            (
                run.phase.as_str(),
                run.status.as_str(),
                run.changed,
                has_error,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("raw", "failed", 0, true),
            ("ledger", "success", 1, false),
            ("completion", "partial", 1, true),
        ],
        "one row per event and phase, of one record"
    );
    assert!(warehouse.runs("change-player1-2").await.unwrap().is_empty());
    let outcomes = warehouse.outcomes("change-player1-1").await.unwrap();
    assert_eq!(outcomes[0].items_kind, ["changed"]);
    assert_eq!(outcomes[0].items_version, [Some(1)]);
    assert!(warehouse.dead_letters(5).await.unwrap().is_empty());
    let players = warehouse.players().await.unwrap();
    assert_eq!(players[0].player_name, "LUKADONCIC");
    let lookups = warehouse.player_lookups().await.unwrap();
    assert_eq!(lookups, ["lukadoncic", "player0", "player1", "player2"]);
    let counts = warehouse.counts().await.unwrap();
    assert_eq!(
        (counts.versions, counts.keys, counts.players_predicted),
        (13, 4, 3)
    );
    assert_eq!((counts.players, counts.outcomes, counts.runs), (2, 1, 3));
    assert!(counts.newest_version_at.is_some());
}
