//! Rows of versions straight from memory: what the sink's rate is measured against.

use sideline_avro::predictions::Prediction;

use super::insert::{PlacedRow, insert_rows};
use crate::connection::Warehouse;
use crate::error::WarehouseError;
use crate::kafka::Place;
use crate::rows::{LogRow, PredictionRow, RecordInfo};

/// Rows of `prediction_log`, ready to be sent.
pub struct VersionRows(Vec<PlacedRow<PredictionRow>>);

impl VersionRows {
    /// The rows of these versions; their places count from `first_offset` on, in partition 0.
    #[must_use]
    pub fn of(versions: Vec<Prediction>, first_offset: i64) -> Self {
        let rows = versions.into_iter().zip(first_offset..);
        let rows = rows.filter_map(|(version, offset)| {
            let place = Place {
                partition: 0,
                offset,
            };
            let info = RecordInfo {
                place,
                ..RecordInfo::default()
            };
            let row = PredictionRow::from_record(version, &info)?;
            Some(PlacedRow { place, row })
        });
        Self(rows.collect())
    }
}

impl Warehouse {
    /// Inserts the rows as the sink does, `rows_per_insert` at a time.
    ///
    /// # Errors
    /// What ClickHouse says.
    pub async fn insert_versions(
        &self,
        rows: &VersionRows,
        rows_per_insert: usize,
    ) -> Result<(), WarehouseError> {
        for some in rows.0.chunks(rows_per_insert) {
            insert_rows(self, PredictionRow::TABLE, some).await?;
        }
        Ok(())
    }
}
