//! From what a book believes to a line and its two prices.

/// Medians of counts lie a little below their means: a real season's results are 0.1 to 0.2 above
/// the lines.
const MEDIAN_BELOW_MEAN: f64 = 0.17;

/// A book keeps its line until its belief is this far from it; half a unit would be the nearest
/// line, and the rest keeps it from going to and fro.
const KEEP_WITHIN: f64 = 0.58;

/// Change of the over's chance at which a book posts a new price on the same line.
const PRICE_NEWS: f64 = 0.11;

/// How a book quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Relative error on all its lines.
    pub(crate) lean: f64,
    /// What both prices' chances sum to above 1.
    pub(crate) margin: f64,
}

/// A line with its prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quote {
    pub(crate) line: f64,
    /// Chance of the over as the book sees it, 0 to 1.
    over: f64,
    margin: f64,
}

impl Style {
    /// The quote on a belief, given whether the book posts whole lines here and what it posts now.
    pub(crate) fn quote(
        self,
        mean: f64,
        sd: f64,
        (is_whole, last): (bool, Option<Quote>),
    ) -> Quote {
        let middle = (mean * (1.0 + self.lean) - MEDIAN_BELOW_MEAN).max(0.0);
        let nearest = if is_whole {
            middle.round().max(1.0)
        } else {
            middle.floor() + 0.5
        };
        let line = match last {
            Some(last) if (middle - last.line).abs() <= KEEP_WITHIN => last.line,
            _ => nearest,
        };
        // A logistic curve with factor 1.7 is the normal's within 1 %.
        let over = 1.0 / (1.0 + (-1.7 * (middle - line) / sd.max(0.3)).exp());
        Quote {
            line,
            over: over.clamp(0.1, 0.9),
            margin: self.margin,
        }
    }
}

impl Quote {
    /// Whether a book that posted `last` posts this one.
    pub(crate) fn is_news_after(&self, last: &Self) -> bool {
        self.line != last.line || (self.over - last.over).abs() > PRICE_NEWS
    }

    /// American odds of over and under.
    pub(crate) fn prices(&self) -> (i32, i32) {
        let share = 1.0 + self.margin;
        (
            american(self.over * share),
            american((1.0 - self.over) * share),
        )
    }
}

/// American odds of a chance, to the next five.
fn american(chance: f64) -> i32 {
    let chance = chance.clamp(0.05, 0.95);
    let odds = if chance >= 0.5 {
        -100.0 * chance / (1.0 - chance)
    } else {
        100.0 * (1.0 - chance) / chance
    };
    let to_five = (odds / 5.0).round() as i32 * 5;
    if to_five.abs() < 100 { 100 } else { to_five }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style {
        lean: 0.0,
        margin: 0.05,
    };

    #[test]
    fn american_odds_are_those_of_the_chance() {
        assert_eq!(american(0.5), -100);
        assert_eq!(american(0.525), -110);
        assert_eq!(american(0.4), 150);
    }

    #[test]
    fn a_book_moves_its_line_only_when_belief_has_left_it() {
        let first = STYLE.quote(15.6, 6.0, (false, None));
        assert_eq!(first.line, 15.5);
        let near = STYLE.quote(16.2, 6.0, (false, Some(first)));
        assert_eq!(near.line, 15.5);
        let far = STYLE.quote(17.0, 6.0, (false, Some(first)));
        assert_eq!(far.line, 16.5);
        assert!(far.is_news_after(&first) && !first.is_news_after(&first));
        assert_eq!(STYLE.quote(15.6, 6.0, (true, None)).line, 15.0);
    }

    #[test]
    fn a_low_belief_still_has_a_line() {
        assert_eq!(STYLE.quote(0.1, 0.3, (false, None)).line, 0.5);
        assert_eq!(STYLE.quote(0.1, 0.3, (true, None)).line, 1.0);
    }
}
