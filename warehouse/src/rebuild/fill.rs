//! From a topic into a table, as fast as both can.

use std::sync::Arc;

use sideline_avro::{WireError, WireReader};

use super::Rebuilder;
use crate::error::WarehouseError;
use crate::rows::LogRow;
use crate::sink::{BYTES_MAX, PlacedRow, RECORDS_MAX, Raw, insert_rows};
use crate::topic::{Ends, unreadable};

/// What filling a table did.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) records: u64,
    pub(super) refused: u64,
}

/// Rows on their way, at most as many and as large as one insert of the sink.
struct Batch<R> {
    rows: Vec<PlacedRow<R>>,
    bytes: usize,
}

impl<P: FnMut(super::RebuildProgress)> Rebuilder<'_, P> {
    /// Reads what the topic holds before `ends` into `table`. Kafka's client reads ahead while
    /// ClickHouse stores.
    pub(super) fn fill<R: LogRow>(
        &mut self,
        table: &str,
        ends: &Ends,
    ) -> Result<Filled, WarehouseError> {
        let decoder = WireReader::<R::Record>::new(Arc::clone(&self.config.schemas));
        let mut filled = Filled::default();
        let mut batch = Batch {
            rows: Vec::with_capacity(RECORDS_MAX),
            bytes: 0,
        };
        let reader = self.reader;
        reader.read_raw(ends, |raw| {
            filled.records += 1;
            match row_of::<R>(&decoder, &raw) {
                Ok(Some(row)) => batch.push(&raw, row),
                Ok(None) => {}
                Err(error) if error.is_transient() => {
                    return Err(unreadable(ends.topic(), raw.info.place, error));
                }
                Err(_) => filled.refused += 1,
            }
            if batch.is_full() {
                filled.refused += self.store(table, &mut batch)?;
            }
            Ok(())
        })?;
        filled.refused += self.store(table, &mut batch)?;
        Ok(filled)
    }

    /// Stores the batch and empties it; gives the number of rows refused.
    fn store<R: LogRow>(
        &mut self,
        table: &str,
        batch: &mut Batch<R>,
    ) -> Result<u64, WarehouseError> {
        let insert = insert_rows(self.warehouse, table, &batch.rows);
        let refusals = self.runtime.block_on(insert)?;
        let done = self.progress.done + batch.rows.len() as u64;
        self.progress.done = done.min(self.progress.total);
        (self.on_progress)(self.progress);
        batch.rows.clear();
        batch.bytes = 0;
        Ok(refusals.len() as u64)
    }
}

impl<R> Batch<R> {
    fn push(&mut self, raw: &Raw, row: R) {
        let place = raw.info.place;
        self.bytes += raw.bytes();
        self.rows.push(PlacedRow { place, row });
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= RECORDS_MAX || self.bytes >= BYTES_MAX
    }
}

fn row_of<R: LogRow>(decoder: &WireReader<R::Record>, raw: &Raw) -> Result<Option<R>, WireError> {
    match &raw.value {
        Some(value) => Ok(R::from_record(decoder.decode(value)?, &raw.info)),
        None => Ok(R::from_tombstone(&raw.info)),
    }
}
