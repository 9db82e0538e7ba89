//! What became known, in views that hold nothing from later: a schedule has no result, a player's
//! registration has no team, a stint has no last day.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::league_rows::{GameRow, PlayerRow, TeamRow};
use crate::market_rows::{GameLineRow, LineRow};
use crate::player_rows::{AbsenceRow, BoxScoreRow, InjuryRow};
use crate::words::SeasonType;

/// A fact with the moment from which it was known.
#[derive(Debug, Clone, PartialEq)]
pub struct TimedFact<'season> {
    /// When it was known to the world: microseconds since 1970-01-01 00:00 UTC.
    pub known_at_us: i64,
    /// What was known.
    pub fact: Fact<'season>,
}

/// What became known. The order of the variants is the order of facts of one moment: rosters
/// before games, games before what is said of them, results last.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact<'season> {
    /// A team takes part in the season.
    Team(&'season TeamRow),
    /// A player is registered with the league, without a team.
    PlayerRegistered(PlayerIdentity<'season>),
    /// A player belongs to a team from now on.
    RosterStint(RosterStint<'season>),
    /// A player is known by another name too.
    Alias(Alias<'season>),
    /// A game is in the schedule.
    GameScheduled(GameSchedule<'season>),
    /// A player's status on the injury list changed.
    InjuryMove(&'season InjuryRow),
    /// A player is on the inactive list of a game.
    Absence(&'season AbsenceRow),
    /// A team's starting five, expected or confirmed.
    Lineup(LineupSnapshot<'season>),
    /// A book's spread and total of a game.
    GameLine(&'season GameLineRow),
    /// A book's line on a prop of a player.
    Line(&'season LineRow),
    /// A player's line of a finished game.
    BoxScore(&'season BoxScoreRow),
    /// The result of a game.
    GameFinal(GameResult<'season>),
}

/// Who a player is, whatever his team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayerIdentity<'season> {
    /// The league's id of the player.
    pub player_id: u64,
    /// Name as people write it.
    pub name: &'season str,
    /// The `player_lookup`.
    pub slug: &'season str,
    /// Position; empty when unknown.
    pub position: &'season str,
}

impl<'season> From<&'season PlayerRow> for PlayerIdentity<'season> {
    fn from(row: &'season PlayerRow) -> Self {
        Self {
            player_id: row.player_id,
            name: &row.name,
            slug: &row.slug,
            position: &row.position,
        }
    }
}

/// Another name of a player, and where he plays: news under the name concerns that team too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alias<'season> {
    /// The other name, normalised.
    pub variant: &'season str,
    /// The `player_lookup` it stands for.
    pub slug: &'season str,
    /// Code of his team; none before his first stint.
    pub team: Option<&'season str>,
}

/// The beginning of a player's time with a team. It ends when the next one begins: no source says
/// when he left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RosterStint<'season> {
    /// The player.
    pub player: PlayerIdentity<'season>,
    /// Code of the team.
    pub team: &'season str,
    /// Day of his first game for it.
    pub first_date: Date,
}

/// A game as the schedule knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GameSchedule<'season> {
    /// Ten digits.
    pub game_id: &'season str,
    /// Label of the season.
    pub season: &'season str,
    /// Part of the season.
    pub season_type: SeasonType,
    /// Scheduled start.
    pub tip_off_utc: Timestamp,
    /// False when the start is a guess.
    pub is_tip_off_known: bool,
    /// League day (US Eastern).
    pub game_date: Date,
    /// Code of the home team.
    pub home: &'season str,
    /// Code of the away team.
    pub away: &'season str,
}

impl<'season> From<&'season GameRow> for GameSchedule<'season> {
    fn from(row: &'season GameRow) -> Self {
        Self {
            game_id: &row.game_id,
            season: &row.season,
            season_type: row.season_type,
            tip_off_utc: row.tip_off_utc,
            is_tip_off_known: row.tip_off_known,
            game_date: row.game_date,
            home: &row.home,
            away: &row.away,
        }
    }
}

/// A finished game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GameResult<'season> {
    /// The game.
    pub game: GameSchedule<'season>,
    /// Final points of the home team.
    pub home_points: u16,
    /// Final points of the away team.
    pub away_points: u16,
}

/// A team's starting five, as told at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineupSnapshot<'season> {
    /// Ten digits.
    pub game_id: &'season str,
    /// Code of the team.
    pub team: &'season str,
    /// True when the team said so, false when a reporter expects it.
    pub is_confirmed: bool,
    /// The starters' `player_lookup`s, in order of their place.
    pub starters: Vec<&'season str>,
}
