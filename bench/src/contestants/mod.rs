//! Who runs, and with what: one task, three ways to do it.
//!
//! The task: per key, count the records and sum their bytes; write count and sum to the output
//! and keep them in a changelog; exactly once, on one thread.

pub(crate) mod ours;
pub(crate) mod plain;
pub(crate) mod streams;

use std::path::PathBuf;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A way to do the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Sideline's runtime.
    Sideline,
    /// A tuned loop on rdkafka without any machinery: the limit.
    PlainLoop,
    /// Kafka Streams with RocksDB.
    StreamsRocksdb,
    /// Kafka Streams with stores in memory.
    StreamsMemory,
}

impl Kind {
    /// All, in the order of the tables.
    pub(crate) const ALL: [Self; 4] = [
        Self::Sideline,
        Self::PlainLoop,
        Self::StreamsRocksdb,
        Self::StreamsMemory,
    ];

    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sideline => "Sideline",
            Self::PlainLoop => "plain loop",
            Self::StreamsRocksdb => "Kafka Streams, RocksDB",
            Self::StreamsMemory => "Kafka Streams, in memory",
        }
    }
}

/// What a contestant is told. Each runs in a process of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Spec {
    pub(crate) kind: Kind,
    pub(crate) brokers: String,
    /// Names its groups, changelogs and transactions.
    pub(crate) run: String,
    /// Input, topics between hops, and output: each neighbouring pair is one hop.
    pub(crate) topics: Vec<String>,
    pub(crate) commit_ms: u64,
    /// Its folder for local state.
    pub(crate) state: PathBuf,
}

/// Count and sum after one more record: the state, and what is written.
pub(crate) fn total_after(stored: Option<(u64, u64)>, value: &[u8]) -> (u64, u64) {
    let (count, sum) = stored.unwrap_or_default();
    (count + 1, sum + value.len() as u64)
}

/// The 16 bytes of a total.
pub(crate) fn total_bytes((count, sum): (u64, u64)) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&count.to_be_bytes());
    bytes[8..].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// What goes on to the next topic: a hop's record carries the moment of its sending in 8 bytes
/// and keeps it, any other becomes the total.
pub(crate) fn forwarded<'a>(value: &'a [u8], total: &'a [u8; 16]) -> &'a [u8] {
    if value.len() == 8 { value } else { total }
}
