//! What the prices of a line say: which side the books hold for likelier.
//!
//! American odds: +150 pays 150 for 100, -120 pays 100 for 120; no price stands between -100 and 100.
//! The implied probability is 100 / (price + 100) for a positive price and price / (price - 100) for
//! a negative one. Over and under add up to more than 1, the books' margin (vig), so each is divided
//! by the sum.
//!
//! Worked example: over -120, under +100. 0.54545 and 0.5 are 1.04545 together; the over's share is
//! 0.52174, and the skew 0.0217: the over is held for likelier.

/// The over's implied probability without the margin, minus 0.5: -0.5 to 0.5. None unless both are
/// prices.
pub(super) fn skew(over: Option<i32>, under: Option<i32>) -> Option<f64> {
    let (over, under) = (implied(over?)?, implied(under?)?);
    Some(over / (over + under) - 0.5)
}

fn implied(price: i32) -> Option<f64> {
    let size = f64::from(price).abs();
    if size < 100.0 {
        return None;
    }
    Some(if price > 0 {
        100.0 / (size + 100.0)
    } else {
        size / (size + 100.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimals::{FINE, round_to};

    fn rounded(over: i32, under: i32) -> Option<f64> {
        skew(Some(over), Some(under)).map(|skew| round_to(skew, FINE))
    }

    #[test]
    fn the_worked_example_of_the_module_and_its_mirror() {
        assert_eq!(rounded(-120, 100), Some(0.0217));
        assert_eq!(rounded(100, -120), Some(-0.0217));
        assert_eq!(
            rounded(-110, -110),
            Some(0.0),
            "the margin alone is no skew"
        );
        assert_eq!(rounded(150, -180), Some(-0.1164));
    }

    #[test]
    fn a_missing_or_impossible_price_says_nothing() {
        assert_eq!(skew(Some(-110), None), None);
        assert_eq!(skew(None, Some(-110)), None);
        assert_eq!(rounded(0, -110), None);
        assert_eq!(rounded(-110, 99), None);
    }
}
