//! The market on a prop: the freshest quote of each book before tip-off, and what they agree on.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use sideline_avro::facts::Line;
use sideline_avro::form::PropLine;
use sideline_avro::time::Timestamp;

use crate::decimals::median;
use crate::truth::{History, Statement};

/// A book whose quote is older than the newest by more than this is left out.
const STALE_AFTER_SECONDS: i64 = 6 * 3_600;

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
    Some(PropLine {
        prop: prop.to_owned(),
        consensus: median(&lines)?,
        opening: median(&opening)?,
        line_as_of,
        best_over_book: lowest.book.to_owned(),
        best_over_line: lowest.line,
        best_under_book: highest.book.to_owned(),
        best_under_line: highest.line,
        books: i32::try_from(fresh.len()).unwrap_or(i32::MAX),
        stale_books: i32::try_from(offers.len() - fresh.len()).unwrap_or(i32::MAX),
    })
}

/// How often the book stated a line before tip-off, withdrawn ones counted.
pub(super) fn lines_before(quotes: &History<Quote>, tip_off: Timestamp) -> usize {
    let stated = quotes.known_before(tip_off).filter_map(Statement::value);
    stated.filter(|quote| quote.line.is_some()).count()
}

fn offer<'q>(book: &'q str, quotes: &History<Quote>, tip_off: Timestamp) -> Option<Offer<'q>> {
    let freshest = quotes.as_of(tip_off)?;
    let line = freshest.value()?.line?;
    Some(Offer {
        book,
        line,
        known_at: freshest.known_at,
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
