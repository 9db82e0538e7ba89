//! Features from the averages of a stat.

use super::registry::{Inputs, Reading, Source};

/// He has not played a game that counts.
const NO_GAMES: &str = "no_games";

pub(super) fn last_5(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.average_last_5);
    Reading::of(value, Source::History, NO_GAMES)
}

pub(super) fn last_10(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.average_last_10);
    Reading::of(value, Source::History, NO_GAMES)
}

/// Before his first game of a season, the last 10 stand in, which reach into the one before.
pub(super) fn season(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.average_season);
    if value.is_some() {
        return Reading::of(value, Source::History, NO_GAMES);
    }
    let last_10 = inputs.stat.and_then(|stat| stat.average_last_10);
    Reading::instead(last_10, "no_games_this_season")
}

pub(super) fn deviation_last_10(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.std_last_10);
    Reading::of(value, Source::History, "fewer_than_2_games")
}

pub(super) fn per_minute_last_10(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.per_minute_last_10);
    Reading::of(value, Source::History, NO_GAMES)
}
