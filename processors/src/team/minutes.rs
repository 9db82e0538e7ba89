//! The minutes teammates leave behind, and who takes them over.
//!
//! Over the team's last ten ended games, a player who is out frees
//! `mean minutes x games he played / games in the window`. The second factor is what makes the rule
//! exact: a star who has missed all ten frees nothing, because his teammates' own averages hold his
//! minutes already; one hurt last night frees all of his.
//!
//! The freed minutes are shared among the rotation (those who are not out and average at least ten
//! minutes) in proportion to their own means. Nobody is projected beyond 40 minutes, nor beyond
//! 1.25 times his own mean; what is left over goes to players outside the rotation, whom this
//! does not follow. Example: 36 minutes are freed among means of 32, 24 and 24; the shares are
//! 14.4, 10.8 and 10.8, the caps 8, 6 and 6, so 8, 6 and 6 are gained.

use std::collections::BTreeMap;

use crate::decimals::{MINUTES, round_to};

/// Ended games of the team that are looked at.
pub(super) const WINDOW_GAMES: usize = 10;
/// Least mean minutes of a player whose absence, or presence, counts.
const ROTATION_MINUTES_MIN: f64 = 10.0;
/// Nobody is projected beyond this.
const PROJECTED_MINUTES_MAX: f64 = 40.0;
/// Nobody is projected beyond this many times his own mean.
const GROWTH_MAX: f64 = 1.25;

/// One member of the team before a game.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    /// Minutes of each game of the window in which he played.
    pub(super) minutes: Vec<f64>,
    pub(super) is_out: bool,
}

impl Member {
    fn mean(&self) -> f64 {
        if self.minutes.is_empty() {
            return 0.0;
        }
        self.minutes.iter().sum::<f64>() / self.minutes.len() as f64
    }

    fn is_in_rotation(&self) -> bool {
        self.mean() >= ROTATION_MINUTES_MIN
    }
}

/// Minutes gained per player; who gains none is absent. `window_games` is the number of ended
/// games looked at.
pub(super) fn gains(
    members: &BTreeMap<String, Member>,
    window_games: usize,
) -> BTreeMap<String, f64> {
    let freed = freed_minutes(members, window_games);
    let takers = members
        .iter()
        .filter(|(_, member)| !member.is_out && member.is_in_rotation());
    let takers: Vec<(&String, f64)> = takers.map(|(player, one)| (player, one.mean())).collect();
    let total: f64 = takers.iter().map(|(_, mean)| mean).sum();
    let mut gains = BTreeMap::new();
    for (player, mean) in takers {
        let room = (PROJECTED_MINUTES_MAX.min(GROWTH_MAX * mean) - mean).max(0.0);
        let gain = round_to((freed * mean / total).min(room), MINUTES);
        if gain > 0.0 {
            gains.insert(player.clone(), gain);
        }
    }
    gains
}

fn freed_minutes(members: &BTreeMap<String, Member>, window_games: usize) -> f64 {
    let mut freed = 0.0;
    for member in members.values() {
        if member.is_out && member.is_in_rotation() {
            let share_played = member.minutes.len() as f64 / window_games as f64;
            freed += member.mean() * share_played;
        }
    }
    freed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(members: &[(&str, f64, usize, bool)]) -> BTreeMap<String, Member> {
        let member = |(name, mean, games, is_out): &(&str, f64, usize, bool)| {
            let minutes = vec![*mean; *games];
            (
                (*name).to_owned(),
                Member {
                    minutes,
                    is_out: *is_out,
                },
            )
        };
        members.iter().map(member).collect()
    }

    #[test]
    fn the_worked_example_of_the_module() {
        let members = team(&[
            ("star", 36.0, 10, true),
            ("a", 32.0, 10, false),
            ("b", 24.0, 10, false),
            ("c", 24.0, 10, false),
            ("bench", 6.0, 10, false),
        ]);
        let expected = [("a", 8.0), ("b", 6.0), ("c", 6.0)];
        let expected = expected.map(|(player, gain)| (player.to_owned(), gain));
        assert_eq!(gains(&members, 10), BTreeMap::from(expected));
    }

    #[test]
    fn who_was_out_all_along_frees_nothing_and_who_was_out_half_frees_half() {
        let mates = [("a", 20.0, 10, false), ("b", 20.0, 10, false)];
        let with = |star: (&'static str, f64, usize, bool)| team(&[mates[0], mates[1], star]);
        assert!(gains(&with(("star", 36.0, 0, true)), 10).is_empty());
        assert_eq!(gains(&with(("star", 12.0, 5, true)), 10)["a"], 3.0);
        assert_eq!(gains(&with(("star", 12.0, 10, true)), 10)["a"], 5.0);
    }

    #[test]
    fn nobody_gains_when_nobody_is_out_or_only_the_end_of_the_bench() {
        assert!(gains(&team(&[("a", 30.0, 10, false)]), 10).is_empty());
        let members = team(&[("a", 30.0, 10, false), ("bench", 5.0, 10, true)]);
        assert!(gains(&members, 10).is_empty());
        assert!(gains(&BTreeMap::new(), 0).is_empty());
    }
}
