//! Versions as they are kept until their game is over: what a grade needs, and no more.

use serde::{Deserialize, Serialize};
use sideline_avro::predictions::Prediction;
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_avro::words::{InjuryStatus, Recommendation};

use crate::ledger;

/// Versions kept per player, game and prop, all systems together: forty systems with fifty changes
/// each. Beyond it the oldest are forgotten, whichever came first; no last version is among them.
const VERSIONS_PER_PROP_MAX: usize = 2_000;

/// One version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) system_id: String,
    pub(super) system_version: String,
    pub(super) version: i64,
    pub(super) effective_at: Timestamp,
    pub(super) status: InjuryStatus,
    pub(super) predicted: Option<f64>,
    pub(super) line: Option<f64>,
    pub(super) recommendation: Recommendation,
    pub(super) confidence: f64,
    pub(super) spread: Option<f64>,
    pub(super) probability_over: Option<f64>,
    /// True for a version that took the prediction back.
    pub(super) is_withdrawn: bool,
}

/// A player's game, as a version has it. Ordered by the moment at which it was known, then by what
/// it says, so that of two the same one always counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Matchup {
    effective_at: Timestamp,
    pub(super) tip_off: Timestamp,
    pub(super) game_date: LeagueDay,
    pub(super) team: String,
    pub(super) opponent: String,
    pub(super) is_home: bool,
}

impl Kept {
    pub(super) fn of(prediction: &Prediction) -> Self {
        let candidate = &prediction.candidate;
        let reason = candidate.recommendation_reason.as_str();
        Self {
            system_id: candidate.system_id.clone(),
            system_version: candidate.system_version.clone(),
            version: prediction.version,
            effective_at: prediction.effective_at,
            status: prediction.status,
            predicted: candidate.predicted,
            line: candidate.line,
            recommendation: candidate.recommendation,
            confidence: candidate.confidence,
            spread: candidate.spread,
            probability_over: candidate.probability_over,
            is_withdrawn: candidate.predicted.is_none() && ledger::WITHDRAWING.contains(&reason),
        }
    }
}

impl Matchup {
    pub(super) fn of(prediction: &Prediction) -> Self {
        Self {
            effective_at: prediction.effective_at,
            tip_off: prediction.tip_off,
            game_date: prediction.game_date,
            team: prediction.team.clone(),
            opponent: prediction.opponent.clone(),
            is_home: prediction.is_home,
        }
    }

    /// True when both have the game alike, whenever they were said.
    pub(super) fn is_same_game(&self, other: &Self) -> bool {
        let effective_at = self.effective_at;
        *self
            == Self {
                effective_at,
                ..other.clone()
            }
    }
}

/// Puts a version in its place: by system, then version.
pub(super) fn insert(kept: &mut Vec<Kept>, new: Kept) {
    let found = kept.binary_search_by(|known| {
        (known.system_id.as_str(), known.version).cmp(&(new.system_id.as_str(), new.version))
    });
    match found {
        Ok(place) => kept[place] = new,
        Err(place) => kept.insert(place, new),
    }
    if kept.len() > VERSIONS_PER_PROP_MAX {
        let oldest = kept.iter().enumerate().min_by(|(_, one), (_, other)| {
            (one.effective_at, one.version).cmp(&(other.effective_at, other.version))
        });
        if let Some((place, _)) = oldest {
            kept.remove(place);
        }
    }
}
