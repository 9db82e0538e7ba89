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
    /// Who told him: his team, or `<team>:<opponent>` when his team was told by its opponent.
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
    /// The team, before tip-off.
    pub team_form: TeamForm,
    /// The other team, before tip-off; none while it has not told.
    pub opponent_form: Option<TeamForm>,
    /// Possessions per 48 minutes: mean over the teams that this one has met, and itself; none
    /// below 5 of them.
    pub league_pace: Option<f64>,
    /// Spread of the player's side, median over books; negative for the favourite.
    pub spread: Option<f64>,
    /// Total points, median over books.
    pub total: Option<f64>,
    /// Star teammates who are OUT or DOUBTFUL.
    pub star_teammates_out: i32,
    /// Share of the team's possessions he is expected to take over from teammates who are out, 0
    /// to 1.
    pub usage_gained: f64,
    /// Share of the team's possessions he used while on the floor, 0 to 1: mean of his last 10
    /// games with the team.
    pub usage_last_10: Option<f64>,
    /// His minutes as starter or off the bench, whichever a lineup says; none without a lineup.
    pub role_minutes: Option<f64>,
    /// True when who started in past games was told from the minutes.
    pub role_is_inferred: bool,
    /// His position, as the roster has it.
    pub position: Option<String>,
    /// Share of the team's last 10 ended games of the season, of those since he joined it, that he did
    /// not play, 0 to 1; none without such a game.
    pub dnp_rate: Option<f64>,
    /// Share of the team's last 10 ended games of the season that ended 15 or more points apart, 0 to
    /// 1; none without such a game.
    pub blowout_share: Option<f64>,
    /// Share of shots made per zone: mean of what the teams that his team has met had allowed; none
    /// below 5 of them.
    pub league_zones: Option<ByZone>,
    /// The game's referees, the crew chief first; empty while nobody has named them.
    pub referees: Vec<String>,
}

/// What a team's ended games say of it, before one moment. None is unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TeamForm {
    /// Ended games of the season with box scores.
    pub games: i32,
    /// Possessions per 48 minutes, mean of the last 10 games.
    pub pace_last_10: Option<f64>,
    /// The same of the last 15.
    pub pace_last_15: Option<f64>,
    /// Points scored per 100 possessions, mean of the last 10 games.
    pub off_rating_last_10: Option<f64>,
    /// Points allowed per 100 possessions of the opponents, mean of the last 10 games.
    pub def_rating_last_10: Option<f64>,
    /// The same of the last 15.
    pub def_rating_last_15: Option<f64>,
    /// Share of ended games won this season, 0 to 1; none before 5 games.
    pub win_pct: Option<f64>,
    /// Whole days since the team's last game minus one: 0 is a back-to-back; none before its
    /// first.
    pub days_rest: Option<i32>,
    /// Share of shots made per zone that its opponents had, over the last 15 games whose shots by
    /// zone are known.
    pub zones_allowed: Option<ByZone>,
}

/// One share per zone of the floor, each 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ByZone {
    /// In the paint.
    pub paint: f64,
    /// From two-point range outside the paint.
    pub mid_range: f64,
    /// From three-point range.
    pub three: f64,
}

/// Whom one step of an update reaches; from these sets the completion is computed. Key:
/// `<correlation_id>/<origin>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Touch {
    /// What caused this record.
    pub cause: Cause,
    /// Who says so: raw, `results/<code>`, or `team/<code>`.
    pub origin: String,
    /// What must report: `results/<code>`, `team/<code>`, `team/<code>:<opponent>`, or
    /// `player/<player_lookup>/<path>`.
    pub targets: Vec<String>,
    /// Reason of the dead letter when the event was refused.
    pub failed_reason: Option<String>,
    /// True when the event said nothing new.
    pub is_unchanged: bool,
}
