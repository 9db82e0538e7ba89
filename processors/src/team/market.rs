//! The books' spread and total of a game, from a team's own side.

use sideline_avro::facts::GameLine;
use sideline_avro::time::Timestamp;

use crate::decimals::round_to;
use crate::truth::History;

/// Spread and total of a game.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct GameMarket {
    /// Points the team is given: negative for the favourite.
    pub(super) spread: Option<f64>,
    /// Points of both teams together.
    pub(super) total: Option<f64>,
}

/// The median over the books, each with its newest word before tip-off, to half a point: the books
/// quote no finer, and a finer median would be news to every player of the team. Books state the
/// home side's spread, and each is turned to the team's side before the median: sides are never
/// mixed.
pub(super) fn game_market(
    books: &[History<GameLine>],
    is_home: bool,
    tip_off: Timestamp,
) -> GameMarket {
    let sign = if is_home { 1.0 } else { -1.0 };
    let lines = || books.iter().filter_map(|book| book.value_as_of(tip_off));
    let spreads = lines().filter_map(|line| Some(sign * line.spread_home?));
    let totals = lines().filter_map(|line| line.total);
    GameMarket {
        spread: median(spreads.collect()),
        total: median(totals.collect()),
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    let exact = if values.len() % 2 == 1 {
        upper
    } else {
        f64::midpoint(values[middle - 1], upper)
    };
    Some(round_to(2.0 * exact, 0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::{Said, Statement};

    fn book(words: &[(i64, Option<f64>, Option<f64>)]) -> History<GameLine> {
        let mut history = History::default();
        for (known_at, spread_home, total) in words {
            let said = Said::Stated(GameLine {
                spread_home: *spread_home,
                total: *total,
                ..GameLine::default()
            });
            let statement = Statement {
                source: "odds".into(),
                known_at: Timestamp(*known_at),
                offset: 0,
                said,
            };
            history.insert(statement, 8);
        }
        history
    }

    #[test]
    fn both_sides_see_the_same_spread_with_opposite_signs() {
        let books = [
            book(&[(1, Some(-6.5), Some(222.0))]),
            book(&[(1, Some(-7.5), Some(224.5)), (9, Some(-2.5), None)]),
            book(&[(2, Some(-7.0), None)]),
        ];
        let tip_off = Timestamp(9);
        let home = game_market(&books, true, tip_off);
        // The middle of 222.0 and 224.5 is 223.25: halves of a point go away from zero.
        assert_eq!((home.spread, home.total), (Some(-7.0), Some(223.5)));
        assert_eq!(game_market(&books, false, tip_off).spread, Some(7.0));
    }

    #[test]
    fn without_lines_nothing_is_known() {
        assert_eq!(game_market(&[], true, Timestamp(9)), GameMarket::default());
        let withdrawn = [book(&[(1, None, None)])];
        assert_eq!(
            game_market(&withdrawn, true, Timestamp(9)),
            GameMarket::default()
        );
    }
}
