//! The rows of the log tables, column for column as in `migrations/`, and how records become rows.
//!
//! The official client sends names and types with every insert and compares them with the table,
//! so a row that no longer fits its table is an error and never a shifted column.

mod bytes;
mod outcome;
mod player;
mod prediction;
mod run;

use clickhouse::{RowOwned, RowWrite};
use serde::Serialize;
use sideline_avro::schemas::AvroRecord;
use sideline_avro::time::Timestamp;

pub(crate) use bytes::Bytes;
pub(crate) use outcome::OutcomeRow;
pub(crate) use player::PlayerRow;
pub(crate) use prediction::PredictionRow;
pub(crate) use run::{DeadLetterRow, RunRow};

use crate::kafka::Place;
use crate::sink::SinkMetrics;

/// What Kafka knows of a record beside its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordInfo {
    /// Its place.
    pub(crate) place: Place,
    /// Its timestamp: the append time, or known_at in ingress topics.
    pub(crate) timestamp: Timestamp,
    /// Its key.
    pub(crate) key: Option<Vec<u8>>,
}

/// A row of one log table, made from one record.
pub(crate) trait LogRow: RowOwned + RowWrite + Sized {
    /// The table.
    const TABLE: &'static str;
    /// What the topic holds.
    type Record: AvroRecord;
    /// The row; none when the record says nothing the table keeps.
    fn from_record(record: Self::Record, info: &RecordInfo) -> Option<Self>;
    /// Tells the metrics of a row that was stored now; most rows have nothing to tell.
    fn measure(&self, _metrics: &SinkMetrics, _now: Timestamp) {}
}

/// The word of an enum as Avro and JSON spell it.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use sideline_avro::cause::TriggerSource;
    use sideline_avro::words::Recommendation;

    use super::*;

    #[test]
    fn words_are_spelled_as_in_avro() {
        assert_eq!(word(&Recommendation::NoLine), "NO_LINE");
        assert_eq!(word(&TriggerSource::ManualEntry), "manual_entry");
    }
}
