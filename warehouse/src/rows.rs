//! The rows of the log tables, column for column as in `migrations/`, and how records become rows.
//!
//! The official client sends names and types with every insert and compares them with the table,
//! so a row that no longer fits its table is an error and never a shifted column.

mod box_score;
mod bytes;
mod champion;
mod change_event;
mod game;
mod graded;
mod line;
mod outcome;
mod player;
mod prediction;
mod run;
mod statement;

use clickhouse::{RowOwned, RowWrite};
use serde::Serialize;
use sideline_avro::schemas::AvroRecord;
use sideline_avro::time::Timestamp;

pub(crate) use box_score::BoxScoreRow;
pub(crate) use bytes::Bytes;
pub(crate) use champion::ChampionRow;
pub(crate) use change_event::ChangeEventRow;
pub(crate) use game::GameRow;
pub(crate) use graded::GradedRow;
pub(crate) use line::LineRow;
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

/// Which bad records of a topic the sink writes dead letters of; the others are counted and logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letters {
    /// Of all.
    All,
    /// Of rows that ClickHouse refuses: the raw phase writes those of what cannot be read.
    RefusedRows,
    /// Of none: a letter about a letter could go round for ever, and the record stays in its topic.
    None,
}

/// A row of one log table, made from one record.
pub(crate) trait LogRow: RowOwned + RowWrite + Sized {
    /// The table.
    const TABLE: &'static str;
    /// True when people wait for the row: it is stored at once instead of twice a second.
    const IS_URGENT: bool = false;
    /// True when the row says on which day a game is: `moved_games` follows such tables.
    const MOVES_GAMES: bool = false;
    /// True when a row may be of a run: runs are dropped on purpose, and old ones go by themselves.
    const HAS_RUNS: bool = false;
    /// True when `latest_versions` follows the table.
    const HAS_LATEST: bool = false;
    /// Which of its bad records become dead letters.
    const LETTERS: Letters = Letters::All;
    /// What the topic holds.
    type Record: AvroRecord;
    /// The row; none when the record says nothing the table keeps.
    fn from_record(record: Self::Record, info: &RecordInfo) -> Option<Self>;
    /// The row of a record without a value; none where that says nothing the table keeps.
    fn from_tombstone(_: &RecordInfo) -> Option<Self> {
        None
    }
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
