//! Promises 1, 2 and 3: the versions of a key are a chain, and each names its cause.

use std::collections::BTreeMap;

use sideline_avro::predictions::Prediction;

use super::breach::Breach;
use crate::kafka::Place;

/// Checks versions one after the other, in the order of their log. Of each key it remembers the
/// last version, so its memory grows with the keys and not with the versions.
#[derive(Clone, Debug, Default)]
pub struct ChainCheck {
    last: BTreeMap<String, Last>,
}

#[derive(Clone, Debug, Default)]
struct Last {
    version: i64,
    content_hash: String,
}

impl ChainCheck {
    /// Takes the next version of the log, and gives what it breaks.
    pub fn observe(&mut self, place: Place, version: &Prediction) -> Vec<Breach> {
        let key = key_of(version);
        let last = self.last.entry(key.clone()).or_default();
        let mut breaches = Vec::new();
        breaches.extend(check_number(&key, last, version.version, place));
        if last.version > 0 && last.content_hash == version.content_hash {
            breaches.push(Breach::ContentRepeated {
                key: key.clone(),
                version: version.version,
                place,
            });
        }
        breaches.extend(check_cause(&key, version, place));
        breaches.extend(check_supersedes(&key, version, place));
        last.version = last.version.max(version.version);
        last.content_hash.clone_from(&version.content_hash);
        breaches
    }

    /// Keys seen.
    #[must_use]
    pub fn keys(&self) -> u64 {
        self.last.len() as u64
    }

    /// True when the log holds this version of the key. Versions are 1, 2, 3 and so on, so every
    /// one up to the last is there, or a gap has been found.
    #[must_use]
    pub fn holds(&self, key: &str, version: i64) -> bool {
        let last = self.last.get(key).map_or(0, |last| last.version);
        (1..=last).contains(&version)
    }
}

/// Checks all versions of a log, given in its order; `place` in the breaches is their index.
#[must_use]
pub fn check_chain(versions: &[Prediction]) -> Vec<Breach> {
    let mut check = ChainCheck::default();
    let observed = (0_i64..).zip(versions);
    observed
        .flat_map(|(offset, version)| {
            let place = Place {
                partition: 0,
                offset,
            };
            check.observe(place, version)
        })
        .collect()
}

/// `<player_lookup>/<game_id>/<prop>/<system_id>`, with `@<run_id>` for shadows and backtests.
fn key_of(version: &Prediction) -> String {
    let says = &version.candidate;
    let key = live_key(
        &version.player_lookup,
        &version.game_id,
        &says.prop,
        &says.system_id,
    );
    match &version.run_id {
        Some(run_id) => format!("{key}@{run_id}"),
        None => key,
    }
}

/// The key of a live version.
pub(super) fn live_key(player_lookup: &str, game_id: &str, prop: &str, system_id: &str) -> String {
    format!("{player_lookup}/{game_id}/{prop}/{system_id}")
}

fn check_number(key: &str, last: &Last, version: i64, place: Place) -> Option<Breach> {
    let (key, after) = (key.to_owned(), last.version);
    if version == after + 1 {
        return None;
    }
    if version > after {
        return Some(Breach::VersionGap {
            key,
            after,
            version,
            place,
        });
    }
    Some(Breach::VersionRepeated {
        key,
        after,
        version,
        place,
    })
}

fn check_cause(key: &str, version: &Prediction, place: Place) -> Option<Breach> {
    let cause = &version.cause;
    let parts = [
        ("correlation_id", cause.correlation_id.is_empty()),
        ("cause.topic", cause.topic.is_empty()),
        ("cause.partition", cause.partition < 0),
        ("cause.offset", cause.offset < 0),
        ("build", version.build.is_empty()),
        (
            "system_version",
            version.candidate.system_version.is_empty(),
        ),
        ("prediction_id", version.prediction_id.is_empty()),
    ];
    let missing: Vec<&'static str> = parts
        .into_iter()
        .filter_map(|(name, is_missing)| is_missing.then_some(name))
        .collect();
    (!missing.is_empty()).then(|| Breach::CauseIncomplete {
        key: key.to_owned(),
        version: version.version,
        missing,
        place,
    })
}

fn check_supersedes(key: &str, version: &Prediction, place: Place) -> Option<Breach> {
    let before = (version.version > 1).then(|| version.version - 1);
    (version.supersedes_version != before).then(|| Breach::SupersedesWrong {
        key: key.to_owned(),
        version: version.version,
        supersedes: version.supersedes_version,
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(prop: &str, number: i64, hash: &str) -> Prediction {
        let mut version = Prediction {
            prediction_id: format!("{prop}-{number}"),
            player_lookup: "lebronjames".into(),
            game_id: "0022400061".into(),
            version: number,
            supersedes_version: (number > 1).then(|| number - 1),
            build: "0.1.0+abc".into(),
            content_hash: hash.into(),
            ..Prediction::default()
        };
        version.candidate.prop = prop.into();
        version.candidate.system_id = "moving_average".into();
        version.candidate.system_version = "1".into();
        version.cause.correlation_id = "c1".into();
        version.cause.topic = "nba-injuries".into();
        version
    }

    fn words(versions: &[Prediction]) -> Vec<&'static str> {
        check_chain(versions).iter().map(Breach::word).collect()
    }

    #[test]
    fn a_log_that_keeps_the_promises_has_no_breach() {
        let log = [
            version("points", 1, "a"),
            version("assists", 1, "a"),
            version("points", 2, "b"),
            version("points", 3, "a"),
        ];
        assert!(words(&log).is_empty());
    }

    #[test]
    fn promise_1_a_gap_is_found() {
        assert_eq!(
            words(&[version("points", 1, "a"), version("points", 3, "b")]),
            ["version_gap"]
        );
        assert_eq!(
            words(&[version("points", 2, "a")]),
            ["version_gap"],
            "the first is 1"
        );
    }

    #[test]
    fn promise_1_a_duplicate_is_found() {
        let log = [
            version("points", 1, "a"),
            version("points", 1, "b"),
            version("points", 2, "c"),
        ];
        assert_eq!(words(&log), ["version_repeated"]);
    }

    #[test]
    fn promise_1_an_older_version_after_a_newer_one_is_found() {
        let log = [
            version("points", 1, "a"),
            version("points", 2, "b"),
            version("points", 1, "c"),
        ];
        assert_eq!(words(&log), ["version_repeated"]);
    }

    #[test]
    fn promise_2_equal_neighbours_are_found() {
        assert_eq!(
            words(&[version("points", 1, "a"), version("points", 2, "a")]),
            ["content_repeated"]
        );
    }

    #[test]
    fn promise_3_each_missing_part_of_the_cause_is_named() {
        let mut bare = version("points", 1, "a");
        bare.cause.correlation_id.clear();
        bare.cause.topic.clear();
        bare.cause.offset = -1;
        bare.build.clear();
        let breaches = check_chain(&[bare]);
        let [Breach::CauseIncomplete { missing, .. }] = breaches.as_slice() else {
            panic!("{breaches:?}");
        };
        assert_eq!(
            missing,
            &["correlation_id", "cause.topic", "cause.offset", "build"]
        );
    }

    #[test]
    fn promise_3_a_wrong_superseded_version_is_found() {
        let mut first = version("points", 1, "a");
        first.supersedes_version = Some(0);
        assert_eq!(words(&[first]), ["supersedes_wrong"]);
        let mut second = version("points", 2, "b");
        second.supersedes_version = None;
        assert_eq!(
            words(&[version("points", 1, "a"), second]),
            ["supersedes_wrong"]
        );
    }

    #[test]
    fn a_shadow_run_has_a_chain_of_its_own() {
        let mut shadow = version("points", 1, "a");
        shadow.run_id = Some("shadow-1".into());
        assert!(words(&[version("points", 1, "a"), shadow]).is_empty());
    }

    #[test]
    fn the_check_knows_which_versions_the_log_holds() {
        let mut check = ChainCheck::default();
        check.observe(Place::default(), &version("points", 1, "a"));
        let key = "lebronjames/0022400061/points/moving_average";
        assert!(check.holds(key, 1));
        assert!(!check.holds(key, 2) && !check.holds(key, 0) && !check.holds("x", 1));
    }
}
