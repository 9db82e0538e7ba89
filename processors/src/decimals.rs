//! To how many decimals each kind of number is published. Values are rounded to these before any
//! comparison, so that two ways of adding the same numbers cannot differ.

/// Predicted values, lines, edges and qualities.
pub const VALUE: i32 = 2;
/// Averages and standard deviations of a stat.
pub const AVERAGE: i32 = 3;
/// Minutes.
pub const MINUTES: i32 = 2;
/// A stat per minute, a confidence, one part of a prediction.
pub const FINE: i32 = 4;

/// `value` to so many decimals, halves away from zero, never minus zero.
///
/// ```
/// use sideline_processors::decimals::{VALUE, round_to};
/// assert_eq!(round_to(24.446_9, VALUE), 24.45);
/// ```
#[must_use]
pub fn round_to(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale + 0.0
}

/// The arithmetic mean, to [`AVERAGE`] decimals; none of no values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    mean_to(values, AVERAGE)
}

/// The arithmetic mean, to so many decimals; none of no values.
#[must_use]
pub fn mean_to(values: &[f64], decimals: i32) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let total: f64 = values.iter().sum();
    Some(round_to(total / values.len() as f64, decimals))
}

/// `part / whole`, to [`FINE`] decimals; none of nothing.
///
/// ```
/// use sideline_processors::decimals::share;
/// assert_eq!((share(2.0, 3.0), share(0.0, 0.0)), (Some(0.6667), None));
/// ```
#[must_use]
pub fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| round_to(part / whole, FINE))
}

/// The sample standard deviation (divisor n - 1), to [`AVERAGE`] decimals; from two values on.
#[must_use]
pub fn sample_deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let count = values.len() as f64;
    let center = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - center).powi(2)).sum();
    Some(round_to((squares / (count - 1.0)).sqrt(), AVERAGE))
}

/// The middle value, or the mean of the two middle ones, to [`VALUE`] decimals; none of no values.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(round_to(upper, VALUE));
    }
    Some(round_to(f64::midpoint(sorted[middle - 1], upper), VALUE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero_and_minus_zero_is_zero() {
        assert_eq!(round_to(0.125, 2), 0.13);
        assert_eq!(round_to(-0.125, 2), -0.13);
        assert!(round_to(-0.001, 2).is_sign_positive());
    }

    #[test]
    fn the_median_of_an_even_count_is_the_mean_of_the_middle_two() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[24.5]), Some(24.5));
        assert_eq!(median(&[26.5, 24.5, 25.0, 25.5]), Some(25.25));
    }

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        assert_eq!(sample_deviation(&[4.0]), None);
        assert_eq!(
            sample_deviation(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]),
            Some(2.138)
        );
    }
}
