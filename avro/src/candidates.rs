//! What the systems say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::form::Matchup;
use crate::time::Timestamp;
use crate::words::Recommendation;

/// One part of a prediction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Its name, for example base or rest.
    pub name: String,
    /// Its share, in units of the prop.
    pub value: f64,
}

/// What one system says of one prop.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The prop.
    pub prop: String,
    /// The system.
    pub system_id: String,
    /// Its version.
    pub system_version: String,
    /// Its model, for systems with one.
    pub model_version: Option<String>,
    /// Predicted value, rounded to 2 decimals; null when the player is out or the system cannot
    /// say.
    pub predicted: Option<f64>,
    /// Minutes the prediction stands on.
    pub projected_minutes: f64,
    /// Consensus line; null without one.
    pub line: Option<f64>,
    /// Time of the newest quote.
    pub line_as_of: Option<Timestamp>,
    /// predicted - line.
    pub edge: Option<f64>,
    /// 0 to 1.
    pub confidence: f64,
    /// What it says about the line.
    pub recommendation: Recommendation,
    /// Why: edge, small_edge, low_confidence, no_line, player_out, no_value.
    pub recommendation_reason: String,
    /// The parts that add up to the value before rounding and clamping.
    pub components: Vec<Component>,
    /// 0 to 100: quality of the features.
    pub quality: f64,
    /// Version of the feature registry.
    pub feature_version: String,
    /// Standard deviation of what may come, in units of the prop: how sure the value is.
    pub spread: Option<f64>,
    /// Probability that the player ends above the line, 0 to 1; none without a line.
    pub probability_over: Option<f64>,
}

/// What all systems say of one player in one game after one change. Key:
/// `<player_lookup>/<game_id>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CandidateSet {
    /// What caused this record.
    pub cause: Cause,
    /// Highest ingress offset contained, per `topic/partition`. Joined by maximum on the way.
    pub view: BTreeMap<String, i64>,
    /// Player and game.
    pub matchup: Matchup,
    /// One entry per prop and system.
    pub candidates: Vec<Candidate>,
}
