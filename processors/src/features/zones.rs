//! Where a player shoots from. No source tells it yet: the features stand in the registry with their
//! defaults, which say so, and are left out of the quality.

use super::registry::{Inputs, Reading, Source};

const NO_SHOT_ZONES: &str = "no_shot_zones";

/// Share of the player's shots from one zone.
pub(super) fn share(_inputs: &Inputs<'_>) -> Reading {
    Reading::of(None, Source::Missing, NO_SHOT_ZONES)
}

/// How the opponent's weakness by zone meets the player's habits.
pub(super) fn mismatch(_inputs: &Inputs<'_>) -> Reading {
    Reading::of(None, Source::Missing, NO_SHOT_ZONES)
}
