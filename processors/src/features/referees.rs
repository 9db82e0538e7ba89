//! Who referees the game. No published formula says what a crew means for a prop, so the feature is
//! missing either way, and its reason tells whether the crew is known.

use sideline_avro::form::PlayerGame;

use super::registry::{Reading, Source};

pub(super) fn favorability(game: &PlayerGame) -> Reading {
    let reason = if game.form.referees.is_empty() {
        "no_referees"
    } else {
        "no_formula"
    };
    Reading::of(None, Source::Missing, reason)
}
