//! The whole pipeline in process, told stories of an invented league: what news does, and that the
//! promises hold.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers belong to tests: a step that fails is to fail the test"
)]

mod aliases;
mod ending;
mod failures;
mod grades;
mod past;
mod pipeline;
mod promises;
mod random;
mod scenario;
mod shots;
