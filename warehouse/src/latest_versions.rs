//! The newest version of every prediction, kept in a table that follows the log.
//!
//! A materialized view puts each live version into it as the log gets it. Only a rebuild makes the
//! whole anew: a version that the topic does not hold would otherwise stay the newest for ever.

use clickhouse::Row;
use serde::Deserialize;

use crate::connection::Warehouse;
use crate::error::WarehouseError;

const TABLE: &str = "latest_versions";

/// Where it is made anew.
const NEW: &str = "latest_versions_rebuild";

/// The newest live version of each key among those of the log, which is read by its sort key
/// backwards: nothing is sorted.
pub(crate) const NEWEST_OF_EACH_KEY: &str = "\
    ORDER BY game_date DESC, player_lookup DESC, game_id DESC, prop DESC, system_id DESC, \
    league DESC, run_id DESC, version DESC \
    LIMIT 1 BY game_date, player_lookup, game_id, prop, system_id, league";

#[derive(Row, Deserialize)]
struct Column {
    name: String,
}

impl Warehouse {
    /// Makes the table anew from `log` and puts it in place. To be called before that log takes the
    /// place of the old one; what the old one got meanwhile must come to the new one again.
    pub(crate) async fn remake_latest_versions(&self, log: &str) -> Result<(), WarehouseError> {
        let action = "make the newest versions anew";
        let drop_sql = format!("DROP TABLE IF EXISTS {NEW} SYNC");
        self.execute(action, &drop_sql).await?;
        self.execute(action, &format!("CREATE TABLE {NEW} AS {TABLE}"))
            .await?;
        let columns = self.latest_columns().await?;
        // Small blocks: the local server may take 512 MB.
        let fill_sql = format!(
            "INSERT INTO {NEW} ({columns}) SELECT {columns} FROM {log} WHERE run_id = '' \
             {NEWEST_OF_EACH_KEY} \
             SETTINGS min_insert_block_size_rows = 100000, min_insert_block_size_bytes = 33554432, \
             max_partitions_per_insert_block = 0"
        );
        self.execute_long(action, &fill_sql).await?;
        self.execute(action, &format!("EXCHANGE TABLES {TABLE} AND {NEW}"))
            .await?;
        self.execute(action, &drop_sql).await
    }

    async fn latest_columns(&self) -> Result<String, WarehouseError> {
        let sql = "SELECT name FROM system.columns \
                   WHERE database = currentDatabase() AND table = ? ORDER BY position";
        let answer = self.client().query(sql).bind(TABLE).fetch_all::<Column>();
        let columns = self.within("describe its tables", answer).await?;
        let names: Vec<String> = columns.into_iter().map(|column| column.name).collect();
        Ok(names.join(", "))
    }
}
