//! Who referees the game. No published formula says what a crew means for a prop, so the feature is
//! missing either way, and its reason tells whether the crew is known.

use super::registry::{Inputs, Reading, Source};

pub(super) fn favorability(inputs: &Inputs<'_>) -> Reading {
    let reason = if inputs.game.form.referees.is_empty() {
        "no_referees"
    } else {
        "no_formula"
    };
    Reading::of(None, Source::Missing, reason)
}
