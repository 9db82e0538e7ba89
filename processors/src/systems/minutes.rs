//! Projected minutes, an input of every system: what was averaged over some minutes a game is carried
//! to the minutes he is expected to play.
//!
//! Worked example: a base of 21 over 30 minutes a game, 35 expected: 21 x 35 / 30 = 24.5.

use super::PropInput;

/// Bounds of projected over window minutes.
const RATIO: (f64, f64) = (0.5, 1.6);

/// Projected minutes over those of the window, 0.5 to 1.6, and exactly 1 when nothing is known.
pub(super) fn ratio(input: &PropInput<'_>) -> f64 {
    match input.window_minutes {
        Some(window) if window > 0.0 => (input.projected_minutes / window).clamp(RATIO.0, RATIO.1),
        _ => 1.0,
    }
}

/// What the minutes add to a base.
pub(super) fn share(input: &PropInput<'_>, base: f64) -> f64 {
    base * (ratio(input) - 1.0)
}
