//! Failures of real systems that no other test tells of; docs/real-failures.md has them all.

use std::collections::BTreeMap;

use sideline_avro::cause::Cause;
use sideline_avro::context::Touch;
use sideline_avro::words::InjuryStatus;
use sideline_processors::{Choice, Setup};
use sideline_topics::TopicId;

use crate::scenario::{NEXT, Run, Scenario, at, hours_before, league, star};

/// Of an earlier platform's systems each switched the others' predictions off.
#[test]
fn promise_1_each_system_has_versions_of_its_own() {
    let mut story = league();
    story.line(&star(), NEXT, 30.5, hours_before(NEXT, 6));
    story.injury(&star(), NEXT, InjuryStatus::Out, hours_before(NEXT, 2));
    let mut run = Run::with_setup(
        None,
        &Setup {
            choice: Choice::All,
            model: None,
        },
    );
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
