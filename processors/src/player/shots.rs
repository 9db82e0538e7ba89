//! From where on the floor a player shot before one game, and how many of his goals were his own
//! making.
//!
//! Windows end strictly before the day of the game and count games of which it is known; only what
//! was known before tip-off is read. Shares are of the sums, not means of the games' shares: 6 of 10
//! shots in the paint and then 1 of 10 are 0.35.

use sideline_avro::context::ByZone;
use sideline_avro::facts::ShotZones;
use sideline_avro::time::{LeagueDay, Timestamp};

use super::form::is_exhibition;
use crate::truth::History;
use crate::zones::{ZoneSums, share_of_shots};

/// Games of the window.
const GAMES: usize = 10;

/// What his last games with such data say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shots {
    /// Share of his shots taken per zone; none without a shot.
    pub(super) zone_shares: Option<ByZone>,
    /// Share of his goals that no pass led to, 0 to 1; none without a goal of which that is known.
    pub(super) self_created_rate: Option<f64>,
    /// Newest known_at of a game that was read.
    pub(super) as_of: Option<Timestamp>,
}

impl Shots {
    /// From all such games of the player, those before the game and known before its tip-off.
    pub(super) fn before(
        games: &[(String, History<ShotZones>)],
        game_day: LeagueDay,
        tip_off: Timestamp,
    ) -> Self {
        let known = games.iter().filter_map(|(_, game)| game.as_of(tip_off));
        let mut as_of = None;
        let mut shot: Vec<&ShotZones> = Vec::new();
        for statement in known {
            let earlier = statement.value().filter(|game| game.game_date < game_day);
            if let Some(game) = earlier.filter(|game| !is_exhibition(&game.game_id)) {
                as_of = as_of.max(Some(statement.known_at));
                shot.push(game);
            }
        }
        let place = |game: &ShotZones| (game.game_date, game.game_id.clone());
        shot.sort_by_key(|game| std::cmp::Reverse(place(game)));
        let told = shot.iter().filter(|game| game.assisted.is_some());
        Self {
            zone_shares: sums(shot.iter().take(GAMES)).shares(),
            self_created_rate: self_created_rate(told.take(GAMES)),
            as_of,
        }
    }
}

fn sums<'g>(games: impl Iterator<Item = &'g &'g ShotZones>) -> ZoneSums {
    let mut sums = ZoneSums::default();
    for game in games {
        sums.add(game);
    }
    sums
}

/// 1 - assisted / made.
fn self_created_rate<'g>(games: impl Iterator<Item = &'g &'g ShotZones> + Clone) -> Option<f64> {
    let made = sums(games.clone()).made();
    let assisted: i32 = games.filter_map(|game| game.assisted).sum();
    share_of_shots(made - assisted, made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::{Said, Statement};

    const GAME_DAY: LeagueDay = LeagueDay(100);
    const TIP_OFF: Timestamp = Timestamp(100_500);

    /// A game of a day, known late that evening: shots in the paint, from mid-range and from three,
    /// all made but the first in the paint.
    fn game(day: i32, attempts: [i32; 3], assisted: Option<i32>) -> (String, History<ShotZones>) {
        let [paint_attempts, mid_range_attempts, three_attempts] = attempts;
        let shots = ShotZones {
            game_id: format!("00224{day:05}"),
            game_date: LeagueDay(day),
            paint_attempts,
            paint_made: (paint_attempts - 1).max(0),
            mid_range_attempts,
            mid_range_made: mid_range_attempts,
            three_attempts,
            three_made: three_attempts,
            assisted,
            ..ShotZones::default()
        };
        known(shots, i64::from(day) * 1_000 + 900)
    }

    fn known(shots: ShotZones, known_at: i64) -> (String, History<ShotZones>) {
        let mut history = History::default();
        let statement = Statement {
            source: "feed".into(),
            known_at: Timestamp(known_at),
            offset: 0,
            said: Said::Stated(shots.clone()),
        };
        history.insert(statement, 4);
        (shots.game_id, history)
    }

    fn before(games: &[(String, History<ShotZones>)]) -> Shots {
        Shots::before(games, GAME_DAY, TIP_OFF)
    }

    #[test]
    fn shares_are_of_the_sums_over_the_last_ten_games() {
        // Two games within the window, and eight of one three each: 7, 0 and 21 of 28 shots.
        let mut games = vec![game(98, [6, 0, 4], None), game(97, [1, 0, 9], None)];
        games.extend((89..97).map(|day| game(day, [0, 0, 1], None)));
        games.push(game(80, [99, 0, 0], None));
        let shots = before(&games);
        let shares = shots.zone_shares.unwrap();
        assert_eq!(
            (shares.paint, shares.mid_range, shares.three),
            (0.25, 0.0, 0.75)
        );
        assert_eq!(shots.as_of, Some(Timestamp(98_900)));
    }

    #[test]
    fn goals_of_his_own_making_count_games_whose_assists_are_known() {
        // 9 made, 3 assisted; then 19 made, 16 assisted: 9 of 28 are his own.
        let games = [
            game(98, [10, 0, 0], Some(3)),
            game(97, [10, 5, 5], Some(16)),
            game(99, [10, 0, 0], None),
        ];
        assert_eq!(before(&games).self_created_rate, Some(0.3214));
        assert_eq!(before(&games[2..]).self_created_rate, None);
        let nobody_scored = [game(98, [1, 0, 0], Some(0))];
        assert_eq!(before(&nobody_scored).self_created_rate, None);
    }

    #[test]
    fn promise_8_what_was_known_after_tip_off_is_not_read_and_neither_is_the_game_itself() {
        let own = game(100, [5, 5, 5], Some(1));
        let late = known(
            ShotZones {
                game_id: "0022400098".into(),
                game_date: LeagueDay(98),
                paint_attempts: 5,
                ..ShotZones::default()
            },
            TIP_OFF.0,
        );
        let preseason = known(
            ShotZones {
                game_id: "0012400050".into(),
                game_date: LeagueDay(50),
                paint_attempts: 5,
                ..ShotZones::default()
            },
            50_900,
        );
        assert_eq!(before(&[own, late, preseason]), Shots::default());
        assert_eq!(before(&[]), Shots::default());
    }
}
