//! What only a real broker can show. Skipped, with a line that says so, unless
//! `SIDELINE_TEST_KAFKA` names the `host:port` of a scratch broker.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![expect(clippy::panic, reason = "helpers of tests fail as tests do")]
#![expect(clippy::print_stdout, reason = "figures are for people")]

mod bench;
mod bulk;
mod checkpoints;
mod failures;
mod measure;
mod plans;
mod promises;
