//! A team before one game, as far as it was known before tip-off.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sideline_avro::context::PlayerContext;
use sideline_avro::facts::{Game, Lineup, Played, RosterMove};
use sideline_avro::time::Timestamp;
use sideline_avro::words::InjuryStatus;
use sideline_runtime_core::{Context, ProcessError};

use super::Team;
use super::minutes::{Member, WINDOW_GAMES, gains};
use super::schedule::{Calendar, Slot};
use super::status::{Status, StatusLog};
use crate::truth::{History, Statement};

/// A player's team from some moment on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stint {
    team: Option<String>,
    position: Option<String>,
}

impl Stint {
    pub(super) fn of(roster: &RosterMove) -> Self {
        Self {
            team: roster.team.clone(),
            position: roster.position.clone(),
        }
    }

    fn is_with(&self, team: &str) -> bool {
        self.team.as_deref() == Some(team)
    }
}

/// What is loaded once per fact, for all games it reaches.
pub(super) struct Sheet {
    pub(super) team: String,
    pub(super) calendar: Calendar,
    /// Everyone who was ever said to belong to the team.
    stints: Vec<(String, History<Stint>)>,
    /// Filled as players are asked for.
    statuses: BTreeMap<String, StatusLog>,
    /// Minutes of ended games, filled as games are asked for.
    played: BTreeMap<String, BTreeMap<String, History<Played>>>,
}

/// The team before one game.
pub(super) struct Picture<'s> {
    team: &'s str,
    game: &'s Game,
    /// Members at tip-off, with their status.
    members: BTreeMap<&'s str, Option<&'s Status>>,
    /// Who was a member since the game before, and is none any more.
    pub(super) leavers: BTreeSet<&'s str>,
    out: BTreeSet<&'s str>,
    gains: BTreeMap<String, f64>,
    starters: Option<&'s [String]>,
}

impl Sheet {
    pub(super) fn load(store: &Team, team: &str, ctx: &Context<'_>) -> Result<Self, ProcessError> {
        let prefix = format!("{team}/");
        let by_key = ctx.range(&store.stints, &prefix)?;
        let stints = by_key
            .into_iter()
            .map(|(key, stints)| (key[prefix.len()..].to_owned(), stints));
        Ok(Self {
            team: team.to_owned(),
            calendar: ctx.get(&store.calendars, team)?.unwrap_or_default(),
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
        let ended = self.calendar.ended_before(slot.tip_off, WINDOW_GAMES);
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
    pub(super) fn picture<'s>(
        &'s self,
        game: &'s Game,
        lineup: Option<&'s History<Lineup>>,
    ) -> Picture<'s> {
        let tip_off = game.tip_off;
        let window = self.calendar.ended_before(tip_off, WINDOW_GAMES);
        let mut members = BTreeMap::new();
        let mut leavers = BTreeSet::new();
        for (player, stints) in &self.stints {
            if is_member(stints, &self.team, tip_off) {
                let log = self.statuses.get(player);
                let about = (game.game_id.as_str(), game.game_date);
                let last_played = self.last_played(player, &window, tip_off);
                let status = log.and_then(|log| log.for_game(about, tip_off, last_played));
                members.insert(player.as_str(), status);
            } else if self.left_before(stints, tip_off) {
                leavers.insert(player.as_str());
            }
        }
        let is_out = |(_, status): &(_, &Option<&Status>)| status.is_some_and(Status::is_out);
        let out: BTreeSet<&str> = members
            .iter()
            .filter(is_out)
            .map(|(player, _)| *player)
            .collect();
        let gains = self.gains(&members, &out, tip_off);
        let named = lineup.and_then(|history| history.value_as_of(tip_off));
        let starters = named.map(|lineup| lineup.starters.as_slice());
        Picture {
            team: &self.team,
            game,
            members,
            leavers,
            out,
            gains,
            starters,
        }
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

    fn gains(
        &self,
        members: &BTreeMap<&str, Option<&Status>>,
        out: &BTreeSet<&str>,
        tip_off: Timestamp,
    ) -> BTreeMap<String, f64> {
        if out.is_empty() {
            return BTreeMap::new();
        }
        let window = self.calendar.ended_before(tip_off, WINDOW_GAMES);
        let rows: Vec<_> = window
            .iter()
            .filter_map(|slot| self.played.get(&slot.game_id))
            .collect();
        let member = |player: &str| {
            let played = rows
                .iter()
                .filter_map(|game| game.get(player)?.value_as_of(tip_off));
            let on_court = played.filter(|row| !row.did_not_play && row.minutes > 0.0);
            let minutes = on_court.map(|row| row.minutes).collect();
            Member {
                minutes,
                is_out: out.contains(player),
            }
        };
        let names = members.keys();
        let all = names
            .map(|player| ((*player).to_owned(), member(player)))
            .collect();
        gains(&all, window.len())
    }
}

impl Picture<'_> {
    /// The members, in the order of their names.
    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        self.members.keys().copied()
    }

    /// What one of the members is told.
    pub(super) fn of_member(&self, player: &str) -> PlayerContext {
        let status = self.members.get(player).copied().flatten();
        let others_out = self.out.iter().filter(|name| **name != player);
        let gained = self.gains.get(player).copied().unwrap_or(0.0);
        PlayerContext {
            status: status.map_or(InjuryStatus::Available, |status| status.status),
            status_reason: status.and_then(|status| status.reason.clone()),
            teammates_out: others_out.map(|name| (*name).to_owned()).collect(),
            minutes_gained: gained,
            is_starter: self
                .starters
                .map(|names| names.iter().any(|name| name == player)),
            ..bare(self.game, self.team, player)
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

fn is_member(stints: &History<Stint>, team: &str, before: Timestamp) -> bool {
    stints
        .value_as_of(before)
        .is_some_and(|stint| stint.is_with(team))
}
