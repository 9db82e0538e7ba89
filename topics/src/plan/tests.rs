use sideline_avro::registry::SubjectState;

use super::*;
use crate::catalogue::{PhaseName, Reader, TopicId};
use crate::cluster::ObservedGroup;

fn nba() -> Catalogue {
    Catalogue::new("nba", None).unwrap()
}

/// A broker and a registry that have all the catalogue says, positions included.
fn complete(catalogue: &Catalogue) -> Observed {
    let mut observed = Observed::default();
    let topics = catalogue.topics().iter();
    let topics = topics.map(|topic| (&topic.name, &topic.settings));
    let changelogs = catalogue.changelogs().iter();
    let changelogs = changelogs.map(|changelog| (&changelog.name, &changelog.settings));
    for (name, settings) in topics.chain(changelogs) {
        let configs = settings.configs();
        let configs = configs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        let topic = ObservedTopic {
            partitions: settings.partitions,
            configs: configs.collect(),
            own: [].into(),
        };
        observed.topics.insert(name.clone(), topic);
    }
    for group in catalogue.groups() {
        let mut found = ObservedGroup::default();
        for id in &group.inputs {
            let topic = catalogue.topic(*id);
            for partition in 0..topic.settings.partitions {
                found.committed.insert((topic.name.clone(), partition), 7);
            }
        }
        observed.groups.insert(group.name.clone(), found);
    }
    let state = |id| SubjectState {
        id: Some(id),
        compatibility: Some(COMPATIBILITY.to_owned()),
    };
    let subjects = catalogue
        .topics()
        .iter()
        .map(|topic| (topic.subject(), state(1)));
    observed.subjects = Some(subjects.collect());
    observed
}

fn set(observed: &mut Observed, topic: &str, config: &str, value: &str) {
    let topic = observed.topics.get_mut(topic).unwrap();
    topic.configs.insert(config.to_owned(), value.to_owned());
}

#[test]
fn a_complete_cluster_needs_nothing() {
    let catalogue = nba();
    let plan = compare(&catalogue, &complete(&catalogue));
    assert!(plan.is_empty(), "{plan:?}");
}

#[test]
fn an_empty_cluster_needs_everything_and_nothing_is_refused() {
    let catalogue = nba();
    let observed = Observed {
        subjects: Some([].into()),
        ..Observed::default()
    };
    let plan = compare(&catalogue, &observed);
    assert_eq!(
        plan.topics.len(),
        catalogue.topics().len() + PhaseName::ALL.len()
    );
    assert_eq!(plan.schemas.len(), catalogue.topics().len());
    let inputs: usize = catalogue
        .groups()
        .iter()
        .map(|group| group.inputs.len())
        .sum();
    assert_eq!(plan.offsets.len(), inputs);
    assert!(plan.configs.is_empty() && plan.refusals.is_empty());
}

#[test]
fn a_setting_that_loses_nothing_is_changed_and_shows_old_and_new() {
    let catalogue = nba();
    let mut observed = complete(&catalogue);
    set(
        &mut observed,
        "nba-lines",
        "message.timestamp.after.max.ms",
        "3600000",
    );
    set(
        &mut observed,
        "nba-predictions",
        "retention.ms",
        "604800000",
    );
    let plan = compare(&catalogue, &observed);
    assert!(plan.refusals.is_empty(), "{plan:?}");
    let change = |topic: &str, config, old: &str, new: &str| ConfigChange {
        topic: topic.to_owned(),
        config,
        old: old.to_owned(),
        new: new.to_owned(),
    };
    let expected = [
        change(
            "nba-lines",
            "message.timestamp.after.max.ms",
            "3600000",
            "9223372036854775807",
        ),
        change("nba-predictions", "retention.ms", "604800000", "-1"),
    ];
    assert_eq!(plan.configs, expected);
}

#[test]
fn what_would_lose_records_is_refused_with_the_topic_and_what_to_do() {
    let catalogue = nba();
    for (topic, config, value) in [
        ("nba-player-games", "retention.ms", "-1"),
        ("nba-player-games", "retention.ms", "9999999999"),
        ("nba-predictions", "cleanup.policy", "compact"),
        ("nba-lines", "cleanup.policy", "delete"),
    ] {
        let mut observed = complete(&catalogue);
        set(&mut observed, topic, config, value);
        let plan = compare(&catalogue, &observed);
        assert!(plan.configs.is_empty(), "{plan:?}");
        let [refusal] = plan.refusals.as_slice() else {
            panic!("one refusal: {plan:?}");
        };
        assert_eq!((refusal.config, refusal.old.as_str()), (config, value));
        assert!(refusal.message.contains(topic) && refusal.message.contains("by hand"));
    }
}

#[test]
fn the_partition_count_of_a_keyed_topic_is_never_changed() {
    let catalogue = nba();
    for count in [1, 6] {
        let mut observed = complete(&catalogue);
        observed.topics.get_mut("nba-lines").unwrap().partitions = count;
        let plan = compare(&catalogue, &observed);
        let refusal = plan.refusals.first().expect("a refusal");
        assert_eq!(
            (refusal.topic.as_str(), refusal.config),
            ("nba-lines", "partitions")
        );
        assert!(
            refusal.message.contains("player_lookup"),
            "{}",
            refusal.message
        );
    }
}

#[test]
fn a_group_keeps_its_position_and_gets_one_for_a_topic_it_did_not_read_before() {
    let catalogue = nba();
    let mut observed = complete(&catalogue);
    let raw = observed.groups.get_mut("nba-sideline-raw").unwrap();
    raw.has_run = true;
    raw.committed
        .retain(|(topic, _), _| topic != "nba-game-lines");
    let plan = compare(&catalogue, &observed);
    let expected = NewOffsets {
        group: "nba-sideline-raw".to_owned(),
        topic: "nba-game-lines".to_owned(),
        partitions: vec![0, 1, 2, 3],
    };
    assert_eq!(plan.offsets, [expected]);
}

#[test]
fn a_group_whose_position_expired_is_left_to_its_changelog() {
    let catalogue = nba();
    let mut observed = complete(&catalogue);
    let ledger = &catalogue.group(Reader::Phase(PhaseName::Ledger)).name;
    let group = observed.groups.get_mut(ledger).unwrap();
    group.committed.clear();
    group.has_run = true;
    assert!(compare(&catalogue, &observed).is_empty());
    // The same without a changelog is a group that never ran.
    observed.groups.get_mut(ledger).unwrap().has_run = false;
    assert_eq!(compare(&catalogue, &observed).offsets.len(), 1);
}

#[test]
fn a_subject_needs_our_schema_and_our_compatibility() {
    let catalogue = nba();
    let mut observed = complete(&catalogue);
    let subjects = observed.subjects.as_mut().unwrap();
    let lines = catalogue.topic(TopicId::Lines).subject();
    subjects.get_mut(&lines).unwrap().id = None;
    let games = catalogue.topic(TopicId::Games).subject();
    subjects.get_mut(&games).unwrap().compatibility = Some("BACKWARD".to_owned());
    let plan = compare(&catalogue, &observed);
    let reasons: Vec<_> = plan
        .schemas
        .iter()
        .map(|schema| (schema.subject.as_str(), schema.reason))
        .collect();
    let expected = [
        ("nba-lines-value", "missing"),
        ("nba-games-value", "compatibility"),
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn a_plan_prints_as_data() {
    let catalogue = nba();
    let json = serde_json::to_value(compare(&catalogue, &Observed::default())).unwrap();
    assert_eq!(json["topics"][0]["topic"], "nba-injuries");
    assert_eq!(json["topics"][0]["settings"]["cleanup"], "compact");
    assert_eq!(json["offsets"][0]["group"], "nba-sideline-raw");
}
