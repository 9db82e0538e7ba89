//! When a fact was known to the world, for facts whose source does not say. All moments are
//! microseconds since 1970-01-01 00:00 UTC.
//!
//! The US Eastern clock is computed here from the rule in force since 2007, not from the machine's
//! time-zone files, so that one season gives the same moments everywhere.

use jiff::Timestamp;
use jiff::civil::Date;

const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;
const DAY_US: i64 = 24 * HOUR_US;
const EPOCH: Date = Date::constant(1970, 1, 1);

/// A box score, and with it the result, is known this long after tip-off: games of 48 minutes take
/// about 135 minutes, and the official sheet comes soon after.
pub const BOX_SCORE_AFTER_TIP_OFF_US: i64 = 150 * MINUTE_US;

/// Teams hand in the inactive list this long before tip-off.
pub const INACTIVE_LIST_BEFORE_TIP_OFF_US: i64 = 30 * MINUTE_US;

/// Hour of the US Eastern day at which a dated move on the injury list counts as known.
pub const INJURY_MOVE_EASTERN_HOUR: i64 = 15;

/// Hour of the US Eastern eve of a player's first game for a team at which he counts as its player:
/// early enough that a line posted on the eve finds his team.
pub const STINT_EASTERN_HOUR: i64 = 12;

/// Teams, players and schedule count as known this many days before opening day, at 12:00 UTC.
pub const SEASON_START_BEFORE_OPENING_DAYS: i64 = 30;

/// A player is registered this long before the first fact that is about him, when that fact is
/// older than the season's start. Of one moment, facts are read topic by topic, so a registration
/// of the same moment would come too late.
pub const REGISTRATION_BEFORE_FIRST_FACT_US: i64 = HOUR_US;

/// When the box score and the result of a game that starts at `tip_off` are known.
#[must_use]
pub fn box_score_known_at_us(tip_off: Timestamp) -> i64 {
    tip_off.as_microsecond() + BOX_SCORE_AFTER_TIP_OFF_US
}

/// When the inactive list of a game that starts at `tip_off` is known.
#[must_use]
pub fn inactive_list_known_at_us(tip_off: Timestamp) -> i64 {
    tip_off.as_microsecond() - INACTIVE_LIST_BEFORE_TIP_OFF_US
}

/// When a move on the injury list that bears this date is known.
#[must_use]
pub fn injury_move_known_at_us(reported: Date) -> i64 {
    eastern_us(reported, INJURY_MOVE_EASTERN_HOUR, 0)
}

/// When a player whose first game for a team is on `first_date` counts as its player.
#[must_use]
pub fn stint_known_at_us(first_date: Date) -> i64 {
    let eve = first_date.yesterday().unwrap_or(first_date);
    eastern_us(eve, STINT_EASTERN_HOUR, 0)
}

/// When teams, players and the schedule of a season that opens on `opening_day` are known.
#[must_use]
pub fn season_start_us(opening_day: Date) -> i64 {
    midnight_utc_us(opening_day) - SEASON_START_BEFORE_OPENING_DAYS * DAY_US + 12 * HOUR_US
}

/// When a player is registered: at the season's start, or before the first fact about him.
#[must_use]
pub fn registration_known_at_us(season_start_us: i64, first_named_us: Option<i64>) -> i64 {
    let before_it = |moment_us| moment_us - REGISTRATION_BEFORE_FIRST_FACT_US;
    first_named_us
        .map_or(season_start_us, before_it)
        .min(season_start_us)
}

/// The moment at which clocks of the US East show `hour:minute` on `date`.
///
/// Hours from 3 on are right on every day since 2007; before 2007 summer time had other dates, and
/// between midnight and 3 on the day clocks change the answer can be an hour off.
///
/// ```
/// use jiff::civil::date;
/// use sideline_season::eastern_us;
/// // 2024-12-23 15:00 EST is 20:00 UTC.
/// assert_eq!(eastern_us(date(2024, 12, 23), 15, 0), 1_734_984_000_000_000);
/// ```
#[must_use]
pub fn eastern_us(date: Date, hour: i64, minute: i64) -> i64 {
    let behind_utc_hours = if is_summer_time(date) { 4 } else { 5 };
    midnight_utc_us(date) + (hour + behind_utc_hours) * HOUR_US + minute * MINUTE_US
}

fn midnight_utc_us(date: Date) -> i64 {
    date.duration_since(EPOCH).as_secs() * 1_000_000
}

/// Summer time runs from the second Sunday of March to the first Sunday of November.
fn is_summer_time(date: Date) -> bool {
    match date.month() {
        4..=10 => true,
        3 => date.day() >= first_sunday(date) + 7,
        11 => date.day() < first_sunday(date),
        _ => false,
    }
}

fn first_sunday(date: Date) -> i8 {
    let first = date.first_of_month().weekday().to_sunday_zero_offset();
    1 + (7 - first) % 7
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_eastern_clock_agrees_with_the_time_zone_database() {
        let mut day = date(2007, 3, 1);
        while day < date(2040, 1, 1) {
            for hour in [3_i8, 12, 15, 23] {
                let zoned = day.at(hour, 0, 0, 0).in_tz("America/New_York").unwrap();
                let expected = zoned.timestamp().as_microsecond();
                assert_eq!(
                    eastern_us(day, i64::from(hour), 0),
                    expected,
                    "{day} {hour}"
                );
            }
            day = day.tomorrow().unwrap();
        }
    }

    #[test]
    fn times_that_no_source_gives_follow_the_rules() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
        let tip_off: Timestamp = "2024-12-24T00:10:00Z".parse().unwrap();
        assert_eq!(box_score_known_at_us(tip_off), at("2024-12-24T02:40:00Z"));
        assert_eq!(
            inactive_list_known_at_us(tip_off),
            at("2024-12-23T23:40:00Z")
        );
        assert_eq!(
            injury_move_known_at_us(date(2024, 12, 23)),
            at("2024-12-23T20:00:00Z")
        );
        assert_eq!(
            stint_known_at_us(date(2024, 10, 22)),
            at("2024-10-21T16:00:00Z")
        );
        assert_eq!(
            season_start_us(date(2024, 10, 22)),
            at("2024-09-22T12:00:00Z")
        );
    }

    #[test]
    fn a_player_is_registered_before_the_first_word_about_him() {
        let start = season_start_us(date(2024, 10, 22));
        assert_eq!(registration_known_at_us(start, None), start);
        let in_july = injury_move_known_at_us(date(2024, 7, 11));
        let registered = registration_known_at_us(start, Some(in_july));
        assert_eq!(registered, in_july - HOUR_US);
        let in_october = injury_move_known_at_us(date(2024, 10, 15));
        assert_eq!(registration_known_at_us(start, Some(in_october)), start);
        assert!(registration_known_at_us(start, Some(start)) < start);
    }
}
