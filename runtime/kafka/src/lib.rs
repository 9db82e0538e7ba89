//! Runs a topology over Kafka exactly once.
//!
//! [`run`] gives every phase a thread of its own, with its own consumer, transactional producer
//! and stores; nothing is shared on the path of a record. A step's outputs, the changes of its
//! stores and its input offsets are one transaction: all of it happened or none.
//!
//! ```no_run
//! use sideline_runtime_core::{Phase, Topology};
//! use sideline_runtime_kafka::{Config, Shutdown, run};
//!
//! # fn topology() -> Topology { Topology::new([] as [Phase; 0]) }
//! let running = run(&topology(), &Config::new("127.0.0.1:9092", "one"), &Shutdown::new())?;
//! for phase in running.status() {
//!     println!("{}: {} records", phase.name, phase.records_in);
//! }
//! running.stop();
//! running.wait()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What goes wrong, and what is done
//! - The broker refused a transaction and acknowledged its abort: the stores are taken back, the
//!   input is sought back, the session goes on.
//! - A transaction ended in any other way (time-out, fenced, lost answer): memory decides
//!   nothing. The session is closed and a new one restores from checkpoint and changelog.
//! - Something a codec needs is away: the phase waits at that record and says so in its status.
//! - All of these for longer than [`Config::patience`]: the run stops with an error.

mod ahead;
mod assignment;
mod changelog;
mod checkpoint;
mod checkpointing;
mod client;
mod committer;
mod config;
mod error;
mod fail_point;
mod incoming;
mod layout;
mod leave;
mod plan;
mod position;
mod read_first;
mod restore;
mod run;
mod session;
mod shutdown;
mod status;
mod transaction;
mod watchdog;
mod worker;
mod writer;

pub use changelog::{POSITION_STORE, split_changelog_key};
pub use config::{Config, changelog_name, group_name};
pub use error::RuntimeError;
pub use fail_point::{FailAt, FailPoint, UnknownFailPoint};
pub use leave::{LeaveError, leave};
pub use plan::PhasePlan;
pub use run::{Running, run};
pub use shutdown::Shutdown;
pub use status::{Metrics, PhaseStatus};
