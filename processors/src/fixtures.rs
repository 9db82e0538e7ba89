//! A team's games in the order of their tip-offs: which of them are open, and how those that
//! have ended came out.

use serde::{Deserialize, Serialize};
use sideline_avro::facts::{Game, GameTotals};
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_avro::words::{GameStatus, SeasonType};

use crate::truth::{History, Statement};
use crate::zones::ZoneSums;

/// Why a game is not played as scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Off {
    Postponed,
    Cancelled,
}

impl Off {
    /// The word in contexts and skips.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Postponed => "game_postponed",
            Self::Cancelled => "game_cancelled",
        }
    }
}

/// One game in the calendar.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) game_id: String,
    /// Present tip-off.
    pub(crate) tip_off: Timestamp,
    pub(crate) game_date: LeagueDay,
    /// The other team.
    pub(crate) opponent: String,
    /// False for games outside the competition: preseason and All-Star.
    pub(crate) is_counted: bool,
    pub(crate) off: Option<Off>,
    /// When its end was known; none while it is not.
    pub(crate) final_at: Option<Timestamp>,
    /// Own points minus the other's, from the moment on at which each was known.
    pub(crate) margins: Vec<(Timestamp, i32)>,
    /// Both sides' sums, from the moment on at which each was known.
    pub(crate) totals: Vec<GameTotals>,
    /// Shots of the other team by zone, from the moment on at which each was known; none while too
    /// few are. Phase `results` alone asks for them.
    pub(crate) zones: Vec<(Timestamp, Option<ZoneSums>)>,
}

impl Slot {
    /// True when it was played, and its end was known before a moment.
    fn has_ended_before(&self, moment: Timestamp) -> bool {
        self.tip_off < moment
            && self.off.is_none()
            && self.final_at.is_some_and(|known_at| known_at < moment)
    }

    /// Own points minus the other's, as known before a moment.
    pub(crate) fn margin_before(&self, moment: Timestamp) -> Option<i32> {
        let known = self.margins.iter().rev();
        let mut known = known.skip_while(|(known_at, _)| *known_at >= moment);
        known.next().map(|(_, margin)| *margin)
    }

    /// Both sides' sums, as known before a moment; none when one side has no lines yet.
    pub(crate) fn totals_before(&self, moment: Timestamp) -> Option<&GameTotals> {
        let mut known = self.totals.iter().rev();
        let newest = known.find(|totals| totals.known_at < moment)?;
        let has_lines = |minutes: f64, possessions: f64| minutes > 0.0 && possessions > 0.0;
        let is_whole = has_lines(newest.own.minutes, newest.own.possessions)
            && has_lines(newest.opponent.minutes, newest.opponent.possessions);
        is_whole.then_some(newest)
    }

    /// Shots of the other team by zone, as known before a moment.
    pub(crate) fn zones_before(&self, moment: Timestamp) -> Option<&ZoneSums> {
        let mut known = self.zones.iter().rev();
        let newest = known.find(|(known_at, _)| *known_at < moment)?;
        newest.1.as_ref()
    }
}

/// The games of one team.
///
/// # Invariant
/// Sorted by tip-off and game id; one slot per game.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calendar {
    slots: Vec<Slot>,
}

impl Calendar {
    /// The slot of a game.
    pub(crate) fn slot(&self, game_id: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.game_id == game_id)
    }

    /// All slots, by tip-off.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Puts a game in its place, wherever it was before.
    pub(crate) fn set(&mut self, slot: Slot) {
        self.slots.retain(|known| known.game_id != slot.game_id);
        let place = |one: &Slot| (one.tip_off, one.game_id.clone());
        let index = self
            .slots
            .partition_point(|known| place(known) < place(&slot));
        self.slots.insert(index, slot);
    }

    /// Up to which tip-off games are open: that of the first game to be played after the newest
    /// fact; without such a game, that of the last one.
    pub(crate) fn open_until(&self, newest: Timestamp) -> Timestamp {
        let next = self
            .slots
            .iter()
            .find(|slot| slot.tip_off > newest && slot.off.is_none());
        next.or(self.slots.last())
            .map_or(Timestamp(i64::MIN), |slot| slot.tip_off)
    }

    /// Tip-off of the last of the next `count` games to be played after the newest fact.
    pub(crate) fn horizon(&self, newest: Timestamp, count: usize) -> Timestamp {
        let is_next = |slot: &&Slot| slot.tip_off > newest && slot.off.is_none();
        let next = self.slots.iter().filter(is_next).take(count);
        next.last().map_or(newest, |slot| slot.tip_off)
    }

    /// The game played before this one, whether or not its end is known.
    pub(crate) fn played_before(&self, tip_off: Timestamp) -> Option<&Slot> {
        let earlier = |slot: &&Slot| slot.tip_off < tip_off && slot.off.is_none();
        self.slots.iter().rev().find(earlier)
    }

    /// The last `count` games whose end was known before a tip-off, oldest first.
    pub(crate) fn ended_before(&self, tip_off: Timestamp, count: usize) -> Vec<&Slot> {
        let ended = |slot: &&Slot| slot.has_ended_before(tip_off);
        let mut games: Vec<&Slot> = self.slots.iter().rev().filter(ended).take(count).collect();
        games.reverse();
        games
    }

    /// Tip-off of the game played before this one: where this one's time begins.
    pub(crate) fn tip_off_before(&self, tip_off: Timestamp) -> Timestamp {
        let before = self.played_before(tip_off);
        before.map_or(Timestamp(i64::MIN), |slot| slot.tip_off)
    }
}

/// A game that is moved, ends or falls out changes what comes after its old and its new place.
pub(crate) fn affected_since(known_at: Timestamp, before: Option<&Slot>, now: &Slot) -> Timestamp {
    let just_before = |slot: &Slot| Timestamp(slot.tip_off.0.saturating_sub(1));
    let old_place = before.map_or(known_at, just_before);
    known_at.min(old_place).min(just_before(now))
}

/// A game as far as it is known, also when all statements were taken back.
pub(crate) fn game_of(history: &History<Game>) -> Option<&Game> {
    let last_stated = || history.statements().iter().rev().find_map(Statement::value);
    history.present().or_else(last_stated)
}

/// The slot of a game in this team's calendar; none when nothing was ever stated.
pub(crate) fn slot_of(team: &str, history: &History<Game>) -> Option<Slot> {
    let game = game_of(history)?;
    let is_ours = game.home == team || game.away == team;
    let off = match game.status {
        _ if history.present().is_none() || !is_ours => Some(Off::Cancelled),
        GameStatus::Cancelled => Some(Off::Cancelled),
        GameStatus::Postponed => Some(Off::Postponed),
        _ => None,
    };
    let is_final = |one: &&Statement<Game>| {
        one.value()
            .is_some_and(|stated| stated.status == GameStatus::Final)
    };
    let first_final = history
        .statements()
        .iter()
        .find(is_final)
        .map(|one| one.known_at);
    let is_over = game.status == GameStatus::Final;
    let is_home = game.home == team;
    let opponent = if is_home { &game.away } else { &game.home };
    Some(Slot {
        game_id: game.game_id.clone(),
        tip_off: game.tip_off,
        game_date: game.game_date,
        opponent: opponent.clone(),
        is_counted: !matches!(
            game.season_type,
            SeasonType::Preseason | SeasonType::AllStar
        ),
        off,
        final_at: first_final.filter(|_| is_over),
        margins: margins(team, history),
        totals: Vec::new(),
        zones: Vec::new(),
    })
}

/// How the game came out, from each moment on at which that was known anew.
fn margins(team: &str, history: &History<Game>) -> Vec<(Timestamp, i32)> {
    let mut margins: Vec<(Timestamp, i32)> = Vec::new();
    for statement in history.statements() {
        let after = Timestamp(statement.known_at.0.saturating_add(1));
        let margin = history.value_as_of(after).and_then(|game| {
            let home_margin = game.home_points? - game.away_points?;
            let is_over = game.status == GameStatus::Final;
            let sign = if game.home == team { 1 } else { -1 };
            is_over.then_some(sign * home_margin)
        });
        let Some(margin) = margin else { continue };
        if margins.last().map(|(_, known)| *known) != Some(margin) {
            margins.push((statement.known_at, margin));
        }
    }
    margins
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(id: &str, tip_off: i64) -> Slot {
        let tip_off = Timestamp(tip_off);
        Slot {
            game_id: id.into(),
            tip_off,
            ..Slot::default()
        }
    }

    fn calendar(slots: &[Slot]) -> Calendar {
        let mut calendar = Calendar::default();
        for one in slots {
            calendar.set(one.clone());
        }
        calendar
    }

    #[test]
    fn open_are_the_games_up_to_the_next_one_to_be_played() {
        let postponed = Slot {
            off: Some(Off::Postponed),
            ..slot("b", 200)
        };
        let games = calendar(&[slot("c", 300), postponed, slot("a", 100), slot("d", 400)]);
        assert_eq!(games.open_until(Timestamp(50)), Timestamp(100));
        assert_eq!(
            games.open_until(Timestamp(100)),
            Timestamp(300),
            "a postponed game is not next"
        );
        assert_eq!(games.open_until(Timestamp(900)), Timestamp(400));
        assert_eq!(games.tip_off_before(Timestamp(300)), Timestamp(100));
    }

    #[test]
    fn a_game_counts_as_ended_only_when_its_end_was_known() {
        let ended = |id: &str, tip: i64, end: i64| Slot {
            final_at: Some(Timestamp(end)),
            ..slot(id, tip)
        };
        let games = calendar(&[ended("a", 100, 120), ended("b", 200, 350), slot("c", 250)]);
        let ids = |tip: i64| -> Vec<String> {
            games
                .ended_before(Timestamp(tip), 10)
                .iter()
                .map(|one| one.game_id.clone())
                .collect()
        };
        assert_eq!(ids(300), ["a"]);
        assert_eq!(ids(400), ["a", "b"]);
    }

    #[test]
    fn a_moved_game_changes_its_place() {
        let mut games = calendar(&[slot("a", 100), slot("b", 200)]);
        games.set(slot("a", 300));
        let order: Vec<&str> = games
            .slots()
            .iter()
            .map(|one| one.game_id.as_str())
            .collect();
        assert_eq!(order, ["b", "a"]);
    }
}
