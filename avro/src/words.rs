//! Words of the field that several records share.

use serde::{Deserialize, Serialize};

/// Status on the injury report. UNKNOWN is what an older reader sees of a status added later.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum InjuryStatus {
    /// `UNKNOWN`
    #[default]
    #[serde(rename = "UNKNOWN")]
    Unknown,
    /// `OUT`
    #[serde(rename = "OUT")]
    Out,
    /// `DOUBTFUL`
    #[serde(rename = "DOUBTFUL")]
    Doubtful,
    /// `QUESTIONABLE`
    #[serde(rename = "QUESTIONABLE")]
    Questionable,
    /// `PROBABLE`
    #[serde(rename = "PROBABLE")]
    Probable,
    /// `AVAILABLE`
    #[serde(rename = "AVAILABLE")]
    Available,
}

/// How sure the five are: projected by a reporter, or confirmed by the team.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum LineupState {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `projected`
    #[serde(rename = "projected")]
    Projected,
    /// `confirmed`
    #[serde(rename = "confirmed")]
    Confirmed,
}

/// Part of the season a game belongs to.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum SeasonType {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `preseason`
    #[serde(rename = "preseason")]
    Preseason,
    /// `regular`
    #[serde(rename = "regular")]
    Regular,
    /// `cup_final`
    #[serde(rename = "cup_final")]
    CupFinal,
    /// `play_in`
    #[serde(rename = "play_in")]
    PlayIn,
    /// `playoffs`
    #[serde(rename = "playoffs")]
    Playoffs,
    /// `all_star`
    #[serde(rename = "all_star")]
    AllStar,
}

/// State of a game.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum GameStatus {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `scheduled`
    #[serde(rename = "scheduled")]
    Scheduled,
    /// `live`
    #[serde(rename = "live")]
    Live,
    /// `final`
    #[serde(rename = "final")]
    Final,
    /// `postponed`
    #[serde(rename = "postponed")]
    Postponed,
    /// `cancelled`
    #[serde(rename = "cancelled")]
    Cancelled,
}

/// What the system says about the line. NO_LINE when there is none; PASS when it is too close or
/// too unsure.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Recommendation {
    /// `UNKNOWN`
    #[default]
    #[serde(rename = "UNKNOWN")]
    Unknown,
    /// `OVER`
    #[serde(rename = "OVER")]
    Over,
    /// `UNDER`
    #[serde(rename = "UNDER")]
    Under,
    /// `PASS`
    #[serde(rename = "PASS")]
    Pass,
    /// `NO_LINE`
    #[serde(rename = "NO_LINE")]
    NoLine,
}
