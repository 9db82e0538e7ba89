//! The promises, each with the tests named after it.

use std::collections::BTreeMap;

use crate::ending::{differences, ending};
use crate::scenario::{
    AWAY, Fact, HOME, Run, Scenario, at, box_score, game_id, hours_before, player, shuffled,
};
use sideline_avro::events::{BoxScoreEvent, GameEvent, InjuryStatusEvent};
use sideline_avro::predictions::{OutcomeKind, Prediction};
use sideline_avro::runs::RunStatus;
use sideline_avro::words::{GameStatus, InjuryStatus};
use sideline_topics::TopicId;

const NEXT: i32 = 4;

/// A small league after three games, and an evening full of news.
fn evening() -> Scenario {
    let mut story = Scenario::league(6, 6, 3);
    let star = player(HOME, 1);
    story.line(&star, NEXT, 31.5, hours_before(NEXT, 9));
    story.line(&player(AWAY, 2), NEXT, 27.5, hours_before(NEXT, 8));
    story.injury(
        &star,
        NEXT,
        InjuryStatus::Questionable,
        hours_before(NEXT, 7),
    );
    story.line(&star, NEXT, 28.5, hours_before(NEXT, 6));
    story.roster(&player(AWAY, 6), Some(HOME), hours_before(NEXT, 6));
    story.injury(&star, NEXT, InjuryStatus::Out, hours_before(NEXT, 5));
    story.trigger(&player(HOME, 2), "again", hours_before(NEXT, 4));
    story.lineup(HOME, NEXT, [2, 3, 4, 5, 6], hours_before(NEXT, 1));
    story.line(&player(HOME, 2), NEXT, 30.5, hours_before(NEXT, 1));
    story.injury(
        &player(AWAY, 3),
        NEXT,
        InjuryStatus::Out,
        hours_before(NEXT, 1),
    );
    story
}

/// The versions of every key in the order of the log.
fn chains(run: &Run) -> BTreeMap<String, Vec<Prediction>> {
    let mut chains: BTreeMap<String, Vec<Prediction>> = BTreeMap::new();
    for one in run.predictions() {
        let (prop, system) = (&one.candidate.prop, &one.candidate.system_id);
        let key = format!("{}/{}/{prop}/{system}", one.player_lookup, one.game_id);
        chains.entry(key).or_default().push(one);
    }
    chains
}

fn check_chains(run: &Run) {
    let chains = chains(run);
    assert!(!chains.is_empty());
    for (key, chain) in chains {
        for (place, one) in chain.iter().enumerate() {
            let version = i64::try_from(place).unwrap() + 1;
            assert_eq!(one.version, version, "{key}");
            assert_eq!(
                one.supersedes_version,
                (version > 1).then_some(version - 1),
                "{key}"
            );
        }
        for pair in chain.windows(2) {
            assert_ne!(pair[0].content_hash, pair[1].content_hash, "{key}");
        }
    }
}

#[test]
fn promise_1_versions_count_up_across_crashes_duplicates_and_disorder() {
    let facts = evening().facts;
    let mut run = Run::new(Some(7));
    for (place, one) in shuffled(&facts, 11).iter().enumerate() {
        run.feed(one);
        if place % 3 == 0 {
            run.work();
            run.crash();
            run.feed(one);
        }
    }
    run.work();
    check_chains(&run);
}

#[test]
fn promise_2_equal_content_makes_no_new_version() {
    let facts = evening().facts;
    let mut run = evening().run();
    check_chains(&run);
    let count = run.predictions().len();
    for one in &facts {
        run.tell(one);
    }
    assert_eq!(
        run.predictions().len(),
        count,
        "a resent log changes nothing"
    );
    let mut story = Scenario::default();
    story.trigger(&player(HOME, 2), "same-again", hours_before(NEXT, 1));
    run.tell(&story.last());
    let outcome = run
        .outcomes()
        .into_iter()
        .find(|one| one.cause.correlation_id == "same-again");
    let outcome = outcome.unwrap();
    assert_eq!((outcome.expected, outcome.unchanged), (11, 11));
}

#[test]
fn promise_3_every_version_names_its_cause() {
    let run = evening().run();
    for one in run.predictions() {
        let cause = &one.cause;
        assert!(!cause.correlation_id.is_empty() && !cause.fact.is_empty());
        assert!(cause.topic.starts_with("nba-") && cause.offset >= 0);
        assert!(!cause.source.is_empty() && cause.published_at.is_some());
        assert_eq!(
            (one.build.as_str(), one.effective_at),
            ("build-1", cause.known_at)
        );
        assert_eq!(one.prediction_id.len(), 32);
        let phases: Vec<&str> = cause.trail.iter().map(|hop| hop.phase.as_str()).collect();
        let ways = [
            ["raw", "player", "features", "systems"].as_slice(),
            ["raw", "team", "player", "features", "systems"].as_slice(),
            ["raw", "results", "team", "player", "features", "systems"].as_slice(),
        ];
        assert!(ways.contains(&phases.as_slice()), "{phases:?}");
        let place = format!("{}/{}", cause.topic, cause.partition);
        assert!(
            one.view[&place] >= cause.offset,
            "the view contains the cause"
        );
        assert_eq!(one.previous.is_some(), one.version > 1);
    }
}

/// Every way an evening is told must end in the same features, candidates and latest values.
pub(crate) fn check_order(facts: &[Fact], seeds: std::ops::Range<u64>) {
    let mut in_order = Run::new(None);
    for one in facts {
        in_order.tell(one);
    }
    let expected = ending(&in_order);
    assert!(!expected.is_empty());
    let check = |run: &Run, way: &str| {
        let found = differences(&ending(run), &expected);
        assert!(
            found.is_empty(),
            "{way}: {} differ, {:?}",
            found.len(),
            found.first()
        );
    };
    // Topic after topic, as a phase that catches up may read them.
    let mut by_topic = Run::new(None);
    for one in facts {
        by_topic.feed(one);
    }
    by_topic.work();
    check(&by_topic, "topic after topic");
    for seed in seeds {
        let mut run = Run::new(Some(seed));
        for (place, one) in shuffled(facts, seed).iter().enumerate() {
            run.feed(one);
            if place % 5 == 0 {
                run.feed(one);
            }
            if place % 7 == 0 {
                run.work();
            }
        }
        run.work();
        check(&run, &format!("seed {seed}"));
        check_chains(&run);
    }
}

#[test]
fn promise_5_arrival_order_does_not_change_the_end() {
    check_order(&evening().facts, 0..12);
}

#[test]
fn promise_5_nor_with_moved_games_trades_and_corrections() {
    let mut story = evening();
    let moved = |known_at, tip_off| GameEvent {
        tip_off,
        known_at,
        ingested_at: known_at,
        ..Scenario::game_event(NEXT)
    };
    story.add(&moved(hours_before(NEXT, 3), at(NEXT, 3_600)));
    let known_at = at(2, 40_000);
    let corrected = box_score(2, HOME, 2, known_at);
    story.add(&BoxScoreEvent {
        pts: corrected.pts + 2,
        fgm: corrected.fgm + 1,
        ..corrected
    });
    story.retract_injury(&player(AWAY, 3), NEXT, hours_before(NEXT, 0));
    let known_at = hours_before(NEXT, 2);
    let off = GameEvent {
        status: GameStatus::Postponed,
        known_at,
        ingested_at: known_at,
        ..Scenario::game_event(NEXT + 1)
    };
    story.add(&off);
    check_order(&story.facts, 20..28);
}

#[test]
fn promise_5_nor_with_a_game_nobody_spoke_of() {
    let mut story = evening();
    let later = NEXT + 2;
    story.injury(
        &player(AWAY, 1),
        later,
        InjuryStatus::Out,
        hours_before(later, 5),
    );
    story.line(&player(HOME, 1), later, 30.5, hours_before(later, 4));
    check_order(&story.facts, 30..36);
}

#[test]
fn promise_5_a_registration_that_comes_last_takes_up_what_waited_for_it() {
    let story = evening();
    let (rosters, others): (Vec<Fact>, Vec<Fact>) = story
        .facts
        .iter()
        .cloned()
        .partition(|one| one.topic == TopicId::Rosters);
    let expected = story.run().newest_candidates();
    let mut run = Run::new(None);
    for one in others.iter().chain(&rosters) {
        run.tell(one);
    }
    assert_eq!(run.newest_candidates(), expected);
    let letters = run.dead_letters();
    assert!(
        letters
            .iter()
            .all(|letter| letter.reason == "unknown_player")
    );
    assert!(!letters.is_empty());
}

#[test]
fn promise_7_bad_input_is_put_aside_with_its_bytes_and_its_update_fails() {
    let mut story = evening();
    story.line(&player(HOME, 1), NEXT, 101.0, hours_before(NEXT, 1));
    let too_high = story.last();
    let mut run = story.run();
    let letter = run.dead_letters().pop().unwrap();
    assert_eq!(
        (letter.reason.as_str(), letter.field.as_deref()),
        ("line_out_of_range", Some("line"))
    );
    assert_eq!(
        (letter.topic.as_str(), letter.phase.as_str()),
        ("nba-lines", "raw")
    );
    assert_eq!(letter.value, too_high.value);
    assert_eq!(letter.error_type, "permanent");
    assert!(letter.message.contains("101") && !letter.hint.is_empty());
    let completion = run.completion_of(&too_high);
    assert_eq!(
        letter.correlation_id.as_deref(),
        Some(completion.correlation_id.as_str())
    );
    assert_eq!(
        (completion.status, completion.expected, completion.failed),
        (RunStatus::Failed, 1, 1)
    );
    let [raw] = completion.phases.as_slice() else {
        panic!("raw alone took part: {:?}", completion.phases);
    };
    assert_eq!((raw.status, raw.records_failed), (RunStatus::Failed, 1));
    // The partition goes on.
    let mut later = Scenario::default();
    later.line(&player(HOME, 1), NEXT, 35.0, at(NEXT, -600));
    run.tell(&later.last());
    assert_eq!(
        run.last_version(&player(HOME, 1), NEXT, "points")
            .candidate
            .line,
        Some(35.0)
    );
}

#[test]
fn promise_7_bytes_that_cannot_be_read_are_put_aside() {
    let mut story = evening();
    story.line(&player(HOME, 1), NEXT, 30.0, hours_before(NEXT, 1));
    let good = story.last();
    let mut run = evening().run();
    run.tell(&Fact {
        value: Some(b"not avro".to_vec()),
        ..good.clone()
    });
    run.tell(&Fact {
        key: "no key of ours".into(),
        ..good.clone()
    });
    run.tell(&Fact {
        partition_key: "bosfive".into(),
        ..good.clone()
    });
    let reasons: Vec<String> = run
        .dead_letters()
        .into_iter()
        .map(|one| one.reason)
        .collect();
    assert!(
        reasons.contains(&"not_confluent_framing".to_owned()),
        "{reasons:?}"
    );
    assert!(
        reasons.contains(&"unparseable_key".to_owned()),
        "{reasons:?}"
    );
}

#[test]
fn promise_7_a_name_is_resolved_however_it_is_written() {
    let mut story = evening();
    let known_at = hours_before(NEXT, 1);
    let event = Scenario::injury_event("  Bos-TWO ", NEXT, InjuryStatus::Probable);
    let event = InjuryStatusEvent {
        known_at,
        ingested_at: known_at,
        ..event
    };
    story.add(&event);
    let mut odd = story.facts.pop().unwrap();
    odd.key = odd.key.replace("  Bos-TWO ", "bostwo");
    odd.partition_key = "bostwo".into();
    story.facts.push(odd);
    let run = story.run();
    assert!(run.dead_letters().is_empty(), "{:?}", run.dead_letters());
    assert_eq!(
        run.last_version("bostwo", NEXT, "points").status,
        InjuryStatus::Probable
    );
}

#[test]
fn promise_8_nothing_known_after_tip_off_changes_a_prediction() {
    let story = evening();
    let before = story.run().newest_candidates();
    let of_next = |all: &BTreeMap<String, Vec<u8>>| -> Vec<(String, Vec<u8>)> {
        let id = game_id(NEXT);
        all.clone()
            .into_iter()
            .filter(|(key, _)| key.contains(&id))
            .collect()
    };
    let mut late = story.clone();
    late.injury(&player(HOME, 2), NEXT, InjuryStatus::Out, at(NEXT, 60));
    late.line(&player(HOME, 2), NEXT, 10.5, at(NEXT, 120));
    late.played(NEXT, 6);
    let run = late.run();
    assert_eq!(of_next(&run.newest_candidates()), of_next(&before));
    for one in run.predictions() {
        assert!(
            one.as_of < one.tip_off,
            "{} {:?} {:?}",
            one.game_id,
            one.as_of,
            one.tip_off
        );
    }
    let after = run
        .outcomes()
        .into_iter()
        .filter(|one| one.cause.known_at == at(NEXT, 120));
    let reasons: Vec<_> = after.map(|one| one.items[0].reason.clone()).collect();
    assert_eq!(reasons, [Some("after_tip_off".to_owned())]);
}

#[test]
fn promise_8_what_is_appended_too_late_makes_a_candidate_and_no_version() {
    let mut story = evening();
    let known_at = hours_before(NEXT, 1);
    let event = Scenario::injury_event(&player(HOME, 3), NEXT, InjuryStatus::Out);
    story.add(&InjuryStatusEvent {
        known_at,
        ingested_at: at(NEXT, 30),
        ..event
    });
    let late = story.last();
    let before = evening().run();
    let run = story.run();
    assert_eq!(run.predictions().len(), before.predictions().len());
    assert_ne!(run.newest_candidates(), before.newest_candidates());
    let completion = run.completion_of(&late);
    assert!(completion.too_late > 0);
    assert_eq!(completion.expected, completion.too_late);
}

#[test]
fn promise_9_every_candidate_is_counted_once() {
    let mut story = evening();
    story.line(&player(HOME, 1), NEXT, 101.0, hours_before(NEXT, 1));
    story.injury(&player(HOME, 2), NEXT, InjuryStatus::Out, at(NEXT, 60));
    let run = story.run();
    let mut kinds: BTreeMap<OutcomeKind, usize> = BTreeMap::new();
    for one in run.outcomes() {
        let told = one.changed
            + one.unchanged
            + one.held
            + one.blocked
            + one.too_late
            + one.skipped
            + one.failed;
        assert_eq!(one.expected, told);
        assert_eq!(one.items.len(), usize::try_from(one.expected).unwrap());
        for item in one.items {
            *kinds.entry(item.kind).or_default() += 1;
        }
    }
    assert_eq!(kinds[&OutcomeKind::Changed], run.predictions().len());
    for one in run.completions() {
        let told = one.changed
            + one.unchanged
            + one.held
            + one.blocked
            + one.too_late
            + one.skipped
            + one.failed;
        assert_eq!(one.expected, told);
    }
    let events = story.facts.len();
    assert_eq!(
        run.completions().len(),
        events,
        "every event is told complete, once"
    );
}

/// What compaction leaves: the last record of each key, and in the end no tombstones.
fn compacted(facts: &[Fact]) -> Vec<Fact> {
    let mut last: BTreeMap<(TopicId, &str), usize> = BTreeMap::new();
    for (place, one) in facts.iter().enumerate() {
        last.insert((one.topic, &one.key), place);
    }
    let is_kept = |place: usize, one: &Fact| {
        last[&(one.topic, one.key.as_str())] == place && one.value.is_some()
    };
    let kept = facts
        .iter()
        .enumerate()
        .filter(|(place, one)| is_kept(*place, one));
    kept.map(|(_, one)| one.clone()).collect()
}

#[test]
fn promise_6_the_log_recomputed_ends_alike_before_and_after_compaction() {
    let mut story = evening();
    // The same key twice, with another value: the log keeps the later.
    story.line(&player(HOME, 4), NEXT, 20.5, hours_before(NEXT, 3));
    story.line(&player(HOME, 4), NEXT, 22.5, hours_before(NEXT, 3));
    story.injury(
        &player(HOME, 3),
        NEXT,
        InjuryStatus::Out,
        hours_before(NEXT, 2),
    );
    story.delete_last();
    story.injury(
        &player(AWAY, 1),
        NEXT,
        InjuryStatus::Doubtful,
        hours_before(NEXT, 2),
    );
    story.retract_injury(&player(AWAY, 1), NEXT, hours_before(NEXT, 1));
    story.line(&player(AWAY, 4), NEXT, 21.5, hours_before(NEXT, 2));
    story.line(&player(AWAY, 4), NEXT, 25.5, hours_before(NEXT, 1));
    story.delete_last();
    let mut resent = story.facts.clone();
    resent.extend(evening().facts);
    let mut live = Run::new(None);
    for one in &resent {
        live.tell(one);
    }
    let expected = live.newest_candidates();
    for log in [resent.clone(), compacted(&resent)] {
        let mut again = Run::new(Some(3));
        for one in &log {
            again.feed(one);
        }
        again.work();
        assert_eq!(again.newest_candidates(), expected);
    }
    assert!(compacted(&resent).len() < story.facts.len());
}
