//! Questions in SQL, answered in a format that ClickHouse makes itself.

use std::time::Duration;

use bytes::Bytes;
use clickhouse::query::BytesCursor;

use crate::connection::Warehouse;
use crate::error::WarehouseError;

/// Longest time ClickHouse works on a question that a person asks in SQL; at the bound it ends the
/// query with an error. A whole season of versions is read in well under a minute.
pub const QUESTION_LIMIT: Duration = Duration::from_secs(600);

/// Allows reading and changing the settings of the question itself, nothing else.
const READ_ONLY: &str = "2";

/// A question in SQL. It may read, not write.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// One statement.
    pub sql: &'q str,
    /// Values of its parameters `{name:Type}`, as plain text.
    pub parameters: &'q [(String, String)],
    /// The format of the answer, for example `CSVWithNames`; a FORMAT in the statement wins.
    pub format: &'q str,
    /// Settings of the question.
    pub settings: &'q [(&'q str, &'q str)],
}

/// An answer that comes in pieces.
pub struct Answer<'w> {
    warehouse: &'w Warehouse,
    cursor: BytesCursor,
}

const ACTION: &str = "answer the query";

impl Warehouse {
    /// Asks a question.
    ///
    /// # Errors
    /// [`WarehouseError::ClickHouse`] when the question cannot be sent; what ClickHouse says of it
    /// comes with the first piece of the answer.
    pub fn ask(&self, question: Question<'_>) -> Result<Answer<'_>, WarehouseError> {
        let seconds = QUESTION_LIMIT.as_secs().to_string();
        let mut query = self
            .client()
            .query_raw(question.sql)
            .with_setting("readonly", READ_ONLY)
            .with_setting("max_execution_time", seconds);
        for (name, value) in question.settings {
            query = query.with_setting(*name, *value);
        }
        for (name, value) in question.parameters {
            query = query.with_setting(format!("param_{name}"), escaped(value));
        }
        let cursor = query
            .fetch_bytes(question.format)
            .map_err(|source| self.refused(ACTION, source))?;
        Ok(Answer {
            warehouse: self,
            cursor,
        })
    }
}

impl Answer<'_> {
    /// The next piece, or none at the end.
    ///
    /// # Errors
    /// [`WarehouseError::ClickHouse`].
    pub async fn next(&mut self) -> Result<Option<Bytes>, WarehouseError> {
        let piece = self.cursor.next().await;
        piece.map_err(|source| self.warehouse.refused(ACTION, source))
    }

    /// All pieces as one.
    ///
    /// # Errors
    /// [`WarehouseError::ClickHouse`].
    pub async fn collect(mut self) -> Result<Bytes, WarehouseError> {
        let whole = self.cursor.collect().await;
        whole.map_err(|source| self.warehouse.refused(ACTION, source))
    }
}

/// A parameter's value as ClickHouse reads it over HTTP, with the escapes of its tab-separated form.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            _ => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_arrives_as_it_was_typed() {
        assert_eq!(escaped("D'Angelo \"D\" Russell"), "D'Angelo \"D\" Russell");
        assert_eq!(escaped("a\tb\\N\nc"), "a\\tb\\\\N\\nc");
    }
}
