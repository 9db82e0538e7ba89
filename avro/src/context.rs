//! What a team tells its players, and whom a step reaches.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::time::{LeagueDay, Timestamp};
use crate::words::{InjuryStatus, SeasonType};

/// What a team tells one of its players about one of its games. Key: `<player_lookup>/<game_id>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlayerContext {
    /// What caused this record.
    pub cause: Cause,
    /// Highest ingress offset contained, per `topic/partition`. Joined by maximum on the way.
    pub view: BTreeMap<String, i64>,
    /// The team that tells it.
    pub path: String,
    /// The player.
    pub player_lookup: String,
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// League day.
    pub game_date: LeagueDay,
    /// Part of the season.
    pub season_type: SeasonType,
    /// Present tip-off, UTC.
    pub tip_off: Timestamp,
    /// The team.
    pub team: String,
    /// The other team.
    pub opponent: String,
    /// True at home.
    pub is_home: bool,
    /// False when the game was cancelled or postponed, or the player has left the team: no
    /// prediction is made.
    pub is_playing: bool,
    /// Why not: game_postponed, game_cancelled or left_team.
    pub not_playing_reason: Option<String>,
    /// The player's injury status for the game, AVAILABLE when nothing is known.
    pub status: InjuryStatus,
    /// Reason of the status.
    pub status_reason: Option<String>,
    /// player_lookups of teammates who are out, sorted.
    pub teammates_out: Vec<String>,
    /// Minutes he is expected to take over from teammates who are out, 0 or more.
    pub minutes_gained: f64,
    /// True when the newest lineup names him, false when it names five others, null without a
    /// lineup.
    pub is_starter: Option<bool>,
    /// Newest known_at contained.
    pub as_of: Timestamp,
    /// Newest ingested_at contained.
    pub ingested_at: Timestamp,
}

/// Whom one step of an update reaches; from these sets the completion is computed. Key:
/// `<correlation_id>/<origin>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Touch {
    /// What caused this record.
    pub cause: Cause,
    /// Who says so: raw, or `team/<code>`.
    pub origin: String,
    /// What must report: `team/<code>`, or `player/<player_lookup>/<path>`.
    pub targets: Vec<String>,
    /// Reason of the dead letter when the event was refused.
    pub failed_reason: Option<String>,
    /// True when the event said nothing new.
    pub is_unchanged: bool,
}
