//! A player's minutes as a starter and off the bench.
//!
//! His minutes in a role are the mean of his games in that role among the team's last 30, shrunk to
//! the mean of everybody in that role: `(n x own + 5 x role) / (n + 5)`. Worked: starters of the team
//! average 30; a substitute who started five times at 26 is projected to `(5 x 26 + 5 x 30) / 10 = 28`
//! when a lineup names him, one who never started to 30.

use super::gains::RECENT_GAMES;
use super::log::{LOG_GAMES, Log, mean};
use crate::decimals::{MINUTES, round_to};

/// Games that the role's mean weighs as much as.
const PRIOR_GAMES: f64 = 5.0;

/// What a lineup means for one player.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Role {
    /// Minutes to expect of him in it; none without games to tell from.
    pub(super) minutes: Option<f64>,
    /// True when it is not the role he had in most of the last ten games: what he gains or loses by
    /// that is the vacancy, which must not be counted a second time.
    pub(super) is_unusual: bool,
}

/// Means of the whole team, for all of its players.
pub(super) struct RoleTable<'l> {
    log: &'l Log<'l>,
    starters: Option<f64>,
    bench: Option<f64>,
    /// True when some game's starters were told from the minutes.
    pub(super) is_inferred: bool,
}

impl<'l> RoleTable<'l> {
    pub(super) fn of(log: &'l Log<'l>) -> Self {
        let role_mean = |is_starter: bool| {
            let lines = log.games.iter().flat_map(|game| game.lines.values());
            let of_role = lines.filter(|line| line.is_starter == is_starter);
            let minutes: Vec<f64> = of_role.map(|line| line.minutes).collect();
            mean(&minutes)
        };
        Self {
            log,
            starters: role_mean(true),
            bench: role_mean(false),
            is_inferred: log.games.iter().any(|game| game.is_inferred),
        }
    }

    /// What it means for a player to start, or not to.
    pub(super) fn role(&self, player: &str, is_starter: bool) -> Role {
        let role_mean = if is_starter {
            self.starters
        } else {
            self.bench
        };
        let of_role = self
            .log
            .lines_of(player, LOG_GAMES)
            .filter(|line| line.is_starter == is_starter);
        let own: Vec<f64> = of_role.map(|line| line.minutes).collect();
        let minutes = match (mean(&own), role_mean) {
            (None, role) => role,
            (Some(own_mean), Some(role)) => {
                let games = own.len() as f64;
                Some((games * own_mean + PRIOR_GAMES * role) / (games + PRIOR_GAMES))
            }
            (own_mean, None) => own_mean,
        };
        Role {
            minutes: minutes.map(|minutes| round_to(minutes, MINUTES)),
            is_unusual: self.usually_starts(player) != is_starter,
        }
    }

    fn usually_starts(&self, player: &str) -> bool {
        let (mut starts, mut games) = (0, 0);
        for line in self.log.lines_of(player, RECENT_GAMES) {
            games += 1;
            starts += usize::from(line.is_starter);
        }
        2 * starts > games
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::team::log::{Line, PastGame};

    fn game<'s>(lines: &[(&'s str, f64, bool)]) -> PastGame<'s> {
        let line = |(name, minutes, is_starter): &(&'s str, f64, bool)| {
            let line = Line {
                minutes: *minutes,
                points: 0.0,
                usage: None,
                is_starter: *is_starter,
            };
            (*name, line)
        };
        PastGame {
            lines: lines.iter().map(line).collect(),
            is_inferred: true,
        }
    }

    #[test]
    fn the_worked_example_of_the_module() {
        // Five starts at 26 and five of another at 34: the role's mean is 30.
        let started = game(&[
            ("sub", 26.0, true),
            ("star", 34.0, true),
            ("never", 8.0, false),
        ]);
        let log = Log {
            games: vec![started; 5],
        };
        let table = RoleTable::of(&log);
        assert_eq!(table.role("sub", true).minutes, Some(28.0));
        assert_eq!(table.role("never", true).minutes, Some(30.0));
        assert_eq!(table.role("stranger", false).minutes, Some(8.0));
        assert!(table.is_inferred);
        assert!(table.role("never", true).is_unusual && !table.role("sub", true).is_unusual);
    }

    #[test]
    fn without_games_nothing_is_known() {
        let log = Log::default();
        let table = RoleTable::of(&log);
        assert_eq!(table.role("anyone", true).minutes, None);
        assert!(!table.is_inferred);
    }
}
