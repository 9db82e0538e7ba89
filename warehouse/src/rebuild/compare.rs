//! Two tables of one kind, row for row.

use clickhouse::Row;
use serde::Deserialize;

use crate::connection::Warehouse;
use crate::error::WarehouseError;
use crate::rows::LogRow;
use crate::topic::Ends;

/// Longest time to compare one partition: the engine hashes millions of rows a second.
const COMPARE_LIMIT: std::time::Duration = std::time::Duration::from_secs(600);

/// What two tables have in common and what not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Row, Deserialize)]
pub(super) struct Comparison {
    /// Rows of the new table.
    pub(super) rows: u64,
    pub(super) only_in_old: u64,
    pub(super) only_in_new: u64,
}

impl Warehouse {
    /// Compares the folded rows of a table with those of `new`, up to the ends of their topic: beyond
    /// them the old one has what came since. One partition at a time, so that a few million hashes
    /// fit in memory.
    pub(super) async fn compare_with_rebuild<R: LogRow>(
        &self,
        new: &str,
        ends: &Ends,
    ) -> Result<Comparison, WarehouseError> {
        let mut sum = Comparison::default();
        // Of a run, the old table may have let go what the topic still has.
        let is_kept = match R::HAS_RUNS {
            true => "(run_id = '' OR written_at >= now() - INTERVAL 90 DAY)",
            false => "true",
        };
        for (partition, end) in ends.all() {
            let side = |table: &str, is_new: u8| {
                format!(
                    "SELECT sipHash128(toString(tuple(*))) AS row, {is_new} AS is_new \
                     FROM {table} FINAL WHERE kafka_partition = {partition} AND kafka_offset < {end} \
                     AND {is_kept}"
                )
            };
            let sql = format!(
                "SELECT countIf(in_new > 0) AS rows, countIf(in_new = 0) AS only_in_old, \
                 countIf(in_old = 0) AS only_in_new FROM \
                 (SELECT row, countIf(is_new = 1) AS in_new, countIf(is_new = 0) AS in_old FROM \
                 ({} UNION ALL {}) GROUP BY row)",
                side(R::TABLE, 0),
                side(new, 1)
            );
            let answer = self.client().query_raw(&sql).fetch_one::<Comparison>();
            let one = self
                .within_limit("compare a table with its rebuild", COMPARE_LIMIT, answer)
                .await?;
            sum.rows += one.rows;
            sum.only_in_old += one.only_in_old;
            sum.only_in_new += one.only_in_new;
        }
        Ok(sum)
    }
}
