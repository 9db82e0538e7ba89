//! The local stack: fetches, starts, watches and stops Kafka, the registry, ClickHouse and the
//! pipeline.
//!
//! Everything lives in one data folder, which one operating command at a time may change. Each part
//! is a process of its own that outlives the command which started it; a run file says which process
//! that is, so that a part is found again, and nothing else is ever signalled.
//!
//! What it may not know: topics, schemas, tables, or what the pipeline computes. It tells the parts
//! where to listen and asks them whether they are ready, nothing more.
//!
//! ```no_run
//! # async fn run() -> Result<(), sideline_stack::Error> {
//! use sideline_stack::{Flags, Settings, TerminalProgress};
//!
//! let settings = Settings::load(&Flags::default())?;
//! let exe = std::env::current_exe().unwrap_or_default();
//! let endpoints = sideline_stack::up(&settings, &exe, &TerminalProgress::new()).await?;
//! // Topics and tables are set up here; then:
//! sideline_stack::start_pipeline(&settings, &exe, &["run".to_owned()], &TerminalProgress::new()).await?;
//! sideline_stack::down(&settings).await?;
//! # drop(endpoints);
//! # Ok(())
//! # }
//! ```

mod archive;
mod cache;
mod command;
mod down;
mod error;
mod external;
mod home;
mod kafka;
mod keys;
mod logs;
mod parts;
mod ports;
mod process;
mod progress;
mod ready;
mod recipes;
mod run_file;
mod settings;
mod status;
mod tools;
mod up;

pub use command::CommandLine;
pub use down::{Ending, Report, Stopped, down, stop_pipeline};
pub use error::{Class, Error, Fault};
pub use home::fresh;
pub use kafka::{KAFKA_VERSION, KafkaLaunch, kafka_command};
pub use parts::Part;
pub use progress::{Progress, SilentProgress, TerminalProgress};
pub use recipes::ENGINE_VERSION;
pub use settings::{Endpoints, External, Flags, Ports, Setting, Settings};
pub use status::{PartState, PartStatus, first_death, status, total_memory_bytes};
pub use up::{endpoints, start_pipeline, up, up_kafka};
