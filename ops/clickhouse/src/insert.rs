//! Statements that bring their rows as data.

use crate::{
    compression::read_failed,
    engine::{Call, Connection, Parameters, Statistics},
    exception::Exception,
};
use std::io::Read;

/// What is handed to the engine at once: it copies, so more would only cost memory.
const PIECE_BYTES: usize = 256 << 10;

/// An INSERT with its data apart.
pub(crate) struct InsertPlan {
    /// Up to the FORMAT clause, without it.
    pub(crate) statement: Vec<u8>,
    pub(crate) format: String,
    pub(crate) data: Box<dyn Read + Send>,
}

/// Stores the data, all or nothing up to one block of the engine (a million rows).
pub(crate) fn run(
    connection: &mut Connection,
    mut plan: InsertPlan,
    parameters: &Parameters,
) -> Result<Statistics, Exception> {
    let call = Call {
        sql: &plan.statement,
        format: &plan.format,
        parameters,
    };
    let mut insert = connection.insert(call)?;
    let mut total_bytes = 0;
    let mut piece = Vec::new();
    loop {
        piece.clear();
        // An error drops the insert, which cancels it.
        let taken = plan
            .data
            .by_ref()
            .take(PIECE_BYTES as u64)
            .read_to_end(&mut piece);
        let length = taken.map_err(|error| read_failed(&error))?;
        total_bytes += length;
        if length == 0 || !insert.append(&piece) {
            break;
        }
    }
    if total_bytes == 0 {
        // Some formats want their header even for no rows; no byte at all is no rows.
        return Ok(Statistics::default());
    }
    let mut statistics = insert.finish()?;
    // The server counts the rows of an INSERT as read, too.
    statistics.storage_rows = statistics.written_rows;
    statistics.storage_bytes = statistics.written_bytes;
    Ok(statistics)
}
