//! What a run in process is given: how it is set up, and the records it begins with.

use crate::record::Header;

/// How many partitions every topic has unless told otherwise: enough that keys are spread, few
/// enough to read a failing test.
const PARTITIONS: i32 = 4;

/// How an [`InProcess`](crate::InProcess) run is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InProcessOptions {
    /// Partitions of every topic, at least 1.
    pub partitions: i32,
    /// `None` serves the phases in their order, each input partition to its end. A seed serves,
    /// at each step, any input partition that has a record; the order within a partition stays.
    pub seed: Option<u64>,
}

impl Default for InProcessOptions {
    fn default() -> Self {
        Self {
            partitions: PARTITIONS,
            seed: None,
        }
    }
}

/// A record to feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub(crate) partition_key: String,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<Header>,
    pub(crate) timestamp_ms: i64,
}

impl Feed {
    /// A record with a value. `partition_key` decides its partition.
    pub fn new(
        partition_key: impl Into<String>,
        key: impl Into<Vec<u8>>,
        value: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            value: Some(value.into()),
            ..Self::tombstone(partition_key, key)
        }
    }

    /// A tombstone.
    pub fn tombstone(partition_key: impl Into<String>, key: impl Into<Vec<u8>>) -> Self {
        Self {
            partition_key: partition_key.into(),
            key: key.into(),
            value: None,
            headers: Vec::new(),
            timestamp_ms: 0,
        }
    }

    /// Sets the timestamp, in milliseconds since 1970; without it, 0.
    #[must_use]
    pub fn at_ms(mut self, timestamp_ms: i64) -> Self {
        self.timestamp_ms = timestamp_ms;
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}
