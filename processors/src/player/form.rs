//! A player's form: averages over the games he played before one game.
//!
//! Windows end strictly before the day of the game and count games played; a game in which he was
//! listed and did not play is none of them. Only rows known before tip-off are read. The last 5 and
//! 10 may reach into the season before, the season's average does not.

use sideline_avro::facts::BoxScore;
use sideline_avro::form::{Form, StatForm};
use sideline_avro::time::{LeagueDay, Timestamp};

use crate::calendar::season_start;
use crate::decimals::{FINE, MINUTES, mean, round_to, sample_deviation};
use crate::props::{PROPS, Prop};
use crate::truth::History;

/// Short and long window, in games.
const SHORT_GAMES: usize = 5;
const LONG_GAMES: usize = 10;
/// Days before the game day that count as the last week.
const WEEK_DAYS: i32 = 7;
/// In so many of his last 5 games he must have played so many minutes to be predicted without a
/// line or a lineup.
const REGULAR_GAMES_MIN: usize = 3;
const REGULAR_MINUTES_MIN: f64 = 10.0;
/// Third digits of a game id that mark games of no standing: preseason and All-Star.
const EXHIBITION_PREFIXES: [&str; 2] = ["001", "003"];

/// The games a player had played before a game, oldest first.
pub(crate) struct Log<'r> {
    rows: Vec<&'r BoxScore>,
    game_day: LeagueDay,
    /// Newest known_at of a row that was used.
    pub(super) as_of: Option<Timestamp>,
}

impl<'r> Log<'r> {
    /// From all rows of the player, those played before the game and known before its tip-off.
    pub(crate) fn before(
        rows: &'r [(String, History<BoxScore>)],
        game_day: LeagueDay,
        tip_off: Timestamp,
    ) -> Self {
        let mut played = Vec::with_capacity(rows.len());
        let mut as_of = None;
        for (_, history) in rows {
            let Some(statement) = history.as_of(tip_off) else {
                continue;
            };
            let Some(row) = statement.value() else {
                continue;
            };
            if row.game_date >= game_day || row.did_not_play || row.minutes <= 0.0 {
                continue;
            }
            if EXHIBITION_PREFIXES
                .iter()
                .any(|prefix| row.game_id.starts_with(prefix))
            {
                continue;
            }
            as_of = as_of.max(Some(statement.known_at));
            played.push(row);
        }
        played.sort_by(|one, other| {
            (one.game_date, &one.game_id).cmp(&(other.game_date, &other.game_id))
        });
        Self {
            rows: played,
            game_day,
            as_of,
        }
    }

    fn last(&self, games: usize) -> &[&'r BoxScore] {
        &self.rows[self.rows.len().saturating_sub(games)..]
    }

    fn season(&self) -> &[&'r BoxScore] {
        let start = season_start(self.game_day);
        let first = self.rows.partition_point(|row| row.game_date < start);
        &self.rows[first..]
    }

    /// True for a player who has been playing: 10 minutes or more in 3 of his last 5 games.
    pub(super) fn is_regular(&self) -> bool {
        let long = self
            .last(SHORT_GAMES)
            .iter()
            .filter(|row| row.minutes >= REGULAR_MINUTES_MIN);
        long.count() >= REGULAR_GAMES_MIN
    }

    /// The form, with one entry per prop asked for.
    pub(super) fn form(&self, minutes_gained: f64, props: &[&'static Prop]) -> Form {
        let minutes = |rows: &[&BoxScore]| {
            let all: Vec<f64> = rows.iter().map(|row| row.minutes).collect();
            mean(&all).map(|minutes| round_to(minutes, MINUTES))
        };
        let week_begin = self.game_day.0.saturating_sub(WEEK_DAYS);
        let last_week = self.rows.iter().filter(|row| row.game_date.0 >= week_begin);
        let days_rest = self
            .rows
            .last()
            .map(|row| self.game_day.0 - row.game_date.0 - 1);
        Form {
            games: count(self.season().len()),
            games_in_last_7_days: count(last_week.count()),
            days_rest,
            minutes_last_10: minutes(self.last(LONG_GAMES)),
            minutes_season: minutes(self.season()),
            minutes_gained,
            stats: props.iter().map(|prop| self.stat(prop)).collect(),
        }
    }

    /// Games played before the game, earlier seasons counted.
    pub(crate) fn games(&self) -> i32 {
        count(self.rows.len())
    }

    /// The averages of one prop.
    pub(crate) fn stat(&self, prop: &Prop) -> StatForm {
        let values = |rows: &[&BoxScore]| rows.iter().map(|row| (prop.of)(row)).collect::<Vec<_>>();
        let long = values(self.last(LONG_GAMES));
        let long_minutes: f64 = self.last(LONG_GAMES).iter().map(|row| row.minutes).sum();
        let per_minute = long.iter().sum::<f64>() / long_minutes;
        StatForm {
            prop: prop.name.to_owned(),
            average_last_5: mean(&values(self.last(SHORT_GAMES))),
            average_last_10: mean(&long),
            average_season: mean(&values(self.season())),
            std_last_10: sample_deviation(&long),
            per_minute_last_10: (long_minutes > 0.0).then(|| round_to(per_minute, FINE)),
        }
    }
}

/// All props, in the order of the table.
pub(super) fn all_props() -> Vec<&'static Prop> {
    PROPS.iter().collect()
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_day;
    use crate::props::prop;
    use crate::truth::{Said, Statement};

    fn day(text: &str) -> LeagueDay {
        parse_day(text).unwrap()
    }

    fn game(date: &str, minutes: f64, pts: i32) -> BoxScore {
        let game_id = format!("002{:07}", day(date).0);
        BoxScore {
            game_id,
            game_date: day(date),
            minutes,
            pts,
            ..BoxScore::default()
        }
    }

    fn log_of(games: &[BoxScore]) -> Vec<(String, History<BoxScore>)> {
        let known = |row: &BoxScore| {
            let mut history = History::default();
            let known_at = Timestamp(i64::from(row.game_date.0));
            let said = Said::Stated(row.clone());
            history.insert(
                Statement {
                    source: "feed".into(),
                    known_at,
                    offset: 0,
                    said,
                },
                4,
            );
            (row.game_id.clone(), history)
        };
        games.iter().map(known).collect()
    }

    const LATER: Timestamp = Timestamp(i64::MAX);

    #[test]
    fn windows_count_games_played_strictly_before_the_game() {
        let mut games = vec![
            game("2024-12-20", 30.0, 20),
            game("2024-12-22", 34.0, 30),
            game("2024-12-23", 40.0, 50),
        ];
        games.push(BoxScore {
            did_not_play: true,
            ..game("2024-12-21", 0.0, 0)
        });
        games.push(BoxScore {
            game_id: "0012400001".into(),
            ..game("2024-12-19", 20.0, 4)
        });
        let rows = log_of(&games);
        let form = Log::before(&rows, day("2024-12-23"), LATER).form(1.5, &all_props());
        let points = &form.stats[0];
        assert_eq!((form.games, form.days_rest), (2, Some(0)));
        assert_eq!(form.minutes_last_10, Some(32.0));
        assert_eq!(form.minutes_gained, 1.5);
        assert_eq!(
            (points.average_last_5, points.average_season),
            (Some(25.0), Some(25.0))
        );
        assert_eq!(points.std_last_10, Some(7.071));
        assert_eq!(points.per_minute_last_10, Some(0.7813));
    }

    #[test]
    fn promise_8_rows_known_after_tip_off_do_not_count() {
        let rows = log_of(&[game("2024-12-20", 30.0, 20), game("2024-12-21", 30.0, 40)]);
        let tip_off = Timestamp(i64::from(day("2024-12-21").0));
        let form = Log::before(&rows, day("2024-12-23"), tip_off).form(0.0, &all_props());
        assert_eq!(form.stats[0].average_season, Some(20.0));
    }

    #[test]
    fn the_season_begins_in_october_and_the_windows_do_not() {
        let rows = log_of(&[game("2024-04-10", 30.0, 10), game("2024-10-25", 30.0, 20)]);
        let form =
            Log::before(&rows, day("2024-10-27"), LATER).form(0.0, &[prop("points").unwrap()]);
        assert_eq!(form.stats[0].average_last_5, Some(15.0));
        assert_eq!(form.stats[0].average_season, Some(20.0));
        assert_eq!(
            (form.games, form.games_in_last_7_days, form.days_rest),
            (1, 1, Some(1))
        );
    }

    #[test]
    fn nobody_is_judged_by_games_he_did_not_play() {
        let form = Log::before(&[], day("2024-10-27"), LATER).form(0.0, &all_props());
        assert_eq!((form.minutes_last_10, form.days_rest), (None, None));
        assert!(form.stats.iter().all(|stat| stat.average_last_5.is_none()));
    }

    #[test]
    fn a_regular_played_ten_minutes_in_three_of_his_last_five() {
        let dates = [
            "2024-12-01",
            "2024-12-03",
            "2024-12-05",
            "2024-12-07",
            "2024-12-09",
        ];
        let with = |minutes: [f64; 5]| {
            let games: Vec<BoxScore> = dates
                .iter()
                .zip(minutes)
                .map(|(date, minutes)| game(date, minutes, 1))
                .collect();
            Log::before(&log_of(&games), day("2024-12-11"), LATER).is_regular()
        };
        assert!(with([10.0, 12.0, 30.0, 2.0, 3.0]));
        assert!(!with([9.9, 12.0, 30.0, 2.0, 3.0]));
    }
}
