//! Avro schemas of every Sideline record, their Rust types, and the Confluent wire codec.
//!
//! The `.avsc` files in `schemas/` are the contract with producers and readers in any language; the
//! structs here mirror them field by field, and a test fails when they differ.
//!
//! This crate knows neither topics nor processors.

pub mod candidates;
pub mod cause;
pub mod context;
pub mod control;
mod error;
pub mod events;
pub mod facts;
pub mod features;
mod foreign;
pub mod form;
pub mod graded;
pub mod predictions;
pub mod registry;
pub mod runs;
pub mod schemas;
mod source;
pub mod time;
pub mod wire;
pub mod words;

pub use error::{SchemaError, WireError};
pub use registry::{Registry, RegistryError};
pub use schemas::{AvroRecord, SchemaName};
pub use source::{FixedSchemas, SchemaSource};
pub use wire::{WireReader, WireWriter};
