//! Rows of `outcome_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::predictions::{Outcome, OutcomeItem};
use sideline_avro::time::{LeagueDay, Timestamp};

use super::prediction::trail;
use super::{LogRow, RecordInfo, word};
use crate::sink::SinkMetrics;

/// One outcome, with its items side by side.
#[derive(Clone, Debug, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct OutcomeRow {
    correlation_id: String,
    player_lookup: String,
    path: String,
    game_id: String,
    game_date: Option<LeagueDay>,
    parts: i32,
    expected: i32,
    changed: i32,
    unchanged: i32,
    held: i32,
    blocked: i32,
    too_late: i32,
    skipped: i32,
    failed: i32,
    #[serde(rename = "items.prop")]
    items_prop: Vec<String>,
    #[serde(rename = "items.system_id")]
    items_system_id: Vec<String>,
    #[serde(rename = "items.kind")]
    items_kind: Vec<String>,
    #[serde(rename = "items.reason")]
    items_reason: Vec<Option<String>>,
    #[serde(rename = "items.version")]
    items_version: Vec<Option<i64>>,
    change_type: String,
    fact: String,
    subject: String,
    old_value: Option<String>,
    new_value: Option<String>,
    trigger_source: String,
    trigger_user: Option<String>,
    cause_topic: String,
    cause_partition: i32,
    cause_offset: i64,
    cause_source: String,
    cause_known_at: Timestamp,
    ingested_at: Timestamp,
    published_at: Option<Timestamp>,
    #[serde(rename = "trail.phase")]
    trail_phase: Vec<String>,
    #[serde(rename = "trail.appended_at")]
    trail_appended_at: Vec<Timestamp>,
    written_at: Timestamp,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for OutcomeRow {
    const TABLE: &'static str = "outcome_log";
    type Record = Outcome;

    fn from_record(outcome: Outcome, info: &RecordInfo) -> Option<Self> {
        let cause = outcome.cause;
        let items = Items::from(outcome.items);
        let (trail_phase, trail_appended_at) = trail(cause.trail);
        Some(Self {
            correlation_id: cause.correlation_id,
            player_lookup: outcome.player_lookup,
            path: outcome.path,
            game_id: outcome.game_id,
            game_date: outcome.game_date,
            parts: outcome.parts,
            expected: outcome.expected,
            changed: outcome.changed,
            unchanged: outcome.unchanged,
            held: outcome.held,
            blocked: outcome.blocked,
            too_late: outcome.too_late,
            skipped: outcome.skipped,
            failed: outcome.failed,
            items_prop: items.prop,
            items_system_id: items.system_id,
            items_kind: items.kind,
            items_reason: items.reason,
            items_version: items.version,
            change_type: word(&cause.change_type),
            fact: cause.fact,
            subject: cause.subject,
            old_value: cause.old_value,
            new_value: cause.new_value,
            trigger_source: word(&cause.trigger_source),
            trigger_user: cause.trigger_user,
            cause_topic: cause.topic,
            cause_partition: cause.partition,
            cause_offset: cause.offset,
            cause_source: cause.source,
            cause_known_at: cause.known_at,
            ingested_at: cause.ingested_at,
            published_at: cause.published_at,
            trail_phase,
            trail_appended_at,
            written_at: info.timestamp,
            kafka_partition: info.place.partition,
            kafka_offset: info.place.offset,
        })
    }

    fn measure(&self, metrics: &SinkMetrics, _now: Timestamp) {
        let terms = [
            ("changed", self.changed),
            ("unchanged", self.unchanged),
            ("held", self.held),
            ("blocked", self.blocked),
            ("too_late", self.too_late),
            ("skipped", self.skipped),
            ("failed", self.failed),
        ];
        metrics.outcome(self.expected, &terms);
    }
}

/// The five columns of the items.
#[derive(Default)]
struct Items {
    prop: Vec<String>,
    system_id: Vec<String>,
    kind: Vec<String>,
    reason: Vec<Option<String>>,
    version: Vec<Option<i64>>,
}

impl From<Vec<OutcomeItem>> for Items {
    fn from(items: Vec<OutcomeItem>) -> Self {
        let mut columns = Self::default();
        for item in items {
            columns.prop.push(item.prop);
            columns.system_id.push(item.system_id);
            columns.kind.push(word(&item.kind));
            columns.reason.push(item.reason);
            columns.version.push(item.version);
        }
        columns
    }
}
