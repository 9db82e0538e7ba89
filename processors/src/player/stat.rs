//! One stat of a player's games, as averages, spreads and trends.

use sideline_avro::facts::BoxScore;
use sideline_avro::form::StatForm;

use super::against::Against;
use super::form::{LONG_GAMES, Log, SHORT_GAMES, count};
use super::similar::{Similar, similar};
use crate::decimals::{AVERAGE, FINE, mean, round_to, sample_deviation};
use crate::props::Prop;

/// Games of the short trend.
const TREND_GAMES: usize = 7;

/// What his averages stand beside: games picked by tonight's game, and the lines he had.
#[derive(Default)]
pub(super) struct Beside<'r> {
    /// Games against tonight's opponent.
    pub(super) met: &'r [&'r BoxScore],
    /// Games that resemble tonight's, each with its score.
    pub(super) alike: &'r [(f64, &'r BoxScore)],
    pub(super) against: Against,
}

impl Log<'_> {
    /// The averages of one prop.
    pub(crate) fn stat(&self, prop: &Prop) -> StatForm {
        self.stat_beside(prop, &Beside::default())
    }

    pub(super) fn stat_beside(&self, prop: &Prop, beside: &Beside<'_>) -> StatForm {
        let of = |rows: &[&BoxScore]| rows.iter().map(|row| (prop.of)(row)).collect::<Vec<_>>();
        let long = of(self.last(LONG_GAMES));
        let season = of(self.season());
        let average_season = mean(&season);
        let long_minutes: f64 = self.last(LONG_GAMES).iter().map(|row| row.minutes).sum();
        let per_minute = long.iter().sum::<f64>() / long_minutes;
        let alike: Similar = similar(beside.alike, prop);
        let against = beside.against;
        StatForm {
            prop: prop.name.to_owned(),
            average_last_5: mean(last(&long, SHORT_GAMES)),
            average_last_10: mean(&long),
            average_season,
            std_last_10: sample_deviation(&long),
            per_minute_last_10: (long_minutes > 0.0).then(|| round_to(per_minute, FINE)),
            average_last_3: mean(last(&long, 3)),
            recent_trend: recent_trend(&long),
            slope_last_10: slope(&long),
            average_vs_opponent: mean(&of(beside.met)),
            similar_games: count(alike.games),
            similar_average: alike.average,
            similar_deviation: alike.deviation,
            similarity: alike.similarity,
            slope_last_7: slope(last(&long, TREND_GAMES)),
            games_below_average: average_season.map(|average| below(&season, average)),
            over_streak: against.over_streak,
            under_streak: against.under_streak,
            previous_line: against.previous_line,
            over_share_last_10: against.over_share,
            margin_vs_line_last_5: against.margin,
        }
    }
}

fn last(values: &[f64], games: usize) -> &[f64] {
    &values[values.len().saturating_sub(games)..]
}

/// How many of the last values in a row stand below the average.
fn below(values: &[f64], average: f64) -> i32 {
    let newest = values.iter().rev();
    count(newest.take_while(|value| **value < average).count())
}

/// Mean of the last 2 values minus mean of the 3 before.
fn recent_trend(values: &[f64]) -> Option<f64> {
    let five = values
        .len()
        .checked_sub(SHORT_GAMES)
        .map(|first| &values[first..])?;
    let (before, last) = five.split_at(3);
    Some(round_to(mean(last)? - mean(before)?, AVERAGE))
}

/// Least-squares slope per game.
fn slope(values: &[f64]) -> Option<f64> {
    if values.len() < SHORT_GAMES {
        return None;
    }
    let center = (values.len() - 1) as f64 / 2.0;
    let average = values.iter().sum::<f64>() / values.len() as f64;
    let mut products = 0.0;
    let mut squares = 0.0;
    for (place, value) in values.iter().enumerate() {
        let distance = place as f64 - center;
        products += distance * (value - average);
        squares += distance * distance;
    }
    Some(round_to(products / squares, AVERAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trend_and_slope_need_five_games() {
        assert_eq!(recent_trend(&[10.0, 12.0, 14.0, 20.0, 24.0]), Some(10.0));
        assert_eq!(recent_trend(&[10.0, 12.0, 14.0, 20.0]), None);
        assert_eq!(slope(&[1.0, 2.0, 3.0, 4.0, 5.0]), Some(1.0));
        assert_eq!(slope(&[5.0, 5.0, 5.0, 5.0, 5.0]), Some(0.0));
        assert_eq!(slope(&[1.0, 2.0]), None);
    }

    #[test]
    fn the_short_slope_looks_at_seven_games() {
        // Seven games: distances -3 to 3, squares 28; -3x10 -2x12 -1x11 +1x13 +2x18 +3x16 = 32.
        let seven = [10.0, 12.0, 11.0, 14.0, 13.0, 18.0, 16.0];
        assert_eq!(slope(&seven), Some(1.143));
        let ten = [[40.0; 3].as_slice(), &seven].concat();
        assert_eq!(slope(last(&ten, TREND_GAMES)), Some(1.143), "no older one");
        assert_eq!(slope(last(&seven[..4], TREND_GAMES)), None);
    }

    #[test]
    fn games_below_the_average_count_back_to_the_first_that_is_not() {
        // Mean of 30, 10, 20, 12, 8: 16.
        assert_eq!(below(&[30.0, 10.0, 20.0, 12.0, 8.0], 16.0), 2);
        assert_eq!(below(&[20.0, 20.0], 20.0), 0, "at the average is not below");
        assert_eq!(below(&[20.0], 20.0), 0, "one game is its own average");
    }
}
