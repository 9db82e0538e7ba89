//! Local checkpoints: what the stores held at a place of their changelog, so that a restart reads
//! the changelog from there instead of from its start.
//!
//! The changelog stays the truth. A checkpoint only ever names a place at or before the state it
//! holds: reading the changelog on from there ends in the same stores whatever a kill left half
//! written, and losing a checkpoint costs time, nothing else.

mod keeper;
mod store;

use serde::{Deserialize, Serialize};

pub(crate) use keeper::{Checkpoints, Save};
pub(crate) use store::Loaded;

/// What a checkpoint belongs to. One that was made for anything else is thrown away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    /// The Kafka cluster, by the id it gave itself.
    pub(crate) cluster: String,
    /// The changelog's topic.
    pub(crate) changelog: String,
    /// How many partitions the changelog has.
    pub(crate) partitions: i32,
}

/// Where a checkpoint stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) binding: Binding,
    /// The changelog offset to read on from.
    pub(crate) offset: i64,
    /// When it was made, in seconds since 1970, by this machine's clock.
    pub(crate) made_at_s: u64,
}
