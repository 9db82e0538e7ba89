//! Similarity balanced: what the player did in past games that resemble the one to come.
//!
//! base = mean over the similar games (at least 5), weighted by their similarity, carried to projected
//! minutes; then 0.015 x (fatigue score - 70), 0.4 x zone mismatch, 0.8 x pace score, 0.8 x usage
//! spike, 0.8 at home and -0.5 away. In points, carried over to other props by their ratio.
//!
//! Confidence: 35; from 15 games 12, 10 games 9, 7 games 6, else -10; mean similarity from 85 12, 75 9,
//! else 6; deviation in those games below 4 points 10, below 6 6, below 8 2, else -5; of 69, the most
//! that can be reached, so that the scale ends at 1. A side is taken from 0.65 on and an edge of 2.
//!
//! Worked example: 8 similar games of 22.5 on average, similarity 80, deviation 5, fatigue score 80, at
//! home: 22.5 + 0.15 + 0.8 = 23.45 as published; confidence (35 + 6 + 9 + 6) / 69 = 0.8116.
//!
//! Similar games are few, so their mean is noisier than the season's: the base is drawn towards the
//! season's average, of each part a share is used ([`super::weights`]), and the base is taken at the
//! prop's level ([`crate::props::Fit`]). As used, with 20 over the season: 0.93 x (20 + 0.1 x 2.5) +
//! 0.1 x 0.15 + 0.1 x 0.8 = 18.93.

use sideline_avro::candidates::Component;

use super::certainty::{probability_over, spread};
use super::recommend::{Thresholds, recommend};
use super::rules::{component, no_value, venue, weighted};
use super::weights::{SIMILARITY, Shares};
use super::{PropInput, System, Verdict, minutes};
use crate::decimals::{FINE, VALUE, round_to};
use crate::features::Name;

/// Its name in keys and views.
pub(super) const ID: &str = "similarity_balanced";
const GAMES_MIN: f64 = 5.0;
/// The most points of confidence that can be reached.
const CONFIDENCE_TOP: f64 = 69.0;
/// A side is taken above these: just below the published bounds, which are taken with them.
const CONFIDENCE: f64 = 0.65 - 1e-9;
const EDGE: f64 = 2.0 - 1e-9;
const FRESHNESS_NEUTRAL: f64 = 70.0;

/// The system.
pub(super) struct Similarity {
    /// How much of the published adjustments it uses.
    used: &'static Shares,
}

impl Similarity {
    pub(super) const fn fitted() -> Self {
        Self { used: &SIMILARITY }
    }

    /// With the published weights.
    #[cfg(test)]
    pub(super) const fn published() -> Self {
        Self {
            used: &super::weights::PUBLISHED,
        }
    }
}

impl System for Similarity {
    fn id(&self) -> &'static str {
        ID
    }

    fn version(&self) -> &'static str {
        "2.0"
    }

    fn evaluate(&self, input: &PropInput<'_>) -> Verdict {
        let games = input.value(Name::SimilarGames).unwrap_or(0.0);
        let alike = input.value(Name::SimilarAverage);
        let Some(alike) = alike.filter(|_| games >= GAMES_MIN) else {
            return no_value(input, "insufficient_similar_games");
        };
        let components = components(input, base(input, alike, self.used), self.used);
        let total: f64 = components.iter().map(|part| part.value).sum();
        let predicted = round_to(total.clamp(0.0, input.prop.predicted_max), VALUE);
        let confidence = confidence(input, games);
        let thresholds = Thresholds {
            edge: EDGE * input.prop.points_ratio,
            confidence: CONFIDENCE,
        };
        let (recommendation, reason) = recommend(predicted, input.line(), confidence, &thresholds);
        let spread = spread(input, predicted, input.value(Name::SimilarDeviation));
        Verdict {
            predicted: Some(predicted),
            confidence,
            spread: Some(spread),
            probability_over: probability_over(predicted, input.line(), spread),
            recommendation,
            reason,
            components,
        }
    }
}

/// What he did in the similar games, drawn towards his season: they are few.
fn base(input: &PropInput<'_>, alike: f64, used: &Shares) -> f64 {
    let season = input.value(Name::AverageSeason).unwrap_or(alike);
    input.prop.fit.level * (season + used.alike * (alike - season))
}

fn components(input: &PropInput<'_>, base: f64, used: &Shares) -> Vec<Component> {
    let ratio = input.prop.points_ratio;
    let fatigue = input
        .value(Name::FatigueScore)
        .filter(|_| input.is_known(Name::FatigueScore))
        .map_or(0.0, |score| (score - FRESHNESS_NEUTRAL) * 0.015);
    let parts = [
        ("base", base),
        ("minutes", used.minutes * minutes::season_share(input, base)),
        ("fatigue", used.fatigue * ratio * fatigue),
        (
            "zones",
            used.zones * ratio * weighted(input, Name::ShotZoneMismatch, 0.4),
        ),
        (
            "pace",
            used.pace * ratio * weighted(input, Name::PaceScore, 0.8),
        ),
        (
            "usage",
            used.usage * ratio * weighted(input, Name::UsageSpike, 0.8),
        ),
        ("venue", used.venue * ratio * venue(input, 0.8, -0.5)),
    ];
    parts.iter().map(component).collect()
}

fn confidence(input: &PropInput<'_>, games: f64) -> f64 {
    let similarity = input.value(Name::Similarity).unwrap_or(0.0);
    let deviation =
        input.value(Name::SimilarDeviation).unwrap_or(f64::MAX) / input.prop.points_ratio;
    let of_games = match games {
        15.0.. => 12.0,
        10.0.. => 9.0,
        7.0.. => 6.0,
        _ => -10.0,
    };
    let of_similarity = match similarity {
        85.0.. => 12.0,
        75.0.. => 9.0,
        _ => 6.0,
    };
    let of_deviation = match deviation {
        ..4.0 => 10.0,
        ..6.0 => 6.0,
        ..8.0 => 2.0,
        _ => -5.0,
    };
    round_to(
        (35.0 + of_games + of_similarity + of_deviation) / CONFIDENCE_TOP,
        FINE,
    )
}

#[cfg(test)]
mod tests {
    use sideline_avro::words::Recommendation;

    use super::super::case::Case;
    use super::*;

    fn player(games: f64) -> Case {
        Case::published("points")
            .history(&[
                (Name::SimilarGames, games),
                (Name::SimilarAverage, 22.5),
                (Name::SimilarDeviation, 5.0),
                (Name::Similarity, 80.0),
            ])
            .known(&[(Name::FatigueScore, 80.0), (Name::HomeAway, 1.0)])
    }

    #[test]
    fn golden_the_worked_example_of_the_module() {
        let verdict = player(8.0).line(21.0).of(&Similarity::published());
        assert_eq!(
            (verdict.predicted, verdict.confidence),
            (Some(23.45), 0.8116)
        );
        assert_eq!(verdict.recommendation, Recommendation::Over);
        // The deviation of those games: (21 - 23.45) / 5 = -0.49, so 0.6879 above the line.
        assert_eq!(
            (verdict.spread, verdict.probability_over),
            (Some(5.0), Some(0.6879))
        );
    }

    #[test]
    fn golden_the_shares_used() {
        let case = Case::new("points")
            .history(&[
                (Name::SimilarGames, 8.0),
                (Name::SimilarAverage, 22.5),
                (Name::AverageSeason, 20.0),
            ])
            .known(&[(Name::FatigueScore, 80.0), (Name::HomeAway, 1.0)]);
        assert_eq!(case.of(&Similarity::fitted()).predicted, Some(18.93));
    }

    #[test]
    fn golden_the_top_of_the_scale_is_one() {
        let steady =
            player(15.0).history(&[(Name::SimilarDeviation, 3.9), (Name::Similarity, 85.0)]);
        assert_eq!(steady.of(&Similarity::published()).confidence, 1.0);
    }

    #[test]
    fn golden_thirty_to_thirty_five_minutes_and_none() {
        let at = |projected: f64| {
            player(8.0)
                .minutes(projected, Some(30.0))
                .of(&Similarity::published())
        };
        // 22.5 x 35/30 + 0.95 = 27.2; half of 22.5 + 0.95 = 12.2
        assert_eq!(at(35.0).predicted, Some(27.2));
        assert_eq!(at(0.0).predicted, Some(12.2));
    }

    #[test]
    fn edge_case_four_similar_games_are_too_few() {
        let verdict = player(4.0).line(20.0).of(&Similarity::published());
        assert_eq!((verdict.predicted, verdict.confidence), (None, 0.0));
        assert_eq!(verdict.reason, "insufficient_similar_games");
    }
}
