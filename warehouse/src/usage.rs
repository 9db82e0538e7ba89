//! What each table holds and what it costs on disk.

use clickhouse::Row;
use serde::{Deserialize, Serialize};

use crate::connection::Warehouse;
use crate::error::WarehouseError;

/// One table of the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct TableUsage {
    /// The table.
    pub table: String,
    /// Rows stored; those that have not folded yet count twice.
    pub rows: u64,
    /// Bytes on disk, compressed, marks and indexes with them.
    pub bytes_on_disk: u64,
    /// Active parts. Each insert makes one, merging makes them fewer.
    pub active_parts: u64,
    /// True when a rebuild was cut short and some of its rows may be missing until the sink starts
    /// again.
    pub is_owed: bool,
}

impl Warehouse {
    /// What each log table holds, by name.
    ///
    /// # Errors
    /// What ClickHouse says.
    pub async fn table_usage(&self) -> Result<Vec<TableUsage>, WarehouseError> {
        let sql = "SELECT tables.name AS table, sum(parts.rows) AS rows, \
                   sum(parts.bytes_on_disk) AS bytes_on_disk, \
                   countIf(parts.active) AS active_parts, \
                   CAST(tables.name IN \
                   (SELECT log_table FROM rebuild_log FINAL WHERE NOT is_settled), 'Bool') AS is_owed \
                   FROM system.tables AS tables LEFT JOIN \
                   (SELECT * FROM system.parts WHERE active AND database = currentDatabase()) AS parts \
                   ON parts.table = tables.name \
                   WHERE tables.database = currentDatabase() AND tables.name LIKE '%\\\\_log' \
                   GROUP BY tables.name ORDER BY tables.name";
        let answer = self.client().query_raw(sql).fetch_all();
        self.within("tell what its tables hold", answer).await
    }
}
