//! The server as its clients see it. Needs the engine library: from the cache of downloads, or where
//! `SIDELINE_TEST_CHDB` says.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail as tests do"
)]

mod common;
mod encodings;
mod inserts;
#[path = "../library/mod.rs"]
mod library;
mod official_client;
mod queries;
mod sessions;
