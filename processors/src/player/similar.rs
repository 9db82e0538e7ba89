//! Past games that resemble the one to come, and what the player did in them.
//!
//! Each past game is scored 0 to 100: opponent's defensive tier the same 40, next to it 20; days of
//! rest in the same bucket 30, next to it 15; the same venue 15; the same form 15, another 5. Games
//! of 70 and more count, the best 20 of them, weighted by their score. Tiers are those of the
//! opponent before that game, rest and form those before that game: nothing of what came after.
//!
//! Worked example: at home after one day of rest against an average defence, in normal form. A home
//! game after two days against a strong defence in normal form scores 20 + 15 + 15 + 15 = 65 and does
//! not count; at one day of rest it scores 80 and does.

use sideline_avro::facts::BoxScore;

use crate::decimals::{AVERAGE, mean, round_to, sample_deviation};
use crate::props::Prop;

/// Least score of a game that counts.
const SCORE_MIN: f64 = 70.0;
/// At most so many games count: the best ones, and of equals the newest.
const GAMES_MAX: usize = 20;
/// Points above or below the season's average that make a hot or a cold hand, over five games.
const FORM_POINTS: f64 = 3.0;
/// Games on which form stands; before there are so many, it is normal.
const FORM_GAMES: usize = 5;
/// Points allowed per 100 possessions: below the first a defence is strong, from the second weak.
const TIERS: [f64; 2] = [110.0, 115.0];

/// What two games are compared by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Circumstances {
    /// 0 strong, 1 average, 2 weak.
    tier: u8,
    /// 0 back-to-back, 1, 2, 3 and more days of rest.
    rest: u8,
    is_home: bool,
    /// -1 cold, 0 normal, 1 hot.
    form: i8,
}

/// What the player did in games like this one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Similar {
    pub(super) games: usize,
    /// Mean of the stat, weighted by score.
    pub(super) average: Option<f64>,
    pub(super) deviation: Option<f64>,
    /// Mean score.
    pub(super) similarity: Option<f64>,
}

impl Circumstances {
    /// Of a game before which the player's points ran up to `points`, see [`running_points`];
    /// `defence` is what the opponent allowed per 100 possessions in the 15 games before. None when
    /// nothing is known of it, or the player has never played.
    pub(super) fn of(
        defence: Option<f64>,
        days_rest: Option<i32>,
        is_home: bool,
        points: &[f64],
    ) -> Option<Self> {
        let rating = defence?;
        let tier = TIERS.iter().filter(|bound| rating >= **bound).count();
        Some(Self {
            tier: u8::try_from(tier).unwrap_or(2),
            rest: u8::try_from(days_rest?.clamp(0, 3)).unwrap_or(3),
            is_home,
            form: form(points),
        })
    }

    /// How much two games have in common, 0 to 100.
    fn score(self, other: Self) -> f64 {
        let tier = match self.tier.abs_diff(other.tier) {
            0 => 40.0,
            1 => 20.0,
            _ => 0.0,
        };
        let rest = match self.rest.abs_diff(other.rest) {
            0 => 30.0,
            1 => 15.0,
            _ => 0.0,
        };
        let venue = if self.is_home == other.is_home {
            15.0
        } else {
            0.0
        };
        let form = if self.form == other.form { 15.0 } else { 5.0 };
        tier + rest + venue + form
    }
}

/// The sum of his points before each of his games, oldest first, and after the last: whole numbers,
/// so that differences are exact.
pub(super) fn running_points(games: &[&BoxScore]) -> Vec<f64> {
    let mut total = 0.0;
    let mut points = vec![total];
    for row in games {
        total += f64::from(row.pts);
        points.push(total);
    }
    points
}

fn form(points: &[f64]) -> i8 {
    let games = points.len().saturating_sub(1);
    if games < FORM_GAMES {
        return 0;
    }
    let mean = |sum: f64, games: usize| round_to(sum / games as f64, AVERAGE);
    let recent = mean(points[games] - points[games - FORM_GAMES], FORM_GAMES);
    let ahead = recent - mean(points[games], games);
    if ahead >= FORM_POINTS {
        1
    } else if ahead <= -FORM_POINTS {
        -1
    } else {
        0
    }
}

/// The past games that resemble the one to come, each with its score, the best first. `past` has each
/// game with what it is compared by, oldest first.
pub(super) fn alike<'r>(
    tonight: Circumstances,
    past: &[(Circumstances, &'r BoxScore)],
) -> Vec<(f64, &'r BoxScore)> {
    let scored = past
        .iter()
        .rev()
        .map(|(one, row)| (tonight.score(*one), *row));
    let mut alike: Vec<(f64, &BoxScore)> =
        scored.filter(|(score, _)| *score >= SCORE_MIN).collect();
    // Stable: of equal scores the newer game stays in front.
    alike.sort_by(|one, other| other.0.total_cmp(&one.0));
    alike.truncate(GAMES_MAX);
    alike
}

/// The stat in games that resemble the one to come.
pub(super) fn similar(alike: &[(f64, &BoxScore)], prop: &Prop) -> Similar {
    let values: Vec<f64> = alike.iter().map(|(_, row)| (prop.of)(row)).collect();
    let scores: Vec<f64> = alike.iter().map(|(score, _)| *score).collect();
    let weight: f64 = scores.iter().sum();
    let weighted: f64 = scores
        .iter()
        .zip(&values)
        .map(|(score, value)| score * value)
        .sum();
    Similar {
        games: alike.len(),
        average: (weight > 0.0).then(|| round_to(weighted / weight, AVERAGE)),
        deviation: sample_deviation(&values),
        similarity: mean(&scores),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::props::prop;

    const TONIGHT: Circumstances = Circumstances {
        tier: 1,
        rest: 1,
        is_home: true,
        form: 0,
    };

    fn game(pts: i32) -> BoxScore {
        BoxScore {
            pts,
            ..BoxScore::default()
        }
    }

    #[test]
    fn the_worked_example_of_the_module() {
        let strong_and_rested = Circumstances {
            tier: 0,
            rest: 2,
            ..TONIGHT
        };
        assert_eq!(TONIGHT.score(strong_and_rested), 65.0);
        assert_eq!(TONIGHT.score(Circumstances { tier: 0, ..TONIGHT }), 80.0);
        assert_eq!(TONIGHT.score(TONIGHT), 100.0);
        let unlike = Circumstances {
            tier: 1,
            rest: 3,
            is_home: false,
            form: 1,
        };
        assert_eq!(TONIGHT.score(unlike), 45.0);
    }

    #[test]
    fn games_weigh_by_their_score_and_unlike_ones_do_not_count() {
        let (same, near, unlike) = (game(30), game(20), game(2));
        let past = [
            (Circumstances { tier: 0, ..TONIGHT }, &near),
            (
                Circumstances {
                    rest: 3,
                    is_home: false,
                    ..TONIGHT
                },
                &unlike,
            ),
            (TONIGHT, &same),
        ];
        let found = similar(&alike(TONIGHT, &past), prop("points").unwrap());
        // (100 x 30 + 80 x 20) / 180 = 25.556
        assert_eq!((found.games, found.average), (2, Some(25.556)));
        assert_eq!(
            (found.similarity, found.deviation),
            (Some(90.0), Some(7.071))
        );
    }

    #[test]
    fn without_the_opponents_defence_or_a_game_before_there_is_nothing_to_compare() {
        let known = Some(115.0);
        assert!(Circumstances::of(None, Some(1), true, &[0.0]).is_none());
        assert!(Circumstances::of(known, None, true, &[0.0]).is_none());
        let weak = Circumstances::of(known, Some(9), true, &[0.0]).unwrap();
        assert_eq!((weak.tier, weak.rest, weak.form), (2, 3, 0));
        assert_eq!(
            similar(&alike(weak, &[]), prop("points").unwrap()),
            Similar::default()
        );
    }

    #[test]
    fn form_compares_the_last_five_with_all_before_that_game() {
        let games: Vec<BoxScore> = [10, 10, 10, 10, 10, 20, 20, 20, 20, 20].map(game).to_vec();
        let rows: Vec<&BoxScore> = games.iter().collect();
        let points = running_points(&rows);
        // 20 against 15
        assert_eq!(form(&points), 1);
        assert_eq!(form(&points[..=9]), 1, "18 against 14.4");
        assert_eq!(form(&points[..=6]), 0, "12 against 11.7");
        assert_eq!(form(&points[..=4]), 0);
    }
}
