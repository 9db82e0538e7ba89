//! Records, their places, and dead letters.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::error::{BadInput, ErrorClass, ProcessError};

/// One header of a record: its name and its bytes.
pub type Header = (String, Vec<u8>);

/// Where a record stands in its log. Printed as `topic[partition]@offset`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The topic as the topology names it, without a deployment's prefix.
    pub topic: Arc<str>,
    /// The partition, from 0.
    pub partition: i32,
    /// The offset within the partition, from 0.
    pub offset: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]@{}", self.topic, self.partition, self.offset)
    }
}

/// A record of an input topic, its value decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<T> {
    /// The key as it came; a plain UTF-8 string unless the sender was wrong.
    pub key: Vec<u8>,
    /// The value; `None` is a tombstone.
    pub value: Option<T>,
    /// The headers in their order.
    pub headers: Vec<Header>,
    /// Where it stands in its log.
    pub place: Place,
    /// The record's timestamp in milliseconds since 1970; what it means is the topic's matter.
    pub timestamp_ms: i64,
}

/// A record as it came, not yet decoded.
pub type RawRecord = Record<Vec<u8>>;

impl<T> Record<T> {
    /// The key as text.
    ///
    /// # Errors
    /// `key_not_utf8` as bad input when the sender framed or garbled it.
    pub fn key_str(&self) -> Result<&str, ProcessError> {
        match std::str::from_utf8(&self.key) {
            Ok(key) => Ok(key),
            Err(error) => {
                let message = format!("the key {:?} is no UTF-8: {error}", self.key_lossy());
                let bad_key = ProcessError::bad_input("key_not_utf8", message)
                    .field("key")
                    .hint("send keys as plain UTF-8 text, without Avro framing");
                Err(bad_key.into())
            }
        }
    }

    /// The key for messages: bytes that are no UTF-8 are replaced.
    pub fn key_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.key)
    }

    /// The same record with another value.
    pub(crate) fn with_value<U>(&self, value: Option<U>) -> Record<U> {
        Record {
            key: self.key.clone(),
            value,
            headers: self.headers.clone(),
            place: self.place.clone(),
            timestamp_ms: self.timestamp_ms,
        }
    }
}

/// A record that a phase could not use, with all that is needed to understand and retry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The phase that could not use it.
    pub phase: &'static str,
    /// Where the record stands.
    pub place: Place,
    /// Its key as it came.
    pub key: Vec<u8>,
    /// Its bytes as they came; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<Header>,
    /// Its timestamp in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Why, as a machine word such as `unknown_schema_id` or `panic`.
    pub reason: String,
    /// The field at fault, where there is one.
    pub field: Option<String>,
    /// What happened, with the value seen and the value allowed.
    pub message: String,
    /// What a person can do about it.
    pub hint: Option<String>,
    /// [`ErrorClass::Permanent`] when nothing of the record was used, [`ErrorClass::Partial`]
    /// when the record went on without the part complained of.
    pub class: ErrorClass,
}

impl DeadLetter {
    pub(crate) fn new(
        phase: &'static str,
        record: &RawRecord,
        fault: BadInput,
        class: ErrorClass,
    ) -> Self {
        Self {
            phase,
            place: record.place.clone(),
            key: record.key.clone(),
            value: record.value.clone(),
            headers: record.headers.clone(),
            timestamp_ms: record.timestamp_ms,
            reason: fault.reason,
            field: fault.field,
            message: fault.message,
            hint: fault.hint,
            class,
        }
    }

    /// The key for messages and partition keys: bytes that are no UTF-8 are replaced.
    pub fn key_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.key)
    }
}
