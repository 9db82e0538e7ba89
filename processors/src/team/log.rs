//! A team's last games as they were known before a tip-off: who played how long, who used how much
//! of the ball, who started.
//!
//! Usage is the share of his team's possessions that a player ended himself while on the floor:
//! `used x team minutes / 5 / (minutes x team's used)`, where used is `FGA + 0.44 FTA + TOV`.
//! Worked: 24 used in 36 of 240 team minutes, of 108 the team used, are
//! `24 x 48 / (36 x 108) = 0.2963`. A share above 1 is no share (it comes of lines that are
//! missing) and counts as unknown.

use std::collections::{BTreeMap, BTreeSet};

use sideline_avro::facts::Played;
use sideline_avro::time::Timestamp;

use crate::team_form::used_possessions;
use crate::truth::History;

/// Ended games that are looked at: more than a third of a season, so that most players have missed
/// some of them.
pub(super) const LOG_GAMES: usize = 30;
/// Players on the floor.
const ON_FLOOR: usize = 5;

/// One player in one game.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) minutes: f64,
    pub(super) points: f64,
    /// 0 to 1; none when the lines do not give it.
    pub(super) usage: Option<f64>,
    pub(super) is_starter: bool,
}

/// One ended game.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PastGame<'s> {
    /// Who was on the court.
    pub(super) lines: BTreeMap<&'s str, Line>,
    /// True when the starters were told from the minutes.
    pub(super) is_inferred: bool,
}

/// The games, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Log<'s> {
    pub(super) games: Vec<PastGame<'s>>,
}

impl<'s> PastGame<'s> {
    /// The game as it was known before a moment.
    pub(super) fn of(rows: &'s BTreeMap<String, History<Played>>, before: Timestamp) -> Self {
        let mut played: Vec<(&str, &Played)> = Vec::with_capacity(rows.len());
        for (player, row) in rows {
            let Some(row) = row.value_as_of(before) else {
                continue;
            };
            if !row.did_not_play && row.minutes > 0.0 {
                played.push((player.as_str(), row));
            }
        }
        let (starters, is_inferred) = starters(&played);
        let team_minutes: f64 = played.iter().map(|(_, row)| row.minutes).sum();
        let team_used: f64 = played.iter().map(|(_, row)| used_possessions(row)).sum();
        let game_minutes = team_minutes / ON_FLOOR as f64;
        let line = |(player, row): &(&'s str, &Played)| {
            let usage = used_possessions(row) * game_minutes / (row.minutes * team_used);
            let line = Line {
                minutes: row.minutes,
                points: f64::from(row.pts),
                // Not a number when the team used nothing, and then no share either.
                usage: Some(usage).filter(|share| (0.0..=1.0).contains(share)),
                is_starter: starters.contains(player),
            };
            (*player, line)
        };
        Self {
            lines: played.iter().map(line).collect(),
            is_inferred,
        }
    }
}

/// The five who started, and whether they were told from the minutes: a source that does not say
/// who started leaves the five who played longest.
fn starters<'s>(played: &[(&'s str, &Played)]) -> (BTreeSet<&'s str>, bool) {
    let named = played.iter().filter(|(_, row)| row.started == Some(true));
    let named: BTreeSet<&str> = named.map(|(player, _)| *player).collect();
    if named.len() == ON_FLOOR {
        return (named, false);
    }
    let mut longest: Vec<(&str, f64)> = played
        .iter()
        .map(|(player, row)| (*player, row.minutes))
        .collect();
    longest.sort_by(|(one, more), (other, less)| less.total_cmp(more).then(one.cmp(other)));
    let five = longest.iter().take(ON_FLOOR);
    (five.map(|(player, _)| *player).collect(), true)
}

impl<'s> Log<'s> {
    /// His lines, newest first, of the newest `games` games.
    pub(super) fn lines_of(&self, player: &str, games: usize) -> impl Iterator<Item = &Line> {
        let newest = self.games.iter().take(games);
        newest.filter_map(move |game| game.lines.get(player))
    }

    /// Mean minutes of the games he played among the newest; none when he played none.
    pub(super) fn minutes_of(&self, player: &str, games: usize) -> Option<f64> {
        let minutes: Vec<f64> = self
            .lines_of(player, games)
            .map(|line| line.minutes)
            .collect();
        mean(&minutes)
    }
}

/// The plain mean; none of no values.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::{Said, Statement};

    fn row(minutes: f64, used: i32, started: Option<bool>) -> History<Played> {
        let mut history = History::default();
        let said = Said::Stated(Played {
            minutes,
            fga: used,
            started,
            ..Played::default()
        });
        let statement = Statement {
            source: "feed".into(),
            known_at: Timestamp(10),
            offset: 0,
            said,
        };
        history.insert(statement, 8);
        history
    }

    fn rows(lines: &[(&str, f64, i32, Option<bool>)]) -> BTreeMap<String, History<Played>> {
        let line = |(player, minutes, used, started): &(&str, f64, i32, Option<bool>)| {
            ((*player).to_owned(), row(*minutes, *used, *started))
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn the_worked_example_of_usage_and_a_share_above_one_is_unknown() {
        // 24 of 108 used, 36 of 240 minutes.
        let told = rows(&[("a", 36.0, 24, None), ("rest", 204.0, 84, None)]);
        let game = PastGame::of(&told, Timestamp(20));
        let usage = game.lines["a"].usage.unwrap();
        assert!((usage - 0.2963).abs() < 0.000_05, "{usage}");
        let told = rows(&[("a", 1.0, 24, None), ("rest", 239.0, 84, None)]);
        assert_eq!(PastGame::of(&told, Timestamp(20)).lines["a"].usage, None);
        let told = rows(&[("a", 10.0, 0, None)]);
        assert_eq!(PastGame::of(&told, Timestamp(20)).lines["a"].usage, None);
        assert!(
            PastGame::of(&told, Timestamp(10)).lines.is_empty(),
            "not known yet"
        );
    }

    #[test]
    fn starters_are_told_from_the_minutes_when_no_source_names_five() {
        let five = ["a", "b", "c", "d", "e"];
        let named = |who: &str| Some(five.contains(&who));
        let minutes = |who: &str| if who == "sixth" { 35.0 } else { 20.0 };
        let all: Vec<(&str, f64, i32, Option<bool>)> = five
            .iter()
            .chain(&["sixth"])
            .map(|who| (*who, minutes(who), 5, named(who)))
            .collect();
        let told = rows(&all);
        let game = PastGame::of(&told, Timestamp(20));
        assert!(!game.is_inferred && !game.lines["sixth"].is_starter && game.lines["e"].is_starter);
        let silent: Vec<_> = all
            .iter()
            .map(|(who, min, used, _)| (*who, *min, *used, None))
            .collect();
        let told = rows(&silent);
        let game = PastGame::of(&told, Timestamp(20));
        assert!(game.is_inferred && game.lines["sixth"].is_starter);
        assert!(!game.lines["e"].is_starter, "of equals the first by name");
    }
}
