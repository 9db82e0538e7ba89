//! The server as its clients see it. Needs the engine library: set `SIDELINE_TEST_CHDB` to its path.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail as tests do"
)]

mod common;
mod encodings;
mod inserts;
mod official_client;
mod queries;
mod sessions;
