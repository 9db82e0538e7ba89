//! The hidden truth: what was to be expected of a player, given all that was known before tip-off.

use serde::{Deserialize, Serialize};
use sideline_season::{Column, Fault, Kind, Known, Prop, Row, Table};

use crate::expectation::Expected;

/// Props the truth is told of.
pub(crate) const TRUE_PROPS: [Prop; 8] = [
    Prop::Points,
    Prop::Rebounds,
    Prop::Assists,
    Prop::Threes,
    Prop::Steals,
    Prop::Blocks,
    Prop::Turnovers,
    Prop::PointsReboundsAssists,
];

/// What was to be expected of one prop of a player who then played, given everybody's hidden
/// skill, form and role and who was out, as known at tip-off. No forecast can do better on average.
///
/// Mean and spread come from formulas, not from playing the game many times, and are good to about
/// 2 % and 10 %.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// Ten digits.
    pub game_id: String,
    /// The `player_lookup`.
    pub slug: String,
    /// The prop.
    pub prop: Prop,
    /// Expected value, in the units of the prop, given that he plays.
    pub expected: f64,
    /// Standard deviation around it: the error that luck alone makes.
    pub sd: f64,
}

impl Row for Expectation {
    const TABLE: Table = Table {
        name: "truth",
        is_required: true,
        columns: &[
            Column::required("game_id", Kind::GameId),
            Column::required("slug", Kind::Slug),
            Column::required("prop", Kind::Word(Prop::WORDS)),
            Column::required("expected", Kind::Number(0.0, 200.0)),
            Column::required("sd", Kind::Number(0.0, 200.0)),
        ],
    };

    fn key(&self) -> Option<String> {
        Some(format!(
            "{} of {} in {}",
            self.prop.as_str(),
            self.slug,
            self.game_id
        ))
    }

    fn check(&self, known: &Known) -> Result<(), Fault> {
        known.game(&self.game_id)?;
        known.slug(&self.slug).map(|_| ())
    }
}

/// Mean and standard deviation of a prop, given what the player is expected to do.
pub(crate) fn mean_and_sd(prop: Prop, expected: &Expected) -> (f64, f64) {
    let points = expected.points();
    let mean = match prop {
        Prop::Points => points,
        Prop::Rebounds => expected.rebounds,
        Prop::Assists => expected.assists,
        Prop::Threes => expected.threes,
        Prop::Steals => expected.steals,
        Prop::Blocks => expected.blocks,
        Prop::Turnovers => expected.turnovers,
        Prop::PointsReboundsAssists => expected.points_rebounds_assists(),
        Prop::PointsRebounds => points + expected.rebounds,
        Prop::PointsAssists => points + expected.assists,
        Prop::ReboundsAssists => expected.rebounds + expected.assists,
    };
    // Single things come as in a Poisson draw, a little more evenly since the team has a given
    // number of them; on top, minutes and the day spread all of a player's counts.
    let from_points = 4.0 * expected.twos + 9.0 * expected.threes + 1.5 * expected.free_throws;
    let singles = match prop {
        Prop::Points => from_points,
        Prop::PointsReboundsAssists | Prop::PointsRebounds | Prop::PointsAssists => {
            from_points + (mean - points)
        }
        _ => 0.93 * mean,
    };
    let minutes_spread = 0.11 + 1.9 / expected.minutes.max(5.0);
    let day_spread = match prop {
        Prop::Points | Prop::Threes => 0.18,
        Prop::PointsReboundsAssists => 0.15,
        _ => 0.16,
    };
    let relative = minutes_spread * minutes_spread + day_spread * day_spread;
    (mean, (singles + relative * mean * mean).sqrt())
}

/// The truth about a player who played.
pub(crate) fn tell<'tell>(
    game_id: &'tell str,
    slug: &'tell str,
    expected: &'tell Expected,
) -> impl Iterator<Item = Expectation> + 'tell {
    TRUE_PROPS.into_iter().map(move |prop| {
        let (mean, sd) = mean_and_sd(prop, expected);
        // Four decimals keep the file small and are far below any forecast's error.
        let rounded = |value: f64| (value * 10_000.0).round() / 10_000.0;
        Expectation {
            game_id: game_id.to_owned(),
            slug: slug.to_owned(),
            prop,
            expected: rounded(mean),
            sd: rounded(sd),
        }
    })
}
