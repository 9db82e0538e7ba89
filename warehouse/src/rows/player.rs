//! Rows of `player_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::cause::EventKind;
use sideline_avro::events::RosterEvent;
use sideline_avro::time::Timestamp;

use super::{LogRow, RecordInfo};

/// One registration or move.
#[derive(Clone, Debug, PartialEq, Row, Serialize, Deserialize)]
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
    is_simulated: bool,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for PlayerRow {
    const TABLE: &'static str = "player_log";
    type Record = RosterEvent;

    /// The lookup stands in the record's key, `roster/<player_lookup>|<source>|<known_at>`: the
    /// event itself may name the player in full. A key of another form is bad input, which the
    /// raw phase refuses; it makes no player.
    fn from_record(event: RosterEvent, info: &RecordInfo) -> Option<Self> {
        let player_lookup = lookup_in_key(info.key.as_deref()?)?.to_owned();
        Some(Self {
            player_lookup,
            player_name: event.player_name,
            player_id: event.player_id,
            team: event.team,
            position: event.position,
            source: event.source,
            known_at: event.known_at,
            ingested_at: event.ingested_at,
            is_retracted: event.kind == EventKind::Retract,
            is_simulated: event.is_simulated,
            kafka_partition: info.place.partition,
            kafka_offset: info.place.offset,
        })
    }
}

fn lookup_in_key(key: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(key).ok()?;
    let (fact, _) = text.split_once('|')?;
    let lookup = fact.strip_prefix("roster/")?;
    let is_lookup = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (!lookup.is_empty() && lookup.bytes().all(is_lookup)).then_some(lookup)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lookup_comes_from_the_key() {
        let lookup = |key: &'static str| lookup_in_key(key.as_bytes());
        assert_eq!(
            lookup("roster/lebronjames|nba_com|1734993000000000"),
            Some("lebronjames")
        );
        for bad in [
            "",
            "roster/LeBron James|x|1",
            "injury/lebronjames|x|1",
            "roster/|x|1",
            "roster/a",
        ] {
            assert_eq!(lookup(bad), None, "{bad}");
        }
    }
}
