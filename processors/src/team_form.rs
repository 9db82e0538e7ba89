//! What a team's ended games say of it before one of its games: pace, ratings, results, rest.
//!
//! Possessions of a side are `FGA + 0.44 FTA + TOV - OREB`, summed over its box score lines. Pace is
//! possessions per 48 minutes of game time, and game time is the side's minutes over five, so
//! overtime does not look fast. Ratings are points per 100 possessions of the side that scored
//! them. Worked: 88 FGA, 25 FTA, 14 TOV and 11 OREB are 102 possessions; over 265 minutes (53 of game
//! time, one overtime) pace is 102 x 48 / 53 = 92.38; 120 points are a rating of 117.65.
//!
//! What it allows by zone of the floor is the share of their shots that its opponents made, summed
//! over the games: 9 of 20 in one and 6 of 10 in the other are 15 of 30, 0.5.
//!
//! Only games of the season whose end and lines were known before tip-off count. A game whose lines
//! are missing on one side is left out, and the others stay.

use sideline_avro::context::{ByZone, TeamForm};
use sideline_avro::facts::{GameTotals, Played, SideTotals};

use crate::calendar::season_start;
use crate::decimals::{VALUE, mean_to, share};
use crate::fixtures::{Calendar, Slot};
use crate::zones::ZoneSums;

/// Games of the shorter window.
const SHORT_WINDOW: usize = 10;
/// Games of the longer window.
const LONG_WINDOW: usize = 15;
/// Ended games before a share of wins says anything.
const WIN_GAMES_MIN: usize = 5;
/// Points apart from which on a game counts as a blowout.
const BLOWOUT_MARGIN: i32 = 15;
/// More games than a team plays in a season, playoffs and all.
const SEASON_GAMES_MAX: usize = 128;
/// Players of a side on the floor.
const ON_FLOOR: f64 = 5.0;
/// Minutes of a game in regulation.
const REGULATION_MINUTES: f64 = 48.0;
/// Share of free throws that end a possession.
const FREE_THROW_WEIGHT: f64 = 0.44;

/// Adds one line to its side's sums.
pub(crate) fn add_line(side: &mut SideTotals, row: &Played) {
    side.minutes += row.minutes;
    side.points += row.pts;
    side.possessions += used_possessions(row) - f64::from(row.oreb);
}

/// Possessions a player ended himself: `FGA + 0.44 FTA + TOV`.
pub(crate) fn used_possessions(row: &Played) -> f64 {
    f64::from(row.fga) + FREE_THROW_WEIGHT * f64::from(row.fta) + f64::from(row.tov)
}

fn pace(side: &SideTotals) -> f64 {
    side.possessions * REGULATION_MINUTES / (side.minutes / ON_FLOOR)
}

fn rating(side: &SideTotals) -> f64 {
    100.0 * f64::from(side.points) / side.possessions
}

/// The games of the season whose end was known before this one's tip-off, oldest first.
fn ended_of_season<'c>(calendar: &'c Calendar, slot: &Slot) -> Vec<&'c Slot> {
    let season = season_start(slot.game_date);
    let ended = calendar.ended_before(slot.tip_off, SEASON_GAMES_MAX);
    let counts = |one: &&Slot| one.is_counted && one.game_date >= season;
    ended.into_iter().filter(counts).collect()
}

/// The team before the game in this slot.
pub(crate) fn team_form(calendar: &Calendar, slot: &Slot) -> TeamForm {
    let tip_off = slot.tip_off;
    let season = season_start(slot.game_date);
    let ended = ended_of_season(calendar, slot);
    // Newest first.
    let sums: Vec<&GameTotals> = ended
        .iter()
        .rev()
        .filter_map(|one| one.totals_before(tip_off))
        .collect();
    let mean = |count: usize, figure: fn(&GameTotals) -> f64| mean_of(&sums, count, figure);
    let days_rest = calendar
        .played_before(tip_off)
        .filter(|before| before.game_date >= season)
        .map(|before| (slot.game_date.0 - before.game_date.0 - 1).max(0));
    TeamForm {
        games: i32::try_from(sums.len()).unwrap_or(i32::MAX),
        pace_last_10: mean(SHORT_WINDOW, |game| pace(&game.own)),
        pace_last_15: mean(LONG_WINDOW, |game| pace(&game.own)),
        off_rating_last_10: mean(SHORT_WINDOW, |game| rating(&game.own)),
        def_rating_last_10: mean(SHORT_WINDOW, |game| rating(&game.opponent)),
        def_rating_last_15: mean(LONG_WINDOW, |game| rating(&game.opponent)),
        win_pct: win_share(&ended, slot),
        days_rest,
        zones_allowed: zones_allowed(&ended, slot),
    }
}

/// What its opponents made of their shots by zone, over the last games of which that is known.
fn zones_allowed(ended: &[&Slot], slot: &Slot) -> Option<ByZone> {
    let newest = ended.iter().rev();
    let known = newest.filter_map(|one| one.zones_before(slot.tip_off));
    ZoneSums::of(known.take(LONG_WINDOW)).rates()
}

fn mean_of(sums: &[&GameTotals], count: usize, figure: fn(&GameTotals) -> f64) -> Option<f64> {
    let window: Vec<f64> = sums.iter().take(count).map(|game| figure(game)).collect();
    mean_to(&window, VALUE)
}

/// Share of the team's last ten ended games of the season, as far as their points are known, that
/// ended 15 or more points apart, won or lost: 0 to 1. Whoever starts sits at the end of such games.
/// None without one.
///
/// Worked: margins of -15, 14 and 22 are 2 / 3 = 0.6667.
pub(crate) fn blowout_share(calendar: &Calendar, slot: &Slot) -> Option<f64> {
    let ended = ended_of_season(calendar, slot);
    let known = ended
        .iter()
        .rev()
        .filter_map(|one| one.margin_before(slot.tip_off));
    let margins: Vec<i32> = known.take(SHORT_WINDOW).collect();
    let far = margins
        .iter()
        .filter(|margin| margin.abs() >= BLOWOUT_MARGIN);
    share(far.count() as f64, margins.len() as f64)
}

fn win_share(ended: &[&Slot], slot: &Slot) -> Option<f64> {
    let margins: Vec<i32> = ended
        .iter()
        .filter_map(|one| one.margin_before(slot.tip_off))
        .collect();
    if margins.len() < WIN_GAMES_MIN {
        return None;
    }
    let wins = margins.iter().filter(|margin| **margin > 0).count();
    share(wins as f64, margins.len() as f64)
}

#[cfg(test)]
mod tests {
    use sideline_avro::facts::ShotZones;
    use sideline_avro::time::{LeagueDay, Timestamp};

    use super::*;
    use crate::calendar::parse_day;

    fn day(text: &str) -> LeagueDay {
        parse_day(text).unwrap()
    }

    fn side(minutes: f64, points: i32, possessions: f64) -> SideTotals {
        SideTotals {
            minutes,
            points,
            possessions,
        }
    }

    /// Game `number` of November, ended, with these sums.
    fn ended(number: i32, own: SideTotals, opponent: SideTotals, margin: i32) -> Slot {
        let tip_off = Timestamp(i64::from(number) * 1_000);
        let known_at = Timestamp(tip_off.0 + 150);
        Slot {
            game_id: format!("{number:010}"),
            tip_off,
            game_date: LeagueDay(day("2024-11-01").0 + number),
            is_counted: true,
            final_at: Some(known_at),
            margins: vec![(known_at, margin)],
            totals: vec![GameTotals {
                known_at,
                own,
                opponent,
            }],
            ..Slot::default()
        }
    }

    fn calendar(slots: &[Slot]) -> Calendar {
        let mut calendar = Calendar::default();
        for slot in slots {
            calendar.set(slot.clone());
        }
        calendar
    }

    fn coming(number: i32) -> Slot {
        Slot {
            final_at: None,
            margins: Vec::new(),
            totals: Vec::new(),
            ..ended(number, SideTotals::default(), SideTotals::default(), 0)
        }
    }

    #[test]
    fn the_worked_example_of_the_module_overtime_included() {
        let row = Played {
            minutes: 265.0,
            pts: 120,
            fga: 88,
            fta: 25,
            oreb: 11,
            tov: 14,
            ..Played::default()
        };
        let mut own = SideTotals::default();
        add_line(&mut own, &row);
        assert_eq!(own.possessions, 102.0);
        // 115 points on 100 possessions are a rating of 115.
        let games = calendar(&[ended(1, own, side(265.0, 115, 100.0), 5)]);
        let form = team_form(&games, &coming(2));
        assert_eq!(form.pace_last_10, Some(92.38));
        assert_eq!(form.off_rating_last_10, Some(117.65));
        assert_eq!(form.def_rating_last_10, Some(115.0));
        assert_eq!(
            (form.games, form.win_pct, form.days_rest),
            (1, None, Some(0))
        );
    }

    #[test]
    fn the_windows_count_the_newest_games() {
        // Pace is 90 in games 1 to 5 and 100 in 6 to 15: 100 over the last ten, and
        // (5 x 90 + 10 x 100) / 15 = 96.67 over the last fifteen. Every third game is lost.
        let paced = |number: i32| {
            let possessions = if number <= 5 { 90.0 } else { 100.0 };
            let margin = if number % 3 == 0 { -4 } else { 4 };
            let own = side(240.0, 110, possessions);
            ended(number, own.clone(), own, margin)
        };
        let slots: Vec<Slot> = (1..=15).map(paced).collect();
        let form = team_form(&calendar(&slots), &coming(18));
        assert_eq!(form.pace_last_10, Some(100.0));
        assert_eq!(form.pace_last_15, Some(96.67));
        assert_eq!(form.win_pct, Some(0.6667));
        assert_eq!(
            form.days_rest,
            Some(2),
            "15 and 18 November: two whole days between"
        );
    }

    /// A game in which the opponent made so many of 10 shots from each zone, as known from a moment.
    fn defended(number: i32, made: i32, known_at: i64) -> Slot {
        let mut sums = ZoneSums::default();
        sums.add(&ShotZones {
            paint_attempts: 10,
            paint_made: made,
            mid_range_attempts: 10,
            mid_range_made: made,
            three_attempts: 10,
            three_made: made,
            ..ShotZones::default()
        });
        Slot {
            zones: vec![(Timestamp(known_at), Some(sums))],
            ..ended(number, SideTotals::default(), SideTotals::default(), 0)
        }
    }

    #[test]
    fn the_zones_of_fifteen_games_count_as_far_as_they_were_known() {
        // Fifteen games at 4 of 10, and one before them at 9 of 10.
        let mut slots: Vec<Slot> = (2..=16).map(|number| defended(number, 4, 1)).collect();
        slots.push(defended(1, 9, 1));
        let form = team_form(&calendar(&slots), &coming(18));
        assert_eq!(form.zones_allowed.unwrap().three, 0.4);
        // The zones of game 2 are told after tip-off: game 1 is one of the fifteen then.
        slots[0] = defended(2, 4, 18_000);
        let form = team_form(&calendar(&slots), &coming(18));
        // 14 x 4 and 9 of 150
        assert_eq!(form.zones_allowed.unwrap().paint, 0.4333);
        assert_eq!(
            team_form(&calendar(&slots[..0]), &coming(18)).zones_allowed,
            None
        );
    }

    #[test]
    fn a_blowout_is_won_or_lost_by_fifteen_and_only_the_last_ten_count() {
        let whole = side(240.0, 110, 100.0);
        let with = |margins: &[i32]| {
            let slots: Vec<Slot> = (1..)
                .zip(margins)
                .map(|(number, margin)| ended(number, whole.clone(), whole.clone(), *margin))
                .collect();
            blowout_share(&calendar(&slots), &coming(20))
        };
        assert_eq!(with(&[-15, 14, 22]), Some(0.6667));
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[-14]), Some(0.0));
        let eleven = [[40].as_slice(), &[1; 10]].concat();
        assert_eq!(with(&eleven), Some(0.0), "the first is too long ago");
    }

    #[test]
    fn no_games_say_nothing_and_another_season_neither() {
        assert_eq!(
            team_form(&Calendar::default(), &coming(1)),
            TeamForm::default()
        );
        let own = side(240.0, 110, 100.0);
        let mut old = ended(1, own.clone(), own, 3);
        old.game_date = day("2024-04-10");
        assert_eq!(
            team_form(&calendar(&[old]), &coming(2)),
            TeamForm::default()
        );
    }

    #[test]
    fn promise_8_lines_known_after_tip_off_do_not_count_and_half_a_box_score_neither() {
        let whole = side(240.0, 110, 100.0);
        let late = Slot {
            totals: vec![GameTotals {
                known_at: Timestamp(2_000),
                own: whole.clone(),
                opponent: whole.clone(),
            }],
            ..ended(1, whole.clone(), whole.clone(), 1)
        };
        assert_eq!(team_form(&calendar(&[late]), &coming(2)).games, 0);
        let half = ended(1, whole, SideTotals::default(), 1);
        let form = team_form(&calendar(&[half]), &coming(2));
        assert_eq!((form.games, form.pace_last_10), (0, None));
    }
}
