//! The catalogue of Kafka topics: the one source of names, keys, schemas, retention and partitions.
//!
//! - [`catalogue`]: what there is: topics, changelogs, consumer groups.
//! - [`keys`] and [`partitioner`]: the key and the partition of a record.
//! - [`cluster`], [`plan`] and `apply`: the catalogue against a running broker.
//! - [`producing`]: docs/producing.md, made from the catalogue and the schemas.
//!
//! This crate knows what travels where. It knows nothing of how the phases work.

mod apply;
pub mod catalogue;
pub mod cluster;
pub mod keys;
pub mod partitioner;
pub mod plan;
pub mod producing;
pub mod settings;
mod table;

pub use apply::{Applied, ApplyError, is_not_served};
pub use catalogue::{
    Catalogue, CatalogueError, Changelog, Group, PhaseName, Reader, Topic, TopicId,
};
pub use cluster::{Cluster, ClusterError, SchemaIds};
pub use keys::{IngressEvent, IngressKey, correlation_id};
pub use partitioner::{murmur2, partition_for};
pub use plan::{Plan, Refusal};
pub use settings::Settings;
