//! Run envelopes and dead letters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cause::{ChangeType, TriggerSource};
use crate::time::{LeagueDay, Timestamp};

/// How it ended.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum RunStatus {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `success`
    #[serde(rename = "success")]
    Success,
    /// `partial`
    #[serde(rename = "partial")]
    Partial,
    /// `no_data`
    #[serde(rename = "no_data")]
    NoData,
    /// `failed`
    #[serde(rename = "failed")]
    Failed,
}

/// Whether trying again helps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum ErrorType {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// `transient`
    #[serde(rename = "transient")]
    Transient,
    /// `permanent`
    #[serde(rename = "permanent")]
    Permanent,
    /// `partial`
    #[serde(rename = "partial")]
    Partial,
}

/// The change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangeEvent {
    /// The change type with _change.
    pub event_type: String,
    /// Which way it came in.
    pub trigger_source: String,
    /// Who entered it.
    pub trigger_user: Option<String>,
    /// Value before.
    pub old_value: Option<String>,
    /// Value now.
    pub new_value: Option<String>,
    /// known_at of the change.
    pub change_timestamp: Timestamp,
}

/// How one phase's share of the work ended. What is not here is as in the envelope.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhaseRun {
    /// raw, team, player, features, systems or ledger.
    pub phase: String,
    /// Who did the work.
    pub processor_name: String,
    /// Topic or table written.
    pub output_table: String,
    /// How it ended. When failed, the envelope's `error_message` and `error_type` say why.
    pub status: RunStatus,
    /// Records written.
    pub record_count: i32,
    /// Records refused.
    pub records_failed: i32,
    /// Entities expected.
    pub entities_total: i32,
    /// Entities processed.
    pub entities_processed: i32,
    /// Entities skipped.
    pub entities_skipped: i32,
    /// Entities with a new version.
    pub entities_changed: i32,
    /// When its longest piece of work ended, UTC; the end of the update when that is not known.
    pub timestamp: Timestamp,
    /// Time its longest piece of work took. None: not known.
    pub duration_seconds: Option<f64>,
    /// Who came before. None for the first.
    pub parent_processor: Option<String>,
}

/// How a unit of work ended, and each phase that took part in it. An event has one, of phase
/// completion. Key: `<correlation_id>/<phase>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunEnvelope {
    /// Who did the work.
    pub processor_name: String,
    /// The phase that says so: completion, for an event.
    pub phase: String,
    /// Id of this unit of work: `<correlation_id>/<phase>`.
    pub execution_id: String,
    /// Id of the change.
    pub correlation_id: String,
    /// League day of the game concerned.
    pub game_date: Option<LeagueDay>,
    /// Topic or table written.
    pub output_table: String,
    /// League or database.
    pub output_dataset: String,
    /// How it ended.
    pub status: RunStatus,
    /// Records written.
    pub record_count: i32,
    /// Records refused.
    pub records_failed: i32,
    /// Entities expected.
    pub entities_total: i32,
    /// Entities processed.
    pub entities_processed: i32,
    /// Entities skipped.
    pub entities_skipped: i32,
    /// Entities with a new version.
    pub entities_changed: i32,
    /// When it ended, UTC.
    pub timestamp: Timestamp,
    /// Time it took; for the completion the time since the event was sent.
    pub duration_seconds: Option<f64>,
    /// Who came before.
    pub parent_processor: Option<String>,
    /// Which way the event came in.
    pub trigger_source: TriggerSource,
    /// topic/partition/offset of the event.
    pub trigger_message_id: String,
    /// What went wrong.
    pub error_message: Option<String>,
    /// Whether trying again helps.
    pub error_type: Option<ErrorType>,
    /// True for one change, false for a batch.
    pub is_incremental: bool,
    /// player or team.
    pub target_entity_type: String,
    /// The player or team.
    pub target_entity_id: String,
    /// Kind of change.
    pub change_type: ChangeType,
    /// The change, for incremental work.
    pub change_event: Option<ChangeEvent>,
    /// Version of the champion's points key.
    pub prediction_version: Option<i64>,
    /// The one it replaces.
    pub supersedes_version: Option<i64>,
    /// Batch that holds the superseded version.
    pub supersedes_batch_id: Option<String>,
    /// Candidates expected.
    pub expected: i32,
    /// New versions.
    pub changed: i32,
    /// Unchanged.
    pub unchanged: i32,
    /// Held.
    pub held: i32,
    /// Blocked.
    pub blocked: i32,
    /// Too late.
    pub too_late: i32,
    /// Skipped.
    pub skipped: i32,
    /// Failed.
    pub failed: i32,
    /// Who has not reported, when partial.
    pub missing: Vec<String>,
    /// Each phase that took part, once, in the order of the flow.
    pub phases: Vec<PhaseRun>,
    /// path (live or batch), records_in, and more as text.
    pub metadata: BTreeMap<String, String>,
}

/// One record header.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    #[serde(with = "apache_avro::serde::bytes")]
    pub value: Vec<u8>,
}

/// A record that was refused, with its bytes, its place and the reason. Key:
/// `<topic>/<partition>/<offset>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The phase that refused it.
    pub phase: String,
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its record timestamp.
    pub timestamp: Timestamp,
    /// Its key, as it was.
    #[serde(with = "apache_avro::serde::bytes_opt")]
    pub key: Option<Vec<u8>>,
    /// Its value, as it was; null for a tombstone or when it was larger than 4 MB.
    #[serde(with = "apache_avro::serde::bytes_opt")]
    pub value: Option<Vec<u8>>,
    /// Size of the value.
    pub value_bytes: i32,
    /// SHA-256 of the value, hex; empty for a tombstone.
    pub value_hash: String,
    /// Its headers.
    pub headers: Vec<Header>,
    /// Id of the change, when it could be read.
    pub correlation_id: Option<String>,
    /// One machine word, for example unknown_player.
    pub reason: String,
    /// The field at fault.
    pub field: Option<String>,
    /// What happened, with the value seen and what is allowed.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// permanent or transient.
    pub error_type: String,
}
