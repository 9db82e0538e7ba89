//! Other names: what was said under a name nobody knew is taken up when somebody says whose it is.

use sideline_avro::cause::EventKind;
use sideline_avro::events::{AliasEvent, InjuryStatusEvent, LineupEvent};
use sideline_avro::runs::RunStatus;
use sideline_avro::time::Timestamp;
use sideline_avro::words::InjuryStatus;

use crate::scenario::{
    AWAY, Fact, HOME, NEXT, PLAYERS, Run, Scenario, hours_before, league, player, shuffled, star,
};

/// What a feed calls the star of the home team.
const ALIAS: &str = "kingone";

fn alias_event(known_at: Timestamp) -> AliasEvent {
    AliasEvent {
        alias: ALIAS.into(),
        player: star(),
        team: Some(HOME.into()),
        source: "desk".into(),
        known_at,
        ingested_at: known_at,
        ..AliasEvent::default()
    }
}

fn alias(story: &mut Scenario, hours: i64) {
    story.add(&alias_event(hours_before(NEXT, hours)));
}

fn line(story: &mut Scenario, name: &str) {
    story.line(name, NEXT, 30.5, hours_before(NEXT, 6));
}

fn out(story: &mut Scenario, name: &str) {
    story.injury(name, NEXT, InjuryStatus::Out, hours_before(NEXT, 4));
}

/// Value and line of everybody on the home team's points.
fn points(run: &Run) -> Vec<(Option<f64>, Option<f64>, InjuryStatus)> {
    (1..=PLAYERS)
        .map(|number| run.last_version(&player(HOME, number), NEXT, "points"))
        .map(|last| (last.candidate.predicted, last.candidate.line, last.status))
        .collect()
}

#[test]
fn promise_7_a_dead_letter_of_an_unknown_name_is_taken_up_by_a_later_alias() {
    let mut story = league();
    line(&mut story, ALIAS);
    let unknown = story.last();
    let mut run = story.run();
    let letters = run.dead_letters();
    let [letter] = letters.as_slice() else {
        panic!("one dead letter: {letters:?}");
    };
    assert_eq!(letter.reason, "unknown_player");
    assert!(letter.hint.contains("alias event"), "{}", letter.hint);
    assert_eq!(letter.value, unknown.value);
    assert_eq!(run.completion_of(&unknown).status, RunStatus::Failed);
    assert_eq!(
        run.last_version(&star(), NEXT, "points").candidate.line,
        None
    );
    let mut told = Scenario::default();
    alias(&mut told, 5);
    run.tell(&told.last());
    let last = run.last_version(&star(), NEXT, "points");
    assert_eq!(last.candidate.line, Some(30.5));
    assert_eq!(
        last.cause.topic, "nba-lines",
        "the cause is the line that waited"
    );
    assert_eq!(run.dead_letters().len(), 1);
    let completion = run.completion_of(&told.last());
    assert_eq!(
        (completion.status, completion.failed),
        (RunStatus::NoData, 0)
    );
}

#[test]
fn promise_5_an_alias_may_come_before_or_after_what_is_said_under_it() {
    let mut plain = league();
    line(&mut plain, &star());
    out(&mut plain, &star());
    let expected = points(&plain.run());
    let mut story = league();
    alias(&mut story, 7);
    line(&mut story, ALIAS);
    out(&mut story, ALIAS);
    assert_eq!(points(&story.run()), expected, "in order");
    for seed in 0..6 {
        let mut run = Run::new(Some(seed));
        for one in shuffled(&story.facts, seed) {
            run.feed(&one);
            run.work();
            run.feed(&one);
        }
        run.work();
        assert_eq!(points(&run), expected, "seed {seed}");
    }
}

#[test]
fn promise_4_what_waits_for_an_alias_is_there_after_a_crash() {
    let mut story = league();
    out(&mut story, ALIAS);
    let mut run = story.run();
    run.crash();
    let mut told = Scenario::default();
    alias(&mut told, 3);
    run.tell(&told.last());
    let his = run.last_version(&star(), NEXT, "points");
    assert_eq!(his.status, InjuryStatus::Out);
    let mate = run.last_version(&player(HOME, 2), NEXT, "points");
    assert_eq!(mate.teammates_out, [star()]);
}

/// Feeds of lineups have spellings of their own, and a starter whom nobody recognises would be taken
/// for a man off the bench.
#[test]
fn a_lineup_under_an_alias_names_its_player_whichever_comes_first() {
    let lineup = |name: &str| {
        let mut story = league();
        let named = Scenario::lineup_event(HOME, NEXT, [1, 2, 3, 4, 6], hours_before(NEXT, 1));
        let mut starters = named.starters;
        name.clone_into(&mut starters[0]);
        story.add(&LineupEvent { starters, ..named });
        story
    };
    let starts = |run: &Run| {
        let last = run.last_version(&star(), NEXT, "points");
        last.candidate.projected_minutes
    };
    let expected = starts(&lineup(&star()).run());
    let mut after = lineup(ALIAS);
    assert_ne!(starts(&after.run()), expected, "nobody knows the name");
    alias(&mut after, 2);
    assert_eq!(starts(&after.run()), expected, "alias last");
    for seed in 0..4 {
        let mut run = Run::new(Some(seed));
        for one in shuffled(&after.facts, seed) {
            run.feed(&one);
        }
        run.work();
        assert_eq!(starts(&run), expected, "seed {seed}");
    }
}

#[test]
fn a_name_that_is_registered_is_no_alias() {
    let mut story = league();
    let taken = AliasEvent {
        alias: player(HOME, 2),
        ..alias_event(hours_before(NEXT, 7))
    };
    story.add(&taken);
    let run = story.run();
    let letter = run.dead_letters().pop().unwrap();
    assert_eq!(letter.reason, "alias_is_registered");
}

#[test]
fn a_name_is_no_alias_of_itself_however_it_is_written() {
    let mut story = league();
    let same = AliasEvent {
        player: "Bos One".into(),
        alias: "bosone".into(),
        ..alias_event(hours_before(NEXT, 7))
    };
    story.add(&same);
    let letter = story.run().dead_letters().pop().unwrap();
    assert_eq!(letter.reason, "alias_is_no_other_name");
}

#[test]
fn an_alias_that_was_taken_back_stands_for_nobody() {
    let mut story = league();
    alias(&mut story, 7);
    story.add(&AliasEvent {
        kind: EventKind::Retract,
        ..alias_event(hours_before(NEXT, 6))
    });
    out(&mut story, ALIAS);
    let run = story.run();
    let reasons: Vec<String> = run
        .dead_letters()
        .into_iter()
        .map(|one| one.reason)
        .collect();
    assert_eq!(reasons, ["unknown_player"]);
    assert_eq!(
        run.last_version(&star(), NEXT, "points").status,
        run.last_version(&player(HOME, 2), NEXT, "points").status
    );
}

#[test]
fn promise_2_an_alias_and_its_news_told_again_change_nothing() {
    let mut story = league();
    alias(&mut story, 7);
    line(&mut story, ALIAS);
    out(&mut story, ALIAS);
    let mut run = story.run();
    let versions = run.predictions().len();
    let news: Vec<Fact> = story.facts[story.facts.len() - 3..].to_vec();
    for one in &news {
        run.tell(one);
    }
    assert_eq!(run.predictions().len(), versions);
    assert!(run.dead_letters().is_empty(), "{:?}", run.dead_letters());
}

/// A status under the alias goes to the team the alias names, so an alias that was told again after
/// a trade tells the new team.
#[test]
fn an_alias_told_again_after_a_trade_reaches_the_new_team() {
    let mut story = league();
    alias(&mut story, 12);
    story.roster(&star(), Some(AWAY), hours_before(NEXT, 10));
    let again = AliasEvent {
        team: Some(AWAY.into()),
        ..alias_event(hours_before(NEXT, 9))
    };
    story.add(&again);
    let known_at = hours_before(NEXT, 4);
    story.add(&InjuryStatusEvent {
        known_at,
        ingested_at: known_at,
        ..Scenario::injury_event(ALIAS, NEXT, InjuryStatus::Out)
    });
    let run = story.run();
    let mate = run.last_version(&player(AWAY, 2), NEXT, "points");
    assert_eq!(mate.teammates_out, [star()]);
    assert!(run.dead_letters().is_empty(), "{:?}", run.dead_letters());
}
