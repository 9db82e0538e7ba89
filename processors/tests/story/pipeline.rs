//! What an evening's news does, from event to version.

use crate::scenario::{
    AWAY, HOME, NEXT, PLAYERS, Run, Scenario, at, day, game_id, hours_before, league, player, star,
};
use sideline_avro::events::{GameEvent, LineEvent};
use sideline_avro::features::PlayerFeatures;
use sideline_avro::predictions::OutcomeKind;
use sideline_avro::runs::{RunEnvelope, RunStatus};
use sideline_avro::words::{GameStatus, InjuryStatus, Recommendation};
use sideline_processors::PROPS;

#[test]
fn a_finished_game_opens_the_next_one_for_everybody() {
    let run = league().run();
    let last = run.last_version(&star(), NEXT, "points");
    // Points of games 1 to 4: 33, 35, 31, 33. Home, a day of rest: 0.93 x 33 + 0.35.
    assert_eq!(last.candidate.predicted, Some(31.04));
    assert_eq!(last.candidate.recommendation, Recommendation::NoLine);
    assert_eq!(
        (last.team.as_str(), last.opponent.as_str(), last.is_home),
        (HOME, AWAY, true)
    );
    assert_eq!(last.candidate.projected_minutes, 36.0);
    assert!(
        run.versions(&star(), NEXT + 1, "points").is_empty(),
        "only the next game is open"
    );
    for prop in PROPS {
        assert!(
            run.last_version(&star(), NEXT, prop.name)
                .candidate
                .predicted
                .is_some(),
            "{}",
            prop.name
        );
    }
    assert!(run.dead_letters().is_empty(), "{:?}", run.dead_letters());
}

#[test]
fn a_finished_game_reaches_the_team_as_one_change_and_not_row_by_row() {
    let mut run = league().run();
    let mut ended = Scenario::default();
    ended.played(NEXT, PLAYERS);
    for one in &ended.facts {
        run.tell(one);
    }
    let (rows, end) = ended.facts.split_at(2 * PLAYERS);
    for row in rows {
        assert_eq!(
            run.completion_of(row).entities_total,
            1,
            "his own box score is his alone"
        );
    }
    assert_eq!(run.completion_of(&end[0]).entities_changed, 12);
}

#[test]
fn a_star_ruled_out_raises_his_teammates_minutes() {
    let mut story = league();
    story.injury(&star(), NEXT, InjuryStatus::Out, hours_before(NEXT, 2));
    let run = story.run();
    let mate = run.last_version(&player(HOME, 2), NEXT, "points");
    assert_eq!(mate.teammates_out, [star()]);
    // 36 minutes are freed; his own mean is 33, and 40 is the cap.
    assert_eq!(mate.candidate.projected_minutes, 40.0);
    let before = mate.previous.unwrap().predicted.unwrap();
    assert!(mate.candidate.predicted.unwrap() > before + 3.0, "{before}");
    assert_eq!(mate.cause.subject, star());
    assert_eq!(
        (mate.cause.old_value, mate.cause.new_value.as_deref()),
        (None, Some("OUT"))
    );
    let his = run.last_version(&star(), NEXT, "points");
    assert_eq!(
        (his.candidate.predicted, his.status),
        (None, InjuryStatus::Out)
    );
    assert_eq!(his.candidate.recommendation_reason, "player_out");
    let rival = run.last_version(&player(AWAY, 2), NEXT, "points");
    assert_eq!(rival.version, 1, "the other team's news is not his");
}

#[test]
fn the_update_of_an_injury_is_told_complete_once_with_everybody_counted() {
    let mut story = league();
    story.injury(&star(), NEXT, InjuryStatus::Out, hours_before(NEXT, 2));
    let injury = story.last();
    let mut run = story.run();
    run.tell(&injury);
    let completion = run.completion_of(&injury);
    let same_id = |id: &String| *id == completion.correlation_id;
    let all: Vec<String> = run
        .completions()
        .into_iter()
        .map(|one| one.correlation_id)
        .collect();
    assert_eq!(all.into_iter().filter(same_id).count(), 1);
    assert_eq!(completion.status, RunStatus::Success);
    assert_eq!(completion.entities_total, 6);
    assert_eq!((completion.expected, completion.changed), (66, 66));
    assert_eq!(
        (completion.prediction_version, completion.supersedes_version),
        (Some(2), Some(1))
    );
    assert_eq!(
        (
            completion.target_entity_type.as_str(),
            completion.target_entity_id
        ),
        ("player", star())
    );
    let change = completion.change_event.unwrap();
    assert_eq!(change.event_type, "injury_status_change");
    assert_eq!(change.trigger_user.as_deref(), Some("desk"));
    assert_eq!(completion.duration_seconds, Some(0.005));
}

#[test]
fn an_event_has_one_record_of_runs_that_tells_of_every_phase_once() {
    let mut story = league();
    story.injury(&star(), NEXT, InjuryStatus::Out, hours_before(NEXT, 2));
    let injury = story.last();
    let mut run = story.run();
    run.tell(&injury);
    let completion = run.completion_of(&injury);
    let of_event = |one: &RunEnvelope| one.correlation_id == completion.correlation_id;
    assert_eq!(run.runs().into_iter().filter(of_event).count(), 1);
    let told: Vec<(&str, i32, i32, Option<&str>)> = completion
        .phases
        .iter()
        .map(|part| {
            let parent = part.parent_processor.as_deref();
            let phase = part.phase.as_str();
            (phase, part.record_count, part.entities_total, parent)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("raw", 1, 1, None),
            ("team", 6, 1, Some("sideline-raw")),
            ("player", 6, 6, Some("sideline-team")),
            ("features", 6, 6, Some("sideline-player")),
            ("systems", 6, 6, Some("sideline-features")),
            ("ledger", 6, 6, Some("sideline-systems")),
        ]
    );
    for part in &completion.phases {
        assert_eq!(part.status, RunStatus::Success, "{}", part.phase);
        assert_eq!(part.entities_processed, part.entities_total);
        assert!(part.duration_seconds.is_some() && part.timestamp <= completion.timestamp);
    }
    let changed: Vec<i32> = completion
        .phases
        .iter()
        .map(|part| part.entities_changed)
        .collect();
    assert_eq!(changed, [0, 0, 0, 0, 0, 6]);
}

#[test]
fn a_line_is_a_version_at_first_and_past_its_threshold_only() {
    let mut story = league();
    let moves = [(28.5, 6), (29.0, 5), (30.5, 4), (30.75, 3), (30.75, 2)];
    for (line, hours) in moves {
        story.line(&star(), NEXT, line, hours_before(NEXT, hours));
    }
    let run = story.run();
    let lines: Vec<Option<f64>> = run
        .versions(&star(), NEXT, "points")
        .iter()
        .map(|one| one.candidate.line)
        .collect();
    // 31.04 is over 28.5 and 29.0, and a pass once the edge is 2.0 or less.
    assert_eq!(lines, [None, Some(28.5), Some(30.5)]);
    let kinds: Vec<OutcomeKind> = run
        .outcomes()
        .iter()
        .filter(|one| one.player_lookup == star() && one.cause.topic == "nba-lines")
        .map(|one| one.items[0].kind)
        .collect();
    use OutcomeKind::{Changed, Held};
    assert_eq!(kinds, [Changed, Held, Changed, Held, Held]);
}

#[test]
fn a_line_touches_its_own_prop_alone() {
    let mut story = league();
    story.line(&star(), NEXT, 30.5, hours_before(NEXT, 6));
    let line = story.last();
    let run = story.run();
    let completion = run.completion_of(&line);
    assert_eq!((completion.expected, completion.entities_total), (1, 1));
    assert_eq!(run.versions(&star(), NEXT, "rebounds").len(), 1);
}

#[test]
fn a_withdrawn_line_is_a_version_without_a_line() {
    let mut story = league();
    story.line(&star(), NEXT, 30.5, hours_before(NEXT, 6));
    let known_at = hours_before(NEXT, 5);
    let gone = Scenario::line_event(&star(), NEXT, None);
    story.add(&LineEvent {
        known_at,
        ingested_at: known_at,
        ..gone
    });
    let run = story.run();
    let last = run.last_version(&star(), NEXT, "points");
    assert_eq!((last.version, last.candidate.line), (3, None));
    assert_eq!(last.candidate.recommendation, Recommendation::NoLine);
}

#[test]
fn a_player_without_minutes_line_or_lineup_is_skipped_and_counted() {
    let mut story = league();
    story.roster("rookie", Some(HOME), hours_before(NEXT, 10));
    story.trigger("rookie", "why-not", hours_before(NEXT, 9));
    let mut run = story.run();
    let of_rookie = |run: &Run| {
        let outcomes = run.outcomes();
        let his = outcomes
            .into_iter()
            .filter(|one| one.player_lookup == "rookie");
        his.map(|one| one.items[0].reason.clone().unwrap_or_default())
            .collect::<Vec<_>>()
    };
    assert_eq!(of_rookie(&run), ["not_eligible", "not_eligible"]);
    let mut later = Scenario::default();
    later.line("rookie", NEXT, 4.5, hours_before(NEXT, 3));
    run.tell(&later.last());
    assert_eq!(
        run.completion_of(&later.last()).expected,
        11,
        "a first line speaks for all props"
    );
    let last = run.last_version("rookie", NEXT, "points");
    assert_eq!(last.candidate.recommendation_reason, "no_value");
    assert_eq!(last.candidate.recommendation, Recommendation::Pass);
}

/// A line shows that he is expected to play, whichever prop it is on. Spoke it for its own alone, what
/// he ends with would depend on whether his team had news of him before or after it.
#[test]
fn promise_5_a_first_line_speaks_for_all_props_whichever_it_is_on() {
    let mut story = league();
    story.roster("rookie", Some(HOME), hours_before(NEXT, 10));
    let mut run = story.run();
    let mut later = Scenario::default();
    let known_at = hours_before(NEXT, 4);
    later.add(&LineEvent {
        prop: "steals".into(),
        known_at,
        ingested_at: known_at,
        ..Scenario::line_event("rookie", NEXT, Some(0.5))
    });
    run.tell(&later.last());
    assert_eq!(run.completion_of(&later.last()).expected, 11);
    later.line("rookie", NEXT, 4.5, hours_before(NEXT, 3));
    run.tell(&later.last());
    assert_eq!(run.completion_of(&later.last()).expected, 1);
    later.add(&LineEvent {
        prop: "blocks".into(),
        known_at,
        ingested_at: known_at,
        ..Scenario::line_event("rookie", NEXT, Some(0.5))
    });
    run.tell(&later.last());
    let of_blocks = run.completion_of(&later.last());
    assert_eq!((of_blocks.expected, of_blocks.changed), (1, 1));
}

#[test]
fn a_postponed_game_takes_its_predictions_along_and_a_new_date_brings_them_back() {
    let mut story = league();
    let known_at = hours_before(NEXT, 3);
    let event = Scenario::game_event(NEXT);
    story.add(&GameEvent {
        status: GameStatus::Postponed,
        known_at,
        ingested_at: known_at,
        ..event.clone()
    });
    let postponed = story.run();
    let last = postponed.last_version(&star(), NEXT, "points");
    assert_eq!((last.version, last.candidate.predicted), (2, None));
    assert_eq!(last.candidate.recommendation_reason, "game_postponed");
    let next = postponed.last_version(&star(), NEXT + 1, "points");
    assert!(
        next.candidate.predicted.is_some(),
        "the game after it is the next one now"
    );
    let (known_at, tip_off) = (hours_before(NEXT, 2), at(NEXT + 1, -12 * 3_600));
    story.add(&GameEvent {
        tip_off,
        known_at,
        ingested_at: known_at,
        ..event
    });
    let moved = story.run();
    let last = moved.last_version(&star(), NEXT, "points");
    assert!(last.version == 3 && last.candidate.predicted.is_some());
    assert_eq!(last.tip_off, tip_off);
    let closed = moved.last_version(&star(), NEXT + 1, "points");
    assert_eq!(closed.candidate.recommendation_reason, "not_next_game");
}

#[test]
fn a_traded_player_leaves_one_game_and_enters_the_others() {
    let mut story = league();
    story.injury(
        &player(HOME, 3),
        NEXT,
        InjuryStatus::Questionable,
        hours_before(NEXT, 30),
    );
    story.roster(&player(HOME, 3), Some(AWAY), hours_before(NEXT, 20));
    let run = story.run();
    let last = run.last_version(&player(HOME, 3), NEXT, "points");
    assert_eq!(
        (last.team.as_str(), last.opponent.as_str(), last.is_home),
        (AWAY, HOME, false)
    );
    assert_eq!(
        last.status,
        InjuryStatus::Questionable,
        "his news comes along"
    );
    assert!(last.candidate.predicted.is_some());
    assert!(run.dead_letters().is_empty(), "{:?}", run.dead_letters());
}

#[test]
fn taking_a_status_back_and_deleting_it_bring_the_old_prediction_back() {
    let mut story = league();
    let before = story
        .run()
        .last_version(&player(HOME, 2), NEXT, "points")
        .content_hash;
    story.injury(&star(), NEXT, InjuryStatus::Out, hours_before(NEXT, 4));
    let mut deleted = story.clone();
    deleted.delete_last();
    story.retract_injury(&star(), NEXT, hours_before(NEXT, 3));
    for one in [story, deleted] {
        let run = one.run();
        let last = run.last_version(&player(HOME, 2), NEXT, "points");
        assert_eq!(
            (last.version, last.content_hash.as_str()),
            (3, before.as_str())
        );
        assert_eq!(
            (last.cause.old_value.as_deref(), last.cause.new_value),
            (Some("OUT"), None)
        );
    }
}

#[test]
fn a_lineup_moves_minutes_to_whom_it_names_from_whom_he_replaces() {
    let mut story = league();
    story.lineup(HOME, NEXT, [1, 2, 3, 4, 6], hours_before(NEXT, 1));
    let lineup = story.last();
    let run = story.run();
    let completion = run.completion_of(&lineup);
    assert_eq!(
        (
            completion.target_entity_type.as_str(),
            completion.target_entity_id.as_str()
        ),
        ("team", HOME)
    );
    assert_eq!((completion.entities_total, completion.expected), (6, 66));
    assert_eq!(completion.game_date, Some(day(NEXT)));
    let minutes = |number| -> Vec<f64> {
        let versions = run.versions(&player(HOME, number), NEXT, "points");
        let minutes = versions.iter();
        minutes.map(|one| one.candidate.projected_minutes).collect()
    };
    let (named, replaced) = (minutes(6), minutes(5));
    assert_eq!((named.len(), replaced.len()), (2, 2));
    assert!(named[1] > named[0], "he starts now: {named:?}");
    assert!(replaced[1] < replaced[0], "he made room: {replaced:?}");
}

#[test]
fn a_persons_word_stands_against_the_feeds() {
    let mut story = league();
    story.injury(&star(), NEXT, InjuryStatus::Out, hours_before(NEXT, 4));
    let known_at = hours_before(NEXT, 3);
    let event = Scenario::injury_event(&star(), NEXT, InjuryStatus::Available);
    story.add(&sideline_avro::events::InjuryStatusEvent {
        source: "manual".into(),
        known_at,
        ingested_at: known_at,
        ..event
    });
    story.injury(&star(), NEXT, InjuryStatus::Doubtful, hours_before(NEXT, 2));
    let run = story.run();
    let last = run.last_version(&star(), NEXT, "points");
    assert_eq!(last.status, InjuryStatus::Available);
    assert_eq!(run.versions(&game_id(NEXT), NEXT, "points").len(), 0);
}

/// The home side wins each game, and the two teams host in turn: the first has won 3 of 5.
#[test]
fn the_share_of_games_won_says_something_from_five_games_on() {
    let share = |played: i32, name: &str| {
        let run = Scenario::league(5, played + 1, played).run();
        let id = game_id(played + 1);
        let is_next =
            |one: &PlayerFeatures| one.matchup.player_lookup == name && one.matchup.game_id == id;
        let last = run.features().into_iter().rfind(is_next).unwrap();
        let features = last.features;
        let share = features.iter().find(|one| one.name == "team_win_pct");
        let share = share.unwrap();
        (share.value, share.source.to_string())
    };
    let (home, away) = (player(HOME, 1), player(AWAY, 1));
    assert_eq!(share(5, &home), (Some(0.6), "team".to_owned()));
    assert_eq!(share(5, &away), (Some(0.4), "team".to_owned()));
    assert_eq!(share(4, &home), (Some(0.5), "default".to_owned()));
}
