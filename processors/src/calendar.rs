//! Days and moments as people write them, and where a season begins. The league's days are given,
//! never derived from a moment: which day a game belongs to is a fact of the schedule.

use sideline_avro::time::{LeagueDay, Timestamp};

const SECONDS_PER_DAY: i64 = 86_400;
/// A season is named after the year of its October.
const SEASON_FIRST_MONTH: i64 = 10;

/// Year, month and day of a day count since 1970-01-01 (proleptic Gregorian; the algorithm counts
/// in eras of 400 years that begin on the first of March).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// The inverse of [`civil`].
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year_from_march = if month <= 2 { year - 1 } else { year };
    let era = year_from_march.div_euclid(400);
    let year_of_era = year_from_march.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// A league day as `2024-12-23`.
#[must_use]
pub fn day_text(day: LeagueDay) -> String {
    let (year, month, day_of_month) = civil(i64::from(day.0));
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

/// The league day written as `2024-12-23`; none for anything else.
#[must_use]
pub fn parse_day(text: &str) -> Option<LeagueDay> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let days = LeagueDay(i32::try_from(days_from_civil(year, month, day)).ok()?);
    // Refuses 2024-13-01 and 2024-2-3: the one spelling keeps one key per fact.
    (day_text(days) == text).then_some(days)
}

/// A moment as `2024-12-23T22:30:00Z`, to the second.
#[must_use]
pub fn moment_text(moment: Timestamp) -> String {
    let seconds = moment.0.div_euclid(Timestamp::MICROS_PER_SECOND);
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_PER_DAY));
    let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The first of October that begins the season a day belongs to: 2024-10-01 for 2025-02-03.
#[must_use]
pub fn season_start(day: LeagueDay) -> LeagueDay {
    let (year, month, _) = civil(i64::from(day.0));
    let starting_year = if month >= SEASON_FIRST_MONTH {
        year
    } else {
        year - 1
    };
    let start = days_from_civil(starting_year, SEASON_FIRST_MONTH, 1);
    LeagueDay(i32::try_from(start).unwrap_or(i32::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_and_read_alike() {
        for (days, text) in [
            (0, "1970-01-01"),
            (20_080, "2024-12-23"),
            (19_782, "2024-02-29"),
        ] {
            assert_eq!(day_text(LeagueDay(days)), text);
            assert_eq!(parse_day(text), Some(LeagueDay(days)));
        }
        for wrong in [
            "2024-2-3",
            "2024-13-01",
            "2023-02-29",
            "today",
            "0022400061",
        ] {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn moments_are_utc_to_the_second() {
        assert_eq!(
            moment_text(Timestamp(1_734_993_000_000_001)),
            "2024-12-23T22:30:00Z"
        );
        assert_eq!(moment_text(Timestamp(-1)), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn a_season_begins_in_october() {
        let start = |text| day_text(season_start(parse_day(text).unwrap()));
        assert_eq!(start("2025-02-03"), "2024-10-01");
        assert_eq!(start("2024-10-22"), "2024-10-01");
        assert_eq!(start("2024-09-30"), "2023-10-01");
    }
}
