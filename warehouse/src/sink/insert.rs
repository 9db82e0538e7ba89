//! Inserts of rows, and the search for the row that ClickHouse refuses.

use std::time::Duration;

use super::batch::Ranges;
use crate::connection::Warehouse;
use crate::error::{WarehouseError, row_is_refused};
use crate::kafka::Place;
use crate::rows::LogRow;

/// Longest wait for one insert. Inserts take milliseconds; at the bound the answer counts as lost,
/// and the same rows are sent again under the same token.
const INSERT_LIMIT: Duration = Duration::from_secs(30);

/// Rows of a granule of prediction_log. A part that has no more is a granule alone, and its
/// indexes could spare no more than reading that: they are made when it is merged. Without them an insert
/// makes ten files fewer, and takes a sixth less time.
const GRANULE_ROWS: usize = 1_024;

/// A row and the place of its record.
#[derive(Debug)]
pub(crate) struct PlacedRow<R> {
    pub(crate) place: Place,
    pub(crate) row: R,
}

/// A row that ClickHouse refuses for what stands in it.
pub(crate) struct Refusal {
    pub(crate) place: Place,
    pub(crate) error: clickhouse::error::Error,
}

/// Stores the rows in `table`, except those that ClickHouse refuses one by one: an insert that is refused is
/// halved until the row at fault stands alone, so a bad row never keeps out its neighbours.
///
/// # Errors
/// Whatever is not a row's fault. Halves stored before it are dropped by their tokens when the
/// whole is tried again, and fold if the tokens have been forgotten.
pub(crate) async fn insert_rows<R: LogRow>(
    warehouse: &Warehouse,
    table: &str,
    rows: &[PlacedRow<R>],
) -> Result<Vec<Refusal>, WarehouseError> {
    let mut refusals = Vec::new();
    let mut slices = vec![rows];
    while let Some(slice) = slices.pop() {
        match (insert_block(warehouse, table, slice).await, slice) {
            (Ok(()), _) => {}
            (Err(Fault::Row(error)), [alone]) => refusals.push(Refusal {
                place: alone.place,
                error,
            }),
            (Err(Fault::Row(_)), several) => {
                let (left, right) = several.split_at(several.len() / 2);
                slices.push(right);
                slices.push(left);
            }
            (Err(Fault::Other(error)), _) => return Err(error),
        }
    }
    Ok(refusals)
}

/// Why an insert failed.
enum Fault {
    Row(clickhouse::error::Error),
    Other(WarehouseError),
}

async fn insert_block<R: LogRow>(
    warehouse: &Warehouse,
    table: &str,
    rows: &[PlacedRow<R>],
) -> Result<(), Fault> {
    if rows.is_empty() {
        return Ok(());
    }
    match tokio::time::timeout(INSERT_LIMIT, send(warehouse, table, rows)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if row_is_refused(&error) => Err(Fault::Row(error)),
        Ok(Err(error)) => {
            let action = format!("insert into {table}");
            Err(Fault::Other(warehouse.refused(&action, error)))
        }
        Err(_) => Err(Fault::Other(WarehouseError::Slow {
            url: warehouse.config().url.clone(),
            action: format!("insert into {table}"),
            limit: INSERT_LIMIT,
        })),
    }
}

async fn send<R: LogRow>(
    warehouse: &Warehouse,
    table: &str,
    rows: &[PlacedRow<R>],
) -> clickhouse::error::Result<()> {
    let ranges: Ranges = rows.iter().map(|placed| placed.place).collect();
    let indexes_at_once = if rows.len() > GRANULE_ROWS { "1" } else { "0" };
    let mut insert = warehouse
        .client()
        .insert::<R>(table)
        .await?
        // The answer must mean that the rows are stored, not that they are queued.
        .with_setting("async_insert", "0")
        .with_setting(
            "insert_deduplication_token",
            ranges.token(table, warehouse.life()),
        )
        // Sent again, it reaches the tables that follow this one, though this one has it: the server
        // may have died between them.
        .with_setting("deduplicate_blocks_in_dependent_materialized_views", "1")
        .with_setting("materialize_skip_indexes_on_insert", indexes_at_once)
        // A replay of many seasons may touch more months in one insert than the default allows.
        .with_setting("max_partitions_per_insert_block", "0");
    for placed in rows {
        insert.write(&placed.row).await?;
    }
    insert.end().await
}
