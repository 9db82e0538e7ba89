//! Moments as people write and read them.

use anyhow::{Result, bail};
use sideline_avro::time::{LeagueDay, Timestamp};

/// A moment from text: `2024-12-23T22:30Z` or `2024-12-23T22:30:00Z`.
///
/// # Errors
/// The text is neither; the message shows the form.
pub fn parse(text: &str) -> Result<Timestamp> {
    match text.parse::<jiff::Timestamp>() {
        Ok(moment) => Ok(Timestamp(moment.as_microsecond())),
        Err(_) => bail!("`{text}` is no moment; write it in UTC, for example 2024-12-23T22:30Z"),
    }
}

/// A moment as `2024-12-23 22:30:00`, UTC.
#[must_use]
pub fn show(moment: Timestamp) -> String {
    match jiff::Timestamp::from_microsecond(moment.0) {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => format!("{} µs", moment.0),
    }
}

/// A day as `2024-12-23`.
#[must_use]
pub fn show_day(day: LeagueDay) -> String {
    let moment = Timestamp(i64::from(day.0) * 86_400 * Timestamp::MICROS_PER_SECOND);
    show(moment).chars().take(10).collect()
}

/// The league day (US Eastern) of a moment.
#[must_use]
pub fn league_day(moment: Timestamp) -> LeagueDay {
    let utc = jiff::Timestamp::from_microsecond(moment.0);
    // Eastern time is compiled in, so only a moment outside the calendar has no day.
    match utc.and_then(|utc| utc.in_tz("America/New_York")) {
        Ok(eastern) => crate::season_events::league_day(eastern.date()),
        Err(_) => LeagueDay::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_with_and_without_seconds() {
        assert_eq!(
            parse("2024-12-23T22:30Z").unwrap(),
            parse("2024-12-23T22:30:00Z").unwrap()
        );
        assert_eq!(
            show(parse("2024-12-23T22:30Z").unwrap()),
            "2024-12-23 22:30:00"
        );
    }

    #[test]
    fn the_league_day_is_eastern() {
        let after_midnight_utc = parse("2024-12-24T03:00Z").unwrap();
        assert_eq!(show_day(league_day(after_midnight_utc)), "2024-12-23");
    }
}
