//! Features from the market.

use super::registry::{Inputs, Reading, Source};
use crate::decimals::{VALUE, round_to};

/// The consensus line. There is no default: an invented line would be taken for a real one.
pub(super) fn line(inputs: &Inputs<'_>) -> Reading {
    Reading::of(
        inputs.line.map(|line| line.consensus),
        Source::Market,
        "no_line",
    )
}

/// Consensus of each book's first quote.
pub(super) fn opening(inputs: &Inputs<'_>) -> Reading {
    Reading::of(
        inputs.line.map(|line| line.opening),
        Source::Market,
        "no_line",
    )
}

/// Consensus now minus opening.
pub(super) fn line_move(inputs: &Inputs<'_>) -> Reading {
    let moved = inputs
        .line
        .map(|line| round_to(line.consensus - line.opening, VALUE));
    Reading::of(moved, Source::Market, "no_line")
}

/// 1 when there is a line.
pub(super) fn has_line(inputs: &Inputs<'_>) -> Reading {
    Reading::of(
        Some(f64::from(u8::from(inputs.line.is_some()))),
        Source::Calculated,
        "",
    )
}

/// The consensus line minus the season's average.
pub(super) fn line_vs_season(inputs: &Inputs<'_>) -> Reading {
    let season = inputs.stat.and_then(|stat| stat.average_season);
    let ahead = inputs
        .line
        .zip(season)
        .map(|(line, season)| round_to(line.consensus - season, VALUE));
    Reading::of(ahead, Source::Market, "no_line")
}

/// Total points of the game by the market.
pub(super) fn game_total(inputs: &Inputs<'_>) -> Reading {
    Reading::of(inputs.game.form.total, Source::Market, "no_game_line")
}

/// Size of the spread.
pub(super) fn absolute_spread(inputs: &Inputs<'_>) -> Reading {
    Reading::of(
        inputs.game.form.spread.map(f64::abs),
        Source::Market,
        "no_game_line",
    )
}

/// (total - spread of his side) / 2: a favourite's spread is negative.
pub(super) fn implied_team_total(inputs: &Inputs<'_>) -> Reading {
    let form = &inputs.game.form;
    let implied = form
        .total
        .zip(form.spread)
        .map(|(total, spread)| (total - spread) / 2.0);
    Reading::of(implied, Source::Market, "no_game_line")
}
