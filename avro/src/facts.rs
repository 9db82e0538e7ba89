//! Facts that phase 2 accepted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::context::TeamForm;
use crate::time::{LeagueDay, Timestamp};
use crate::words::{GameStatus, InjuryStatus, LineupState, SeasonType};

/// One player's line of a finished game.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxScore {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// League day of the game.
    pub game_date: LeagueDay,
    /// His team.
    pub team: String,
    /// The other team.
    pub opponent: String,
    /// True at home.
    pub is_home: bool,
    /// Minutes played.
    pub minutes: f64,
    /// Field goals made.
    pub fgm: i32,
    /// Field goals attempted.
    pub fga: i32,
    /// Three-pointers made.
    pub fg3m: i32,
    /// Three-pointers attempted.
    pub fg3a: i32,
    /// Free throws made.
    pub ftm: i32,
    /// Free throws attempted.
    pub fta: i32,
    /// Offensive rebounds.
    pub oreb: i32,
    /// Defensive rebounds.
    pub dreb: i32,
    /// Rebounds.
    pub reb: i32,
    /// Assists.
    pub ast: i32,
    /// Steals.
    pub stl: i32,
    /// Blocks.
    pub blk: i32,
    /// Turnovers.
    pub tov: i32,
    /// Personal fouls.
    pub pf: i32,
    /// Points.
    pub pts: i32,
    /// Team's margin while he was on the floor.
    pub plus_minus: Option<i32>,
    /// True when he started.
    pub started: Option<bool>,
    /// True when he did not play.
    pub did_not_play: bool,
}

/// One book's line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// The prop.
    pub prop: String,
    /// The book.
    pub book: String,
    /// The line; null when withdrawn.
    pub line: Option<f64>,
    /// American odds for the over.
    pub over_price: Option<i32>,
    /// American odds for the under.
    pub under_price: Option<i32>,
}

/// From where one player shot in one game.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShotZones {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// League day of the game.
    pub game_date: LeagueDay,
    /// His team in this game.
    pub team: String,
    /// The other team: the one that defended.
    pub opponent: String,
    /// Field goals attempted in the paint.
    pub paint_attempts: i32,
    /// Those made.
    pub paint_made: i32,
    /// Two-pointers attempted outside the paint.
    pub mid_range_attempts: i32,
    /// Those made.
    pub mid_range_made: i32,
    /// Three-pointers attempted.
    pub three_attempts: i32,
    /// Those made.
    pub three_made: i32,
    /// Made field goals, of all zones, that a teammate's pass led to; null when the source does not
    /// tell.
    pub assisted: Option<i32>,
}

/// Referees of a game.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Referees {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// Their names, the crew chief first.
    pub names: Vec<String>,
}

/// An accepted fact that goes to a player directly: his box score line, a line on him, his shots by
/// zone, or a forced update. Key: `<fact>|<source>`. Exactly one of the bodies is set, none when the
/// fact was taken back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlayerFact {
    /// What caused this record.
    pub cause: Cause,
    /// Highest ingress offset contained, per `topic/partition`. Joined by maximum on the way.
    pub view: BTreeMap<String, i64>,
    /// The player.
    pub player_lookup: String,
    /// Key of the fact.
    pub fact: String,
    /// Who stated it.
    pub source: String,
    /// When it was known.
    pub known_at: Timestamp,
    /// When it was appended.
    pub ingested_at: Timestamp,
    /// True when the source took it back.
    pub is_retracted: bool,
    /// A box score line.
    pub box_score: Option<BoxScore>,
    /// A line.
    pub line: Option<Line>,
    /// True for a forced update.
    pub is_forced: bool,
    /// His shots by zone in one game.
    pub shot_zones: Option<ShotZones>,
}

/// A player's team from known_at on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RosterMove {
    /// The player.
    pub player_lookup: String,
    /// His name.
    pub player_name: String,
    /// His team; null without one.
    pub team: Option<String>,
    /// Position.
    pub position: Option<String>,
}

/// A player's status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Injury {
    /// The player.
    pub player_lookup: String,
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: Option<String>,
    /// First league day for which it holds.
    pub effective_date: LeagueDay,
    /// The status.
    pub status: InjuryStatus,
    /// Reason.
    pub reason: Option<String>,
}

/// Starters of one team.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lineup {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// The team.
    pub team: String,
    /// player_lookups.
    pub starters: Vec<String>,
    /// Projected or confirmed.
    pub state: LineupState,
}

/// A game of the team.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Game {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// Season label.
    pub season: String,
    /// Part of the season.
    pub season_type: SeasonType,
    /// Start, UTC.
    pub tip_off: Timestamp,
    /// League day.
    pub game_date: LeagueDay,
    /// Home team.
    pub home: String,
    /// Away team.
    pub away: String,
    /// State.
    pub status: GameStatus,
    /// Final points, home.
    pub home_points: Option<i32>,
    /// Final points, away.
    pub away_points: Option<i32>,
}

/// Spread and total.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GameLine {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// The book.
    pub book: String,
    /// Spread of the home side.
    pub spread_home: Option<f64>,
    /// Total points.
    pub total: Option<f64>,
}

/// Line of one of the team's players in a finished game, as far as his team needs it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Played {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// The player.
    pub player_lookup: String,
    /// League day.
    pub game_date: LeagueDay,
    /// Minutes.
    pub minutes: f64,
    /// True when he started.
    pub started: Option<bool>,
    /// True when he did not play.
    pub did_not_play: bool,
    /// His team in this game.
    pub team: String,
    /// Points.
    pub pts: i32,
    /// Field goals attempted.
    pub fga: i32,
    /// Free throws attempted.
    pub fta: i32,
    /// Offensive rebounds.
    pub oreb: i32,
    /// Turnovers.
    pub tov: i32,
}

/// Sums over one team's box score lines of a game.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SideTotals {
    /// Minutes of its players together: 240 in regulation.
    pub minutes: f64,
    /// Points.
    pub points: i32,
    /// FGA + 0.44 FTA + TOV - OREB.
    pub possessions: f64,
}

/// Both teams' sums of one game, as known from one moment on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GameTotals {
    /// From when on they were known.
    pub known_at: Timestamp,
    /// The team that is told.
    pub own: SideTotals,
    /// The other team.
    pub opponent: SideTotals,
}

/// What an opponent's ended games say of it before one game with the team that is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OpponentProfile {
    /// The game the two will play.
    pub game_id: String,
    /// The opponent before its tip-off; none when it is no longer one of the opponent's next
    /// games.
    pub form: Option<TeamForm>,
}

/// An accepted fact that goes to a team: roster, injury status, lineup, game, game line, referees,
/// the line or the shots by zone of a player in a finished game, or what an opponent's games say of
/// it. Key: `<team>/<fact>|<source>`. At most one body is set, none when the fact was taken back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TeamFact {
    /// What caused this record.
    pub cause: Cause,
    /// Highest ingress offset contained, per `topic/partition`. Joined by maximum on the way.
    pub view: BTreeMap<String, i64>,
    /// The team that is told.
    pub team: String,
    /// Key of the fact.
    pub fact: String,
    /// Who stated it.
    pub source: String,
    /// When it was known.
    pub known_at: Timestamp,
    /// When it was appended.
    pub ingested_at: Timestamp,
    /// True when the source took it back.
    pub is_retracted: bool,
    /// A roster move.
    pub roster: Option<RosterMove>,
    /// An injury status.
    pub injury: Option<Injury>,
    /// A lineup.
    pub lineup: Option<Lineup>,
    /// A game.
    pub game: Option<Game>,
    /// A game line.
    pub game_line: Option<GameLine>,
    /// Line of one of its players in a finished game.
    pub played: Option<Played>,
    /// True when it is told for completeness: nobody waits for what becomes of it.
    pub is_briefing: bool,
    /// The opponent whose profile it is; empty for a fact of the team's own.
    pub told_by: String,
    /// Sums of the ended game the fact is about, oldest first.
    pub totals: Vec<GameTotals>,
    /// Profiles of one opponent.
    pub profiles: Vec<OpponentProfile>,
    /// Of an alias, the player it stands for.
    pub alias_of: Option<String>,
    /// Shots by zone that one player took against the team in a finished game.
    pub shot_zones: Option<ShotZones>,
    /// The referees of a game.
    pub referees: Option<Referees>,
}
