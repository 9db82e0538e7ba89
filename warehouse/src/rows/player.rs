//! Rows of `player_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::cause::EventKind;
use sideline_avro::events::RosterEvent;
use sideline_avro::time::Timestamp;

use super::statement::StatementKey;
use super::{Letters, LogRow, RecordInfo};

/// One registration or move.
#[derive(Clone, Debug, Default, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct PlayerRow {
    player_lookup: String,
    player_name: String,
    player_id: Option<String>,
    team: Option<String>,
    position: Option<String>,
    source: String,
    known_at: Timestamp,
    ingested_at: Timestamp,
    is_retracted: bool,
    is_deleted: bool,
    is_simulated: bool,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for PlayerRow {
    const TABLE: &'static str = "player_log";
    const LETTERS: Letters = Letters::RefusedRows;
    type Record = RosterEvent;

    fn from_record(event: RosterEvent, info: &RecordInfo) -> Option<Self> {
        Some(Self {
            player_name: event.player_name,
            player_id: event.player_id,
            team: event.team,
            position: event.position,
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

fn of_key(info: &RecordInfo) -> Option<PlayerRow> {
    let key = StatementKey::of(info, "roster")?;
    let [player_lookup] = key.parts;
    Some(PlayerRow {
        player_lookup: player_lookup.to_owned(),
        source: key.source.to_owned(),
        known_at: key.known_at,
        kafka_partition: info.place.partition,
        kafka_offset: info.place.offset,
        ..PlayerRow::default()
    })
}
