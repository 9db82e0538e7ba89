//! Promise 9: expected = changed + unchanged + held + blocked + too_late + skipped + failed, and each
//! phase of a change is told once.

use std::collections::BTreeSet;

use sideline_avro::predictions::{Outcome, OutcomeItem, OutcomeKind, Prediction};
use sideline_avro::runs::RunEnvelope;

use super::breach::Breach;
use super::chain::{ChainCheck, live_key};
use crate::kafka::Place;

/// The counts of an outcome or envelope.
struct Counts {
    expected: i32,
    of_kind: [(OutcomeKind, &'static str, i32); 7],
}

impl Counts {
    fn of_outcome(outcome: &Outcome) -> Self {
        Self {
            expected: outcome.expected,
            of_kind: [
                (OutcomeKind::Changed, "changed", outcome.changed),
                (OutcomeKind::Unchanged, "unchanged", outcome.unchanged),
                (OutcomeKind::Held, "held", outcome.held),
                (OutcomeKind::Blocked, "blocked", outcome.blocked),
                (OutcomeKind::TooLate, "too_late", outcome.too_late),
                (OutcomeKind::Skipped, "skipped", outcome.skipped),
                (OutcomeKind::Failed, "failed", outcome.failed),
            ],
        }
    }

    fn of_envelope(envelope: &RunEnvelope) -> Self {
        Self {
            expected: envelope.expected,
            of_kind: [
                (OutcomeKind::Changed, "changed", envelope.changed),
                (OutcomeKind::Unchanged, "unchanged", envelope.unchanged),
                (OutcomeKind::Held, "held", envelope.held),
                (OutcomeKind::Blocked, "blocked", envelope.blocked),
                (OutcomeKind::TooLate, "too_late", envelope.too_late),
                (OutcomeKind::Skipped, "skipped", envelope.skipped),
                (OutcomeKind::Failed, "failed", envelope.failed),
            ],
        }
    }

    fn check_sum(&self, of: &str, place: Place) -> Option<Breach> {
        let expected = i64::from(self.expected);
        let sum = self
            .of_kind
            .iter()
            .map(|(.., count)| i64::from(*count))
            .sum();
        let is_right = expected == sum && self.of_kind.iter().all(|(.., count)| *count >= 0);
        (!is_right).then(|| Breach::SumWrong {
            of: of.to_owned(),
            expected,
            sum,
            place,
        })
    }
}

/// Checks outcomes against the log of versions they speak of, given in its order; `place` in the
/// breaches is the index of the outcome.
#[must_use]
pub fn check_outcomes(outcomes: &[Outcome], versions: &[Prediction]) -> Vec<Breach> {
    let mut chain = ChainCheck::default();
    for version in versions {
        chain.observe(Place::default(), version);
    }
    let placed = (0_i64..).zip(outcomes);
    placed
        .flat_map(|(offset, outcome)| {
            check_outcome(
                Place {
                    partition: 0,
                    offset,
                },
                outcome,
                &chain,
            )
        })
        .collect()
}

/// Checks the counts and phases of envelopes; `place` in the breaches is their index.
#[must_use]
pub fn check_envelopes(envelopes: &[RunEnvelope]) -> Vec<Breach> {
    let placed = (0_i64..).zip(envelopes);
    placed
        .flat_map(|(offset, envelope)| {
            check_envelope(
                Place {
                    partition: 0,
                    offset,
                },
                envelope,
            )
        })
        .collect()
}

pub(super) fn check_outcome(place: Place, outcome: &Outcome, chain: &ChainCheck) -> Vec<Breach> {
    let of = format!(
        "{}/{}/{}/{}",
        outcome.cause.correlation_id, outcome.player_lookup, outcome.path, outcome.game_id
    );
    let counts = Counts::of_outcome(outcome);
    let mut breaches = Vec::new();
    breaches.extend(counts.check_sum(&of, place));
    for (kind, word, count) in counts.of_kind {
        breaches.extend(check_items(&of, place, (kind, word, count), &outcome.items));
    }
    let unknown = (OutcomeKind::Unknown, "unknown", 0);
    breaches.extend(check_items(&of, place, unknown, &outcome.items));
    let changed = outcome
        .items
        .iter()
        .filter(|item| item.kind == OutcomeKind::Changed);
    for item in changed {
        let key = live_key(
            &outcome.player_lookup,
            &outcome.game_id,
            &item.prop,
            &item.system_id,
        );
        if !item
            .version
            .is_some_and(|version| chain.holds(&key, version))
        {
            breaches.push(Breach::ChangedWithoutVersion {
                of: of.clone(),
                key,
                version: item.version,
                place,
            });
        }
    }
    breaches
}

fn check_items(
    of: &str,
    place: Place,
    (kind, word, count): (OutcomeKind, &'static str, i32),
    items: &[OutcomeItem],
) -> Option<Breach> {
    let found = items.iter().filter(|item| item.kind == kind).count();
    let (count, found) = (i64::from(count), i64::try_from(found).unwrap_or(i64::MAX));
    (count != found).then(|| Breach::ItemsDisagree {
        of: of.to_owned(),
        kind: word,
        count,
        items: found,
        place,
    })
}

/// The envelope speaks for its own phase, so none of its phases may be that one.
pub(super) fn check_envelope(place: Place, envelope: &RunEnvelope) -> Vec<Breach> {
    let of = |phase: &str| format!("{}/{phase}", envelope.correlation_id);
    let sum = Counts::of_envelope(envelope).check_sum(&of(&envelope.phase), place);
    let mut told = BTreeSet::from([envelope.phase.as_str()]);
    let phases = envelope.phases.iter().map(|part| part.phase.as_str());
    let repeated = phases.filter(|phase| !told.insert(phase));
    let repeated = repeated.map(|phase| Breach::PhaseRepeated {
        of: of(phase),
        place,
    });
    sum.into_iter().chain(repeated).collect()
}

#[cfg(test)]
mod tests {
    use sideline_avro::runs::PhaseRun;

    use super::*;

    fn item(prop: &str, kind: OutcomeKind, version: Option<i64>) -> OutcomeItem {
        OutcomeItem {
            prop: prop.into(),
            system_id: "moving_average".into(),
            kind,
            reason: None,
            version,
        }
    }

    fn outcome() -> Outcome {
        Outcome {
            player_lookup: "lebronjames".into(),
            game_id: "0022400061".into(),
            path: "direct".into(),
            parts: 1,
            expected: 3,
            changed: 1,
            held: 1,
            unchanged: 1,
            items: vec![
                item("points", OutcomeKind::Changed, Some(1)),
                item("assists", OutcomeKind::Held, Some(4)),
                item("threes", OutcomeKind::Unchanged, Some(2)),
            ],
            ..Outcome::default()
        }
    }

    fn log() -> Vec<Prediction> {
        let mut version = Prediction {
            player_lookup: "lebronjames".into(),
            game_id: "0022400061".into(),
            version: 1,
            ..Prediction::default()
        };
        version.candidate.prop = "points".into();
        version.candidate.system_id = "moving_average".into();
        vec![version]
    }

    fn words(outcome: Outcome) -> Vec<&'static str> {
        check_outcomes(&[outcome], &log())
            .iter()
            .map(Breach::word)
            .collect()
    }

    #[test]
    fn an_outcome_that_adds_up_has_no_breach() {
        assert!(words(outcome()).is_empty());
    }

    #[test]
    fn promise_9_a_candidate_without_an_outcome_is_found() {
        let mut short = outcome();
        short.expected = 4;
        assert_eq!(words(short), ["sum_wrong"]);
    }

    #[test]
    fn promise_9_counts_below_zero_do_not_make_up_for_others() {
        let mut negative = outcome();
        negative.failed = -1;
        negative.held = 2;
        assert!(words(negative).contains(&"sum_wrong"));
    }

    #[test]
    fn promise_9_items_that_disagree_with_the_counts_are_found() {
        let mut lost = outcome();
        lost.items.pop();
        assert_eq!(words(lost), ["items_disagree"]);
        let mut unknown = outcome();
        unknown.items[1].kind = OutcomeKind::Unknown;
        assert_eq!(words(unknown), ["items_disagree", "items_disagree"]);
    }

    #[test]
    fn promise_9_a_changed_candidate_whose_version_is_not_in_the_log_is_found() {
        for version in [Some(2), Some(0), None] {
            let mut untrue = outcome();
            untrue.items[0].version = version;
            assert_eq!(words(untrue), ["changed_without_version"], "{version:?}");
        }
    }

    #[test]
    fn promise_9_an_envelope_that_does_not_add_up_is_found() {
        let good = RunEnvelope {
            expected: 5,
            changed: 2,
            blocked: 1,
            too_late: 1,
            skipped: 1,
            ..RunEnvelope::default()
        };
        let bad = RunEnvelope {
            failed: 1,
            ..good.clone()
        };
        let breaches = check_envelopes(&[good, bad]);
        assert_eq!(breaches.len(), 1);
        assert!(
            matches!(&breaches[0], Breach::SumWrong { expected: 5, sum: 6, place, .. } if place.offset == 1)
        );
    }

    #[test]
    fn promise_9_an_envelope_that_tells_of_a_phase_twice_is_found() {
        let told = |phases: &[&str]| RunEnvelope {
            phase: "completion".into(),
            phases: phases
                .iter()
                .map(|phase| PhaseRun {
                    phase: (*phase).into(),
                    ..PhaseRun::default()
                })
                .collect(),
            ..RunEnvelope::default()
        };
        assert!(check_envelopes(&[told(&["raw", "team", "ledger"])]).is_empty());
        for twice in [&["raw", "ledger", "raw"][..], &["raw", "completion"]] {
            let breaches = check_envelopes(&[told(twice)]);
            let words: Vec<&str> = breaches.iter().map(Breach::word).collect();
            assert_eq!(words, ["phase_repeated"], "{twice:?}");
        }
    }
}
