//! Failures of real systems that no other test tells of; docs/real-failures.md has them all.

use std::collections::{BTreeMap, BTreeSet};

use sideline_avro::cause::Cause;
use sideline_avro::context::Touch;
use sideline_avro::predictions::{OutcomeItem, OutcomeKind};
use sideline_avro::words::InjuryStatus;
use sideline_processors::Setup;
use sideline_topics::TopicId;

use crate::scenario::{NEXT, Run, Scenario, at, hours_before, league, star};

/// Of an earlier platform's systems each switched the others' predictions off.
#[test]
fn promise_1_each_system_has_versions_of_its_own() {
    let mut story = league();
    story.line(&star(), NEXT, 30.5, hours_before(NEXT, 6));
    story.injury(&star(), NEXT, InjuryStatus::Out, hours_before(NEXT, 2));
    let mut run = Run::with_setup(None, &Setup::default());
    for one in &story.facts {
        run.tell(one);
    }
    let mut versions: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for one in run.versions(&star(), NEXT, "points") {
        let system = one.candidate.system_id;
        versions.entry(system).or_default().push(one.version);
    }
    assert!(versions.len() > 2, "{versions:?}");
    for (system, chain) in versions {
        let counted: Vec<i64> = (1..).take(chain.len()).collect();
        assert_eq!(chain, counted, "{system}");
        assert!(chain.len() > 1, "{system} has heard of the injury");
    }
}

/// A system without a model would fill the log with versions that say nothing.
#[test]
fn promise_9_a_system_without_a_model_is_counted_as_skipped_and_makes_no_version() {
    let story = league();
    let mut run = Run::with_setup(None, &Setup::default());
    for one in &story.facts {
        run.tell(one);
    }
    let of_trees = |one: &&OutcomeItem| one.system_id == "boosted_trees";
    let outcomes = run.outcomes();
    let items = outcomes.iter().flat_map(|one| &one.items);
    let reasons: BTreeSet<_> = items
        .filter(of_trees)
        .map(|one| (one.kind, one.reason.clone()))
        .collect();
    let expected = (OutcomeKind::Skipped, Some("no_model".to_owned()));
    assert_eq!(reasons, [expected].into());
    let systems: BTreeSet<String> = run
        .predictions()
        .into_iter()
        .map(|one| one.candidate.system_id)
        .collect();
    assert!(systems.contains("ensemble") && !systems.contains("boosted_trees"));
}

/// A collector's window of six hours missed the lines of the last ones.
#[test]
fn a_line_counts_from_days_before_to_the_last_second() {
    for seconds in [-3 * 86_400, -7 * 3_600, -1] {
        let mut story = league();
        story.line(&star(), NEXT, 30.5, at(NEXT, seconds));
        let last = story.run().last_version(&star(), NEXT, "points");
        assert_eq!(last.candidate.line, Some(30.5), "{seconds} s");
    }
}

/// Batches that lacked a few players never closed, and held the next ones up for hours.
#[test]
fn an_update_that_never_completes_holds_up_no_other() {
    let mut run = league().run();
    let lost = Touch {
        cause: Cause {
            correlation_id: "lost".into(),
            ..Cause::default()
        },
        origin: "raw".into(),
        targets: vec!["player/nobody/direct".into()],
        ..Touch::default()
    };
    run.feed_value(TopicId::Touches, "lost", &lost);
    let mut news = Scenario::default();
    news.injury(&star(), NEXT, InjuryStatus::Out, hours_before(NEXT, 2));
    run.tell(&news.last());
    assert_eq!(run.completion_of(&news.last()).entities_total, 6);
    let told: Vec<String> = run
        .completions()
        .into_iter()
        .map(|one| one.correlation_id)
        .collect();
    assert!(!told.contains(&"lost".to_owned()));
}
