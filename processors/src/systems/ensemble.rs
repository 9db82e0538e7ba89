//! The ensemble: the weighted mean of the other systems.
//!
//! Weights: boosted trees 0.45 as published; the rule systems share the rest, moving average a half,
//! similarity and zone matchup a quarter each, fitted over the season 2024-25 (published: 0.20, 0.25 and
//! 0.10). They are made to add up to 1 over the members that have a value; with fewer than two there is
//! none. Confidence: mean of the members', and by the standard deviation of their values: below 2 points
//! 0.10 more, below 3 0.05 more, below 6 0.05 less, else 0.10 less; 0.05 more when all have spoken; 0.20
//! to 0.95. A side is taken from 0.65 on and an edge of 1.5, and always the side of its own edge.
//!
//! Worked example: moving average 24 (0.55), zone matchup 22 (0.55), similarity 26 (0.80), no model:
//! 24 x 0.5 + 22 x 0.25 + 26 x 0.25 = 24. Deviation 1.63: confidence 0.6333 + 0.10 = 0.7333.

use sideline_avro::candidates::Component;

use super::certainty::probability_over;
use super::recommend::{Thresholds, recommend};
use super::rules::{component, no_value};
use super::{PropInput, Verdict, boosted_trees, moving_average, similarity, zone_matchup};
use crate::decimals::{AVERAGE, FINE, VALUE, round_to};

/// Its name in keys and views.
pub(super) const ID: &str = "ensemble";
/// Changes with whatever could change what it says.
pub(super) const VERSION: &str = "2.0";

const WEIGHTS: [(&str, f64); 4] = [
    (boosted_trees::ID, 0.45),
    (similarity::ID, 0.1375),
    (moving_average::ID, 0.275),
    (zone_matchup::ID, 0.1375),
];
const MEMBERS_MIN: usize = 2;
/// A side is taken above these: just below the published bounds, which are taken with them.
const CONFIDENCE: f64 = 0.65 - 1e-9;
const EDGE: f64 = 1.5 - 1e-9;
const CONFIDENCE_RANGE: (f64, f64) = (0.20, 0.95);

struct Member<'v> {
    id: &'static str,
    weight: f64,
    value: f64,
    verdict: &'v Verdict,
}

/// What the members say together.
pub(super) fn combine(input: &PropInput<'_>, verdicts: &[(&'static str, Verdict)]) -> Verdict {
    let members = members(verdicts);
    if members.len() < MEMBERS_MIN {
        return no_value(input, "too_few_members");
    }
    let components: Vec<Component> = members
        .iter()
        .map(|member| component(&(member.id, member.weight * member.value)))
        .collect();
    let total: f64 = components.iter().map(|part| part.value).sum();
    let predicted = round_to(total.clamp(0.0, input.prop.predicted_max), VALUE);
    let confidence = confidence(input, &members);
    let thresholds = Thresholds {
        edge: EDGE * input.prop.points_ratio,
        confidence: CONFIDENCE,
    };
    let (recommendation, reason) = recommend(predicted, input.line(), confidence, &thresholds);
    let spread = spread(&members);
    Verdict {
        predicted: Some(predicted),
        confidence,
        spread,
        probability_over: spread
            .and_then(|spread| probability_over(predicted, input.line(), spread)),
        recommendation,
        reason,
        components,
    }
}

/// Those with a value, their weights adding up to 1.
fn members<'v>(verdicts: &'v [(&'static str, Verdict)]) -> Vec<Member<'v>> {
    let mut members = Vec::with_capacity(WEIGHTS.len());
    for (id, verdict) in verdicts {
        let weight = WEIGHTS.iter().find(|(member, _)| member == id);
        if let (Some((_, weight)), Some(value)) = (weight, verdict.predicted) {
            members.push(Member {
                id,
                weight: *weight,
                value,
                verdict,
            });
        }
    }
    let total: f64 = members.iter().map(|member| member.weight).sum();
    for member in &mut members {
        member.weight /= total;
    }
    members
}

fn confidence(input: &PropInput<'_>, members: &[Member<'_>]) -> f64 {
    let count = members.len() as f64;
    let mean = members
        .iter()
        .map(|one| one.verdict.confidence)
        .sum::<f64>()
        / count;
    let all = if members.len() == WEIGHTS.len() {
        0.05
    } else {
        0.0
    };
    let agreement = match deviation(members) / input.prop.points_ratio {
        ..2.0 => 0.10,
        ..3.0 => 0.05,
        ..6.0 => -0.05,
        _ => -0.10,
    };
    let (least, most) = CONFIDENCE_RANGE;
    round_to((mean + agreement + all).clamp(least, most), FINE)
}

/// Population standard deviation of the members' values.
fn deviation(members: &[Member<'_>]) -> f64 {
    let count = members.len() as f64;
    let center = members.iter().map(|one| one.value).sum::<f64>() / count;
    let squares: f64 = members.iter().map(|one| (one.value - center).powi(2)).sum();
    (squares / count).sqrt()
}

/// The members' spreads, by weight; they look at the same games, so averaging makes none surer.
fn spread(members: &[Member<'_>]) -> Option<f64> {
    let mut total = 0.0;
    for member in members {
        total += member.weight * member.verdict.spread?;
    }
    Some(round_to(total, AVERAGE))
}

#[cfg(test)]
mod tests {
    use sideline_avro::words::Recommendation;

    use super::super::case::Case;
    use super::*;

    fn says(value: Option<f64>, confidence: f64) -> Verdict {
        Verdict {
            predicted: value,
            confidence,
            spread: value.map(|_| 6.0),
            probability_over: None,
            recommendation: Recommendation::Pass,
            reason: "small_edge",
            components: Vec::new(),
        }
    }

    fn three() -> Vec<(&'static str, Verdict)> {
        vec![
            (moving_average::ID, says(Some(24.0), 0.55)),
            (zone_matchup::ID, says(Some(22.0), 0.55)),
            (similarity::ID, says(Some(26.0), 0.80)),
            (boosted_trees::ID, says(None, 0.0)),
        ]
    }

    #[test]
    fn golden_the_worked_example_of_the_module() {
        let case = Case::new("points").line(22.5);
        let verdict = combine(&case.input(), &three());
        assert_eq!(
            (verdict.predicted, verdict.confidence),
            (Some(24.0), 0.7333)
        );
        assert_eq!(
            (verdict.recommendation, verdict.spread),
            (Recommendation::Over, Some(6.0))
        );
    }

    #[test]
    fn golden_all_four_weigh_as_the_table_says() {
        let mut all = three();
        all[3].1 = says(Some(25.0), 0.60);
        let verdict = combine(&Case::new("points").input(), &all);
        // 0.45 x 25 + 0.1375 x 26 + 0.275 x 24 + 0.1375 x 22 = 24.45; 0.625 + 0.10 + 0.05
        assert_eq!(
            (verdict.predicted, verdict.confidence),
            (Some(24.45), 0.775)
        );
    }

    #[test]
    fn edge_case_one_member_is_no_ensemble() {
        let verdict = combine(&Case::new("points").input(), &three()[..1]);
        assert_eq!(
            (verdict.predicted, verdict.reason),
            (None, "too_few_members")
        );
    }

    #[test]
    fn members_that_disagree_make_it_unsure() {
        let apart = [
            (moving_average::ID, says(Some(10.0), 0.6)),
            (similarity::ID, says(Some(24.0), 0.6)),
        ];
        // Deviation 7: 0.6 - 0.10
        assert_eq!(
            combine(&Case::new("points").input(), &apart).confidence,
            0.5
        );
    }
}
