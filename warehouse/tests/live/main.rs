//! The sink, the queries and the check against a real broker and a real ClickHouse.
//!
//! `SIDELINE_TEST_KAFKA` names the `host:port` of a scratch broker, `SIDELINE_TEST_CLICKHOUSE` the
//! address of a scratch server, for example `http://127.0.0.1:18123`; any ClickHouse will do.
//! `SIDELINE_TEST_CLICKHOUSE_USER` and `SIDELINE_TEST_CLICKHOUSE_PASSWORD` log in where that is
//! asked for. Without them the tests say that they were skipped. Each test has topics and a database
//! of its own, and removes them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests: a fault ends the test, and a skipped test says so"
)]

mod batches;
mod bench;
mod cookbook;
mod database;
mod grades;
mod moves;
mod newest;
mod rebuild;
mod runs;
mod shelf;
mod sink;
mod views;
