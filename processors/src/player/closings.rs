//! The closing lines of the games a player has played: the consensus on each prop at tip-off.
//!
//! They are worked out once there is a box score of the game, and again when a quote, a tip-off or
//! the box score comes late. A quote on a game to come costs nothing here, and no past game's quotes
//! are read again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_runtime_core::{Context, ProcessError};

use super::Player;
use super::outlook::lines;
use crate::props::Prop;
use crate::truth::Statement;

/// Games kept per player and prop: five seasons, playoffs and all. Beyond it the earliest are
/// forgotten, and games before it are told without what came before them.
const GAMES_MAX: usize = 512;

/// A closing line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Closing {
    day: LeagueDay,
    line: f64,
}

/// The closing lines on one prop of a player, by game.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Closings(BTreeMap<String, Closing>);

impl Closings {
    /// The line of a game; none when there was none.
    pub(super) fn line(&self, game_id: &str) -> Option<f64> {
        self.0.get(game_id).map(|closing| closing.line)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps the line of a game of this day, or that there was none; tells whether that is new.
    pub(super) fn set(&mut self, game_id: &str, day: LeagueDay, line: Option<f64>) -> bool {
        let Some(line) = line else {
            return self.0.remove(game_id).is_some();
        };
        let closing = Closing { day, line };
        if self.0.get(game_id) == Some(&closing) {
            return false;
        }
        self.0.insert(game_id.to_owned(), closing);
        if self.0.len() > GAMES_MAX {
            let earliest = self.0.iter().min_by_key(|(id, one)| (one.day, id.as_str()));
            if let Some(id) = earliest.map(|(id, _)| id.clone()) {
                self.0.remove(&id);
            }
        }
        true
    }
}

impl Player {
    /// Works out the closing lines of a game that has a box score. When one of them is another than
    /// was known, tells since when games have another past: since the game began, or since its box
    /// score was known, when it was moved behind games that know the box score.
    pub(super) fn settle(
        &self,
        player: &str,
        game_id: &str,
        props: &[&'static Prop],
        ctx: &mut Context<'_>,
    ) -> Result<Option<Timestamp>, ProcessError> {
        let Some(row) = ctx.get(&self.rows, &format!("{player}/{game_id}"))? else {
            return Ok(None);
        };
        // A row that is taken back still is one for the games before which that was not known.
        let stated = row.statements().iter().rev().find_map(Statement::value);
        let Some(day) = stated.map(|row| row.game_date) else {
            return Ok(None);
        };
        let tip_off = self.told(player, ctx)?.tip_off(game_id);
        let books = self.books((player, game_id), props, ctx)?;
        // A game of which no team tells him any more has no closing lines any more.
        let closing = tip_off.map_or_else(Vec::new, |tip_off| lines(&books, props, tip_off));
        let mut is_other = false;
        for prop in props {
            let line = closing.iter().find(|line| line.prop == prop.name);
            let key = format!("{player}/{}", prop.name);
            let mut closings = ctx.get(&self.closings, &key)?.unwrap_or_default();
            if closings.set(game_id, day, line.map(|line| line.consensus)) {
                ctx.put(&self.closings, &key, &closings)?;
                is_other = true;
            }
        }
        let known_at = row.statements().first().map(|one| one.known_at);
        let since = known_at.into_iter().chain(tip_off).min();
        Ok(since.filter(|_| is_other))
    }

    /// The closing lines on the props asked for, by prop.
    pub(super) fn closings(
        &self,
        player: &str,
        props: &[&'static Prop],
        ctx: &Context<'_>,
    ) -> Result<BTreeMap<&'static str, Closings>, ProcessError> {
        let mut found = BTreeMap::new();
        for prop in props {
            let closings = ctx.get(&self.closings, &format!("{player}/{}", prop.name))?;
            found.extend(closings.map(|closings| (prop.name, closings)));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: LeagueDay = LeagueDay(20_000);

    #[test]
    fn a_line_is_news_once_and_is_taken_back_when_there_is_none() {
        let mut closings = Closings::default();
        assert!(closings.set("0022400001", DAY, Some(24.5)));
        assert!(!closings.set("0022400001", DAY, Some(24.5)));
        assert!(closings.set("0022400001", DAY, Some(25.5)));
        assert_eq!(closings.line("0022400001"), Some(25.5));
        assert!(closings.set("0022400001", DAY, None));
        assert!(!closings.set("0022400001", DAY, None));
        assert!(closings.is_empty());
    }

    #[test]
    fn beyond_the_bound_the_earliest_day_is_forgotten_whatever_came_first() {
        let of = |numbers: &mut dyn Iterator<Item = i32>| {
            let mut closings = Closings::default();
            for number in numbers {
                closings.set(&format!("{number:010}"), LeagueDay(-number), Some(1.5));
            }
            closings
        };
        let count = i32::try_from(GAMES_MAX).unwrap() + 3;
        let (up, down) = (of(&mut (0..count)), of(&mut (0..count).rev()));
        assert_eq!(up, down);
        assert_eq!(up.0.len(), GAMES_MAX);
        assert_eq!(up.line("0000000000"), Some(1.5), "the latest of them");
    }
}
