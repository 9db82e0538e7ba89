//! The league clock: wall time, or a moment in loaded data. Used at the edges only; processors
//! never see it.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use sideline_avro::control::{ClockControl, ClockMode};
use sideline_avro::time::Timestamp;
use sideline_topics::TopicId;

use crate::control;
use crate::system::System;

/// Key of the clock's record.
const KEY: &str = "clock";

/// Real time now. The only place of this crate that reads the wall clock for the league.
#[must_use]
pub fn wall_time() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Real microseconds that a clock which stands still counts as one: two pieces of news entered one
/// after the other must not bear the same moment, or their order would be lost; a day of real time
/// moves the clock by a minute and a half.
const STANDING_STILL: i64 = 1_000;

/// The league's time at a real moment: standing still, running on from a start, or real time.
///
/// A clock that was never set follows real time.
#[must_use]
pub fn league_time(control: Option<&ClockControl>, wall: Timestamp) -> Timestamp {
    let Some(control) = control else { return wall };
    let Some(start) = control.league_time else {
        return wall;
    };
    let since_set = wall.0.saturating_sub(control.set_at.0).max(0);
    match control.mode {
        ClockMode::Fixed => Timestamp(start.0.saturating_add(since_set / STANDING_STILL)),
        ClockMode::Run => Timestamp(start.0.saturating_add(since_set)),
        ClockMode::Wall | ClockMode::Unknown => wall,
    }
}

/// The newest setting of the clock, if it was ever set.
///
/// # Errors
/// Kafka cannot be read, or the record is not understood.
pub async fn read(system: &System) -> Result<Option<ClockControl>> {
    let mut words = control::read(system, TopicId::ClockControl).await?;
    Ok(words.remove(KEY.as_bytes()))
}

/// The league's time now.
///
/// # Errors
/// The clock cannot be read.
pub async fn now(system: &System) -> Result<Timestamp> {
    Ok(league_time(read(system).await?.as_ref(), wall_time()))
}

/// Sets the clock.
///
/// # Errors
/// Kafka does not take the record.
pub async fn set(system: &System, mode: ClockMode, league_time: Option<Timestamp>) -> Result<()> {
    let set_at = wall_time();
    let clock = ClockControl {
        mode,
        league_time,
        set_at,
        set_by: std::env::var("USER").ok(),
    };
    control::write(system, TopicId::ClockControl, set_at, &[(KEY, clock)]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(mode: ClockMode) -> ClockControl {
        ClockControl {
            mode,
            league_time: Some(Timestamp(1_000)),
            set_at: Timestamp(50),
            set_by: None,
        }
    }

    #[test]
    fn a_fixed_clock_stands_still_but_keeps_news_in_order() {
        let fixed = control(ClockMode::Fixed);
        assert_eq!(league_time(Some(&fixed), Timestamp(99)), Timestamp(1_000));
        assert_eq!(
            league_time(Some(&fixed), Timestamp(2_050)),
            Timestamp(1_002)
        );
    }

    #[test]
    fn a_running_clock_goes_on_from_its_start() {
        assert_eq!(
            league_time(Some(&control(ClockMode::Run)), Timestamp(80)),
            Timestamp(1_030)
        );
    }

    #[test]
    fn a_clock_that_was_never_set_follows_real_time() {
        assert_eq!(league_time(None, Timestamp(80)), Timestamp(80));
    }
}
