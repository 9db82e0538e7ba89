//! An invented league, by seed, in the CSV form of a season: the default of whoever has no data of
//! his own, and a load of any size.
//!
//! Teams, players and books are invented, and the season is marked so. Players have hidden skills,
//! roles and forms; coaches shift minutes and shots when somebody is out; injuries are told on the
//! list, late scratches only half an hour before tip-off; books open on the eve and move through
//! the day. What was to be expected of each player is kept as the truth, so that a forecast can be
//! measured against the best that anyone could reach.
//!
//! This crate reads no clock: the same settings give the same league, byte by byte. Figures are
//! fitted to a real season, and `tests/believable.rs` compares them with one if it is at hand.
//!
//! How much moves: in a league of 30 teams and 8 books, on every league day at least 20 times a
//! consensus (the median over books) moves further than its prop's threshold from where it last
//! counted. A game has about 18 such moves, and about 6 if nobody is ruled out or back on its day.
//! Smaller leagues have them in proportion to their games.
//!
//! ```
//! use sideline_simulator::{LeagueSettings, simulate};
//!
//! let settings = LeagueSettings { teams: 4, weeks: 1, books: 2, ..LeagueSettings::default() };
//! let league = simulate(&settings)?;
//! assert!(league.season.is_simulated);
//! assert!(!league.season.lines.is_empty() && !league.truth.is_empty());
//! # Ok::<(), sideline_simulator::SettingsError>(())
//! ```

mod belief;
mod box_math;
mod calendar;
mod chance;
mod expectation;
mod game;
mod health;
mod league;
mod market;
mod names;
mod quote;
mod record;
mod settings;
mod simulation;
mod truth;

pub use settings::{BOOKS_ALLOWED, LeagueSettings, SettingsError, TEAMS_ALLOWED, WEEKS_ALLOWED};
pub use simulation::{SimulatedLeague, simulate};
pub use truth::Expectation;
