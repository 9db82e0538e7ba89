//! A player's form: averages over the games he played before one game.
//!
//! Windows end strictly before the day of the game and count games played; a game in which he was
//! listed and did not play is none of them. Only rows known before tip-off are read. The last 5 and
//! 10 may reach into the season before, the season's average does not.

use std::collections::BTreeMap;

use sideline_avro::context::PlayerContext;
use sideline_avro::facts::BoxScore;
use sideline_avro::form::{Form, PropLine, StatForm};
use sideline_avro::time::{LeagueDay, Timestamp};

use super::against::against;
use super::closings::Closings;
use super::settled::games_since_change;
use super::similar::{Circumstances, alike, running_points};
use super::stat::Beside;
use super::told::{Told, defence};
use crate::calendar::season_start;
use crate::decimals::{FINE, MINUTES, mean, round_to, sample_deviation};
use crate::props::{PROPS, Prop};
use crate::truth::History;

/// Short and long window, in games.
pub(super) const SHORT_GAMES: usize = 5;
pub(super) const LONG_GAMES: usize = 10;
/// Days before the game day that count as the last week.
const WEEK_DAYS: i32 = 7;
/// Days that count as the last fortnight, and as the last year.
const FORTNIGHT_DAYS: i32 = 14;
const YEAR_DAYS: i32 = 365;
/// In so many of his last 5 games he must have played so many minutes to be predicted without a
/// line or a lineup.
const REGULAR_GAMES_MIN: usize = 3;
const REGULAR_MINUTES_MIN: f64 = 10.0;
/// Third digits of a game id that mark games of no standing: preseason and All-Star.
const EXHIBITION_PREFIXES: [&str; 2] = ["001", "003"];

/// True for preseason and All-Star games.
pub(super) fn is_exhibition(game_id: &str) -> bool {
    let mut prefixes = EXHIBITION_PREFIXES.iter();
    prefixes.any(|prefix| game_id.starts_with(prefix))
}

/// What form is made of besides the games: all of it as of tip-off.
pub(super) struct Surroundings<'s> {
    pub(super) context: &'s PlayerContext,
    /// What he was told of the games before.
    pub(super) told: &'s Told,
    /// The closing lines of those, by prop.
    pub(super) closings: &'s BTreeMap<&'static str, Closings>,
    /// Tonight's lines.
    pub(super) lines: &'s [PropLine],
}

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
            if is_exhibition(&row.game_id) {
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

    pub(super) fn last(&self, games: usize) -> &[&'r BoxScore] {
        &self.rows[self.rows.len().saturating_sub(games)..]
    }

    pub(super) fn season(&self) -> &[&'r BoxScore] {
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
    pub(super) fn form(&self, around: &Surroundings<'_>, props: &[&'static Prop]) -> Form {
        let context = around.context;
        let minutes: Vec<f64> = self
            .last(LONG_GAMES)
            .iter()
            .map(|row| row.minutes)
            .collect();
        let mean_minutes = |rows: &[&BoxScore]| {
            let all: Vec<f64> = rows.iter().map(|row| row.minutes).collect();
            mean(&all).map(|minutes| round_to(minutes, MINUTES))
        };
        let last_week = self.since(WEEK_DAYS);
        let week_minutes: f64 = last_week.iter().map(|row| row.minutes).sum();
        let met = self.games_against(&context.opponent);
        let alike = self.alike(around);
        let stat = |prop: &&'static Prop| self.stat_of(prop, around, (&met, &alike));
        Form {
            games: count(self.season().len()),
            games_in_last_7_days: count(last_week.len()),
            days_rest: self.days_rest(),
            minutes_last_10: mean_minutes(self.last(LONG_GAMES)),
            minutes_season: mean_minutes(self.season()),
            minutes_gained: context.minutes_gained,
            stats: props.iter().map(stat).collect(),
            minutes_last_7_days: round_to(week_minutes, MINUTES),
            back_to_backs_last_14_days: count(self.back_to_backs()),
            minutes_std_last_10: sample_deviation(&minutes),
            minutes_last_5: mean_minutes(self.last(SHORT_GAMES)),
            free_throw_share: self.free_throw_share(),
            games_vs_opponent: count(met.len()),
            team_form: context.team_form.clone(),
            opponent_form: context.opponent_form.clone(),
            league_pace: context.league_pace,
            spread: context.spread,
            total: context.total,
            star_teammates_out: context.star_teammates_out,
            usage_gained: context.usage_gained,
            usage_last_10: context.usage_last_10,
            role_minutes: context.role_minutes,
            games_since_change: games_since_change(&self.rows, (&context.team, self.game_day)),
            dnp_rate: context.dnp_rate,
            blowout_share: context.blowout_share,
            league_zones: context.league_zones,
            referees: context.referees.clone(),
            // Of his shots another log tells.
            zone_shares: None,
            self_created_rate: None,
        }
    }

    fn days_rest(&self) -> Option<i32> {
        let last = self.rows.last()?;
        Some(self.game_day.0 - last.game_date.0 - 1)
    }

    /// Games of the days before the game day.
    fn since(&self, days: i32) -> &[&'r BoxScore] {
        let begin = self.game_day.0.saturating_sub(days);
        let first = self.rows.partition_point(|row| row.game_date.0 < begin);
        &self.rows[first..]
    }

    fn back_to_backs(&self) -> usize {
        let pairs = self.since(FORTNIGHT_DAYS).windows(2);
        pairs
            .filter(|pair| pair[1].game_date.0 - pair[0].game_date.0 == 1)
            .count()
    }

    /// Games against a team in the year before.
    fn games_against(&self, opponent: &str) -> Vec<&'r BoxScore> {
        let year = self.since(YEAR_DAYS).iter();
        year.filter(|row| row.opponent == opponent)
            .copied()
            .collect()
    }

    /// Points from the line over all points, last 10 games.
    fn free_throw_share(&self) -> Option<f64> {
        let rows = self.last(LONG_GAMES);
        let points: i32 = rows.iter().map(|row| row.pts).sum();
        let made: i32 = rows.iter().map(|row| row.ftm).sum();
        let is_known = rows.len() >= SHORT_GAMES && points > 0;
        is_known.then(|| round_to(f64::from(made) / f64::from(points), FINE))
    }

    fn stat_of(
        &self,
        prop: &Prop,
        around: &Surroundings<'_>,
        (met, alike): (&[&BoxScore], &[(f64, &BoxScore)]),
    ) -> StatForm {
        let line = around.lines.iter().find(|line| line.prop == prop.name);
        let closings = around.closings.get(prop.name);
        let tonight = line.map(|line| line.consensus);
        let against = against(&self.rows, prop, tonight, closings);
        let beside = Beside {
            met,
            alike,
            against,
        };
        self.stat_beside(prop, &beside)
    }

    /// The past games that resemble tonight's, each with its score.
    fn alike(&self, around: &Surroundings<'_>) -> Vec<(f64, &'r BoxScore)> {
        let points = running_points(&self.rows);
        let (context, days_rest) = (around.context, self.days_rest());
        let tonight = Circumstances::of(defence(context), days_rest, context.is_home, &points);
        tonight.map_or_else(Vec::new, |tonight| {
            alike(tonight, &self.circumstances(around.told, &points))
        })
    }

    /// Each past game of which the opponent's defence is known, with what it is compared by.
    fn circumstances(&self, told: &Told, points: &[f64]) -> Vec<(Circumstances, &'r BoxScore)> {
        let mut past = Vec::with_capacity(self.rows.len());
        for (place, row) in self.rows.iter().enumerate() {
            let before = self.rows[..place].last();
            let days_rest = before.map(|last| row.game_date.0 - last.game_date.0 - 1);
            let opponent = told.defence(&row.game_id, &row.team);
            if let Some(one) =
                Circumstances::of(opponent, days_rest, row.is_home, &points[..=place])
            {
                past.push((one, *row));
            }
        }
        past
    }

    /// Games played before the game, earlier seasons counted.
    pub(crate) fn games(&self) -> i32 {
        count(self.rows.len())
    }
}

/// All props, in the order of the table.
pub(super) fn all_props() -> Vec<&'static Prop> {
    PROPS.iter().collect()
}

/// A number of games as records have it.
pub(super) fn count(number: usize) -> i32 {
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

    /// The form with so many minutes gained, and nothing around it.
    fn form_of(log: &Log<'_>, minutes_gained: f64, props: &[&'static Prop]) -> Form {
        let context = PlayerContext {
            minutes_gained,
            opponent: "BOS".into(),
            ..PlayerContext::default()
        };
        let around = Surroundings {
            context: &context,
            told: &Told::default(),
            closings: &BTreeMap::new(),
            lines: &[],
        };
        log.form(&around, props)
    }

    #[test]
    fn the_fortnight_counts_neighbouring_days_and_the_year_counts_the_opponent() {
        let against = |mut row: BoxScore, team: &str, ftm: i32| {
            row.opponent = team.into();
            row.ftm = ftm;
            row
        };
        let games = [
            against(game("2023-11-01", 30.0, 40), "BOS", 5),
            against(game("2024-12-01", 30.0, 10), "BOS", 5),
            against(game("2024-12-10", 30.0, 20), "MIA", 5),
            against(game("2024-12-11", 32.0, 30), "BOS", 5),
            against(game("2024-12-20", 34.0, 20), "MIA", 5),
            against(game("2024-12-21", 30.0, 20), "MIA", 5),
        ];
        let rows = log_of(&games);
        let form = form_of(
            &Log::before(&rows, day("2024-12-23"), LATER),
            0.0,
            &all_props(),
        );
        assert_eq!(form.back_to_backs_last_14_days, 2);
        assert_eq!(form.minutes_last_7_days, 64.0);
        assert_eq!(
            (form.games_vs_opponent, form.stats[0].average_vs_opponent),
            (2, Some(20.0))
        );
        // 30 of 140 points
        assert_eq!(form.free_throw_share, Some(0.2143));
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
        let form = form_of(
            &Log::before(&rows, day("2024-12-23"), LATER),
            1.5,
            &all_props(),
        );
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
        let form = form_of(
            &Log::before(&rows, day("2024-12-23"), tip_off),
            0.0,
            &all_props(),
        );
        assert_eq!(form.stats[0].average_season, Some(20.0));
    }

    #[test]
    fn the_season_begins_in_october_and_the_windows_do_not() {
        let rows = log_of(&[game("2024-04-10", 30.0, 10), game("2024-10-25", 30.0, 20)]);
        let form = form_of(
            &Log::before(&rows, day("2024-10-27"), LATER),
            0.0,
            &[prop("points").unwrap()],
        );
        assert_eq!(form.stats[0].average_last_5, Some(15.0));
        assert_eq!(form.stats[0].average_season, Some(20.0));
        assert_eq!(
            (form.games, form.games_in_last_7_days, form.days_rest),
            (1, 1, Some(1))
        );
    }

    #[test]
    fn nobody_is_judged_by_games_he_did_not_play() {
        let form = form_of(
            &Log::before(&[], day("2024-10-27"), LATER),
            0.0,
            &all_props(),
        );
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
