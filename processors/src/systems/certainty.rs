//! How sure a value is: its spread, and the probability that the player ends above the line.
//!
//! What a player does is taken as normal around the predicted value, with the sample deviation of his
//! last 10 games as spread, carried to the minutes he is expected to play by their square root (counts
//! grow with minutes, and their variance with them), and never less than the square root of the value,
//! which is the spread of a pure count.
//!
//! Worked example: value 30, deviation 6 and the same minutes: spread 6 (the root of 30 is 5.48). Line
//! 27: (27 - 30) / 6 = -0.5, so the probability over is 0.6915.

use super::PropInput;
use crate::decimals::{AVERAGE, FINE, round_to};
use crate::features::Name;

/// Standard deviation in units of the prop.
pub(super) fn spread(input: &PropInput<'_>, predicted: f64, deviation: Option<f64>) -> f64 {
    let default = DEFAULT_DEVIATION * input.prop.points_ratio;
    let observed = deviation
        .or_else(|| input.value(Name::StdLast10))
        .unwrap_or(default);
    let carried = observed * super::minutes::ratio(input).sqrt();
    round_to(
        carried.max(predicted.max(0.0).sqrt()).max(SPREAD_MIN),
        AVERAGE,
    )
}

/// Of a player of whose spread nothing is known, in points: the registry's default.
const DEFAULT_DEVIATION: f64 = 5.0;
/// Below it every line would be a certainty.
const SPREAD_MIN: f64 = 0.3;

/// Probability that he ends above the line, 0 to 1.
pub(super) fn probability_over(predicted: f64, line: Option<f64>, spread: f64) -> Option<f64> {
    let distance = (line? - predicted) / spread;
    Some(round_to(1.0 - normal_below(distance), FINE))
}

/// The standard normal distribution function, by Abramowitz and Stegun 26.2.17 (error below 7.5e-8).
fn normal_below(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 5] = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let density = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let series = COEFFICIENTS
        .iter()
        .rev()
        .fold(0.0, |sum, factor| t * (sum + factor));
    let above = density * series;
    if x >= 0.0 { 1.0 - above } else { above }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution_is_that_of_the_tables() {
        for (x, table) in [
            (0.0, 0.5),
            (0.5, 0.691_462_5),
            (1.0, 0.841_344_7),
            (-1.96, 0.024_997_9),
        ] {
            assert!((normal_below(x) - table).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn the_worked_example_of_the_module() {
        assert_eq!(probability_over(30.0, Some(27.0), 6.0), Some(0.6915));
        assert_eq!(probability_over(27.0, Some(27.0), 6.0), Some(0.5));
        assert_eq!(probability_over(27.0, None, 6.0), None);
    }
}
