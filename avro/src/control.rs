//! Control events: rollout, champion and the league clock.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How players are chosen.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum RolloutMode {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `off`
    #[serde(rename = "off")]
    Off,
    /// `shadow`
    #[serde(rename = "shadow")]
    Shadow,
    /// `list`
    #[serde(rename = "list")]
    List,
    /// `stars`
    #[serde(rename = "stars")]
    Stars,
    /// `percentage`
    #[serde(rename = "percentage")]
    Percentage,
    /// `all`
    #[serde(rename = "all")]
    All,
}

/// For whom real-time versions are written. Key: rollout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RolloutControl {
    /// How players are chosen.
    pub mode: RolloutMode,
    /// player_lookups for mode list.
    pub players: Vec<String>,
    /// 0 to 100 for mode percentage, by stable hash.
    pub percentage: Option<i32>,
    /// Kill switch: true stops real-time versions whatever the mode says.
    pub is_killed: bool,
    /// Run id for mode shadow.
    pub run_id: Option<String>,
    /// When it was set, UTC.
    pub set_at: Timestamp,
    /// Who set it.
    pub set_by: Option<String>,
}

/// The one system whose versions the views called latest show, per prop. Key: the prop.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChampionControl {
    /// The prop.
    pub prop: String,
    /// The system, for example moving_average.
    pub system_id: String,
    /// When it was set, UTC.
    pub set_at: Timestamp,
    /// Who set it.
    pub set_by: Option<String>,
}

/// wall follows real time, fixed stands still at league_time, run goes on from league_time at real
/// speed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum ClockMode {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `wall`
    #[serde(rename = "wall")]
    Wall,
    /// `fixed`
    #[serde(rename = "fixed")]
    Fixed,
    /// `run`
    #[serde(rename = "run")]
    Run,
}

/// The league clock, used at the edges only. Key: clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClockControl {
    /// How the clock goes.
    pub mode: ClockMode,
    /// The moment it stands at or started from, UTC.
    pub league_time: Option<Timestamp>,
    /// Real time when it was set, UTC.
    pub set_at: Timestamp,
    /// Who set it.
    pub set_by: Option<String>,
}
