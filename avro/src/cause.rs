//! The cause that travels with every record.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Whether the event states a fact or takes one back from known_at on.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum EventKind {
    /// `assert`
    #[default]
    #[serde(rename = "assert")]
    Assert,
    /// `retract`
    #[serde(rename = "retract")]
    Retract,
}

/// Which way the event came in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum TriggerSource {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `manual_entry`
    #[serde(rename = "manual_entry")]
    ManualEntry,
    /// `webhook`
    #[serde(rename = "webhook")]
    Webhook,
    /// `api`
    #[serde(rename = "api")]
    Api,
    /// `kafka`
    #[serde(rename = "kafka")]
    Kafka,
    /// `schedule`
    #[serde(rename = "schedule")]
    Schedule,
    /// `batch`
    #[serde(rename = "batch")]
    Batch,
    /// `replay`
    #[serde(rename = "replay")]
    Replay,
    /// `rollback`
    #[serde(rename = "rollback")]
    Rollback,
}

/// What kind of change an event is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum ChangeType {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `injury_status`
    #[serde(rename = "injury_status")]
    InjuryStatus,
    /// `lineup`
    #[serde(rename = "lineup")]
    Lineup,
    /// `line_movement`
    #[serde(rename = "line_movement")]
    LineMovement,
    /// `box_score`
    #[serde(rename = "box_score")]
    BoxScore,
    /// `schedule`
    #[serde(rename = "schedule")]
    Schedule,
    /// `roster`
    #[serde(rename = "roster")]
    Roster,
    /// `forced`
    #[serde(rename = "forced")]
    Forced,
}

/// One phase on the way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// The phase.
    pub phase: String,
    /// When the broker appended what the phase wrote, UTC, to the millisecond.
    pub appended_at: Timestamp,
}

/// What caused a record: the change event, its place in the log, and the way since.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// Id of the change; the same on everything that follows from it.
    pub correlation_id: String,
    /// Kind of change.
    pub change_type: ChangeType,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// Who entered it.
    pub trigger_user: Option<String>,
    /// Ingress topic of the event.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Who stated the fact.
    pub source: String,
    /// Key of the fact, for example injury/lebronjames/2024-12-23.
    pub fact: String,
    /// Whose fact it is: a player_lookup, a team code or a game id.
    pub subject: String,
    /// The fact's value before, readable.
    pub old_value: Option<String>,
    /// The fact's value now, readable; null when it was taken back.
    pub new_value: Option<String>,
    /// When the fact was known, UTC.
    pub known_at: Timestamp,
    /// When the event was appended, UTC.
    pub ingested_at: Timestamp,
    /// Real time at which our own producers sent the event; null for others.
    pub published_at: Option<Timestamp>,
    /// The phases passed so far, oldest first.
    pub trail: Vec<Hop>,
}
