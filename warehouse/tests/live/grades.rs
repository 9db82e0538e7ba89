//! Grades on their way from the topic to the questions of `sideline accuracy`.

use sideline_avro::graded::{Grade, GradeState, Graded, Verdict};
use sideline_avro::time::LeagueDay;
use sideline_warehouse::queries::Days;

use crate::bench::{Bench, version};

/// 2024-12-23.
const DAY: LeagueDay = LeagueDay(20_080);

fn days(from: i32, to: i32) -> Days {
    Days {
        from: LeagueDay(DAY.0 + from),
        to: LeagueDay(DAY.0 + to),
    }
}

/// Two versions of one system, of which the second stood at tip-off.
fn graded(player: &str, grade_version: i64, actual: f64) -> Graded {
    let grade = |version, is_last, predicted: f64| Grade {
        system_id: "ensemble".into(),
        version,
        is_last,
        predicted: Some(predicted),
        line: Some(24.5),
        verdict: Verdict::Correct,
        absolute_error: Some((predicted - actual).abs()),
        ..Grade::default()
    };
    Graded {
        league: "nba".into(),
        player_lookup: player.into(),
        game_id: "0022400410".into(),
        game_date: DAY,
        prop: "points".into(),
        grade_version,
        state: GradeState::Graded,
        actual: Some(actual),
        closing_line: Some(25.0),
        games_before: 12,
        baseline_last_5: Some(23.0),
        content_hash: format!("{grade_version:032x}"),
        grades: vec![grade(1, false, 26.0), grade(2, true, 27.5)],
        ..Graded::default()
    }
}

/// A corrected grade, and one that was taken back.
fn told() -> [Graded; 4] {
    let taken_back = Graded {
        state: GradeState::Open,
        actual: None,
        grades: Vec::new(),
        ..graded("player2", 2, 0.0)
    };
    [
        graded("player1", 1, 28.0),
        graded("player1", 2, 30.0),
        graded("player2", 1, 12.0),
        taken_back,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_grade_of_what_stood_at_tip_off_is_the_answer() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let told = told();
    let topic = bench.topics.graded.clone();
    for one in &told {
        bench.send(&topic, 0, "k", one).await;
    }
    // Sent again, as after a crash: it folds.
    bench.send(&topic, 0, "k", &told[1]).await;
    let mut alone = version("player3", 1);
    alone.game_date = DAY;
    bench.send_versions(&[alone]).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "graded_log", 5).await;
    bench.wait_for_rows(&sink, "prediction_log", 1).await;

    let warehouse = bench.warehouse();
    let lines = warehouse.grades(days(0, 0), "points").await.unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(
        (line.player_lookup.as_str(), line.predicted, line.actual),
        ("player1", Some(27.5), Some(30.0))
    );
    assert_eq!((line.line, line.closing_line), (Some(24.5), Some(25.0)));
    assert_eq!((line.verdict.as_str(), line.games_before), ("correct", 12));
    assert_eq!(bench.number("SELECT count() FROM graded").await, 2);
    for elsewhere in [days(1, 9), days(-9, -1)] {
        assert!(
            warehouse
                .grades(elsewhere, "points")
                .await
                .unwrap()
                .is_empty()
        );
    }
    assert_eq!(
        warehouse.graded_props(days(0, 0)).await.unwrap(),
        ["points"]
    );
    let missing = warehouse.player_games_without_grade(days(0, 0)).await;
    assert_eq!(missing.unwrap(), 1);
    bench.end(Some(sink)).await;
}
