//! The zone matchup: the season's average, moved by the opponent's defence where the player shoots.
//!
//! base = season average, carried to projected minutes. For each zone: (opponent's points allowed per
//! 100 possessions - 112.4) x 0.3 x m, within -3 to 3, times w: m is 1.2 in the paint, 1.0 from
//! mid-range, 1.1 for threes, 0.8 at the line; w is 1 from a share of 0.40 of the player's shots, 0.7
//! from 0.20, else 0.4. Then 0.4 x pace score, 0.8 at home and -0.8 away, -0.8 when tired and -1.5 when
//! spent. In points, carried over to other props by their ratio.
//!
//! The published formula measures the defence from 110. In 2024-25 the league allowed 112.4 (all
//! 2,628 team games), and from 110 the average opponent would add 1.7 points to everybody.
//!
//! Of each part a share is used ([`super::weights`]), and the base is taken at the prop's level
//! ([`crate::props::Fit`]): the published formula spreads its values too far.
//!
//! Worked example: season average 20, the same minutes, an opponent at 116.4, shares 0.45, 0.15, 0.30
//! and 0.10 at home: 4 x 0.3 = 1.2; 1.2 x (1.2 x 1 + 1.0 x 0.4 + 1.1 x 0.7 + 0.8 x 0.4) = 3.228, so 24.03
//! as published. As used: 0.93 x 20 + 0.4 x 3.228 + 0.1 x 0.8 = 19.97.

use super::rules::{fatigue, no_value, venue, verdict, weighted};
use super::weights::{Shares, ZONE_MATCHUP};
use super::{PropInput, System, Verdict, minutes};
use crate::features::Name;

/// Its name in keys and views.
pub(super) const ID: &str = "zone_matchup";
/// Points allowed per 100 possessions, league average of 2024-25.
const LEAGUE_DEF_RATING: f64 = 112.4;
/// Zones: where the share of it stands, and how much a defence matters there.
const ZONES: [(Name, f64); 4] = [
    (Name::PaintShare, 1.2),
    (Name::MidRangeShare, 1.0),
    (Name::ThreeShare, 1.1),
    (Name::FreeThrowShare, 0.8),
];
/// Most that one zone can add or take, in points.
const ZONE_MAX: f64 = 3.0;

/// The system.
pub(super) struct ZoneMatchup {
    /// How much of the published adjustments it uses.
    used: &'static Shares,
}

impl ZoneMatchup {
    pub(super) const fn fitted() -> Self {
        Self {
            used: &ZONE_MATCHUP,
        }
    }

    /// With the published weights.
    #[cfg(test)]
    pub(super) const fn published() -> Self {
        Self {
            used: &super::weights::PUBLISHED,
        }
    }
}

impl System for ZoneMatchup {
    fn id(&self) -> &'static str {
        ID
    }

    fn version(&self) -> &'static str {
        "2.0"
    }

    fn evaluate(&self, input: &PropInput<'_>) -> Verdict {
        let season = input.value(Name::AverageSeason);
        let Some(base) = season.filter(|_| input.is_known(Name::AverageLast10)) else {
            return no_value(input, "no_value");
        };
        let base = input.prop.fit.level * base;
        let ratio = input.prop.points_ratio;
        let parts = [
            ("base", base),
            (
                "minutes",
                self.used.minutes * minutes::season_share(input, base),
            ),
            ("zones", self.used.zones * ratio * zones(input)),
            (
                "fatigue",
                self.used.fatigue * ratio * fatigue(input, -0.8, -1.5),
            ),
            (
                "pace",
                self.used.pace * ratio * weighted(input, Name::PaceScore, 0.4),
            ),
            ("venue", self.used.venue * ratio * venue(input, 0.8, -0.8)),
        ];
        verdict(input, &parts)
    }
}

/// 0 when nothing is known of the opponent.
fn zones(input: &PropInput<'_>) -> f64 {
    let rating = input.value(Name::OpponentDefRating);
    let Some(rating) = rating.filter(|_| input.is_known(Name::OpponentDefRating)) else {
        return 0.0;
    };
    let zone = |(share, multiplier): (Name, f64)| {
        let reach = ((rating - LEAGUE_DEF_RATING) * 0.3 * multiplier).clamp(-ZONE_MAX, ZONE_MAX);
        reach * share_weight(input.value(share).unwrap_or(0.0))
    };
    ZONES.into_iter().map(zone).sum()
}

fn share_weight(share: f64) -> f64 {
    if share >= 0.40 {
        1.0
    } else if share >= 0.20 {
        0.7
    } else {
        0.4
    }
}

#[cfg(test)]
mod tests {
    use super::super::case::Case;
    use super::*;

    fn shooter(rating: f64) -> Case {
        shooting(Case::published("points"), rating)
    }

    fn shooting(case: Case, rating: f64) -> Case {
        case.history(&[(Name::AverageSeason, 20.0), (Name::AverageLast10, 19.0)])
            .known(&[
                (Name::OpponentDefRating, rating),
                (Name::PaintShare, 0.45),
                (Name::MidRangeShare, 0.15),
                (Name::ThreeShare, 0.30),
                (Name::FreeThrowShare, 0.10),
                (Name::HomeAway, 1.0),
            ])
    }

    #[test]
    fn golden_the_worked_example_of_the_module() {
        assert_eq!(
            shooter(116.4).of(&ZoneMatchup::published()).predicted,
            Some(24.03)
        );
    }

    #[test]
    fn golden_the_shares_used() {
        let used = |rating| shooting(Case::new("points"), rating);
        let fitted = ZoneMatchup::fitted();
        assert_eq!(used(116.4).of(&fitted).predicted, Some(19.97));
        // 18.6 + 0.3 x 18.6 / 6 + 0.08 = 19.61
        let longer = used(112.4).minutes(35.0, Some(30.0));
        assert_eq!(longer.of(&fitted).predicted, Some(19.61));
    }

    #[test]
    fn golden_a_zone_gives_at_most_three_points_and_the_league_average_none() {
        // Clamped to 3 in each zone: 3 x (1 + 0.4 + 0.7 + 0.4) = 7.5 less than 20 + 0.8.
        assert_eq!(
            shooter(90.0).of(&ZoneMatchup::published()).predicted,
            Some(13.3)
        );
        assert_eq!(
            shooter(112.4).of(&ZoneMatchup::published()).predicted,
            Some(20.8)
        );
    }

    #[test]
    fn golden_thirty_to_thirty_five_minutes_and_none() {
        let at = |projected: f64| {
            let case = shooter(112.4).minutes(projected, Some(30.0));
            case.of(&ZoneMatchup::published()).predicted
        };
        // 20 x 35/30 + 0.8 = 24.13; at 0 minutes the ratio stands at its bound: 10 + 0.8.
        assert_eq!((at(35.0), at(0.0)), (Some(24.13), Some(10.8)));
    }

    #[test]
    fn edge_case_without_games_there_is_no_value() {
        let nobody = Case::published("points").of(&ZoneMatchup::published());
        assert_eq!((nobody.predicted, nobody.reason), (None, "no_value"));
    }
}
