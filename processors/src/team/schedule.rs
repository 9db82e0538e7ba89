//! A team's games in the order of their tip-offs, and which of them are open.

use serde::{Deserialize, Serialize};
use sideline_avro::facts::Game;
use sideline_avro::time::Timestamp;
use sideline_avro::words::GameStatus;

use crate::truth::{History, Statement};

/// Why a game is not played as scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Off {
    Postponed,
    Cancelled,
}

impl Off {
    /// The word in contexts and skips.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Postponed => "game_postponed",
            Self::Cancelled => "game_cancelled",
        }
    }
}

/// One game in the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slot {
    pub(super) game_id: String,
    /// Present tip-off.
    pub(super) tip_off: Timestamp,
    pub(super) off: Option<Off>,
    /// When its end was known; none while it is not.
    pub(super) final_at: Option<Timestamp>,
}

/// The games of one team.
///
/// # Invariant
/// Sorted by tip-off and game id; one slot per game.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Calendar {
    slots: Vec<Slot>,
}

impl Calendar {
    /// The slot of a game.
    pub(super) fn slot(&self, game_id: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.game_id == game_id)
    }

    /// All slots, by tip-off.
    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Puts a game in its place, wherever it was before.
    pub(super) fn set(&mut self, slot: Slot) {
        self.slots.retain(|known| known.game_id != slot.game_id);
        let place = |one: &Slot| (one.tip_off, one.game_id.clone());
        let index = self
            .slots
            .partition_point(|known| place(known) < place(&slot));
        self.slots.insert(index, slot);
    }

    /// Up to which tip-off games are open: that of the first game to be played after the newest
    /// fact; without such a game, that of the last one.
    pub(super) fn open_until(&self, newest: Timestamp) -> Timestamp {
        let next = self
            .slots
            .iter()
            .find(|slot| slot.tip_off > newest && slot.off.is_none());
        next.or(self.slots.last())
            .map_or(Timestamp(i64::MIN), |slot| slot.tip_off)
    }

    /// The last `count` games whose end was known before a tip-off, oldest first.
    pub(super) fn ended_before(&self, tip_off: Timestamp, count: usize) -> Vec<&Slot> {
        let ended = |slot: &&Slot| {
            slot.tip_off < tip_off
                && slot.off.is_none()
                && slot.final_at.is_some_and(|at| at < tip_off)
        };
        let mut games: Vec<&Slot> = self.slots.iter().rev().filter(ended).take(count).collect();
        games.reverse();
        games
    }

    /// Tip-off of the game played before this one: where this one's time begins.
    pub(super) fn tip_off_before(&self, tip_off: Timestamp) -> Timestamp {
        let earlier = |slot: &&Slot| slot.tip_off < tip_off && slot.off.is_none();
        let before = self.slots.iter().rev().find(earlier);
        before.map_or(Timestamp(i64::MIN), |slot| slot.tip_off)
    }
}

/// A game as far as it is known, also when all statements were taken back.
pub(super) fn game_of(history: &History<Game>) -> Option<&Game> {
    let last_stated = || history.statements().iter().rev().find_map(Statement::value);
    history.present().or_else(last_stated)
}

/// The slot of a game in this team's calendar; none when nothing was ever stated.
pub(super) fn slot_of(team: &str, history: &History<Game>) -> Option<Slot> {
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
    Some(Slot {
        game_id: game.game_id.clone(),
        tip_off: game.tip_off,
        off,
        final_at: first_final.filter(|_| is_over),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(id: &str, tip_off: i64) -> Slot {
        let tip_off = Timestamp(tip_off);
        Slot {
            game_id: id.into(),
            tip_off,
            off: None,
            final_at: None,
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
