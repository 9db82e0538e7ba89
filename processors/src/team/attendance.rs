//! How much of his team's last games a player missed.
//!
//! Of the last ten ended games of the season whose lines are known, those count at whose tip-off he
//! was with the team as was known then, and those he played. The rate is the share of them that he
//! did not play, 0 to 1. Preseason and All-Star games are none.
//!
//! Worked example: he joined four games ago, has played three of them, and had not been there for the
//! six before: 1 / 4 = 0.25.

use sideline_avro::time::Timestamp;

use super::gains::RECENT_GAMES;
use super::log::PastGame;
use super::stints::{Stint, is_member};
use crate::decimals::share;
use crate::truth::History;

/// One of the team's ended games of the season, and when it began.
pub(super) type Ended<'l, 's> = (Timestamp, &'l PastGame<'s>);

/// The share that he missed; `games` newest first. None when none of them counts.
pub(super) fn missed_share(
    player: &str,
    (team, stints): (&str, &History<Stint>),
    games: &[Ended<'_, '_>],
) -> Option<f64> {
    let (mut counted, mut missed) = (0_u32, 0_u32);
    for (tip_off, game) in games.iter().take(RECENT_GAMES) {
        let has_played = game.lines.contains_key(player);
        if has_played || is_member(stints, team, *tip_off) {
            counted += 1;
            missed += u32::from(!has_played);
        }
    }
    share(f64::from(missed), f64::from(counted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::team::log::Line;
    use crate::truth::{Said, Statement};

    /// Moves to teams, each from a moment on.
    fn stints(moves: &[(i64, Option<&str>)]) -> History<Stint> {
        let mut history = History::default();
        for (known_at, team) in moves {
            let said = Said::Stated(Stint {
                team: team.map(str::to_owned),
                position: None,
            });
            let statement = Statement {
                source: "league".into(),
                known_at: Timestamp(*known_at),
                offset: 0,
                said,
            };
            history.insert(statement, 8);
        }
        history
    }

    fn game(players: &[&'static str]) -> PastGame<'static> {
        let line = Line {
            minutes: 20.0,
            points: 0.0,
            usage: None,
            is_starter: false,
        };
        PastGame {
            lines: players.iter().map(|name| (*name, line.clone())).collect(),
            is_inferred: true,
        }
    }

    /// Games at 100, 200 and so on, given and returned with the newest first.
    fn at_hundreds<'l>(games: &'l [PastGame<'static>]) -> Vec<Ended<'l, 'static>> {
        let count = i64::try_from(games.len()).unwrap();
        let tip_offs = (1..=count).rev().map(|number| Timestamp(100 * number));
        tip_offs.zip(games).collect()
    }

    #[test]
    fn the_worked_example_of_the_module() {
        let (with, without) = (game(&["a", "b"]), game(&["b"]));
        let played = [&with, &without, &with, &with].map(Clone::clone);
        let games = [played.to_vec(), vec![without; 6]].concat();
        let joined = stints(&[(50, Some("NYK")), (650, Some("BOS"))]);
        let of = |name| missed_share(name, ("BOS", &joined), &at_hundreds(&games));
        assert_eq!(of("a"), Some(0.25));
        assert_eq!(
            of("b"),
            Some(0.0),
            "what he played counts whatever rosters say"
        );
    }

    #[test]
    fn only_the_last_ten_count_and_only_those_he_was_there_for() {
        let (with, without) = (game(&["a"]), game(&["b"]));
        let games = [vec![without; 2], vec![with; 10]].concat();
        let always = stints(&[(50, Some("BOS"))]);
        let of = |stints| missed_share("a", ("BOS", stints), &at_hundreds(&games));
        assert_eq!(of(&always), Some(0.2), "2 of 10");
        let left = stints(&[(50, Some("BOS")), (1_150, None)]);
        assert_eq!(of(&left), Some(0.1111), "1 of 9: he was gone for the last");
    }

    #[test]
    fn without_a_game_since_he_came_nothing_is_known() {
        let joined = stints(&[(150, Some("BOS"))]);
        assert_eq!(missed_share("a", ("BOS", &joined), &[]), None);
        let games = [game(&["b"])];
        assert_eq!(
            missed_share("a", ("BOS", &joined), &at_hundreds(&games)),
            None,
            "what is known at the tip-off is too late for it: he was not there yet"
        );
    }
}
