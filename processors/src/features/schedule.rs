//! Features from the schedule.

use super::registry::{Inputs, Reading, Source};

/// He has not played a game that counts.
const NO_GAMES: &str = "no_games";

pub(super) fn games_in_last_7_days(inputs: &Inputs<'_>) -> Reading {
    let form = &inputs.game.form;
    let value = form.days_rest.map(|_| f64::from(form.games_in_last_7_days));
    Reading::of(value, Source::History, NO_GAMES)
}

/// 1 at home, 0 away.
pub(super) fn home_away(inputs: &Inputs<'_>) -> Reading {
    let value = f64::from(u8::from(inputs.game.matchup.is_home));
    Reading::of(Some(value), Source::Calculated, "")
}

/// 1 when he played the day before.
pub(super) fn back_to_back(inputs: &Inputs<'_>) -> Reading {
    let value = inputs
        .game
        .form
        .days_rest
        .map(|days| f64::from(u8::from(days == 0)));
    Reading::of(value, Source::Calculated, NO_GAMES)
}
