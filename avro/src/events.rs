//! Ingress events: what producers publish.

use serde::{Deserialize, Serialize};

use crate::cause::{EventKind, TriggerSource};
use crate::time::{LeagueDay, Timestamp};
use crate::words::{GameStatus, InjuryStatus, LineupState, SeasonType};

/// A player's status for a game, or from a date on. Without a game it holds until the same source's
/// next. Key: `injury/<player_lookup>/<game_id` or effective_date>|`<source>|<known_at` micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InjuryStatusEvent {
    /// Player as player_lookup (lower-case ASCII letters and digits, suffix kept: jarenjacksonjr)
    /// or as a full name, which the pipeline normalises.
    pub player: String,
    /// Three-letter team code, for information only: the roster decides.
    pub team: Option<String>,
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061. Null when the status
    /// is not bound to one game.
    pub game_id: Option<String>,
    /// First league day (US Eastern) for which the status holds.
    pub effective_date: LeagueDay,
    /// The status.
    pub status: InjuryStatus,
    /// Reason as the source gives it.
    pub reason: Option<String>,
    /// Finer word of the source, for example DTD or OUT_FOR_SEASON.
    pub designation: Option<String>,
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}

/// The five starters of one team in one game. Key: `lineup/<game_id>/<team>|<source>|<known_at`
/// micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineupEvent {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// Three-letter team code.
    pub team: String,
    /// The five starters, each as in InjuryStatusEvent.player.
    pub starters: Vec<String>,
    /// Projected or confirmed.
    pub state: LineupState,
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}

/// One book's line on one prop of a player in a game. Key:
/// `line/<game_id>/<player_lookup>/<prop>/<book>|<source>|<known_at` micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineEvent {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// Player as player_lookup (lower-case ASCII letters and digits, suffix kept: jarenjacksonjr)
    /// or as a full name, which the pipeline normalises.
    pub player: String,
    /// points, rebounds, assists, threes, steals, blocks, turnovers, points_rebounds_assists,
    /// points_rebounds, points_assists or rebounds_assists.
    pub prop: String,
    /// Bookmaker, lower case, for example draftkings.
    pub book: String,
    /// The line, 0 or more, in units of the prop. Null: the book has withdrawn it.
    pub line: Option<f64>,
    /// American odds for the over, for example -115.
    pub over_price: Option<i32>,
    /// American odds for the under.
    pub under_price: Option<i32>,
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}

/// One book's spread and total of a game. Key: `game-line/<game_id>/<book>|<source>|<known_at`
/// micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GameLineEvent {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// Three-letter code of the home team: sets the partition.
    pub home: String,
    /// Bookmaker, lower case.
    pub book: String,
    /// Points given to the home side; negative when it is the favourite.
    pub spread_home: Option<f64>,
    /// Total points of both teams.
    pub total: Option<f64>,
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}

/// One player's line of a finished game's box score. Key: `box-
/// score/<game_id>/<player_lookup>|<source>|<known_at` micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxScoreEvent {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// League day of the game (US Eastern).
    pub game_date: LeagueDay,
    /// Player as player_lookup (lower-case ASCII letters and digits, suffix kept: jarenjacksonjr)
    /// or as a full name, which the pipeline normalises.
    pub player: String,
    /// Three-letter code of the team he played for.
    pub team: String,
    /// Three-letter code of the other team.
    pub opponent: String,
    /// True when his team played at home.
    pub is_home: bool,
    /// Minutes played, decimal, 0 to 65.
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
    /// True when he started; null when unknown.
    pub started: Option<bool>,
    /// True when he was listed and did not play; such a row is never a 0-point game.
    pub did_not_play: bool,
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}

/// A game as the schedule, or its result. A later event with another tip-off moves it. Key:
/// `game/<game_id>|<source>|<known_at` micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GameEvent {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// Season label, for example 2024-25.
    pub season: String,
    /// Part of the season.
    pub season_type: SeasonType,
    /// Scheduled start, UTC.
    pub tip_off: Timestamp,
    /// True when the start time is a guess.
    pub is_tip_off_estimated: bool,
    /// League day (US Eastern).
    pub game_date: LeagueDay,
    /// Three-letter code of the home team.
    pub home: String,
    /// Three-letter code of the away team.
    pub away: String,
    /// State of the game.
    pub status: GameStatus,
    /// Final points of the home team.
    pub home_points: Option<i32>,
    /// Final points of the away team.
    pub away_points: Option<i32>,
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}

/// A player's registration with the league, or his team from a moment on. Key:
/// `roster/<player_lookup>|<source>|<known_at` micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RosterEvent {
    /// Player as player_lookup (lower-case ASCII letters and digits, suffix kept: jarenjacksonjr)
    /// or as a full name, which the pipeline normalises. For a registration this is what all later
    /// names are resolved to.
    pub player: String,
    /// Name as people write it.
    pub player_name: String,
    /// The league's id of the player.
    pub player_id: Option<String>,
    /// Three-letter code of the team he belongs to from known_at on. Null: registered, without a
    /// team.
    pub team: Option<String>,
    /// Position, for example G, F or C.
    pub position: Option<String>,
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}

/// Asks for a new prediction of a player though no fact changed. Key:
/// `trigger/<player_lookup>/<correlation_id>|<source>|<known_at` micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlayerUpdateTriggerEvent {
    /// Player as player_lookup (lower-case ASCII letters and digits, suffix kept: jarenjacksonjr)
    /// or as a full name, which the pipeline normalises.
    pub player: String,
    /// Why, for the record.
    pub reason: Option<String>,
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}

/// Another name of a player, as some source spells it. Key: `alias/<lookup of the
/// alias>|<source>|<known_at` micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AliasEvent {
    /// The name as the source spells it, or its normalised form.
    pub alias: String,
    /// The registered player it stands for, as in InjuryStatusEvent.player.
    pub player: String,
    /// Three-letter code of his team: statuses under the alias go to it. Send the alias again
    /// after a trade.
    pub team: Option<String>,
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}

/// From where on the floor one player shot in one game. Key:
/// `shot-zones/<game_id>/<player_lookup>|<source>|<known_at` micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShotZonesEvent {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// League day of the game (US Eastern).
    pub game_date: LeagueDay,
    /// Player as player_lookup (lower-case ASCII letters and digits, suffix kept: jarenjacksonjr)
    /// or as a full name, which the pipeline normalises.
    pub player: String,
    /// Three-letter code of the team he played for.
    pub team: String,
    /// Three-letter code of the other team.
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
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}

/// The referees of one game. Key: `referees/<game_id>|<source>|<known_at` micros>.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RefereesEvent {
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// Three-letter code of the home team: sets the partition.
    pub home: String,
    /// Their names as people write them, the crew chief first: 1 to 4, each once.
    pub referees: Vec<String>,
    /// Who states the fact, lower case, for example nba_com, rotowire, manual. Part of the record's
    /// key. Between sources the catalogue's priority decides.
    pub source: String,
    /// When the fact was known to the world, UTC. Part of the record's key, and the Kafka record
    /// timestamp. May lead ingested_at by 300 s at most.
    pub known_at: Timestamp,
    /// When the event was appended to the log, by the appender's clock, UTC. Equal to known_at for
    /// loaded seasons. Never rewritten.
    pub ingested_at: Timestamp,
    /// The producer's id for the change; outcomes and the completion envelope carry it. Null:
    /// derived from the record's key.
    pub correlation_id: Option<String>,
    /// assert states the fact, retract takes back what this source said of it.
    pub kind: EventKind,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it, for events made by a person.
    pub trigger_user: Option<String>,
    /// True for facts of an invented league.
    pub is_simulated: bool,
}
