//! Versions, and what became of each change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::candidates::Candidate;
use crate::cause::Cause;
use crate::time::{LeagueDay, Timestamp};
use crate::words::{InjuryStatus, Recommendation};

/// Which way a version was made.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum PredictionPath {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `live`
    #[serde(rename = "live")]
    Live,
    /// `batch`
    #[serde(rename = "batch")]
    Batch,
    /// `backtest`
    #[serde(rename = "backtest")]
    Backtest,
    /// `rollback`
    #[serde(rename = "rollback")]
    Rollback,
    /// `promote`
    #[serde(rename = "promote")]
    Promote,
}

/// What the superseded version said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PreviousVersion {
    /// Its value.
    pub predicted: Option<f64>,
    /// Its line.
    pub line: Option<f64>,
    /// Its recommendation.
    pub recommendation: Recommendation,
}

/// One version of one prediction. Key: `<player_lookup>/<game_id>/<prop>/<system_id>`. Versions of
/// a key are 1, 2, 3 and so on without gap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Stable hash of key and version, 32 hex digits.
    pub prediction_id: String,
    /// The league, for example nba.
    pub league: String,
    /// The player.
    pub player_lookup: String,
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// League day.
    pub game_date: LeagueDay,
    /// Tip-off at the time of the version.
    pub tip_off: Timestamp,
    /// His team.
    pub team: String,
    /// The other team.
    pub opponent: String,
    /// True at home.
    pub is_home: bool,
    /// 1 for the first.
    pub version: i64,
    /// The version this one replaces; null for the first.
    pub supersedes_version: Option<i64>,
    /// Newest batch whose values hold the superseded version.
    pub supersedes_batch_id: Option<String>,
    /// Batch that made this version; null for live ones.
    pub batch_id: Option<String>,
    /// Run that made it, for shadows and backtests; null for live ones.
    pub run_id: Option<String>,
    /// Which way it was made.
    pub origin: PredictionPath,
    /// Build of the program that made it.
    pub build: String,
    /// What caused this record.
    pub cause: Cause,
    /// Highest ingress offset contained, per `topic/partition`. Joined by maximum on the way.
    pub view: BTreeMap<String, i64>,
    /// known_at of the cause.
    pub effective_at: Timestamp,
    /// Newest known_at used.
    pub as_of: Timestamp,
    /// Injury status for the game.
    pub status: InjuryStatus,
    /// Teammates who were out.
    pub teammates_out: Vec<String>,
    /// What the system says.
    pub candidate: Candidate,
    /// What the superseded version said; null for the first.
    pub previous: Option<PreviousVersion>,
    /// Hash of what the version says, 32 hex digits; equal content makes no new version.
    pub content_hash: String,
}

/// What became of it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum OutcomeKind {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `changed`
    #[serde(rename = "changed")]
    Changed,
    /// `unchanged`
    #[serde(rename = "unchanged")]
    Unchanged,
    /// `held`
    #[serde(rename = "held")]
    Held,
    /// `blocked`
    #[serde(rename = "blocked")]
    Blocked,
    /// `too_late`
    #[serde(rename = "too_late")]
    TooLate,
    /// `skipped`
    #[serde(rename = "skipped")]
    Skipped,
    /// `failed`
    #[serde(rename = "failed")]
    Failed,
}

/// One candidate's outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutcomeItem {
    /// The prop; empty when the player was skipped as a whole.
    pub prop: String,
    /// The system; may be empty.
    pub system_id: String,
    /// What became of it.
    pub kind: OutcomeKind,
    /// Why.
    pub reason: Option<String>,
    /// The new version, or the last one.
    pub version: Option<i64>,
}

/// What became of one change for one player in one game, in the ledger. Key:
/// `<correlation_id>/<player_lookup>/<path>/<game_id>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What caused this record.
    pub cause: Cause,
    /// The player.
    pub player_lookup: String,
    /// How the change reached him.
    pub path: String,
    /// Number of outcomes that this player and path owe.
    pub parts: i32,
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061. Empty when there was
    /// no game.
    pub game_id: String,
    /// League day; null when there was no game.
    pub game_date: Option<LeagueDay>,
    /// Candidates judged, or 1 when the player was skipped as a whole.
    pub expected: i32,
    /// New versions.
    pub changed: i32,
    /// Equal to the last version.
    pub unchanged: i32,
    /// Only a line moved, not past the threshold.
    pub held: i32,
    /// Held back by the rollout.
    pub blocked: i32,
    /// Came at or after tip-off.
    pub too_late: i32,
    /// Not predicted, see items.
    pub skipped: i32,
    /// Failed, see items.
    pub failed: i32,
    /// One entry per candidate.
    pub items: Vec<OutcomeItem>,
}
