//! What is told of a player's past games: the lines they closed at, and those he missed.

use sideline_avro::features::{Feature, PlayerFeatures};

use crate::scenario::{
    HOME, NEXT, PLAYERS, Run, Scenario, at, day, hours_before, league, player, star,
};

/// The newest reading of a feature of points before the next game.
fn feature(run: &Run, name: &str, feature: &str) -> Feature {
    let is_his = |one: &&PlayerFeatures| {
        one.matchup.player_lookup == name && one.matchup.game_date == day(NEXT)
    };
    let records = run.features();
    let last = records.iter().rev().find(is_his).unwrap();
    let points = last.props.iter().find(|one| one.prop == "points").unwrap();
    let mut features = points.features.iter().chain(&last.features);
    let found = features.find(|one| one.name == feature);
    found.unwrap().clone()
}

fn values(run: &Run, features: &[&str]) -> Vec<Option<f64>> {
    let of = |name: &&str| feature(run, &star(), name).value;
    features.iter().map(of).collect()
}

const AGAINST: [&str; 5] = [
    "over_streak",
    "under_streak",
    "line_vs_previous",
    "over_share_last_10",
    "margin_vs_line_last_5",
];

/// The star had 33, 35, 31 and 33 points in games 1 to 4.
fn with_lines() -> Scenario {
    let mut story = league();
    story.line(&star(), 3, 30.5, hours_before(3, 2));
    story.line(&star(), 4, 34.5, hours_before(4, 2));
    story.line(&star(), NEXT, 32.5, hours_before(NEXT, 6));
    story
}

#[test]
fn past_games_are_told_against_the_lines_they_closed_at() {
    let mut story = with_lines();
    let expected = [Some(1.0), Some(0.0), Some(-2.0), Some(0.5), Some(-0.5)];
    assert_eq!(values(&story.run(), &AGAINST), expected, "lines come late");
    story.facts.sort_by_key(|one| one.known_at);
    assert_eq!(
        values(&story.run(), &AGAINST),
        expected,
        "lines come in time"
    );
}

#[test]
fn a_late_quote_on_a_past_game_reaches_the_next_and_one_from_during_it_does_not() {
    let mut story = with_lines();
    story.line(&star(), 4, 40.5, at(4, 60));
    let in_game = values(&story.run(), &AGAINST);
    assert_eq!(in_game[2], Some(-2.0));
    // The newest word before tip-off of game 4 is now below his 33 points.
    story.line(&star(), 4, 31.5, hours_before(4, 1));
    let expected = [Some(1.0), Some(0.0), Some(1.0), Some(1.0), Some(1.0)];
    assert_eq!(values(&story.run(), &AGAINST), expected);
}

#[test]
fn without_lines_they_are_missing_and_say_why() {
    let run = league().run();
    let reasons = AGAINST.map(|name| feature(&run, &star(), name).reason.unwrap());
    assert_eq!(
        reasons,
        [
            "no_line",
            "no_line",
            "no_line",
            "no_past_lines",
            "no_past_lines"
        ]
    );
}

#[test]
fn games_a_player_missed_since_he_joined_are_told() {
    let mut story = Scenario::league(PLAYERS, 7, 4);
    let newcomer = player(HOME, 7);
    story.roster(&newcomer, Some(HOME), hours_before(3, 5));
    story.line(&newcomer, NEXT, 8.5, hours_before(NEXT, 5));
    let run = story.run();
    let of = |name: &str, told: &str| feature(&run, name, told).value;
    assert_eq!(of(&star(), "dnp_rate"), Some(0.0));
    assert_eq!(of(&newcomer, "dnp_rate"), Some(1.0), "games 3 and 4");
    assert_eq!(of(&star(), "games_since_change"), Some(4.0));
    assert_eq!(of(&newcomer, "games_since_change"), None);
    // All four games ended 110 to 104.
    assert_eq!(of(&star(), "blowout_share"), Some(0.0));
}
