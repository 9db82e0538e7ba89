//! Where a run ends: all that must not depend on the way to it, as text by key.

use std::collections::{BTreeMap, BTreeSet};

use sideline_avro::features::{PlayerFeatures, PropFeatures};
use sideline_avro::predictions::{OutcomeKind, Prediction};

use crate::scenario::Run;

/// Something by key, as text. Keys begin with what it is: candidate, features or value.
pub(crate) type Ending = BTreeMap<String, String>;

/// Said of a value when something was too late for a version: by the promise it then makes a
/// candidate alone, so what the last version says depends on what came before it.
const TOO_LATE: &str = "too late";

/// Bytes shown of texts that differ.
const SHOWN: usize = 240;

/// The newest candidate of every key, the features it came from, and what the last version says.
/// A line within its threshold is not told: which of several moves made a version depends on the
/// one before it.
pub(crate) fn ending(run: &Run) -> Ending {
    let candidates = run.newest_candidates();
    let mut ending = Ending::new();
    let mut predicted = BTreeSet::new();
    for (key, content) in &candidates {
        ending.insert(format!("candidate {key}"), format!("{content:?}"));
        let prop = key.rsplit_once('/').map_or(key.as_str(), |(prop, _)| prop);
        predicted.insert(prop.to_owned());
    }
    for record in run.features() {
        let matchup = &record.matchup;
        for prop in &record.props {
            let game = format!("{}/{}", matchup.player_lookup, matchup.game_id);
            let key = format!("{game}/{}", prop.prop);
            // Of who is no longer predicted, some orders never told a feature.
            if predicted.contains(&key) {
                let told = told_features(&record, prop);
                ending.insert(format!("features {key}"), told);
            }
        }
    }
    for (key, version) in last_versions(run) {
        // Some orders never had a version of who is no longer predicted; the others took it back.
        if candidates.contains_key(&key) || version.candidate.predicted.is_some() {
            ending.insert(format!("value {key}"), told_value(&version));
        }
    }
    for key in too_late(run) {
        ending.insert(format!("value {key}"), TOO_LATE.to_owned());
    }
    ending
}

fn last_versions(run: &Run) -> BTreeMap<String, Prediction> {
    let mut last = BTreeMap::new();
    for one in run.predictions() {
        let (prop, system) = (&one.candidate.prop, &one.candidate.system_id);
        let key = format!("{}/{}/{prop}/{system}", one.player_lookup, one.game_id);
        last.insert(key, one);
    }
    last
}

fn too_late(run: &Run) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for one in run.outcomes() {
        for item in &one.items {
            if item.kind == OutcomeKind::TooLate {
                let (prop, system) = (&item.prop, &item.system_id);
                let game = format!("{}/{}", one.player_lookup, one.game_id);
                keys.insert(format!("{game}/{prop}/{system}"));
            }
        }
    }
    keys
}

fn told_features(record: &PlayerFeatures, prop: &PropFeatures) -> String {
    let (matchup, minutes) = (&record.matchup, record.projected_minutes);
    let features = (&prop.features, &record.features);
    let market = (&prop.line, prop.quality);
    let who = (&matchup.team, &matchup.opponent, matchup.tip_off);
    let status = (matchup.status, &matchup.teammates_out, matchup.is_starter);
    format!("{who:?} {status:?} {minutes} {features:?} {market:?}")
}

fn told_value(version: &Prediction) -> String {
    let candidate = &version.candidate;
    let value = (
        candidate.predicted,
        candidate.projected_minutes,
        candidate.confidence,
        candidate.recommendation,
        candidate.line.is_some(),
    );
    let status = (version.status, &version.teammates_out, &version.team);
    format!("{value:?} {status:?}")
}

/// The keys in which two ends differ, and how.
pub(crate) fn differences(found: &Ending, expected: &Ending) -> Vec<String> {
    let keys: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
    let mut told = Vec::new();
    for key in keys {
        match (found.get(key), expected.get(key)) {
            (Some(one), _) if one == TOO_LATE => {}
            (_, Some(other)) if other == TOO_LATE => {}
            (Some(one), Some(other)) if one == other => {}
            (Some(one), Some(other)) => {
                let (one, other) = from_where_they_part(one, other);
                told.push(format!("{key} is …{one}, expected …{other}"));
            }
            (Some(_), None) => told.push(format!("{key} is too many")),
            (None, _) => told.push(format!("{key} is missing")),
        }
    }
    told
}

/// The part of two texts in which they differ, with some of what stands before it.
fn from_where_they_part<'t>(one: &'t str, other: &'t str) -> (&'t str, &'t str) {
    let alike = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let part = |text: &'t str| {
        let begin = alike.saturating_sub(SHOWN / 2);
        text.get(begin..text.len().min(begin + SHOWN))
            .unwrap_or(text)
    };
    (part(one), part(other))
}
