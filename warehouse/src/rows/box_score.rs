//! Rows of `box_score_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::cause::EventKind;
use sideline_avro::events::BoxScoreEvent;
use sideline_avro::time::{LeagueDay, Timestamp};

use super::statement::StatementKey;
use super::{Letters, LogRow, RecordInfo};

/// One statement of a player's line of a box score.
#[derive(Clone, Debug, Default, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct BoxScoreRow {
    player_lookup: String,
    game_id: String,
    game_date: LeagueDay,
    team: String,
    opponent: String,
    is_home: bool,
    minutes: f64,
    points: i32,
    rebounds: i32,
    offensive_rebounds: i32,
    defensive_rebounds: i32,
    assists: i32,
    threes: i32,
    threes_attempted: i32,
    field_goals: i32,
    field_goals_attempted: i32,
    free_throws: i32,
    free_throws_attempted: i32,
    steals: i32,
    blocks: i32,
    turnovers: i32,
    personal_fouls: i32,
    plus_minus: Option<i32>,
    started: Option<bool>,
    did_not_play: bool,
    source: String,
    known_at: Timestamp,
    ingested_at: Timestamp,
    is_retracted: bool,
    is_deleted: bool,
    is_simulated: bool,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for BoxScoreRow {
    const TABLE: &'static str = "box_score_log";
    const LETTERS: Letters = Letters::RefusedRows;
    type Record = BoxScoreEvent;

    fn from_record(event: BoxScoreEvent, info: &RecordInfo) -> Option<Self> {
        Some(Self {
            game_date: event.game_date,
            team: event.team,
            opponent: event.opponent,
            is_home: event.is_home,
            minutes: event.minutes,
            points: event.pts,
            rebounds: event.reb,
            offensive_rebounds: event.oreb,
            defensive_rebounds: event.dreb,
            assists: event.ast,
            threes: event.fg3m,
            threes_attempted: event.fg3a,
            field_goals: event.fgm,
            field_goals_attempted: event.fga,
            free_throws: event.ftm,
            free_throws_attempted: event.fta,
            steals: event.stl,
            blocks: event.blk,
            turnovers: event.tov,
            personal_fouls: event.pf,
            plus_minus: event.plus_minus,
            started: event.started,
            did_not_play: event.did_not_play,
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

fn of_key(info: &RecordInfo) -> Option<BoxScoreRow> {
    let key = StatementKey::of(info, "box-score")?;
    let [game_id, player_lookup] = key.parts.map(str::to_owned);
    Some(BoxScoreRow {
        player_lookup,
        game_id,
        source: key.source.to_owned(),
        known_at: key.known_at,
        kafka_partition: info.place.partition,
        kafka_offset: info.place.offset,
        ..BoxScoreRow::default()
    })
}
