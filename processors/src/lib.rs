//! The phases of the pipeline as pure code: from change events to prediction versions.
//!
//! [`topology::topology`] is the map. Each phase is one module: `raw`, `results`, `team`,
//! `player`, `features`, `systems`, `ledger`, `completion`, `grading`. What a phase makes of a
//! record depends on that record and on its stores alone: this crate knows no Kafka, no clock, no
//! file, no thread, no chance, and no hash map whose order could reach an output (`clippy.toml`
//! bans them).
//!
//! Facts are stored with the time at which they were known, never folded into sums; a prediction
//! of a game is worked out from the facts known before its tip-off, whichever have arrived. So the
//! order of arrival does not change the end.
//!
//! ```
//! use sideline_processors::{WireCodecs, topology};
//! use sideline_runtime_core::InProcess;
//! use sideline_topics::{Catalogue, TopicId};
//!
//! let catalogue = Catalogue::new("nba", None)?;
//! let pipeline = topology(&catalogue, &WireCodecs::offline(), "build-1");
//! let ingress: Vec<&str> = TopicId::ingress().map(|topic| catalogue.name(topic)).collect();
//! let mut run = InProcess::new(&pipeline, &ingress)?;
//! assert_eq!(run.run_until_idle()?, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod calendar;
mod causes;
pub mod codec;
mod completion;
mod dead_letters;
pub mod decimals;
mod fact_key;
mod features;
mod fingerprint;
mod fixtures;
mod grading;
mod ledger;
pub mod names;
mod player;
pub mod props;
mod raw;
mod results;
mod systems;
mod team;
mod team_form;
pub mod topology;
mod truth;
mod view;
mod zones;

pub use codec::{Codecs, WireCodecs};
pub use names::player_lookup;
pub use props::{PROPS, Prop};
pub use systems::{Choice, DEFAULT_CHAMPION, Model, ModelError, SYSTEMS, Setup};
pub use topology::{topology, topology_with};
