//! A team before one game, as far as it was known before tip-off.

use std::collections::{BTreeMap, BTreeSet};

use sideline_avro::context::{ByZone, PlayerContext, TeamForm};
use sideline_avro::facts::{Game, Played};
use sideline_avro::time::Timestamp;
use sideline_avro::words::InjuryStatus;
use sideline_runtime_core::{Context, ProcessError};

use super::Team;
use super::absences::{freed_share, is_out};
use super::attendance::{Ended, missed_share};
use super::gains::{Gain, Member, RECENT_GAMES, gains};
use super::log::{LOG_GAMES, Log, PastGame, mean};
use super::market::GameMarket;
use super::roles::{Role, RoleTable};
use super::status::{Status, StatusLog};
use super::stints::{Stint, is_member};
use crate::calendar::season_start;
use crate::decimals::{FINE, round_to};
use crate::fixtures::{Calendar, Slot};
use crate::truth::{History, Statement};

/// Games that a star must have played among the team's last 30. One who misses more is one the
/// others have long since adjusted to.
const STAR_GAMES_MIN: usize = 10;
/// A star by points alone averages so many.
const STAR_POINTS: f64 = 18.0;
/// A star by minutes averages so many,
const STAR_MINUTES: f64 = 28.0;
/// and so many points with them.
const STAR_POINTS_WITH_MINUTES: f64 = 12.0;

/// What is loaded once per fact, for all games it reaches.
pub(super) struct Sheet {
    pub(super) team: String,
    pub(super) calendar: Calendar,
    /// Everyone who was ever said to belong to the team.
    stints: Vec<(String, History<Stint>)>,
    /// Filled as players are asked for.
    statuses: BTreeMap<String, StatusLog>,
    /// Lines of ended games, filled as games are asked for.
    played: BTreeMap<String, BTreeMap<String, History<Played>>>,
}

/// What stands around a game, the same for all players of the team.
#[derive(Default)]
pub(super) struct Surroundings {
    /// None without a lineup.
    pub(super) starters: Option<BTreeSet<String>>,
    pub(super) form: TeamForm,
    /// Share of its last ten games that ended far apart.
    pub(super) blowout_share: Option<f64>,
    pub(super) opponent_form: Option<TeamForm>,
    pub(super) league_pace: Option<f64>,
    pub(super) league_zones: Option<ByZone>,
    pub(super) market: GameMarket,
    /// The crew chief first.
    pub(super) referees: Vec<String>,
}

/// One member at tip-off.
struct Seat<'s> {
    stints: &'s History<Stint>,
    status: Option<&'s Status>,
    position: Option<&'s str>,
    /// His mean share of the ball over his last ten games.
    usage: Option<f64>,
    /// Share of the team's last ten games that he missed.
    missed: Option<f64>,
    gain: Gain,
    /// None without a lineup.
    role: Option<(bool, Role)>,
}

/// The team before one game.
pub(super) struct Picture<'s> {
    team: &'s str,
    game: &'s Game,
    seats: BTreeMap<&'s str, Seat<'s>>,
    /// Who was a member since the game before, and is none any more.
    pub(super) leavers: BTreeSet<&'s str>,
    out: BTreeSet<&'s str>,
    stars_out: BTreeSet<&'s str>,
    role_is_inferred: bool,
    surroundings: Surroundings,
}

impl Sheet {
    pub(super) fn load(
        store: &Team,
        team: &str,
        calendar: Calendar,
        ctx: &Context<'_>,
    ) -> Result<Self, ProcessError> {
        let prefix = format!("{team}/");
        let by_key = ctx.range(&store.stints, &prefix)?;
        let stints = by_key
            .into_iter()
            .map(|(key, stints)| (key[prefix.len()..].to_owned(), stints));
        Ok(Self {
            team: team.to_owned(),
            calendar,
            stints: stints.collect(),
            statuses: BTreeMap::new(),
            played: BTreeMap::new(),
        })
    }

    /// Loads what a picture of this game needs.
    pub(super) fn prepare(
        &mut self,
        store: &Team,
        slot: &Slot,
        ctx: &Context<'_>,
    ) -> Result<(), ProcessError> {
        let ended = self.calendar.ended_before(slot.tip_off, LOG_GAMES);
        for game_id in ended.into_iter().map(|one| &one.game_id) {
            if !self.played.contains_key(game_id) {
                let key = format!("{}/{game_id}", self.team);
                let rows = ctx.get(&store.played, &key)?.unwrap_or_default();
                self.played.insert(game_id.clone(), rows);
            }
        }
        for (player, stints) in &self.stints {
            if is_member(stints, &self.team, slot.tip_off) && !self.statuses.contains_key(player) {
                let key = format!("{}/{player}", self.team);
                let log = ctx.get(&store.statuses, &key)?.unwrap_or_default();
                self.statuses.insert(player.clone(), log);
            }
        }
        Ok(())
    }

    /// The team before a game that was prepared.
    pub(super) fn picture<'s>(&'s self, game: &'s Game, surroundings: Surroundings) -> Picture<'s> {
        let log = self.log(game.tip_off);
        let season = self.season(game, &log);
        let (mut seats, leavers) = self.seats(game);
        let members = members(&seats);
        let gains = gains(&members, &log);
        let roles = RoleTable::of(&log);
        let starters = surroundings.starters.as_ref();
        for (player, seat) in &mut seats {
            let gain = gains.get(player).copied();
            seat.gain = gain.unwrap_or_default();
            seat.usage = recent_usage(player, &log);
            seat.missed = missed_share(player, (&self.team, seat.stints), &season);
            if let Some(named) = starters {
                let is_starter = named.contains(*player);
                seat.take_role(is_starter, roles.role(player, is_starter));
            }
        }
        let out: BTreeSet<&str> = members
            .iter()
            .filter(|(_, member)| member.is_out)
            .map(|(player, _)| *player)
            .collect();
        let stars_out = out.iter().filter(|player| is_star(player, &log)).copied();
        Picture {
            team: &self.team,
            game,
            stars_out: stars_out.collect(),
            role_is_inferred: starters.is_some() && roles.is_inferred,
            seats,
            leavers,
            out,
            surroundings,
        }
    }

    /// The team's last games, newest first.
    fn log(&self, tip_off: Timestamp) -> Log<'_> {
        let ended = self.calendar.ended_before(tip_off, LOG_GAMES);
        let rows = ended
            .iter()
            .rev()
            .map(|slot| self.played.get(&slot.game_id));
        let game = |rows: Option<_>| {
            rows.map_or_else(PastGame::default, |rows| PastGame::of(rows, tip_off))
        };
        Log {
            games: rows.map(game).collect(),
        }
    }

    /// Those of the log that count this season and whose lines are known, newest first.
    fn season<'l, 's>(&self, game: &Game, log: &'l Log<'s>) -> Vec<Ended<'l, 's>> {
        let begin = season_start(game.game_date);
        let ended = self.calendar.ended_before(game.tip_off, LOG_GAMES);
        let games = ended.iter().rev().zip(&log.games);
        let counted = games.filter(|(slot, played)| {
            slot.is_counted && slot.game_date >= begin && !played.lines.is_empty()
        });
        counted
            .map(|(slot, played)| (slot.tip_off, played))
            .collect()
    }

    /// Members and leavers at tip-off.
    fn seats<'s>(&'s self, game: &Game) -> (BTreeMap<&'s str, Seat<'s>>, BTreeSet<&'s str>) {
        let tip_off = game.tip_off;
        let window = self.calendar.ended_before(tip_off, RECENT_GAMES);
        let (mut seats, mut leavers) = (BTreeMap::new(), BTreeSet::new());
        for (player, stints) in &self.stints {
            let stint = stints.value_as_of(tip_off);
            let Some(stint) = stint.filter(|stint| stint.is_with(&self.team)) else {
                if self.left_before(stints, tip_off) {
                    leavers.insert(player.as_str());
                }
                continue;
            };
            let about = (game.game_id.as_str(), game.game_date);
            let last_played = self.last_played(player, &window, tip_off);
            let log = self.statuses.get(player);
            let seat = Seat {
                stints,
                status: log.and_then(|log| log.for_game(about, tip_off, last_played)),
                position: stint.position.as_deref(),
                usage: None,
                missed: None,
                gain: Gain::default(),
                role: None,
            };
            seats.insert(player.as_str(), seat);
        }
        (seats, leavers)
    }

    /// Tip-off of the last game of the window in which he was on the court.
    fn last_played(&self, player: &str, window: &[&Slot], tip_off: Timestamp) -> Option<Timestamp> {
        let was_on_court = |slot: &&&Slot| {
            let rows = self.played.get(&slot.game_id);
            let row = rows.and_then(|game| game.get(player)?.value_as_of(tip_off));
            row.is_some_and(|row| !row.did_not_play && row.minutes > 0.0)
        };
        let games = window.iter().filter(was_on_court);
        games.map(|slot| slot.tip_off).max()
    }

    /// True when he belonged to the team at some time since its game before.
    fn left_before(&self, stints: &History<Stint>, tip_off: Timestamp) -> bool {
        let begin = self.calendar.tip_off_before(tip_off);
        let joined = |one: &Statement<Stint>| {
            one.known_at >= begin && one.value().is_some_and(|stint| stint.is_with(&self.team))
        };
        is_member(stints, &self.team, begin) || stints.known_before(tip_off).any(joined)
    }
}

impl Seat<'_> {
    fn status(&self) -> InjuryStatus {
        self.status
            .map_or(InjuryStatus::Available, |status| status.status)
    }

    /// Who is named to a role he does not have as a rule gains no minutes besides: they are in the
    /// role's own.
    fn take_role(&mut self, is_starter: bool, role: Role) {
        if role.is_unusual && role.minutes.is_some() {
            self.gain.minutes = 0.0;
        }
        self.role = Some((is_starter, role));
    }
}

fn members<'s>(seats: &BTreeMap<&'s str, Seat<'s>>) -> BTreeMap<&'s str, Member<'s>> {
    let member = |(player, seat): (&&'s str, &Seat<'s>)| {
        let member = Member {
            freed_share: freed_share(seat.status()),
            is_out: is_out(seat.status()),
            position: seat.position,
        };
        (*player, member)
    };
    seats.iter().map(member).collect()
}

/// The mean of his shares of the ball over his last ten games with the team, among its last 30.
fn recent_usage(player: &str, log: &Log<'_>) -> Option<f64> {
    let shares = log
        .lines_of(player, LOG_GAMES)
        .filter_map(|line| line.usage);
    let last: Vec<f64> = shares.take(RECENT_GAMES).collect();
    mean(&last).map(|share| round_to(share, FINE))
}

fn is_star(player: &str, log: &Log<'_>) -> bool {
    let lines = || log.lines_of(player, LOG_GAMES);
    let points: Vec<f64> = lines().map(|line| line.points).collect();
    let minutes: Vec<f64> = lines().map(|line| line.minutes).collect();
    let (Some(points_mean), Some(minutes_mean)) = (mean(&points), mean(&minutes)) else {
        return false;
    };
    let is_star_by_minutes =
        minutes_mean >= STAR_MINUTES && points_mean >= STAR_POINTS_WITH_MINUTES;
    points.len() >= STAR_GAMES_MIN && (points_mean >= STAR_POINTS || is_star_by_minutes)
}

impl Picture<'_> {
    /// The members, in the order of their names.
    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        self.seats.keys().copied()
    }

    /// What one of the members is told.
    pub(super) fn of_member(&self, player: &str) -> PlayerContext {
        let around = &self.surroundings;
        let base = PlayerContext {
            team_form: around.form.clone(),
            opponent_form: around.opponent_form.clone(),
            league_pace: around.league_pace,
            spread: around.market.spread,
            total: around.market.total,
            blowout_share: around.blowout_share,
            league_zones: around.league_zones,
            referees: around.referees.clone(),
            ..bare(self.game, self.team, player)
        };
        let Some(seat) = self.seats.get(player) else {
            return base;
        };
        let others = |names: &BTreeSet<&str>| -> Vec<String> {
            let others = names.iter().filter(|name| **name != player);
            others.map(|name| (*name).to_owned()).collect()
        };
        let role = seat.role;
        PlayerContext {
            status: seat.status(),
            status_reason: seat.status.and_then(|status| status.reason.clone()),
            teammates_out: others(&self.out),
            minutes_gained: seat.gain.minutes,
            is_starter: role.map(|(is_starter, _)| is_starter),
            star_teammates_out: i32::try_from(others(&self.stars_out).len()).unwrap_or(i32::MAX),
            usage_gained: seat.gain.usage,
            usage_last_10: seat.usage,
            role_minutes: role.and_then(|(_, role)| role.minutes),
            role_is_inferred: self.role_is_inferred,
            position: seat.position.map(str::to_owned),
            dnp_rate: seat.missed,
            ..base
        }
    }
}

/// What a player is told of a game he will not be predicted for.
pub(super) fn not_playing(game: &Game, team: &str, player: &str, reason: &str) -> PlayerContext {
    PlayerContext {
        is_playing: false,
        not_playing_reason: Some(reason.to_owned()),
        ..bare(game, team, player)
    }
}

fn bare(game: &Game, team: &str, player: &str) -> PlayerContext {
    let is_home = game.home == team;
    let opponent = if is_home { &game.away } else { &game.home };
    PlayerContext {
        path: team.to_owned(),
        player_lookup: player.to_owned(),
        game_id: game.game_id.clone(),
        game_date: game.game_date,
        season_type: game.season_type,
        tip_off: game.tip_off,
        team: team.to_owned(),
        opponent: opponent.clone(),
        is_home,
        is_playing: true,
        status: InjuryStatus::Available,
        ..PlayerContext::default()
    }
}
