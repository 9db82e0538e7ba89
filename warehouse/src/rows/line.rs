//! Rows of `line_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::cause::EventKind;
use sideline_avro::events::LineEvent;
use sideline_avro::time::Timestamp;

use super::statement::StatementKey;
use super::{Letters, LogRow, RecordInfo};

/// One statement of a book's line.
#[derive(Clone, Debug, Default, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct LineRow {
    player_lookup: String,
    game_id: String,
    prop: String,
    book: String,
    line: Option<f64>,
    over_price: Option<i32>,
    under_price: Option<i32>,
    source: String,
    known_at: Timestamp,
    ingested_at: Timestamp,
    is_retracted: bool,
    is_deleted: bool,
    is_simulated: bool,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for LineRow {
    const TABLE: &'static str = "line_log";
    const LETTERS: Letters = Letters::RefusedRows;
    type Record = LineEvent;

    fn from_record(event: LineEvent, info: &RecordInfo) -> Option<Self> {
        Some(Self {
            line: event.line,
            over_price: event.over_price,
            under_price: event.under_price,
            ingested_at: event.ingested_at,
            is_retracted: event.kind == EventKind::Retract,
            is_simulated: event.is_simulated,
            ..of_key(info)?
        })
    }

    fn from_tombstone(info: &RecordInfo) -> Option<Self> {
        Some(Self {
            is_deleted: true,
            ..of_key(info)?
        })
    }
}

fn of_key(info: &RecordInfo) -> Option<LineRow> {
    let key = StatementKey::of(info, "line")?;
    let [game_id, player_lookup, prop, book] = key.parts.map(str::to_owned);
    Some(LineRow {
        player_lookup,
        game_id,
        prop,
        book,
        source: key.source.to_owned(),
        known_at: key.known_at,
        kafka_partition: info.place.partition,
        kafka_offset: info.place.offset,
        ..LineRow::default()
    })
}
