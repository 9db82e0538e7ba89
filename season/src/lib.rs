//! The CSV form of a season: its rows, reading and writing them, and the facts they become in the
//! order in which the world knew them. `docs/season-csv.md` describes every column for people.
//!
//! This crate knows nothing of Avro, Kafka or predictions, reads no clock, and draws no chance. Its
//! one I/O is the folder it is asked to read or write.
//!
//! ```no_run
//! use std::path::Path;
//! use sideline_season::{Fact, Season};
//!
//! let season = Season::read(Path::new("my-season"))?;
//! for timed in season.facts()? {
//!     if let Fact::Line(line) = timed.fact {
//!         assert_eq!(timed.known_at_us, line.as_of_utc.as_microsecond());
//!     }
//! }
//! # Ok::<(), sideline_season::SeasonError>(())
//! ```

mod column;
mod error;
mod fact;
mod fact_order;
mod known;
mod league_rows;
mod market_rows;
mod player_rows;
mod season;
mod serde_forms;
mod table;
mod time_rules;
mod words;

pub use column::{Column, Kind};
pub use error::{Fault, SeasonError};
pub use fact::{
    Alias, Fact, GameResult, GameSchedule, LineupSnapshot, PlayerIdentity, RosterStint, TimedFact,
};
pub use known::Known;
pub use league_rows::{GameRow, PlayerRow, Stint, TeamRow};
pub use market_rows::{GameLineRow, LineRow, LineupRow};
pub use player_rows::{AbsenceRow, AliasRow, BoxScoreRow, InjuryRow};
pub use season::{SIMULATED_MARK, Season};
pub use table::{Row, Table, read_table, write_table};
pub use time_rules::{
    BOX_SCORE_AFTER_TIP_OFF_US, INACTIVE_LIST_BEFORE_TIP_OFF_US, INJURY_MOVE_EASTERN_HOUR,
    REGISTRATION_BEFORE_FIRST_FACT_US, SEASON_START_BEFORE_OPENING_DAYS, STINT_EASTERN_HOUR,
    box_score_known_at_us, eastern_us, inactive_list_known_at_us, injury_move_known_at_us,
    registration_known_at_us, season_start_us, stint_known_at_us,
};
pub use words::{InjuryStatus, Prop, SeasonType};
