//! Rows of `game_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::cause::EventKind;
use sideline_avro::events::GameEvent;
use sideline_avro::time::{LeagueDay, Timestamp};

use super::statement::StatementKey;
use super::{Letters, LogRow, RecordInfo, word};

/// One statement about a game.
#[derive(Clone, Debug, Default, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct GameRow {
    game_id: String,
    game_date: LeagueDay,
    season: String,
    season_type: String,
    tip_off: Timestamp,
    is_tip_off_estimated: bool,
    home: String,
    away: String,
    status: String,
    home_points: Option<i32>,
    away_points: Option<i32>,
    source: String,
    known_at: Timestamp,
    ingested_at: Timestamp,
    is_retracted: bool,
    is_deleted: bool,
    is_simulated: bool,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for GameRow {
    const TABLE: &'static str = "game_log";
    const MOVES_GAMES: bool = true;
    const LETTERS: Letters = Letters::RefusedRows;
    type Record = GameEvent;

    fn from_record(event: GameEvent, info: &RecordInfo) -> Option<Self> {
        Some(Self {
            game_date: event.game_date,
            season: event.season,
            season_type: word(&event.season_type),
            tip_off: event.tip_off,
            is_tip_off_estimated: event.is_tip_off_estimated,
            home: event.home,
            away: event.away,
            status: word(&event.status),
            home_points: event.home_points,
            away_points: event.away_points,
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

fn of_key(info: &RecordInfo) -> Option<GameRow> {
    let key = StatementKey::of(info, "game")?;
    let [game_id] = key.parts;
    Some(GameRow {
        game_id: game_id.to_owned(),
        source: key.source.to_owned(),
        known_at: key.known_at,
        kafka_partition: info.place.partition,
        kafka_offset: info.place.offset,
        ..GameRow::default()
    })
}
