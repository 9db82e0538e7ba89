//! What is said of a game, beside what then happened.

use std::collections::BTreeMap;

use sideline_avro::events::{BoxScoreEvent, GameEvent};
use sideline_avro::graded::{GradeState, Graded, Verdict};
use sideline_avro::predictions::Prediction;
use sideline_avro::words::{GameStatus, InjuryStatus};
use sideline_topics::TopicId;

use crate::scenario::{
    Dice, HOME, NEXT, PLAYERS, RESULT_SECONDS, Run, Scenario, at, box_score, game_id, hours_before,
    league, player, star,
};

/// From tip-off to the next noon or so.
const NEXT_DAY_SECONDS: i64 = 16 * 3_600;

/// The box scores and the end of the next game, without those of the star.
fn played_without_star(story: &mut Scenario) {
    story.played(NEXT, PLAYERS);
    let his = format!("box-score/{}/{}|", game_id(NEXT), star());
    story.facts.retain(|fact| !fact.key.starts_with(&his));
}

fn star_row(seconds: i64) -> BoxScoreEvent {
    box_score(NEXT, HOME, 1, at(NEXT, seconds))
}

/// The grades of the star's next game on one prop, in the order of their versions.
fn grades(run: &Run, prop: &str) -> Vec<Graded> {
    let is_his = |one: &Graded| {
        one.player_lookup == star() && one.game_id == game_id(NEXT) && one.prop == prop
    };
    run.grades().into_iter().filter(is_his).collect()
}

#[test]
fn every_version_before_tip_off_is_graded_and_the_last_one_is_marked() {
    let mut story = league();
    for (line, hours) in [(30.5, 6), (32.5, 4), (32.75, 2)] {
        story.line(&star(), NEXT, line, hours_before(NEXT, hours));
    }
    story.played(NEXT, PLAYERS);
    let run = story.run();
    let versions = run.versions(&star(), NEXT, "points");
    let [graded] = grades(&run, "points").try_into().unwrap();
    assert_eq!(
        (graded.grade_version, graded.state),
        (1, GradeState::Graded)
    );
    // Game 5: 15 field goals, two of them threes, 3 free throws: 35 points in 36 minutes.
    assert_eq!((graded.actual, graded.minutes), (Some(35.0), Some(36.0)));
    // The last move made no version of its own, and was still the last known before tip-off.
    assert_eq!(graded.closing_line, Some(32.75));
    assert_eq!(graded.actual_margin_closing, Some(2.25));
    // Points of games 1 to 4: 33, 35, 31, 33.
    assert_eq!(graded.games_before, 4);
    for baseline in [
        graded.baseline_last_5,
        graded.baseline_last_10,
        graded.baseline_season,
    ] {
        assert_eq!(baseline, Some(33.0));
    }
    let told: Vec<_> = graded
        .grades
        .iter()
        .map(|grade| (grade.version, grade.predicted, grade.line))
        .collect();
    let said: Vec<_> = versions
        .iter()
        .map(|one| (one.version, one.candidate.predicted, one.candidate.line))
        .collect();
    assert_eq!(told, said);
    for grade in &graded.grades {
        let error = grade.predicted.unwrap() - 35.0;
        assert!((grade.signed_error.unwrap() - error).abs() < 1e-9);
    }
    let last: Vec<bool> = graded.grades.iter().map(|grade| grade.is_last).collect();
    assert_eq!(last.iter().filter(|is_last| **is_last).count(), 1);
    assert_eq!(last.last(), Some(&true));
    assert_eq!(graded.grades[0].verdict, Verdict::NoLine);
}

#[test]
fn a_corrected_box_score_regrades_what_it_changes_and_nothing_else() {
    let mut story = league();
    story.played(NEXT, PLAYERS);
    let row = star_row(RESULT_SECONDS + 3_600);
    // After two overtimes he had 53 minutes and two points more.
    story.add(&BoxScoreEvent {
        minutes: 53.0,
        fgm: row.fgm + 1,
        pts: row.pts + 2,
        ..row
    });
    let correction = story.last();
    let mut run = story.run();
    run.tell(&correction);
    let points: Vec<_> = grades(&run, "points")
        .iter()
        .map(|one| (one.grade_version, one.actual, one.minutes))
        .collect();
    assert_eq!(
        points,
        [(1, Some(35.0), Some(36.0)), (2, Some(37.0), Some(53.0))]
    );
    assert_eq!(
        grades(&run, "points")[1].cause.fact,
        format!("box-score/{}/{}", game_id(NEXT), star())
    );
    let rebounds: Vec<_> = grades(&run, "rebounds")
        .iter()
        .map(|one| (one.grade_version, one.actual))
        .collect();
    // His minutes are part of what a grade says.
    assert_eq!(rebounds, [(1, Some(9.0)), (2, Some(9.0))]);
    let mates: Vec<i64> = run
        .grades()
        .iter()
        .filter(|one| one.player_lookup == player(HOME, 2) && one.game_id == game_id(NEXT))
        .map(|one| one.grade_version)
        .collect();
    assert!(!mates.is_empty() && mates.iter().all(|version| *version == 1));
}

#[test]
fn a_player_whom_no_feed_lists_is_void_with_his_next_news() {
    let mut story = league();
    story.injury(&star(), NEXT, InjuryStatus::Out, hours_before(NEXT, 2));
    played_without_star(&mut story);
    let mut run = story.run();
    assert!(grades(&run, "points").is_empty(), "nothing is known yet");
    let mut later = Scenario::default();
    later.line(&star(), NEXT + 1, 30.5, at(NEXT, NEXT_DAY_SECONDS));
    run.tell(&later.last());
    let [graded] = grades(&run, "points").try_into().unwrap();
    assert_eq!((graded.state, graded.actual), (GradeState::Void, None));
    let last = graded.grades.last().unwrap();
    assert_eq!(last.verdict, Verdict::Void);
    assert_eq!(last.void_reason.as_deref(), Some("dnp_injury_confirmed"));
    // The version before the news captured no injury: nobody could know.
    let first = graded.grades.first().unwrap();
    assert_eq!(first.void_reason.as_deref(), Some("dnp_unknown"));
}

#[test]
fn a_line_of_the_box_score_that_comes_late_takes_the_place_of_a_void() {
    let mut story = league();
    played_without_star(&mut story);
    story.line(&star(), NEXT + 1, 30.5, at(NEXT, NEXT_DAY_SECONDS));
    story.add(&star_row(NEXT_DAY_SECONDS + 3_600));
    let run = story.run();
    let states: Vec<_> = grades(&run, "points")
        .iter()
        .map(|one| (one.grade_version, one.state, one.actual))
        .collect();
    assert_eq!(
        states,
        [
            (1, GradeState::Void, None),
            (2, GradeState::Graded, Some(35.0))
        ]
    );
}

#[test]
fn a_feed_that_lists_who_did_not_play_makes_it_void_at_once() {
    let mut story = league();
    played_without_star(&mut story);
    story.add(&BoxScoreEvent {
        game_id: game_id(NEXT),
        did_not_play: true,
        minutes: 0.0,
        ..BoxScoreEvent {
            fgm: 0,
            fga: 0,
            fg3m: 0,
            fg3a: 0,
            ftm: 0,
            fta: 0,
            oreb: 0,
            dreb: 0,
            reb: 0,
            ast: 0,
            pts: 0,
            ..star_row(RESULT_SECONDS)
        }
    });
    let run = story.run();
    let [graded] = grades(&run, "points").try_into().unwrap();
    assert_eq!(graded.state, GradeState::Void);
}

#[test]
fn a_game_that_was_called_off_has_no_grade() {
    let mut story = league();
    let known_at = hours_before(NEXT, 3);
    story.add(&GameEvent {
        status: GameStatus::Postponed,
        known_at,
        ingested_at: known_at,
        ..Scenario::game_event(NEXT)
    });
    story.line(&star(), NEXT + 1, 30.5, at(NEXT, NEXT_DAY_SECONDS));
    let run = story.run();
    assert!(!run.versions(&star(), NEXT, "points").is_empty());
    assert!(grades(&run, "points").is_empty());
}

/// The last grade of every key, without what tells of its making.
fn ends(run: &Run) -> BTreeMap<String, Graded> {
    let mut ends = BTreeMap::new();
    for one in run.grades() {
        let key = format!("{}/{}/{}", one.player_lookup, one.game_id, one.prop);
        let bare = Graded {
            cause: sideline_avro::cause::Cause::default(),
            grade_version: 0,
            ..one
        };
        // A grade that was taken back leaves as much as one that was never made.
        if bare.state == GradeState::Open {
            ends.remove(&key);
        } else {
            ends.insert(key, bare);
        }
    }
    ends
}

/// A season with all that can happen to a grade.
fn eventful() -> Scenario {
    let mut story = league();
    story.line(&star(), NEXT, 30.5, hours_before(NEXT, 6));
    story.injury(
        &player(HOME, 3),
        NEXT,
        InjuryStatus::Out,
        hours_before(NEXT, 5),
    );
    story.line(&star(), NEXT, 33.5, hours_before(NEXT, 4));
    story.line(&star(), NEXT, 33.75, hours_before(NEXT, 1));
    played_without_star(&mut story);
    let row = star_row(RESULT_SECONDS);
    story.add(&row);
    story.line(&star(), NEXT + 1, 31.5, at(NEXT, NEXT_DAY_SECONDS));
    let known_at = at(NEXT, NEXT_DAY_SECONDS + 60);
    story.add(&BoxScoreEvent {
        fgm: row.fgm + 1,
        pts: row.pts + 2,
        known_at,
        ingested_at: known_at,
        ..row
    });
    // A box score of an earlier game that comes after later ones: part of their baselines.
    let known_at = at(3, RESULT_SECONDS + 7_200);
    let earlier = box_score(3, HOME, 1, known_at);
    story.add(&BoxScoreEvent {
        ftm: earlier.ftm + 1,
        pts: earlier.pts + 1,
        ..earlier
    });
    story.played(NEXT + 1, PLAYERS);
    story
}

#[test]
fn promise_5_versions_and_box_scores_in_any_order_end_in_the_same_grades() {
    let run = eventful().run();
    let expected = ends(&run);
    assert!(expected.len() > 40, "{}", expected.len());
    let mut records = run.inputs_of_grading();
    for seed in 0..6 {
        let mut dice = Dice::new(seed);
        for place in (1..records.len()).rev() {
            let other = usize::try_from(dice.below(place as u64 + 1)).unwrap();
            records.swap(place, other);
        }
        let mut other = Run::new(Some(seed));
        for (topic, record) in &records {
            other.feed_record(*topic, record.clone());
            if dice.below(5) == 0 {
                other.work();
            }
        }
        other.work();
        assert_eq!(ends(&other), expected, "seed {seed}");
    }
}

#[test]
fn promise_1_grade_versions_count_up_without_gap_and_promise_2_equal_ones_are_not_written() {
    let mut run = eventful().run();
    for one in &eventful().facts {
        run.tell(one);
    }
    let mut last: BTreeMap<String, Graded> = BTreeMap::new();
    for one in run.grades() {
        let key = format!("{}/{}/{}", one.player_lookup, one.game_id, one.prop);
        let before = last.insert(key.clone(), one.clone());
        let expected = before.as_ref().map_or(1, |before| before.grade_version + 1);
        assert_eq!(one.grade_version, expected, "{key}");
        assert_ne!(
            before.map(|before| before.content_hash),
            Some(one.content_hash)
        );
    }
}

#[test]
fn promise_8_a_version_from_tip_off_on_and_one_of_another_run_are_not_graded() {
    let mut story = league();
    story.played(NEXT, PLAYERS);
    let mut run = story.run();
    let before = ends(&run);
    let last = run.last_version(&star(), NEXT, "points");
    let too_late = Prediction {
        version: last.version + 1,
        effective_at: last.tip_off,
        ..last.clone()
    };
    let shadow = Prediction {
        version: last.version + 1,
        run_id: Some("backtest-7".into()),
        ..last
    };
    for one in [too_late, shadow] {
        run.feed_value(TopicId::Predictions, &star(), &one);
        run.work();
        assert_eq!(ends(&run), before);
    }
}
