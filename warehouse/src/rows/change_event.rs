//! Rows of `change_event_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::context::Touch;
use sideline_avro::time::Timestamp;
use sideline_topics::PhaseName;

use super::{LogRow, RecordInfo, word};

/// One accepted ingress event.
#[derive(Clone, Debug, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct ChangeEventRow {
    change_type: String,
    subject: String,
    fact: String,
    source: String,
    known_at: Timestamp,
    ingested_at: Timestamp,
    published_at: Option<Timestamp>,
    old_value: Option<String>,
    new_value: Option<String>,
    is_unchanged: bool,
    trigger_source: String,
    trigger_user: Option<String>,
    targets: Vec<String>,
    correlation_id: String,
    cause_topic: String,
    cause_partition: i32,
    cause_offset: i64,
    written_at: Timestamp,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for ChangeEventRow {
    const TABLE: &'static str = "change_event_log";
    type Record = Touch;

    /// The raw phase says of each event once whom it reaches; what teams say later of the same
    /// event makes no row, nor does an event that was refused.
    fn from_record(touch: Touch, info: &RecordInfo) -> Option<Self> {
        if touch.origin != PhaseName::Raw.as_str() || touch.failed_reason.is_some() {
            return None;
        }
        let cause = touch.cause;
        Some(Self {
            change_type: word(&cause.change_type),
            subject: cause.subject,
            fact: cause.fact,
            source: cause.source,
            known_at: cause.known_at,
            ingested_at: cause.ingested_at,
            published_at: cause.published_at,
            old_value: cause.old_value,
            new_value: cause.new_value,
            is_unchanged: touch.is_unchanged,
            trigger_source: word(&cause.trigger_source),
            trigger_user: cause.trigger_user,
            targets: touch.targets,
            correlation_id: cause.correlation_id,
            cause_topic: cause.topic,
            cause_partition: cause.partition,
            cause_offset: cause.offset,
            written_at: info.timestamp,
            kafka_partition: info.place.partition,
            kafka_offset: info.place.offset,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(touch: Touch) -> Option<ChangeEventRow> {
        ChangeEventRow::from_record(touch, &RecordInfo::default())
    }

    #[test]
    fn an_event_makes_one_row_and_only_when_it_was_accepted() {
        let accepted = Touch {
            origin: "raw".into(),
            targets: vec!["team/LAL".into()],
            ..Touch::default()
        };
        assert_eq!(row(accepted.clone()).unwrap().targets, ["team/LAL"]);
        let of_team = Touch {
            origin: "team/LAL".into(),
            ..accepted.clone()
        };
        assert_eq!(row(of_team), None);
        let refused = Touch {
            failed_reason: Some("unknown_player".into()),
            ..accepted
        };
        assert_eq!(row(refused), None);
    }
}
