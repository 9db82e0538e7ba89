//! The market on a prop: the freshest quote of each book before tip-off, and what they agree on.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use sideline_avro::facts::Line;
use sideline_avro::form::PropLine;
use sideline_avro::time::Timestamp;

use super::prices::skew;
use crate::decimals::{FINE, VALUE, mean_to, median, round_to, sample_deviation};
use crate::truth::{History, Statement};

/// A book whose quote is older than the newest by more than this is left out.
const STALE_AFTER_SECONDS: i64 = 6 * 3_600;
/// Hours before the newest quote over which a move is told: most of a game's day, and late news.
const MOVE_HOURS: i64 = 12;
const LATE_MOVE_HOURS: i64 = 4;

/// A book's line at a moment; none when it was withdrawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quote {
    pub(super) line: Option<f64>,
    over_price: Option<i32>,
    under_price: Option<i32>,
}

impl Quote {
    pub(crate) fn of(line: &Line) -> Self {
        Self {
            line: line.line,
            over_price: line.over_price,
            under_price: line.under_price,
        }
    }
}

/// A book's freshest line.
struct Offer<'q> {
    book: &'q str,
    line: f64,
    known_at: Timestamp,
    skew: Option<f64>,
    quotes: &'q History<Quote>,
}

/// The market on one prop; none when no book has a line. `books` has each book's name and quotes,
/// in the order of the names.
pub(crate) fn market(
    prop: &str,
    books: &[(&str, &History<Quote>)],
    tip_off: Timestamp,
) -> Option<PropLine> {
    let offers: Vec<Offer<'_>> = books
        .iter()
        .filter_map(|(book, quotes)| offer(book, quotes, tip_off))
        .collect();
    let line_as_of = offers.iter().map(|offer| offer.known_at).max()?;
    let is_fresh =
        |offer: &&Offer<'_>| line_as_of.seconds_since(offer.known_at) <= STALE_AFTER_SECONDS;
    let fresh: Vec<&Offer<'_>> = offers.iter().filter(is_fresh).collect();
    let lines: Vec<f64> = fresh.iter().map(|offer| offer.line).collect();
    // The first of equals stands, so ties go to the book whose name comes first.
    let by_line = |one: &&&Offer<'_>, other: &&&Offer<'_>| one.line.total_cmp(&other.line);
    let lowest = fresh.iter().min_by(by_line)?;
    let highest = fresh.iter().min_by(|one, other| by_line(other, one))?;
    let opening: Vec<f64> = books
        .iter()
        .filter_map(|(_, quotes)| first_line(quotes, tip_off))
        .collect();
    let consensus = median(&lines)?;
    let moved = |hours: i64| {
        let since = line_as_of.plus_seconds(-hours * 3_600);
        let stood = |offer: &&Offer<'_>| line_since(offer.quotes, since, tip_off);
        let lines: Vec<f64> = fresh.iter().filter_map(stood).collect();
        median(&lines).map(|before| round_to(consensus - before, VALUE))
    };
    Some(PropLine {
        prop: prop.to_owned(),
        consensus,
        opening: median(&opening)?,
        line_as_of,
        best_over_book: lowest.book.to_owned(),
        best_over_line: lowest.line,
        best_under_book: highest.book.to_owned(),
        best_under_line: highest.line,
        books: i32::try_from(fresh.len()).unwrap_or(i32::MAX),
        stale_books: i32::try_from(offers.len() - fresh.len()).unwrap_or(i32::MAX),
        line_std: sample_deviation(&lines),
        move_last_12_hours: moved(MOVE_HOURS),
        move_last_4_hours: moved(LATE_MOVE_HOURS),
        vig_skew: mean_skew(&fresh),
    })
}

/// How often the book stated a line before tip-off, withdrawn ones counted.
pub(super) fn lines_before(quotes: &History<Quote>, tip_off: Timestamp) -> usize {
    let stated = quotes.known_before(tip_off).filter_map(Statement::value);
    stated.filter(|quote| quote.line.is_some()).count()
}

fn offer<'q>(book: &'q str, quotes: &'q History<Quote>, tip_off: Timestamp) -> Option<Offer<'q>> {
    let freshest = quotes.as_of(tip_off)?;
    let quote = freshest.value()?;
    Some(Offer {
        book,
        line: quote.line?,
        known_at: freshest.known_at,
        skew: skew(quote.over_price, quote.under_price),
        quotes,
    })
}

/// Over the books that state both prices; none when none does.
fn mean_skew(fresh: &[&Offer<'_>]) -> Option<f64> {
    let skews: Vec<f64> = fresh.iter().filter_map(|offer| offer.skew).collect();
    mean_to(&skews, FINE)
}

/// The line with which a book went into the time since a moment: the one it had before it, or where
/// it had none, its first of that time.
fn line_since(quotes: &History<Quote>, since: Timestamp, tip_off: Timestamp) -> Option<f64> {
    let before = quotes.value_as_of(since).and_then(|quote| quote.line);
    before.or_else(|| {
        let newest_first = quotes.known_before(tip_off);
        let within = newest_first.take_while(|statement| statement.known_at >= since);
        let lines = within.filter_map(|statement| statement.value()?.line);
        lines.last()
    })
}

fn first_line(quotes: &History<Quote>, tip_off: Timestamp) -> Option<f64> {
    let lines = quotes.known_before(tip_off).filter_map(|statement| {
        let line = statement.value()?.line?;
        Some((statement, line))
    });
    let earlier = |one: &(&Statement<Quote>, f64), other: &(&Statement<Quote>, f64)| -> Ordering {
        (one.0.known_at, &one.0.source).cmp(&(other.0.known_at, &other.0.source))
    };
    lines.min_by(earlier).map(|(_, line)| line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Said;

    const HOUR: i64 = 3_600 * 1_000_000;
    const TIP_OFF: Timestamp = Timestamp(24 * HOUR);

    fn book(quotes: &[(i64, Option<f64>)]) -> History<Quote> {
        let mut history = History::default();
        for (hour, line) in quotes {
            let quote = Quote {
                line: *line,
                over_price: None,
                under_price: None,
            };
            let said = Said::Stated(quote);
            let known_at = Timestamp(hour * HOUR);
            history.insert(
                Statement {
                    source: "feed".into(),
                    known_at,
                    offset: 0,
                    said,
                },
                64,
            );
        }
        history
    }

    #[test]
    fn the_consensus_is_the_median_of_each_books_freshest_quote() {
        let (a, b, c) = (
            book(&[(10, Some(24.5)), (12, Some(25.5))]),
            book(&[(11, Some(26.5))]),
            book(&[(12, Some(27.0))]),
        );
        let line = market("points", &[("a", &a), ("b", &b), ("c", &c)], TIP_OFF).unwrap();
        assert_eq!((line.consensus, line.opening), (26.5, 26.5));
        assert_eq!(
            (line.best_over_book.as_str(), line.best_over_line),
            ("a", 25.5)
        );
        assert_eq!(
            (line.best_under_book.as_str(), line.best_under_line),
            ("c", 27.0)
        );
        assert_eq!(
            (line.books, line.stale_books, line.line_as_of),
            (3, 0, Timestamp(12 * HOUR))
        );
    }

    #[test]
    fn a_quote_six_hours_older_than_the_newest_is_stale_and_says_so() {
        let (old, edge, new) = (
            book(&[(5, Some(20.5))]),
            book(&[(6, Some(24.5))]),
            book(&[(12, Some(25.5))]),
        );
        let books = [("edge", &edge), ("new", &new), ("old", &old)];
        let line = market("points", &books, TIP_OFF).unwrap();
        assert_eq!((line.consensus, line.books, line.stale_books), (25.0, 2, 1));
    }

    #[test]
    fn moves_are_those_of_the_books_that_count_each_from_where_it_stood() {
        // Newest at 20, so the last four hours begin at 16 and the last twelve at 8.
        let (a, b, late) = (
            book(&[(2, Some(22.5)), (9, Some(23.5)), (18, Some(24.5))]),
            book(&[(7, Some(24.5)), (20, Some(25.5))]),
            book(&[(17, Some(26.5)), (19, Some(25.5))]),
        );
        let line = market("points", &[("a", &a), ("b", &b), ("late", &late)], TIP_OFF).unwrap();
        assert_eq!(line.consensus, 25.5);
        // From 23.5, 24.5 and 26.5 four hours ago, and from 22.5, 24.5 and 26.5 twelve hours ago.
        assert_eq!(line.move_last_4_hours, Some(1.0));
        assert_eq!(line.move_last_12_hours, Some(1.0));
        // The standard deviation of 24.5, 25.5 and 25.5.
        assert_eq!(line.line_std, Some(0.577));
        let alone = market("points", &[("a", &a)], TIP_OFF).unwrap();
        assert_eq!(alone.line_std, None);
        assert_eq!(alone.move_last_4_hours, Some(1.0));
        assert_eq!(alone.move_last_12_hours, Some(2.0), "from 22.5 at six");
    }

    #[test]
    fn a_line_that_was_withdrawn_begins_anew_and_a_single_quote_has_not_moved() {
        let again = book(&[
            (2, Some(20.5)),
            (10, None),
            (18, Some(24.5)),
            (20, Some(25.0)),
        ]);
        let line = market("points", &[("a", &again)], TIP_OFF).unwrap();
        assert_eq!((line.opening, line.move_last_4_hours), (20.5, Some(0.5)));
        let once = market("points", &[("a", &book(&[(3, Some(24.5))]))], TIP_OFF).unwrap();
        assert_eq!(
            (once.move_last_4_hours, once.move_last_12_hours),
            (Some(0.0), Some(0.0))
        );
    }

    #[test]
    fn the_skew_is_the_mean_of_the_books_that_state_both_prices() {
        let priced = |over_price, under_price| {
            let mut history = History::default();
            let quote = Quote {
                line: Some(24.5),
                over_price,
                under_price,
            };
            let said = Said::Stated(quote);
            let source = "feed".to_owned();
            let known_at = Timestamp(HOUR);
            let statement = Statement {
                source,
                known_at,
                offset: 0,
                said,
            };
            history.insert(statement, 64);
            history
        };
        let (leaning, even, silent) = (
            priced(Some(-120), Some(100)),
            priced(Some(-110), Some(-110)),
            priced(Some(-110), None),
        );
        let books = [("a", &leaning), ("b", &even), ("c", &silent)];
        let line = market("points", &books, TIP_OFF).unwrap();
        // (0.02174 + 0) / 2
        assert_eq!(line.vig_skew, Some(0.0109));
        let line = market("points", &[("c", &silent)], TIP_OFF).unwrap();
        assert_eq!(line.vig_skew, None);
    }

    #[test]
    fn a_withdrawn_quote_is_no_line() {
        let gone = book(&[(5, Some(20.5)), (6, None)]);
        assert!(market("points", &[("a", &gone)], TIP_OFF).is_none());
        assert_eq!(lines_before(&gone, TIP_OFF), 1);
        let other = book(&[(6, Some(22.5))]);
        let line = market("points", &[("a", &gone), ("b", &other)], TIP_OFF).unwrap();
        assert_eq!((line.consensus, line.books), (22.5, 1));
    }

    #[test]
    fn promise_8_quotes_after_tip_off_do_not_count() {
        let late = book(&[(10, Some(24.5)), (24, Some(30.5))]);
        assert_eq!(
            market("points", &[("a", &late)], TIP_OFF)
                .unwrap()
                .consensus,
            24.5
        );
        assert!(market("points", &[("a", &book(&[(24, Some(30.5))]))], TIP_OFF).is_none());
    }
}
