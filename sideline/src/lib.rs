//! The command line of Sideline: one file per verb under `commands/`, and the glue that binds the
//! crates.
//!
//! This crate holds no domain rules: what a prediction is stands in `sideline-processors`, what a
//! topic is in `sideline-topics`, what a table is in `sideline-warehouse`.

pub mod answers;
pub mod catch_up;
pub mod champions;
pub mod cli;
pub mod commands;
pub mod completion;
pub mod control;
pub mod ingress;
pub mod instance;
pub mod league_clock;
pub mod leaving;
pub mod loading;
pub mod log;
pub mod metrics;
pub mod moments;
pub mod names;
pub mod pipeline;
pub mod printer;
pub mod promotion;
pub mod prompt;
pub mod publisher;
pub mod season_events;
pub mod shutdown;
pub mod source_age;
pub mod system;
pub mod walk_forward;
