//! How a player has done against his lines: tonight's, and those his games had.
//!
//! A stat equal to its line is a push, and neither over nor under. Tonight's line is the consensus; a
//! past game's is the consensus at its tip-off. Only games he played count, whatever their season.
//!
//! Worked example: he had 20, 31, 25 and 27 points, oldest first; the games had lines of 22.5, none,
//! 24.5 and 27.0, tonight's is 25.0. Over streak: 27 is over, 25 a push, 31 over, 20 ends it: 2. Of
//! three games with a line one was over, one under, one a push: a share of 0.5. Margins of -2.5, 0.5
//! and 0 are -0.667 on average. The game before had a line of 27.0.

use std::cmp::Ordering;

use sideline_avro::facts::BoxScore;

use super::closings::Closings;
use crate::decimals::{mean, share};
use crate::props::Prop;

/// Games with a line behind the share.
const SHARE_GAMES: usize = 10;
/// Games with a line behind the margin.
const MARGIN_GAMES: usize = 5;

/// What his games say of his lines.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Against {
    /// Last games in a row over tonight's line, 0 or more; none without a line or a game.
    pub(super) over_streak: Option<i32>,
    /// The same under it.
    pub(super) under_streak: Option<i32>,
    /// Closing line of his game before; none when it had none.
    pub(super) previous_line: Option<f64>,
    /// Share over their own line of the last 10 games that had one, pushes left out, 0 to 1.
    pub(super) over_share: Option<f64>,
    /// Mean of stat minus line, last 5 games that had one.
    pub(super) margin: Option<f64>,
}

/// From his games, oldest first.
pub(super) fn against(
    games: &[&BoxScore],
    prop: &Prop,
    tonight: Option<f64>,
    closings: Option<&Closings>,
) -> Against {
    let line_of = |row: &BoxScore| closings?.line(&row.game_id);
    let with_line = |row: &&BoxScore| Some((prop.of)(row) - line_of(row)?);
    // Without a single line there is no need to look for one game by game.
    let is_any_known = closings.is_some_and(|closings| !closings.is_empty());
    let known = if is_any_known { games } else { &[] };
    let margins: Vec<f64> = known
        .iter()
        .rev()
        .filter_map(with_line)
        .take(SHARE_GAMES)
        .collect();
    let streak = |side| Some(streak(games, prop, tonight?, side)).filter(|_| !games.is_empty());
    Against {
        over_streak: streak(Ordering::Greater),
        under_streak: streak(Ordering::Less),
        previous_line: games.last().and_then(|row| line_of(row)),
        over_share: over_share(&margins),
        margin: mean(&margins[..margins.len().min(MARGIN_GAMES)]),
    }
}

fn streak(games: &[&BoxScore], prop: &Prop, line: f64, side: Ordering) -> i32 {
    let mut count = 0;
    for row in games.iter().rev() {
        match (prop.of)(row).total_cmp(&line) {
            Ordering::Equal => {}
            found if found == side => count += 1,
            _ => break,
        }
    }
    count
}

fn over_share(margins: &[f64]) -> Option<f64> {
    let over = margins.iter().filter(|margin| **margin > 0.0).count();
    let under = margins.iter().filter(|margin| **margin < 0.0).count();
    share(over as f64, (over + under) as f64)
}

#[cfg(test)]
mod tests {
    use sideline_avro::time::LeagueDay;

    use super::*;
    use crate::props::prop;

    /// Games with points and, some of them, a closing line, oldest first.
    fn of(games: &[(i32, Option<f64>)], tonight: Option<f64>) -> Against {
        let mut closings = Closings::default();
        let mut rows = Vec::new();
        for (number, (pts, line)) in (1..).zip(games) {
            let row = BoxScore {
                game_id: format!("{number:010}"),
                pts: *pts,
                ..BoxScore::default()
            };
            closings.set(&row.game_id, LeagueDay(number), *line);
            rows.push(row);
        }
        let rows: Vec<&BoxScore> = rows.iter().collect();
        against(&rows, prop("points").unwrap(), tonight, Some(&closings))
    }

    #[test]
    fn the_worked_example_of_the_module() {
        let games = [
            (20, Some(22.5)),
            (31, None),
            (25, Some(24.5)),
            (27, Some(27.0)),
        ];
        let expected = Against {
            over_streak: Some(2),
            under_streak: Some(0),
            previous_line: Some(27.0),
            over_share: Some(0.5),
            margin: Some(-0.667),
        };
        assert_eq!(of(&games, Some(25.0)), expected);
    }

    #[test]
    fn a_streak_ends_with_the_other_side_and_not_with_a_push() {
        let games = [(30, None), (12, None), (20, None), (15, None), (20, None)];
        let found = of(&games, Some(20.0));
        assert_eq!((found.over_streak, found.under_streak), (Some(0), Some(2)));
        let pushes = of(&[(20, None), (20, None)], Some(20.0));
        assert_eq!(
            (pushes.over_streak, pushes.under_streak),
            (Some(0), Some(0))
        );
    }

    #[test]
    fn the_share_is_of_ten_games_and_the_margin_of_five() {
        // The oldest, over by far, is the eleventh.
        let older = [(40, Some(10.5))];
        let under = [(10, Some(12.5)); 5];
        let over = [(14, Some(12.5)); 5];
        let found = of(&[&older[..], &under, &over].concat(), None);
        assert_eq!(found.over_share, Some(0.5));
        assert_eq!(found.margin, Some(1.5));
    }

    #[test]
    fn the_game_before_counts_and_not_an_earlier_one_with_a_line() {
        let found = of(&[(20, Some(22.5)), (31, None)], None);
        assert_eq!(found.previous_line, None);
        assert_eq!((found.over_share, found.margin), (Some(0.0), Some(-2.5)));
    }

    #[test]
    fn without_games_or_lines_nothing_is_known() {
        assert_eq!(of(&[], Some(20.5)), Against::default());
        assert_eq!(of(&[(20, None)], None), Against::default());
        let only_push = of(&[(20, Some(20.0))], None);
        assert_eq!(
            (only_push.over_share, only_push.margin),
            (None, Some(0.0)),
            "a push decides nothing"
        );
    }
}
