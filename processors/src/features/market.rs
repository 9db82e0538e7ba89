//! Features from the market.

use sideline_avro::form::{PlayerGame, PropLine};

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

/// Sample standard deviation of the line over the books counted in the consensus, in units of the
/// prop; from 2 books on.
pub(super) fn line_std(inputs: &Inputs<'_>) -> Reading {
    of_line(inputs, |line| line.line_std, "fewer_than_2_books")
}

/// How far the consensus has moved over the 12 hours before its newest quote, up or down, in units of
/// the prop, 0 or more: against the consensus of the same books then, each from its first line when it
/// began later. Where it came from is told by the move since the opening.
pub(super) fn line_movement(inputs: &Inputs<'_>) -> Reading {
    of_line(
        inputs,
        |line| Some(line.move_last_12_hours?.abs()),
        "moves_unknown",
    )
}

/// The consensus minus that of the same books 4 hours before its newest quote, in units of the prop;
/// positive is up. What the market learned last.
pub(super) fn late_line_move(inputs: &Inputs<'_>) -> Reading {
    of_line(inputs, |line| line.move_last_4_hours, "moves_unknown")
}

/// Implied probability of the over minus 0.5, the books' margin taken out, -0.5 to 0.5: mean over the
/// books counted that state both prices.
pub(super) fn vig_skew(inputs: &Inputs<'_>) -> Reading {
    of_line(inputs, |line| line.vig_skew, "no_prices")
}

/// What is said of the line, or why nothing is.
fn of_line(inputs: &Inputs<'_>, of: fn(&PropLine) -> Option<f64>, reason: &'static str) -> Reading {
    match inputs.line {
        Some(line) => Reading::of(of(line), Source::Market, reason),
        None => Reading::of(None, Source::Market, "no_line"),
    }
}

/// Total points of the game by the market.
pub(super) fn game_total(game: &PlayerGame) -> Reading {
    Reading::of(game.form.total, Source::Market, "no_game_line")
}

/// Size of the spread.
pub(super) fn absolute_spread(game: &PlayerGame) -> Reading {
    Reading::of(
        game.form.spread.map(f64::abs),
        Source::Market,
        "no_game_line",
    )
}

/// (total - spread of his side) / 2: a favourite's spread is negative.
pub(super) fn implied_team_total(game: &PlayerGame) -> Reading {
    let form = &game.form;
    let implied = form
        .total
        .zip(form.spread)
        .map(|(total, spread)| (total - spread) / 2.0);
    Reading::of(implied, Source::Market, "no_game_line")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::registry::golden::{missing, of_prop};

    #[test]
    fn what_the_books_say_besides_the_line_is_read_from_it() {
        let told = PropLine {
            line_std: Some(0.577),
            move_last_12_hours: Some(-1.5),
            move_last_4_hours: Some(-0.5),
            vig_skew: Some(0.0217),
            ..PropLine::default()
        };
        let of = |read| of_prop(read, None, Some(&told)).value;
        assert_eq!(of(line_std), Some(0.577));
        assert_eq!(of(line_movement), Some(1.5), "the size alone");
        assert_eq!(of(late_line_move), Some(-0.5));
        assert_eq!(of(vig_skew), Some(0.0217));
    }

    #[test]
    fn without_a_line_a_second_book_or_prices_it_says_why() {
        let bare = PropLine::default();
        let of = |read| of_prop(read, None, Some(&bare));
        assert_eq!(of(line_std), missing("fewer_than_2_books"));
        assert_eq!(of(vig_skew), missing("no_prices"));
        for read in [line_std, line_movement, late_line_move, vig_skew] {
            assert_eq!(of_prop(read, None, None), missing("no_line"));
        }
    }
}
