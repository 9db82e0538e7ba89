//! How long a player has been playing without a break: a new team and a long pause begin anew.

use sideline_avro::facts::BoxScore;
use sideline_avro::time::LeagueDay;

use super::form::count;

/// Days between two games beyond which the games before say less.
const PAUSE_DAYS: i32 = 14;
/// Beyond so many games he has settled.
const GAMES_MAX: usize = 30;

/// Games he has played since he last changed teams, or paused for more than 14 days between two
/// games: 0 to 30. Tonight's game is one he comes to: 0 when it is the first for its team, or the
/// first after a pause. None when he has never played.
///
/// Worked: five games for one team, then three for another on 1, 3 and 18 December, and tonight on the
/// 20th: the 3rd to the 18th are 15 days, so one game, the 18th's.
pub(super) fn games_since_change(
    games: &[&BoxScore],
    (team, day): (&str, LeagueDay),
) -> Option<i32> {
    if games.is_empty() {
        return None;
    }
    let mut next = (team, day);
    let mut since = 0;
    for row in games.iter().rev().take(GAMES_MAX) {
        let (next_team, next_day) = next;
        if row.team != next_team || next_day.0 - row.game_date.0 > PAUSE_DAYS {
            break;
        }
        since += 1;
        next = (row.team.as_str(), row.game_date);
    }
    Some(count(since))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_day;

    fn day(text: &str) -> LeagueDay {
        parse_day(text).unwrap()
    }

    /// Games of these days for a team.
    fn played(team: &str, days: &[&str]) -> Vec<BoxScore> {
        let game = |date: &&str| BoxScore {
            team: team.into(),
            game_date: day(date),
            ..BoxScore::default()
        };
        days.iter().map(game).collect()
    }

    fn since(games: &[BoxScore], team: &str, tonight: &str) -> Option<i32> {
        let rows: Vec<&BoxScore> = games.iter().collect();
        games_since_change(&rows, (team, day(tonight)))
    }

    #[test]
    fn the_worked_example_and_a_trade() {
        let before = played("BOS", &["2024-11-20", "2024-11-22", "2024-11-24"]);
        let after = played("NYK", &["2024-12-01", "2024-12-03", "2024-12-18"]);
        let games = [before, after].concat();
        assert_eq!(since(&games, "NYK", "2024-12-20"), Some(1));
        assert_eq!(
            since(&games[..5], "NYK", "2024-12-05"),
            Some(2),
            "since the trade"
        );
        assert_eq!(
            since(&games[..5], "MIA", "2024-12-05"),
            Some(0),
            "traded again"
        );
        assert_eq!(
            since(&games[..5], "NYK", "2024-12-17"),
            Some(2),
            "14 days are none"
        );
        assert_eq!(
            since(&games[..5], "NYK", "2024-12-18"),
            Some(0),
            "back from a pause"
        );
    }

    #[test]
    fn it_ends_at_thirty_and_nobody_knows_before_the_first_game() {
        let days: Vec<BoxScore> = (0..40)
            .map(|number| BoxScore {
                team: "BOS".into(),
                game_date: LeagueDay(day("2024-11-01").0 + 2 * number),
                ..BoxScore::default()
            })
            .collect();
        assert_eq!(since(&days, "BOS", "2025-01-20"), Some(30));
        assert_eq!(since(&days[..1], "BOS", "2024-11-03"), Some(1));
        assert_eq!(since(&[], "BOS", "2024-11-03"), None);
    }
}
