//! Inputs that no real source tells yet: from where players shot, and who referees. The records here
//! are made up.

use sideline_avro::events::ShotZonesEvent;
use sideline_avro::features::Feature;
use sideline_avro::time::Timestamp;
use sideline_avro::words::InjuryStatus;

use crate::promises::check_order;
use crate::scenario::{
    AWAY, HOME, NEXT, PLAYERS, RESULT_SECONDS, Run, Scenario, at, hours_before, league, player,
    shot_zones, star,
};

/// Half an hour after the result of a game.
fn after(game: i32) -> Timestamp {
    at(game, RESULT_SECONDS + 1_800)
}

/// The league, and from where the star's team shot in the four games that are over.
fn tracked() -> Scenario {
    let mut story = league();
    for game in 1..NEXT {
        story.shots(game, HOME, after(game));
    }
    story
}

/// A feature of the points of a player in the next game, as it was told last.
fn feature(run: &Run, player: &str, name: &str) -> Feature {
    let told = run.features().into_iter().rev();
    let mut of_next = told
        .filter(|one| one.matchup.player_lookup == player && one.matchup.tip_off == at(NEXT, 0));
    let told = of_next.next().unwrap();
    let points = told.props.into_iter().find(|one| one.prop == "points");
    let mut features = points.unwrap().features.into_iter().chain(told.features);
    features.find(|one| one.name == name).unwrap()
}

fn value(run: &Run, name: &str) -> (Option<f64>, String, Option<String>) {
    let feature = feature(run, &star(), name);
    let reason = feature.reason.map(|reason| reason.to_string());
    (feature.value, feature.source.to_string(), reason)
}

fn missing(default: Option<f64>, reason: &str) -> (Option<f64>, String, Option<String>) {
    let source = if default.is_some() {
        "default"
    } else {
        "missing"
    };
    (default, source.to_owned(), Some(reason.to_owned()))
}

#[test]
fn without_shots_by_zone_their_features_are_missing_and_say_so() {
    let run = league().run();
    for (name, default) in [
        ("shot_zone_mismatch_score", 0.0),
        ("pct_paint", 0.35),
        ("pct_mid_range", 0.15),
        ("pct_three", 0.35),
    ] {
        assert_eq!(value(&run, name), missing(Some(default), "no_shot_zones"));
    }
    let rate = value(&run, "self_created_rate");
    assert_eq!(rate, missing(None, "no_assisted_goals"));
}

#[test]
fn shots_by_zone_move_the_features_and_the_predictions() {
    let before = league().run().last_version(&star(), NEXT, "points");
    let run = tracked().run();
    let known = |value: f64, source: &str| (Some(value), source.to_owned(), None);
    // Of the star's 80 shots 20 were threes and 20 from mid-range.
    assert_eq!(value(&run, "pct_paint"), known(0.5, "history"));
    assert_eq!(value(&run, "pct_mid_range"), known(0.25, "history"));
    assert_eq!(value(&run, "pct_three"), known(0.25, "history"));
    // 14, 15, 13 and 14 goals, of which 7, 7, 6 and 7 were assisted: 1 - 27 / 56.
    assert_eq!(value(&run, "self_created_rate"), known(0.5179, "history"));
    // His team made 132 of 180 in the paint, 0.7333, where 0.58 is the league's: 15.33. He used the
    // ball 0.1789 of the time: 15.33 x 0.1789 / 0.5 = 5.485, and 1.2 times that beyond 5.
    let (mismatch, source, _) = value(&run, "shot_zone_mismatch_score");
    let mismatch = mismatch.unwrap();
    assert!((6.4..6.7).contains(&mismatch), "{mismatch}");
    assert_eq!(source, "calculated");
    let after = run.last_version(&star(), NEXT, "points");
    assert!(after.candidate.predicted > before.candidate.predicted);
    assert_eq!(
        after.cause.change_type,
        sideline_avro::cause::ChangeType::BoxScore
    );
    assert!(run.dead_letters().is_empty(), "{:?}", run.dead_letters());
}

#[test]
fn a_nights_shots_are_one_change_to_those_who_play_the_team_next() {
    let story = tracked();
    let run = story.run();
    let first_game = story.facts.iter().skip(league().facts.len()).take(PLAYERS);
    let reached: Vec<i32> = first_game
        .map(|one| run.completion_of(one).entities_total)
        .collect();
    // Each is told to the shooter. The first five took 90 of 105 shots; with the sixth nine tenths
    // are known, and all of the star's team hear what the opponent allows.
    assert_eq!(reached, [1, 1, 1, 1, 1, 6]);
}

#[test]
fn a_retraction_takes_the_shots_back() {
    let mut story = tracked();
    for game in 1..NEXT {
        let known_at = hours_before(NEXT, i64::from(game));
        let gone = shot_zones(game, HOME, 1, known_at);
        story.add(&ShotZonesEvent {
            kind: sideline_avro::cause::EventKind::Retract,
            ..gone
        });
    }
    let run = story.run();
    let gone = missing(Some(0.35), "no_shot_zones");
    assert_eq!(value(&run, "pct_paint"), gone);
    // Without the star's shots, which are more than a tenth, no game of the opponent's counts.
    let mate = feature(&run, &player(HOME, 2), "shot_zone_mismatch_score");
    assert_eq!(mate.reason.as_deref(), Some("no_opponent_zones"));
}

#[test]
fn promise_7_shots_under_an_unknown_name_wait_for_the_registration() {
    let mut story = league();
    let stranger = ShotZonesEvent {
        player: "somebodynew".into(),
        ..shot_zones(1, HOME, 1, after(1))
    };
    story.add(&stranger);
    let mut run = story.run();
    let letter = run.dead_letters().pop().unwrap();
    assert_eq!(
        (letter.reason.as_str(), letter.topic.as_str()),
        ("unknown_player", "nba-shot-zones")
    );
    let mut later = Scenario::default();
    later.roster("somebodynew", Some(HOME), hours_before(NEXT, 2));
    later.line("somebodynew", NEXT, 20.5, hours_before(NEXT, 1));
    for one in &later.facts {
        run.tell(one);
    }
    assert_eq!(feature(&run, "somebodynew", "pct_paint").value, Some(0.5));
}

#[test]
fn promise_8_shots_known_after_tip_off_change_nothing() {
    let mut story = league();
    for game in 1..NEXT {
        story.shots(game, HOME, at(NEXT, 60));
    }
    let run = story.run();
    let expected = league().run();
    assert_eq!(
        run.last_version(&star(), NEXT, "points").version,
        expected.last_version(&star(), NEXT, "points").version
    );
    let gone = missing(Some(0.35), "no_shot_zones");
    assert_eq!(value(&run, "pct_paint"), gone);
}

#[test]
fn a_crew_is_told_to_both_teams_and_no_formula_reads_it() {
    let mut story = league();
    let reason = |run: &Run, player: &str| feature(run, player, "referee_favorability").reason;
    let run = story.run();
    assert_eq!(
        value(&run, "referee_favorability"),
        missing(Some(0.0), "no_referees")
    );
    let before = run.last_version(&star(), NEXT, "points");
    let crew = ["Ada Whistle", "Bea Fairley", "Cal Middleton"];
    story.referees(NEXT, &crew, hours_before(NEXT, 8));
    let named = story.last();
    // Twice is once.
    story.facts.push(named.clone());
    let run = story.run();
    for player in [star(), player(AWAY, 1)] {
        assert_eq!(reason(&run, &player).as_deref(), Some("no_formula"));
    }
    let after = run.last_version(&star(), NEXT, "points");
    assert_eq!(after.version, before.version, "no value moves");
    let completion = run.completion_of(&named);
    assert_eq!((completion.changed, completion.failed), (0, 0));
    assert!(completion.unchanged > 0);
}

#[test]
fn promise_7_a_crew_of_nobody_is_refused() {
    let mut story = league();
    story.referees(NEXT, &[], hours_before(NEXT, 8));
    let letter = story.run().dead_letters().pop().unwrap();
    assert_eq!(
        (letter.reason.as_str(), letter.field.as_deref()),
        ("referees_no_crew", Some("referees"))
    );
}

#[test]
fn promise_5_shots_and_crews_in_any_order_end_the_same() {
    let mut story = tracked();
    story.shots(3, AWAY, after(3));
    story.add(&shot_zones(3, HOME, 1, at(4, -3_600)));
    let fewer = shot_zones(2, HOME, 2, at(4, -1_800));
    story.add(&ShotZonesEvent {
        paint_made: fewer.paint_made - 3,
        ..fewer
    });
    story.add(&shot_zones(4, HOME, 3, at(NEXT, 600)));
    story.referees(NEXT, &["Ada Whistle"], hours_before(NEXT, 8));
    story.referees(NEXT, &["Bea Fairley"], hours_before(NEXT, 7));
    story.injury(
        &player(HOME, 4),
        NEXT,
        InjuryStatus::Out,
        hours_before(NEXT, 3),
    );
    story.line(&star(), NEXT, 31.5, hours_before(NEXT, 2));
    check_order(&story.facts, 500..508);
}
