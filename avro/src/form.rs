//! A player's form and market before one game.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::context::{ByZone, TeamForm};
use crate::time::{LeagueDay, Timestamp};
use crate::words::{InjuryStatus, SeasonType};

/// Which player in which game a record is about, and what must travel with it to the ledger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Matchup {
    /// The player.
    pub player_lookup: String,
    /// How the change reached him: direct, or the team's code.
    pub path: String,
    /// Number of records that carry this change to this player by this path: one per game touched,
    /// at least 1.
    pub parts: i32,
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061. Empty when there is
    /// no game to predict.
    pub game_id: String,
    /// Why no prediction is made: no_next_game, not_eligible, game_postponed, game_cancelled,
    /// left_team.
    pub skip_reason: Option<String>,
    /// League day; 1970-01-01 when there is no game.
    pub game_date: LeagueDay,
    /// Part of the season.
    pub season_type: SeasonType,
    /// Present tip-off.
    pub tip_off: Timestamp,
    /// His team, may be empty.
    pub team: String,
    /// The other team, may be empty.
    pub opponent: String,
    /// True at home.
    pub is_home: bool,
    /// Newest known_at used.
    pub as_of: Timestamp,
    /// True when the newest event used was appended at or after tip-off: no version is made.
    pub is_too_late: bool,
    /// Injury status for the game.
    pub status: InjuryStatus,
    /// Reason of the status.
    pub status_reason: Option<String>,
    /// Teammates who are out.
    pub teammates_out: Vec<String>,
    /// From the newest lineup.
    pub is_starter: Option<bool>,
}

/// One stat's averages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatForm {
    /// The prop.
    pub prop: String,
    /// Mean of the last 5 games.
    pub average_last_5: Option<f64>,
    /// Mean of the last 10.
    pub average_last_10: Option<f64>,
    /// Mean of the season.
    pub average_season: Option<f64>,
    /// Sample standard deviation of the last 10, from 2 games on.
    pub std_last_10: Option<f64>,
    /// Sum of the stat over sum of minutes, last 10.
    pub per_minute_last_10: Option<f64>,
    /// Mean of the last 3 games.
    pub average_last_3: Option<f64>,
    /// Mean of the last 2 games minus mean of the 3 before; from 5 games on.
    pub recent_trend: Option<f64>,
    /// Slope of a straight line through the last 10 games, per game; from 5 games on.
    pub slope_last_10: Option<f64>,
    /// Mean against this opponent in the year before.
    pub average_vs_opponent: Option<f64>,
    /// Past games that resemble this one.
    pub similar_games: i32,
    /// Their mean, weighted by similarity.
    pub similar_average: Option<f64>,
    /// Their standard deviation.
    pub similar_deviation: Option<f64>,
    /// Their mean similarity, 70 to 100.
    pub similarity: Option<f64>,
    /// Slope of a straight line through the last 7 games, per game; from 5 games on.
    pub slope_last_7: Option<f64>,
    /// Last games of the season in a row below the season's average; null before its first game.
    pub games_below_average: Option<i32>,
    /// Last games in a row over tonight's line, a push neither counted nor the end; null without a
    /// line or a game.
    pub over_streak: Option<i32>,
    /// The same under it.
    pub under_streak: Option<i32>,
    /// Closing consensus of the prop in his game before; null when it had none.
    pub previous_line: Option<f64>,
    /// Share over their own closing lines of the last 10 games that had one, pushes left out, 0 to 1.
    pub over_share_last_10: Option<f64>,
    /// Mean of stat minus closing line, last 5 games that had one.
    pub margin_vs_line_last_5: Option<f64>,
}

/// From the game log before tip-off, games played only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// Games played this season.
    pub games: i32,
    /// Games played in the 7 days before the game day.
    pub games_in_last_7_days: i32,
    /// Whole days since his last game minus one; 0 is a back-to-back; null when he has not played.
    pub days_rest: Option<i32>,
    /// Mean minutes, last 10 games.
    pub minutes_last_10: Option<f64>,
    /// Mean minutes, season.
    pub minutes_season: Option<f64>,
    /// Minutes expected from teammates who are out.
    pub minutes_gained: f64,
    /// One entry per prop.
    pub stats: Vec<StatForm>,
    /// Minutes played in the 7 days before the game day.
    pub minutes_last_7_days: f64,
    /// Pairs of games on neighbouring days in the 14 days before.
    pub back_to_backs_last_14_days: i32,
    /// Sample standard deviation of his minutes, last 10 games.
    pub minutes_std_last_10: Option<f64>,
    /// Mean minutes, last 5 games.
    pub minutes_last_5: Option<f64>,
    /// Share of his points made at the line, last 10 games, 0 to 1; from 5 games on.
    pub free_throw_share: Option<f64>,
    /// Games against this opponent in the year before.
    pub games_vs_opponent: i32,
    /// His team, before tip-off.
    pub team_form: TeamForm,
    /// The other team; none before its first ended game.
    pub opponent_form: Option<TeamForm>,
    /// Possessions per 48 minutes, mean over the league's teams.
    pub league_pace: Option<f64>,
    /// Spread of his side, negative for the favourite.
    pub spread: Option<f64>,
    /// Total points by the market.
    pub total: Option<f64>,
    /// Star teammates who are OUT or DOUBTFUL.
    pub star_teammates_out: i32,
    /// Share of possessions he takes over from teammates who are out, 0 to 1.
    pub usage_gained: f64,
    /// Share of the team's possessions he used while on the floor, last 10.
    pub usage_last_10: Option<f64>,
    /// His minutes in the role a lineup gives him; null without a lineup.
    pub role_minutes: Option<f64>,
    /// Games played since he changed teams or paused for more than 14 days, 0 to 30; null when he has
    /// not played.
    pub games_since_change: Option<i32>,
    /// Share of the team's last 10 games, of those since he joined it, that he did not play, 0 to 1.
    pub dnp_rate: Option<f64>,
    /// Share of the team's last 10 games that ended 15 or more points apart, 0 to 1.
    pub blowout_share: Option<f64>,
    /// Share of shots made per zone: mean of what the teams that his team has met had allowed; none
    /// below 5 of them.
    pub league_zones: Option<ByZone>,
    /// The game's referees, the crew chief first; empty while nobody has named them.
    pub referees: Vec<String>,
    /// Share of his shots taken per zone, last 10 games whose shots by zone are known; none without
    /// a shot.
    pub zone_shares: Option<ByZone>,
    /// Share of his made field goals that no pass led to, 0 to 1, last 10 games of which that is
    /// known; none without a goal.
    pub self_created_rate: Option<f64>,
}

/// The market on one prop, from the freshest quote of each book before tip-off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PropLine {
    /// The prop.
    pub prop: String,
    /// Median over the books that are not stale.
    pub consensus: f64,
    /// Consensus of each book's first quote.
    pub opening: f64,
    /// Time of the newest quote.
    pub line_as_of: Timestamp,
    /// Book with the lowest line.
    pub best_over_book: String,
    /// That line.
    pub best_over_line: f64,
    /// Book with the highest line.
    pub best_under_book: String,
    /// That line.
    pub best_under_line: f64,
    /// Books counted in the consensus.
    pub books: i32,
    /// Books left out: their quote is more than 6 hours older than the newest.
    pub stale_books: i32,
    /// Sample standard deviation of the line over the books counted; null with fewer than 2.
    pub line_std: Option<f64>,
    /// Consensus minus that of the same books 12 hours before the newest quote, each from its first
    /// line when it began later.
    pub move_last_12_hours: Option<f64>,
    /// The same over the last 4 hours.
    pub move_last_4_hours: Option<f64>,
    /// Implied probability of the over minus 0.5, the books' margin taken out: mean over the books
    /// counted that state both prices, -0.5 to 0.5.
    pub vig_skew: Option<f64>,
}

/// A player's form and market before one game. Key: `<player_lookup>/<game_id>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlayerGame {
    /// What caused this record.
    pub cause: Cause,
    /// Highest ingress offset contained, per `topic/partition`. Joined by maximum on the way.
    pub view: BTreeMap<String, i64>,
    /// Player and game.
    pub matchup: Matchup,
    /// Props this change can move.
    pub props: Vec<String>,
    /// Form.
    pub form: Form,
    /// The market, one entry per prop with a line.
    pub lines: Vec<PropLine>,
}
