//! The moving average: recent averages, carried to the minutes he is expected to play, and a few
//! adjustments.
//!
//! base = a x last 5 + b x last 10 + c x season, times the level of the prop: the weights stand in the
//! prop's row ([`crate::props::Fit`]; published: 0.5, 0.3, 0.2 and level 1). Each average is carried
//! from the minutes it was made in to projected minutes (0.5 to 1.6 times, exactly 1 when nothing is
//! known of them). Then -1.0 when tired and -2.5 when spent, 0.3 x zone mismatch, -1.5 on a
//! back-to-back, 0.3 x pace score, 0.4 x usage spike, +0.5 at home and -0.5 away: the published
//! weights, of each of which a share is used ([`super::weights`]).
//!
//! Adjustments, thresholds and the bands of the deviation are given in points and carried over to
//! other props by the prop's ratio.
//!
//! Worked example, points (0.15, 0.05, 0.80 and level 0.93): averages 28, 26 and 25 give
//! 0.93 x (4.2 + 1.3 + 20) = 23.715; 36 projected minutes over 32 would add 2.9644, of which 0.6 are
//! used: 1.7786; at home after a day of rest 0.7 x 0.5: 23.715 + 1.7786 + 0.35 = 25.84.

use super::rules::{fatigue, no_value, venue, verdict, weighted};
use super::weights::{MOVING_AVERAGE, Shares};
use super::{PropInput, System, Verdict, minutes};
use crate::features::Name;

/// Its name in keys and views.
pub(super) const ID: &str = "moving_average";

/// In points.
const BACK_TO_BACK: f64 = -1.5;
const VENUE: f64 = 0.5;

/// The system.
pub(super) struct MovingAverage {
    /// How much of the published adjustments it uses.
    used: &'static Shares,
}

impl MovingAverage {
    pub(super) const fn fitted() -> Self {
        Self {
            used: &MOVING_AVERAGE,
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

impl System for MovingAverage {
    fn id(&self) -> &'static str {
        ID
    }

    fn version(&self) -> &'static str {
        "3.0"
    }

    fn evaluate(&self, input: &PropInput<'_>) -> Verdict {
        let Some(base) = base(input) else {
            return no_value(input, "no_value");
        };
        let ratio = input.prop.points_ratio;
        let carried =
            minutes::share(input, base.recent) + minutes::season_share(input, base.season);
        let spike = weighted(input, Name::UsageSpike, 0.4);
        let parts = [
            ("base", base.recent + base.season),
            ("minutes", self.used.minutes * carried),
            (
                "fatigue",
                self.used.fatigue * ratio * fatigue(input, -1.0, -2.5),
            ),
            (
                "zones",
                self.used.zones * ratio * weighted(input, Name::ShotZoneMismatch, 0.3),
            ),
            (
                "rest",
                self.used.rest * ratio * weighted(input, Name::BackToBack, BACK_TO_BACK),
            ),
            (
                "pace",
                self.used.pace * ratio * weighted(input, Name::PaceScore, 0.3),
            ),
            ("usage", self.used.usage * ratio * spike),
            (
                "venue",
                self.used.venue * ratio * venue(input, VENUE, -VENUE),
            ),
        ];
        verdict(input, &parts)
    }
}

/// What he has been doing, by the minutes it was made in.
struct Base {
    /// Of the last 5 and 10 games.
    recent: f64,
    /// Of the season's.
    season: f64,
}

/// None without a single game: a league average would be a guess about somebody else.
fn base(input: &PropInput<'_>) -> Option<Base> {
    if !input.is_known(Name::AverageLast5) || !input.is_known(Name::AverageLast10) {
        return None;
    }
    let last_5 = input.value(Name::AverageLast5)?;
    let last_10 = input.value(Name::AverageLast10)?;
    let season = input.value(Name::AverageSeason)?;
    let fit = &input.prop.fit;
    Some(Base {
        recent: fit.level * (fit.last_5 * last_5 + fit.last_10 * last_10),
        season: fit.level * fit.season() * season,
    })
}

#[cfg(test)]
mod tests {
    use sideline_avro::features::{Feature, PropFeatures};
    use sideline_avro::form::PropLine;
    use sideline_avro::words::Recommendation;

    use super::super::case::{Case as Player, published};
    use super::*;
    use crate::decimals::{VALUE, round_to};

    /// A player's features; `last_5` none means a player without games.
    struct Case {
        prop: &'static str,
        last_5: Option<f64>,
        last_10: f64,
        season: f64,
        deviation: f64,
        games_in_week: f64,
        is_home: f64,
        back_to_back: f64,
        minutes: (f64, Option<f64>),
        line: Option<f64>,
    }

    const STAR: Case = Case {
        prop: "points",
        last_5: Some(28.0),
        last_10: 26.0,
        season: 25.0,
        deviation: 5.0,
        games_in_week: 3.0,
        is_home: 1.0,
        back_to_back: 0.0,
        minutes: (36.0, Some(32.0)),
        line: Some(27.5),
    };

    fn evaluate(case: &Case) -> Verdict {
        let history = if case.last_5.is_some() {
            "history"
        } else {
            "default"
        };
        let feature = |name: Name, value: f64, source: &str| Feature {
            name: name.as_str().into(),
            value: Some(value),
            source: source.to_owned().into(),
            reason: None,
        };
        let consensus = |line: f64| PropLine {
            consensus: line,
            ..PropLine::default()
        };
        let features = PropFeatures {
            features: vec![
                feature(Name::AverageLast5, case.last_5.unwrap_or(10.0), history),
                feature(Name::AverageLast10, case.last_10, history),
                feature(Name::AverageSeason, case.season, history),
                feature(Name::StdLast10, case.deviation, history),
                feature(Name::GamesInLast7Days, case.games_in_week, history),
                feature(Name::HomeAway, case.is_home, "calculated"),
                feature(Name::BackToBack, case.back_to_back, "calculated"),
            ],
            line: case.line.map(consensus),
            ..PropFeatures::default()
        };
        MovingAverage::published().evaluate(&PropInput {
            prop: published(case.prop),
            features: &features,
            of_game: &[],
            projected_minutes: case.minutes.0,
            window_minutes: case.minutes.1,
        })
    }

    fn check(case: &Case, predicted: Option<f64>, confidence: f64, said: (Recommendation, &str)) {
        let verdict = evaluate(case);
        assert_eq!(verdict.predicted, predicted);
        assert_eq!(verdict.confidence, confidence);
        assert_eq!((verdict.recommendation, verdict.reason), said);
    }

    #[test]
    fn golden_more_minutes_at_home_by_the_published_weights() {
        // 26.8 + 26.8 * (36/32 - 1) + 0.5 = 30.65; 0.5 - 0.08 + 0.10 = 0.52; edge 3.15 > 2.
        check(&STAR, Some(30.65), 0.52, (Recommendation::Over, "edge"));
    }

    #[test]
    fn golden_a_back_to_back_away_with_the_same_minutes() {
        // 0.5*12.4 + 0.3*14.2 + 0.2*15 = 13.46; - 1.5 - 0.5 = 11.46; line 14.5: edge -3.04.
        // 0.5 + 0.05 = 0.55.
        let case = Case {
            last_5: Some(12.4),
            last_10: 14.2,
            season: 15.0,
            deviation: 4.0,
            games_in_week: 2.0,
            is_home: 0.0,
            back_to_back: 1.0,
            minutes: (30.0, Some(30.0)),
            line: Some(14.5),
            ..STAR
        };
        check(&case, Some(11.46), 0.55, (Recommendation::Under, "edge"));
    }

    #[test]
    fn golden_rebounds_carry_the_weights_over_by_their_ratio() {
        // 0.5*8 + 0.3*9 + 0.2*10 = 8.7; venue 0.5*0.388 = 0.194: 8.894, published as 8.89.
        // The deviation's bands are 1.552 and 2.328; the edge must exceed 0.776: 8.89 - 8.5 = 0.39.
        let case = Case {
            prop: "rebounds",
            last_5: Some(8.0),
            last_10: 9.0,
            season: 10.0,
            deviation: 2.0,
            minutes: (0.0, None),
            line: Some(8.5),
            ..STAR
        };
        check(
            &case,
            Some(8.89),
            0.52,
            (Recommendation::Pass, "small_edge"),
        );
    }

    #[test]
    fn edge_case_a_confidence_of_exactly_the_threshold_takes_no_side() {
        // 0.5 - 0.15 + 0.10 = 0.45, which is not above 0.45.
        let case = Case {
            deviation: 6.1,
            ..STAR
        };
        check(
            &case,
            Some(30.65),
            0.45,
            (Recommendation::Pass, "low_confidence"),
        );
    }

    #[test]
    fn edge_case_an_edge_of_exactly_the_threshold_is_none() {
        check(
            &Case {
                line: Some(28.65),
                ..STAR
            },
            Some(30.65),
            0.52,
            (Recommendation::Pass, "small_edge"),
        );
    }

    #[test]
    fn the_value_stays_within_what_the_prop_allows() {
        let huge = Case {
            last_5: Some(70.0),
            last_10: 70.0,
            season: 70.0,
            line: None,
            ..STAR
        };
        check(&huge, Some(60.0), 0.52, (Recommendation::NoLine, "no_line"));
        let tiny = Case {
            last_5: Some(0.0),
            last_10: 0.0,
            season: 0.0,
            is_home: 0.0,
            ..STAR
        };
        assert_eq!(evaluate(&tiny).predicted, Some(0.0));
    }

    #[test]
    fn the_minutes_ratio_is_bounded_and_one_when_nothing_is_known() {
        let minutes = |projected: f64, window: Option<f64>| {
            let verdict = evaluate(&Case {
                minutes: (projected, window),
                ..STAR
            });
            verdict.components[1].value
        };
        assert_eq!(minutes(30.0, Some(10.0)), 16.08, "26.8 x 0.6");
        assert_eq!(minutes(2.0, Some(30.0)), -13.4, "26.8 x -0.5");
        assert_eq!(minutes(0.0, None), 0.0);
        assert_eq!(minutes(33.33, Some(33.33)), 0.0);
    }

    #[test]
    fn a_player_without_games_has_no_value_and_defaults_are_not_taken_for_him() {
        check(
            &Case {
                last_5: None,
                ..STAR
            },
            None,
            0.0,
            (Recommendation::Pass, "no_value"),
        );
        let unlisted = Case {
            last_5: None,
            line: None,
            ..STAR
        };
        check(&unlisted, None, 0.0, (Recommendation::NoLine, "no_value"));
    }

    #[test]
    fn the_components_add_up_to_the_value() {
        let verdict = evaluate(&STAR);
        let names: Vec<&str> = verdict
            .components
            .iter()
            .map(|part| part.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "base", "minutes", "fatigue", "zones", "rest", "pace", "usage", "venue"
            ]
        );
        let total: f64 = verdict.components.iter().map(|part| part.value).sum();
        assert_eq!(Some(round_to(total, VALUE)), verdict.predicted);
    }

    fn star_of(system: &MovingAverage) -> Verdict {
        let case = Player::new("points")
            .history(&[
                (Name::AverageLast5, 28.0),
                (Name::AverageLast10, 26.0),
                (Name::AverageSeason, 25.0),
            ])
            .known(&[(Name::HomeAway, 1.0)]);
        case.minutes(36.0, Some(32.0)).of(system)
    }

    #[test]
    fn golden_the_worked_example_of_the_module() {
        let verdict = star_of(&MovingAverage::fitted());
        assert_eq!(verdict.predicted, Some(25.84));
        assert_eq!(verdict.components[1].value, 1.7786);
    }

    #[test]
    fn golden_the_season_is_carried_from_its_own_minutes() {
        // 5.115 x (36/32 - 1) + 18.6 x (36/30 - 1) = 4.3594; 0.6 of it is 2.6156; + 23.715 + 0.35.
        let case = Player::new("points")
            .history(&[
                (Name::AverageLast5, 28.0),
                (Name::AverageLast10, 26.0),
                (Name::AverageSeason, 25.0),
                (Name::MinutesSeason, 30.0),
            ])
            .known(&[(Name::HomeAway, 1.0)])
            .minutes(36.0, Some(32.0));
        assert_eq!(case.of(&MovingAverage::fitted()).predicted, Some(26.68));
    }

    #[test]
    fn golden_a_spent_player_in_a_fast_game_by_the_shares_used() {
        // 18.6 - 0.25 - 0.15 + 0.8 x 0.3 x 2 + 0.8 x 0.4 x 1.38 - 0.35 = 18.7716
        let verdict = spent(Player::new("points")).of(&MovingAverage::fitted());
        assert_eq!(verdict.predicted, Some(18.77));
    }

    #[test]
    fn golden_a_spent_player_in_a_fast_game_without_a_star() {
        // 20 - 2.5 + 0.3 x 2 + 0.4 x 1.38 - 1.5 - 0.5 = 16.652
        let verdict = spent(Player::published("points")).of(&MovingAverage::published());
        assert_eq!(verdict.predicted, Some(16.65));
    }

    fn spent(case: Player) -> Player {
        case.history(&[
            (Name::AverageLast5, 20.0),
            (Name::AverageLast10, 20.0),
            (Name::AverageSeason, 20.0),
        ])
        .known(&[
            (Name::FatigueScore, 25.0),
            (Name::PaceScore, 2.0),
            (Name::UsageSpike, 1.38),
            (Name::BackToBack, 1.0),
            (Name::HomeAway, 0.0),
        ])
    }
}
