//! Rows of `run_log` and `dead_letter_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::runs::{DeadLetter, PhaseRun, RunEnvelope};
use sideline_avro::time::{LeagueDay, Timestamp};

use super::{Bytes, Letters, LogRow, RecordInfo, word};

/// One envelope, with its phases side by side.
#[derive(Clone, Debug, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct RunRow {
    correlation_id: String,
    phase: String,
    processor_name: String,
    execution_id: String,
    status: String,
    game_date: Option<LeagueDay>,
    target_entity_type: String,
    target_entity_id: String,
    change_type: String,
    expected: i32,
    changed: i32,
    unchanged: i32,
    held: i32,
    blocked: i32,
    too_late: i32,
    skipped: i32,
    failed: i32,
    missing: Vec<String>,
    duration_seconds: Option<f64>,
    ended_at: Timestamp,
    record_count: i32,
    records_failed: i32,
    entities_total: i32,
    entities_processed: i32,
    entities_skipped: i32,
    entities_changed: i32,
    prediction_version: Option<i64>,
    supersedes_version: Option<i64>,
    supersedes_batch_id: Option<String>,
    output_table: String,
    output_dataset: String,
    parent_processor: Option<String>,
    trigger_source: String,
    trigger_message_id: String,
    is_incremental: bool,
    event_type: Option<String>,
    event_trigger_source: Option<String>,
    trigger_user: Option<String>,
    old_value: Option<String>,
    new_value: Option<String>,
    change_timestamp: Option<Timestamp>,
    error_message: Option<String>,
    error_type: Option<String>,
    #[serde(rename = "phases.phase")]
    phases_phase: Vec<String>,
    #[serde(rename = "phases.processor_name")]
    phases_processor_name: Vec<String>,
    #[serde(rename = "phases.output_table")]
    phases_output_table: Vec<String>,
    #[serde(rename = "phases.status")]
    phases_status: Vec<String>,
    #[serde(rename = "phases.record_count")]
    phases_record_count: Vec<i32>,
    #[serde(rename = "phases.records_failed")]
    phases_records_failed: Vec<i32>,
    #[serde(rename = "phases.entities_total")]
    phases_entities_total: Vec<i32>,
    #[serde(rename = "phases.entities_processed")]
    phases_entities_processed: Vec<i32>,
    #[serde(rename = "phases.entities_skipped")]
    phases_entities_skipped: Vec<i32>,
    #[serde(rename = "phases.entities_changed")]
    phases_entities_changed: Vec<i32>,
    #[serde(rename = "phases.ended_at")]
    phases_ended_at: Vec<Timestamp>,
    #[serde(rename = "phases.duration_seconds")]
    phases_duration_seconds: Vec<Option<f64>>,
    #[serde(rename = "phases.parent_processor")]
    phases_parent_processor: Vec<Option<String>>,
    metadata: Vec<(String, String)>,
    written_at: Timestamp,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for RunRow {
    const TABLE: &'static str = "run_log";
    type Record = RunEnvelope;

    #[expect(clippy::too_many_lines, reason = "one line per column")]
    fn from_record(run: RunEnvelope, info: &RecordInfo) -> Option<Self> {
        let change_timestamp = run
            .change_event
            .as_ref()
            .map(|change| change.change_timestamp);
        let change = run.change_event.unwrap_or_default();
        let phases = Phases::from(run.phases);
        let of_change = |text: String| change_timestamp.map(|_| text);
        Some(Self {
            correlation_id: run.correlation_id,
            phase: run.phase,
            processor_name: run.processor_name,
            execution_id: run.execution_id,
            status: word(&run.status),
            game_date: run.game_date,
            target_entity_type: run.target_entity_type,
            target_entity_id: run.target_entity_id,
            change_type: word(&run.change_type),
            expected: run.expected,
            changed: run.changed,
            unchanged: run.unchanged,
            held: run.held,
            blocked: run.blocked,
            too_late: run.too_late,
            skipped: run.skipped,
            failed: run.failed,
            missing: run.missing,
            duration_seconds: run.duration_seconds,
            ended_at: run.timestamp,
            record_count: run.record_count,
            records_failed: run.records_failed,
            entities_total: run.entities_total,
            entities_processed: run.entities_processed,
            entities_skipped: run.entities_skipped,
            entities_changed: run.entities_changed,
            prediction_version: run.prediction_version,
            supersedes_version: run.supersedes_version,
            supersedes_batch_id: run.supersedes_batch_id,
            output_table: run.output_table,
            output_dataset: run.output_dataset,
            parent_processor: run.parent_processor,
            trigger_source: word(&run.trigger_source),
            trigger_message_id: run.trigger_message_id,
            is_incremental: run.is_incremental,
            event_type: of_change(change.event_type),
            event_trigger_source: of_change(change.trigger_source),
            trigger_user: change.trigger_user,
            old_value: change.old_value,
            new_value: change.new_value,
            change_timestamp,
            error_message: run.error_message,
            error_type: run.error_type.as_ref().map(word),
            phases_phase: phases.phase,
            phases_processor_name: phases.processor_name,
            phases_output_table: phases.output_table,
            phases_status: phases.status,
            phases_record_count: phases.record_count,
            phases_records_failed: phases.records_failed,
            phases_entities_total: phases.entities_total,
            phases_entities_processed: phases.entities_processed,
            phases_entities_skipped: phases.entities_skipped,
            phases_entities_changed: phases.entities_changed,
            phases_ended_at: phases.ended_at,
            phases_duration_seconds: phases.duration_seconds,
            phases_parent_processor: phases.parent_processor,
            metadata: run.metadata.into_iter().collect(),
            written_at: info.timestamp,
            kafka_partition: info.place.partition,
            kafka_offset: info.place.offset,
        })
    }
}

/// The columns of the phases.
#[derive(Default)]
struct Phases {
    phase: Vec<String>,
    processor_name: Vec<String>,
    output_table: Vec<String>,
    status: Vec<String>,
    record_count: Vec<i32>,
    records_failed: Vec<i32>,
    entities_total: Vec<i32>,
    entities_processed: Vec<i32>,
    entities_skipped: Vec<i32>,
    entities_changed: Vec<i32>,
    ended_at: Vec<Timestamp>,
    duration_seconds: Vec<Option<f64>>,
    parent_processor: Vec<Option<String>>,
}

impl From<Vec<PhaseRun>> for Phases {
    fn from(phases: Vec<PhaseRun>) -> Self {
        let mut columns = Self::default();
        for phase in phases {
            columns.phase.push(phase.phase);
            columns.processor_name.push(phase.processor_name);
            columns.output_table.push(phase.output_table);
            columns.status.push(word(&phase.status));
            columns.record_count.push(phase.record_count);
            columns.records_failed.push(phase.records_failed);
            columns.entities_total.push(phase.entities_total);
            columns.entities_processed.push(phase.entities_processed);
            columns.entities_skipped.push(phase.entities_skipped);
            columns.entities_changed.push(phase.entities_changed);
            columns.ended_at.push(phase.timestamp);
            columns.duration_seconds.push(phase.duration_seconds);
            columns.parent_processor.push(phase.parent_processor);
        }
        columns
    }
}

/// One refused record.
#[derive(Clone, Debug, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct DeadLetterRow {
    topic: String,
    partition: i32,
    offset: i64,
    phase: String,
    reason: String,
    field: Option<String>,
    message: String,
    hint: String,
    error_type: String,
    correlation_id: Option<String>,
    timestamp: Timestamp,
    key: Option<Bytes>,
    value: Option<Bytes>,
    value_bytes: i32,
    value_hash: String,
    #[serde(rename = "headers.name")]
    headers_name: Vec<String>,
    #[serde(rename = "headers.value")]
    headers_value: Vec<Bytes>,
    written_at: Timestamp,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for DeadLetterRow {
    const TABLE: &'static str = "dead_letter_log";
    const LETTERS: Letters = Letters::None;
    type Record = DeadLetter;

    fn from_record(letter: DeadLetter, info: &RecordInfo) -> Option<Self> {
        let headers = letter.headers.into_iter();
        let (headers_name, headers_value) = headers
            .map(|header| (header.name, Bytes(header.value)))
            .unzip();
        Some(Self {
            topic: letter.topic,
            partition: letter.partition,
            offset: letter.offset,
            phase: letter.phase,
            reason: letter.reason,
            field: letter.field,
            message: letter.message,
            hint: letter.hint,
            error_type: letter.error_type,
            correlation_id: letter.correlation_id,
            timestamp: letter.timestamp,
            key: letter.key.map(Bytes),
            value: letter.value.map(Bytes),
            value_bytes: letter.value_bytes,
            value_hash: letter.value_hash,
            headers_name,
            headers_value,
            written_at: info.timestamp,
            kafka_partition: info.place.partition,
            kafka_offset: info.place.offset,
        })
    }
}
