//! What a version says, as hashes: equal content makes no new version.

use serde::Serialize;
use sideline_avro::candidates::{Candidate, CandidateSet, Component};
use sideline_avro::time::LeagueDay;
use sideline_avro::words::{InjuryStatus, Recommendation};

use crate::fingerprint::{self, Fingerprint};

/// The two hashes of a candidate.
pub(super) struct Content {
    /// All it says. Cause, view and times are no part of it.
    pub(super) full: Fingerprint,
    /// Without the line and what follows from it: equal when only the line has moved.
    pub(super) bare: Fingerprint,
}

/// What does not depend on the line.
#[derive(Serialize)]
struct Bare<'c> {
    team: &'c str,
    opponent: &'c str,
    is_home: bool,
    game_date: LeagueDay,
    status: InjuryStatus,
    teammates_out: &'c [String],
    system_version: &'c str,
    model_version: Option<&'c str>,
    feature_version: &'c str,
    predicted: Option<f64>,
    projected_minutes: f64,
    confidence: f64,
    spread: Option<f64>,
    components: &'c [Component],
}

/// What does.
#[derive(Serialize)]
struct FromLine<'c> {
    line: Option<f64>,
    edge: Option<f64>,
    probability_over: Option<f64>,
    recommendation: Recommendation,
    recommendation_reason: &'c str,
    quality: f64,
}

impl Content {
    pub(super) fn of(set: &CandidateSet, candidate: &Candidate) -> Self {
        let matchup = &set.matchup;
        let bare = Bare {
            team: &matchup.team,
            opponent: &matchup.opponent,
            is_home: matchup.is_home,
            game_date: matchup.game_date,
            status: matchup.status,
            teammates_out: &matchup.teammates_out,
            system_version: &candidate.system_version,
            model_version: candidate.model_version.as_deref(),
            feature_version: &candidate.feature_version,
            predicted: candidate.predicted,
            projected_minutes: candidate.projected_minutes,
            confidence: candidate.confidence,
            spread: candidate.spread,
            components: &candidate.components,
        };
        let from_line = FromLine {
            line: candidate.line,
            edge: candidate.edge,
            probability_over: candidate.probability_over,
            recommendation: candidate.recommendation,
            recommendation_reason: &candidate.recommendation_reason,
            quality: candidate.quality,
        };
        Self {
            full: fingerprint::of(&(&bare, &from_line)),
            bare: fingerprint::of(&bare),
        }
    }
}
