//! Rows of `champion_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::control::ChampionControl;
use sideline_avro::time::Timestamp;

use super::{LogRow, RecordInfo};

/// One word about the champion of a prop.
#[derive(Clone, Debug, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct ChampionRow {
    prop: String,
    system_id: String,
    set_at: Timestamp,
    set_by: Option<String>,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for ChampionRow {
    const TABLE: &'static str = "champion_log";
    type Record = ChampionControl;

    fn from_record(control: ChampionControl, info: &RecordInfo) -> Option<Self> {
        Some(Self {
            prop: control.prop,
            system_id: control.system_id,
            set_at: control.set_at,
            set_by: control.set_by,
            kafka_partition: info.place.partition,
            kafka_offset: info.place.offset,
        })
    }
}
