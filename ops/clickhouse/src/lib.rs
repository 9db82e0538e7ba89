//! A small server that speaks the HTTP interface of ClickHouse over the engine library.
//!
//! The product talks to ClickHouse through its official client and never knows whether the real
//! server or this one answers. This one exists so that the local stack needs no server package: the
//! engine is a shared library, loaded into the process that calls [`serve`].
//!
//! It is not a product of its own: one user, one data folder, no external tables, no progress
//! headers, and no protection against what SQL itself may do. The engine reads any local file that
//! a query names, so listen on a loopback address only.
//!
//! What it may not know: topics, schemas, basketball, or which client is asking.
//!
//! ```no_run
//! # async fn run() -> Result<(), sideline_clickhouse_server::Error> {
//! let config = sideline_clickhouse_server::Config {
//!     listen: ([127, 0, 0, 1], 18_123).into(),
//!     data: "data/clickhouse".into(),
//!     library: "libchdb.so".into(),
//!     user: "default".into(),
//!     password: String::new(),
//!     memory_limit_bytes: 1 << 30,
//! };
//! sideline_clickhouse_server::serve(config, |_address| (), std::future::pending()).await
//! # }
//! ```

mod ahead;
mod compression;
mod engine;
mod error;
mod exception;
mod http;
mod insert;
mod multipart;
mod output;
mod query;
mod request;
mod response;
mod server;
mod session;
mod spool;
mod statement;

pub use error::Error;
pub use server::{Config, serve};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock even if a thread panicked under it: what is locked here is whole after each call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
