//! ClickHouse tables and views, the sink that fills them, and the queries over them.
//!
//! The tables are logs: appended to, never changed. People ask the views; `migrations/` holds both,
//! and `docs/warehouse.md` says why each is as it is.
//!
//! - [`Warehouse`] connects, and brings a database up to date.
//! - [`Sink`] copies what Kafka holds into the tables: what comes twice folds, nothing is left out.
//! - [`rebuild()`](rebuild::rebuild) makes the tables anew from the topics.
//! - [`Question`] is one in SQL, and [`cookbook`] those that are often asked.
//! - [`queries`] are the questions of the command line, typed.
//! - [`verify`] holds the promises as plain predicates, and checks the live log and table by them.
//!
//! This crate knows neither processors nor how a version comes about; it stores what it is given.

mod ask;
mod connection;
pub mod cookbook;
mod error;
mod kafka;
mod latest_versions;
mod migrate;
mod moved_games;
mod origin;
pub mod queries;
pub mod rebuild;
mod rows;
pub mod sink;
mod tables;
mod topic;
mod trials;
mod usage;
pub mod verify;

pub use ask::{Answer, QUESTION_LIMIT, Question};
pub use connection::{ClickHouseConfig, Secret, Warehouse};
pub use error::{ErrorClass, WarehouseError};
pub use kafka::{KafkaConfig, Place, SinkTopics};
pub use migrate::MigrationReport;
pub use sink::{Sink, SinkConfig, SinkHandle};
pub use trials::{DroppedRun, PlacedVersion, RunSummary, promotion_fact};
pub use usage::TableUsage;
pub use verify::{Breach, Report, verify};
