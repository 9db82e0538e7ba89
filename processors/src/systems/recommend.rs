//! From a value, a line and a confidence to a recommendation.

use sideline_avro::words::Recommendation;

use crate::decimals::{VALUE, round_to};

/// What a system asks for before it takes a side.
pub(super) struct Thresholds {
    /// The value must differ from the line by more than this, in units of the prop.
    pub(super) edge: f64,
    /// And the confidence must be above this.
    pub(super) confidence: f64,
}

/// The recommendation, and why.
pub(super) fn recommend(
    predicted: f64,
    line: Option<f64>,
    confidence: f64,
    thresholds: &Thresholds,
) -> (Recommendation, &'static str) {
    let Some(line) = line else {
        return (Recommendation::NoLine, "no_line");
    };
    let edge = round_to(predicted - line, VALUE);
    if edge.abs() <= thresholds.edge {
        return (Recommendation::Pass, "small_edge");
    }
    if confidence <= thresholds.confidence {
        return (Recommendation::Pass, "low_confidence");
    }
    if edge > 0.0 {
        (Recommendation::Over, "edge")
    } else {
        (Recommendation::Under, "edge")
    }
}

/// The recommendation of a system that has no value to compare.
pub(super) fn without_value(line: Option<f64>) -> Recommendation {
    if line.is_some() {
        Recommendation::Pass
    } else {
        Recommendation::NoLine
    }
}
