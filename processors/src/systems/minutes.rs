//! Projected minutes, an input of every system: what was averaged over some minutes a game is carried
//! to the minutes he is expected to play. Averages of recent games were made in the minutes of the
//! window, the season's in the season's.
//!
//! Worked example: a base of 21 over 30 minutes a game, 35 expected: 21 x 35 / 30 = 24.5.

use super::PropInput;
use crate::features::Name;

/// Bounds of projected over past minutes.
const RATIO: (f64, f64) = (0.5, 1.6);

/// Projected minutes over those of the window, 0.5 to 1.6, and exactly 1 when nothing is known.
pub(super) fn ratio(input: &PropInput<'_>) -> f64 {
    over(input, input.window_minutes).unwrap_or(1.0)
}

/// Projected minutes over those of the season; over the window's where the season's are not known.
pub(super) fn season_ratio(input: &PropInput<'_>) -> f64 {
    over(input, input.value(Name::MinutesSeason)).unwrap_or_else(|| ratio(input))
}

fn over(input: &PropInput<'_>, past: Option<f64>) -> Option<f64> {
    let past = past.filter(|minutes| *minutes > 0.0)?;
    Some((input.projected_minutes / past).clamp(RATIO.0, RATIO.1))
}

/// What the minutes add to a base made in those of the window.
pub(super) fn share(input: &PropInput<'_>, base: f64) -> f64 {
    base * (ratio(input) - 1.0)
}

/// What the minutes add to a base made in those of the season.
pub(super) fn season_share(input: &PropInput<'_>, base: f64) -> f64 {
    base * (season_ratio(input) - 1.0)
}
