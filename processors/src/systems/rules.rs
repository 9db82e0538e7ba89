//! What the rule systems have in common: their confidence, their thresholds, and how parts become a
//! verdict.

use sideline_avro::candidates::Component;

use super::certainty::{probability_over, spread};
use super::recommend::{Thresholds, recommend, without_value};
use super::{PropInput, Verdict};
use crate::decimals::{FINE, VALUE, round_to};
use crate::features::Name;

/// A line closer than this, in points, is no edge.
const EDGE: f64 = 2.0;
/// At or below this, no side is taken.
const CONFIDENCE: f64 = 0.45;
/// Bounds of the confidence.
const CONFIDENCE_RANGE: (f64, f64) = (0.2, 0.8);
/// From this tiredness (100 - fatigue score) on, a player is tired, and spent.
const TIRED: f64 = 50.0;
const SPENT: f64 = 70.0;

/// From parts, given in units of the prop, to a verdict. Parts are rounded before they are added, so
/// that they add up.
pub(super) fn verdict(input: &PropInput<'_>, parts: &[(&str, f64)]) -> Verdict {
    let components: Vec<Component> = parts.iter().map(component).collect();
    let total: f64 = components.iter().map(|part| part.value).sum();
    let predicted = round_to(total.clamp(0.0, input.prop.predicted_max), VALUE);
    let confidence = confidence(input);
    let thresholds = Thresholds {
        edge: EDGE * input.prop.points_ratio,
        confidence: CONFIDENCE,
    };
    let (recommendation, reason) = recommend(predicted, input.line(), confidence, &thresholds);
    let spread = spread(input, predicted, None);
    Verdict {
        predicted: Some(predicted),
        confidence,
        spread: Some(spread),
        probability_over: probability_over(predicted, input.line(), spread),
        recommendation,
        reason,
        components,
    }
}

pub(super) fn component((name, value): &(&str, f64)) -> Component {
    Component {
        name: (*name).to_owned(),
        value: round_to(*value, FINE),
    }
}

/// A verdict without a value, for a reason.
pub(super) fn no_value(input: &PropInput<'_>, reason: &'static str) -> Verdict {
    Verdict {
        predicted: None,
        confidence: 0.0,
        spread: None,
        probability_over: None,
        recommendation: without_value(input.line()),
        reason,
        components: Vec::new(),
    }
}

/// Higher with a steady stat and a busy week: 0.25 to 0.60 can be reached.
pub(super) fn confidence(input: &PropInput<'_>) -> f64 {
    let ratio = input.prop.points_ratio;
    let deviation = input.value(Name::StdLast10).unwrap_or(0.0);
    let steadiness = if deviation > 6.0 * ratio {
        -0.15
    } else if deviation > 4.0 * ratio {
        -0.08
    } else {
        0.0
    };
    let games = input.value(Name::GamesInLast7Days).unwrap_or(0.0);
    let rhythm = if games >= 3.0 {
        0.10
    } else if games >= 2.0 {
        0.05
    } else {
        -0.10
    };
    let confidence: f64 = 0.5 + steadiness + rhythm;
    let (least, most) = CONFIDENCE_RANGE;
    round_to(confidence.clamp(least, most), FINE)
}

/// What tiredness takes, in points: 0, the milder or the harder one.
pub(super) fn fatigue(input: &PropInput<'_>, tired: f64, spent: f64) -> f64 {
    if !input.is_known(Name::FatigueScore) {
        return 0.0;
    }
    match input.value(Name::FatigueScore) {
        Some(score) if 100.0 - score > SPENT => spent,
        Some(score) if 100.0 - score > TIRED => tired,
        _ => 0.0,
    }
}

/// `home` points at home, `away` points away.
pub(super) fn venue(input: &PropInput<'_>, home: f64, away: f64) -> f64 {
    if input.value(Name::HomeAway) == Some(1.0) {
        home
    } else {
        away
    }
}

/// A feature times its weight; 0 when it is not known.
pub(super) fn weighted(input: &PropInput<'_>, name: Name, weight: f64) -> f64 {
    input.value(name).map_or(0.0, |value| weight * value)
}
