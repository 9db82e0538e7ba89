//! How sure a share is.

use serde::Serialize;

/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.959_964;

/// Bounds of a share, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// The 95 % interval of a share, after Wilson (1927): it stays within 0 and 1 and holds for few
/// tries, where the plain normal interval does neither. None of no tries.
///
/// 8 of 10: (0.8 + 0.192) / 1.384 = 0.717 in the middle, 0.227 to both sides: 0.490 to 0.943.
#[must_use]
pub fn wilson(successes: usize, tries: usize) -> Option<Interval> {
    if tries == 0 {
        return None;
    }
    let (count, share) = (tries as f64, successes as f64 / tries as f64);
    let square = Z * Z / count;
    let middle = (share + square / 2.0) / (1.0 + square);
    let variance = share * (1.0 - share) / count + square / (4.0 * count);
    let half = Z * variance.sqrt() / (1.0 + square);
    Some(Interval {
        low: (middle - half).max(0.0),
        high: (middle + half).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_of_ten_is_between_49_and_94_percent() {
        // z² = 3.8415, / 10 = 0.38415. Middle (0.8 + 0.19207) / 1.38415 = 0.71674. Variance
        // 0.016 + 0.38415 / 40 = 0.025604, root 0.16001, × 1.95996 / 1.38415 = 0.22658.
        let interval = wilson(8, 10).unwrap();
        assert!((interval.low - 0.4902).abs() < 0.0001, "{interval:?}");
        assert!((interval.high - 0.9433).abs() < 0.0001, "{interval:?}");
    }

    #[test]
    fn an_interval_stays_within_0_and_1() {
        // 0 of 5: the upper bound is z² / (5 + z²) = 3.8415 / 8.8415 = 0.4345.
        let none = wilson(0, 5).unwrap();
        assert!(none.low == 0.0 && (none.high - 0.4345).abs() < 0.0001);
        let all = wilson(5, 5).unwrap();
        assert!(all.high == 1.0 && (all.low - 0.5655).abs() < 0.0001);
        assert_eq!(wilson(0, 0), None);
    }
}
