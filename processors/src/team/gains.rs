//! Minutes and usage that teammates take over from a player who is out.
//!
//! **Minutes.** For an absent player `a` and a teammate `j`:
//! - the split is `mean minutes of j without a - with a`, over the team's last 30 ended games since
//!   a's first; `n` is the smaller number of games of the two kinds;
//! - the prior is a's mean minutes times j's share, and the shares of the rotation are as their mean
//!   minutes, doubled for players of a's position;
//! - the estimate is `(n x split + 5 x prior) / (n + 5)`, not below 0; all estimates together are
//!   scaled down to a's mean minutes when they exceed them;
//! - the gain is estimate x weight of a's status x share of the last ten games that a played. The last
//!   factor is what makes the rule exact: a star who has missed all ten frees nothing, because his
//!   teammates' own averages hold his minutes already; one hurt last night frees all of his.
//!
//! The rotation are those who average ten minutes or more over the last ten. Nobody is projected
//! beyond 40 minutes nor beyond 1.25 times his own mean.
//!
//! Worked: a star of 20 minutes is out; mates average 32, 24 and 24, so the priors are 8, 6 and 6. The
//! first played five games without him at 38 minutes and others with him at 32: his estimate is
//! `(5 x 6 + 5 x 8) / 10 = 7`.
//!
//! **Usage.** The five shares on the floor sum to 1, so a fifth is what an even replacement takes. The
//! prior is a's share above a fifth, for the part of the game he is on the floor, spread over the
//! other four: `max(0, usage - 0.2) x minutes / 48 / 4`. Worked: 0.32 over 36 minutes is
//! `0.12 x 0.75 / 4 = 0.0225` for each. Splits, weights and the share of games played come in as for
//! minutes; nobody takes over more than 0.1.

use std::collections::BTreeMap;

use super::log::{LOG_GAMES, Line, Log, PastGame, mean};
use crate::decimals::{FINE, MINUTES, round_to};

/// The newest games: those a player's own averages are taken over.
pub(super) const RECENT_GAMES: usize = 10;
/// Least mean minutes of a player whose absence, or presence, counts.
const ROTATION_MINUTES_MIN: f64 = 10.0;
/// Nobody is projected beyond this.
const PROJECTED_MINUTES_MAX: f64 = 40.0;
/// Nobody is projected beyond this many times his own mean.
const GROWTH_MAX: f64 = 1.25;
/// Games that the prior weighs as much as.
const PRIOR_GAMES: f64 = 5.0;
/// A player of the absent one's position takes over this many times as much as another.
const SAME_POSITION_WEIGHT: f64 = 2.0;
/// An even share of the ball among five.
const EVEN_USAGE: f64 = 0.2;
/// The others on the floor.
const OTHERS_ON_FLOOR: f64 = 4.0;
/// Minutes of a game.
const REGULATION_MINUTES: f64 = 48.0;
/// Nobody takes over more of the ball.
const USAGE_GAIN_MAX: f64 = 0.1;

/// One member of the team before a game.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member<'s> {
    /// Share of his minutes and usage that is freed, 0 to 1.
    pub(super) freed_share: f64,
    pub(super) is_out: bool,
    pub(super) position: Option<&'s str>,
}

/// What a player takes over.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Gain {
    pub(super) minutes: f64,
    pub(super) usage: f64,
}

/// Someone whose absence frees something.
struct Absent<'m> {
    name: &'m str,
    member: &'m Member<'m>,
    minutes: f64,
    /// Weight of his status times the share of the last games he played.
    weight: f64,
}

/// Someone who can take over.
struct Taker<'m> {
    name: &'m str,
    member: &'m Member<'m>,
    minutes: f64,
}

/// What each player gains; who gains nothing is absent.
pub(super) fn gains<'m>(
    members: &'m BTreeMap<&'m str, Member<'m>>,
    log: &Log<'_>,
) -> BTreeMap<&'m str, Gain> {
    let absent = absent(members, log);
    let takers = takers(members, log);
    let mut gains: BTreeMap<&str, Gain> = BTreeMap::new();
    for one in &absent {
        // One who may play yet takes nothing over from himself.
        let others: Vec<&Taker<'_>> = takers.iter().filter(|mate| mate.name != one.name).collect();
        let minutes = minutes_estimates(one, &others, log);
        for (mate, estimate) in others.iter().zip(minutes) {
            let gain = gains.entry(mate.name).or_default();
            gain.minutes += one.weight * estimate;
            gain.usage += one.weight * usage_estimate(one, mate, log);
        }
    }
    for mate in &takers {
        let Some(gain) = gains.get_mut(mate.name) else {
            continue;
        };
        let most = PROJECTED_MINUTES_MAX.min(GROWTH_MAX * mate.minutes);
        let room = (most - mate.minutes).max(0.0);
        gain.minutes = round_to(gain.minutes.min(room), MINUTES);
        gain.usage = round_to(gain.usage.min(USAGE_GAIN_MAX), FINE);
    }
    gains
}

fn absent<'m>(members: &'m BTreeMap<&'m str, Member<'m>>, log: &Log<'_>) -> Vec<Absent<'m>> {
    let games = log.games.len().min(RECENT_GAMES);
    let mut absent = Vec::new();
    for (name, member) in members {
        if member.freed_share <= 0.0 {
            continue;
        }
        let Some(minutes) = rotation_minutes(name, log) else {
            continue;
        };
        let played = log.lines_of(name, RECENT_GAMES).count();
        absent.push(Absent {
            name,
            member,
            minutes,
            weight: member.freed_share * played as f64 / games as f64,
        });
    }
    absent
}

fn takers<'m>(members: &'m BTreeMap<&'m str, Member<'m>>, log: &Log<'_>) -> Vec<Taker<'m>> {
    let mut takers = Vec::new();
    for (name, member) in members {
        if member.is_out {
            continue;
        }
        if let Some(minutes) = rotation_minutes(name, log) {
            takers.push(Taker {
                name,
                member,
                minutes,
            });
        }
    }
    takers
}

fn rotation_minutes(name: &str, log: &Log<'_>) -> Option<f64> {
    let minutes = log.minutes_of(name, RECENT_GAMES)?;
    (minutes >= ROTATION_MINUTES_MIN).then_some(minutes)
}

/// What each taker takes over when `absent` is out for sure and was in all of the last ten games.
fn minutes_estimates(absent: &Absent<'_>, takers: &[&Taker<'_>], log: &Log<'_>) -> Vec<f64> {
    let weight = |mate: &Taker<'_>| mate.minutes * affinity(absent.member, mate.member);
    let total: f64 = takers.iter().map(|mate| weight(mate)).sum();
    let estimate = |mate: &&Taker<'_>| {
        let prior = absent.minutes * weight(mate) / total;
        let split = split(absent.name, mate.name, log, |line| Some(line.minutes));
        shrunk(split, prior)
    };
    let mut estimates: Vec<f64> = takers.iter().map(estimate).collect();
    let sum: f64 = estimates.iter().sum();
    if sum > absent.minutes {
        for one in &mut estimates {
            *one *= absent.minutes / sum;
        }
    }
    estimates
}

fn usage_estimate(absent: &Absent<'_>, mate: &Taker<'_>, log: &Log<'_>) -> f64 {
    let shares: Vec<f64> = log
        .lines_of(absent.name, RECENT_GAMES)
        .filter_map(|line| line.usage)
        .collect();
    let surplus = (mean(&shares).unwrap_or(EVEN_USAGE) - EVEN_USAGE).max(0.0);
    let prior = surplus * absent.minutes / REGULATION_MINUTES / OTHERS_ON_FLOOR;
    shrunk(split(absent.name, mate.name, log, |line| line.usage), prior)
}

/// A difference, and the number of games it stands on.
struct Split {
    difference: f64,
    games: usize,
}

fn shrunk(split: Option<Split>, prior: f64) -> f64 {
    let Some(split) = split else {
        return prior;
    };
    let games = split.games as f64;
    ((games * split.difference + PRIOR_GAMES * prior) / (games + PRIOR_GAMES)).max(0.0)
}

/// How a figure of `mate` differs without `absent`; none when there are no games of one kind.
fn split(
    absent: &str,
    mate: &str,
    log: &Log<'_>,
    figure: impl Fn(&Line) -> Option<f64>,
) -> Option<Split> {
    let is_with = |game: &PastGame<'_>| game.lines.contains_key(absent);
    let games = log.games.iter().take(LOG_GAMES);
    let since_first = games.clone().rposition(is_with)? + 1;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for game in games.take(since_first) {
        let Some(value) = game.lines.get(mate).and_then(&figure) else {
            continue;
        };
        if is_with(game) {
            with.push(value);
        } else {
            without.push(value);
        }
    }
    Some(Split {
        difference: mean(&without)? - mean(&with)?,
        games: with.len().min(without.len()),
    })
}

fn affinity(one: &Member<'_>, other: &Member<'_>) -> f64 {
    let (Some(one), Some(other)) = (one.position, other.position) else {
        return 1.0;
    };
    if shares_position(one, other) {
        SAME_POSITION_WEIGHT
    } else {
        1.0
    }
}

/// Guard, forward or centre, however a roster writes it: `G`, `PG`, `Guard`, `F-C`.
fn shares_position(one: &str, other: &str) -> bool {
    let is = |position: &str, letter: char| position.to_ascii_uppercase().contains(letter);
    ['G', 'F', 'C']
        .iter()
        .any(|letter| is(one, *letter) && is(other, *letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Table<'t> = [(&'t str, Option<f64>)];

    /// A game in which these players played so long.
    fn game<'s>(minutes: &Table<'s>) -> PastGame<'s> {
        let line = |(name, minutes): &(&'s str, Option<f64>)| {
            let line = Line {
                minutes: (*minutes)?,
                points: 0.0,
                usage: Some(0.2),
                is_starter: false,
            };
            Some((*name, line))
        };
        PastGame {
            lines: minutes.iter().filter_map(line).collect(),
            is_inferred: true,
        }
    }

    fn log<'s>(games: &[(usize, &Table<'s>)]) -> Log<'s> {
        let repeated = games
            .iter()
            .flat_map(|(count, minutes)| vec![game(minutes); *count]);
        Log {
            games: repeated.collect(),
        }
    }

    fn members<'s>(names: &[&'s str], absent: &[(&'s str, f64)]) -> BTreeMap<&'s str, Member<'s>> {
        let member = |freed_share: f64| Member {
            freed_share,
            is_out: freed_share > 0.5,
            position: None,
        };
        let present = names.iter().map(|name| (*name, member(0.0)));
        let absent = absent.iter().map(|(name, share)| (*name, member(*share)));
        present.chain(absent).collect()
    }

    fn minutes(gains: &BTreeMap<&str, Gain>) -> Vec<(String, f64)> {
        let gaining = gains.iter().filter(|(_, gain)| gain.minutes > 0.0);
        gaining
            .map(|(name, gain)| ((*name).to_owned(), gain.minutes))
            .collect()
    }

    fn named(expected: &[(&str, f64)]) -> Vec<(String, f64)> {
        expected
            .iter()
            .map(|(name, gain)| ((*name).to_owned(), *gain))
            .collect()
    }

    const A: (&str, Option<f64>) = ("a", Some(32.0));
    const B: (&str, Option<f64>) = ("b", Some(24.0));
    const C: (&str, Option<f64>) = ("c", Some(24.0));

    #[test]
    fn without_splits_the_prior_is_shared_by_minutes_and_capped() {
        // 36 minutes freed; shares 14.4, 10.8, 10.8; a quarter of their means is 8, 6, 6.
        let log = log(&[(10, &[("star", Some(36.0)), A, B, C, ("bench", Some(6.0))])]);
        let members = members(&["a", "b", "c", "bench"], &[("star", 1.0)]);
        let expected = named(&[("a", 8.0), ("b", 6.0), ("c", 6.0)]);
        assert_eq!(minutes(&gains(&members, &log)), expected);
    }

    #[test]
    fn the_worked_example_with_splits() {
        // Ten games with the star, five before them without, one older with him.
        let with: &Table<'_> = &[("star", Some(20.0)), A, B, C];
        let without: &Table<'_> = &[("a", Some(38.0)), B, C];
        let log = log(&[(10, with), (5, without), (1, with)]);
        let members = members(&["a", "b", "c"], &[("star", 1.0)]);
        // b and c played no longer without him: (5 x 0 + 5 x 6) / 10 = 3.
        let expected = named(&[("a", 7.0), ("b", 3.0), ("c", 3.0)]);
        assert_eq!(minutes(&gains(&members, &log)), expected);
    }

    #[test]
    fn games_before_he_came_say_nothing_of_games_without_him() {
        let with: &Table<'_> = &[("star", Some(20.0)), A, B, C];
        let before: &Table<'_> = &[("a", Some(38.0)), B, C];
        let log = log(&[(10, with), (5, before)]);
        let members = members(&["a", "b", "c"], &[("star", 1.0)]);
        let expected = named(&[("a", 8.0), ("b", 6.0), ("c", 6.0)]);
        assert_eq!(minutes(&gains(&members, &log)), expected);
    }

    #[test]
    fn who_was_out_all_along_frees_nothing_and_who_was_out_half_frees_half() {
        let with: &Table<'_> = &[("star", Some(12.0)), ("a", Some(20.0)), ("b", Some(20.0))];
        let without: &Table<'_> = &[("a", Some(20.0)), ("b", Some(20.0))];
        let members = members(&["a", "b"], &[("star", 1.0)]);
        assert!(gains(&members, &log(&[(10, without), (10, with)])).is_empty());
        // Split 0 over five games, prior 6: estimate 3, and half of that.
        let half = log(&[(5, without), (5, with)]);
        assert_eq!(
            minutes(&gains(&members, &half)),
            named(&[("a", 1.5), ("b", 1.5)])
        );
    }

    #[test]
    fn a_doubtful_player_frees_three_quarters_and_a_questionable_one_half() {
        let all: &Table<'_> = &[("star", Some(12.0)), ("a", Some(20.0)), ("b", Some(20.0))];
        let log = log(&[(10, all)]);
        for (share, gain) in [(0.75, 4.5), (0.5, 3.0)] {
            let members = members(&["a", "b"], &[("star", share)]);
            assert_eq!(
                minutes(&gains(&members, &log)),
                named(&[("a", gain), ("b", gain)])
            );
        }
    }

    #[test]
    fn a_player_of_the_same_position_takes_over_twice_as_much() {
        let all: &Table<'_> = &[("star", Some(12.0)), ("a", Some(20.0)), ("b", Some(20.0))];
        let log = log(&[(10, all)]);
        let mut members = members(&["a", "b"], &[("star", 1.0)]);
        for (name, position) in [("star", "PG"), ("a", "Guard"), ("b", "F-C")] {
            members.get_mut(name).unwrap().position = Some(position);
        }
        // Shares 2 to 1 of 12, caps of 5: 8 becomes 5.
        assert_eq!(
            minutes(&gains(&members, &log)),
            named(&[("a", 5.0), ("b", 4.0)])
        );
    }

    #[test]
    fn the_worked_example_of_usage() {
        let all: &Table<'_> = &[("star", Some(36.0)), A, B];
        let mut log = log(&[(10, all)]);
        for game in &mut log.games {
            game.lines.get_mut("star").unwrap().usage = Some(0.32);
        }
        let members = members(&["a", "b"], &[("star", 1.0)]);
        assert_eq!(gains(&members, &log)["a"].usage, 0.0225);
    }

    #[test]
    fn nobody_gains_when_nobody_is_out_or_only_the_end_of_the_bench() {
        let games = log(&[(10, &[A, ("bench", Some(5.0))])]);
        assert!(gains(&members(&["a", "bench"], &[]), &games).is_empty());
        assert!(gains(&members(&["a"], &[("bench", 1.0)]), &games).is_empty());
        assert!(gains(&BTreeMap::new(), &Log::default()).is_empty());
    }
}
