//! What a person chooses of an invented league.

use std::ops::RangeInclusive;

use jiff::civil::Date;

/// Fewest and most teams: two make a game, and sixty is twice any league whose lines are posted.
pub const TEAMS_ALLOWED: RangeInclusive<u32> = 2..=60;

/// Fewest and most weeks: a whole season has 25, and thirty leave room for one that runs long.
pub const WEEKS_ALLOWED: RangeInclusive<u32> = 1..=30;

/// Fewest and most books: as many as there are invented names for.
pub const BOOKS_ALLOWED: RangeInclusive<u32> = 1..=20;

/// Years for which US Eastern time is computed as it was or will be.
const YEARS_ALLOWED: RangeInclusive<i16> = 2007..=2100;

/// What a person chooses of an invented league. The same settings give the same league.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeagueSettings {
    /// Where all chance comes from.
    pub seed: u64,
    /// Teams, 2 to 60.
    pub teams: u32,
    /// Weeks of games, 1 to 30. One game day more follows, so that there is an evening to look at.
    pub weeks: u32,
    /// Books that post lines, 1 to 20.
    pub books: u32,
    /// First league day (US Eastern), in the years 2007 to 2100.
    pub start_date: Date,
}

impl Default for LeagueSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            teams: 30,
            weeks: 6,
            books: 8,
            start_date: Date::constant(2025, 10, 20),
        }
    }
}

/// A setting outside what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is {value}, allowed are {low} to {high}")]
pub struct SettingsError {
    /// Name of the setting.
    pub setting: &'static str,
    /// What was chosen.
    pub value: i64,
    /// Lowest that is allowed.
    pub low: i64,
    /// Highest that is allowed.
    pub high: i64,
}

impl LeagueSettings {
    /// Refuses what cannot be simulated.
    ///
    /// # Errors
    /// The first setting outside its range.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        within("teams", self.teams, &TEAMS_ALLOWED)?;
        within("weeks", self.weeks, &WEEKS_ALLOWED)?;
        within("books", self.books, &BOOKS_ALLOWED)?;
        within("year of start_date", self.start_date.year(), &YEARS_ALLOWED)
    }
}

fn within<T: Copy + Into<i64> + PartialOrd>(
    setting: &'static str,
    value: T,
    allowed: &RangeInclusive<T>,
) -> Result<(), SettingsError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (low, high) = ((*allowed.start()).into(), (*allowed.end()).into());
    Err(SettingsError {
        setting,
        value: value.into(),
        low,
        high,
    })
}
