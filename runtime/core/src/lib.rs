//! What a processor is: records, keyed stores, outputs and topologies, without Kafka and without
//! sports.
//!
//! A [`Phase`] reads topics and writes topics; it keeps state in named stores, one set of them
//! per partition. A [`Topology`] is the list of phases. Nothing here knows of time, I/O or
//! chance: what a [`Task`] makes of a record depends on the records it saw before, and on
//! nothing else. Three drivers run the same topology: [`InProcess`] step by step for tests,
//! [`Waves`] for recomputing a log on several threads, and the one over Kafka in
//! `sideline-runtime-kafka`. [`TestKit`] compares runs.
//!
//! ```
//! use sideline_runtime_core::{Feed, InProcess, Phase, ProcessError, Text, Topology};
//!
//! let mut phase = Phase::builder("count");
//! let counts = phase.store::<u64>("counts");
//! let totals = phase.output("totals", Text);
//! let rejects = phase.output("dead-letters", Text);
//! phase.on_dead_letter(move |letter, ctx| {
//!     ctx.forward(&rejects, &letter.key_lossy(), &letter.key_lossy(), &letter.reason)
//! });
//! phase.input("words", Text, move |word, ctx| {
//!     let Some(value) = &word.value else { return Ok(()) };
//!     if value.is_empty() {
//!         return Err(ProcessError::bad_input("empty_word", "the word is empty").into());
//!     }
//!     let count = ctx.get(&counts, value)?.unwrap_or(0) + 1;
//!     ctx.put(&counts, value, &count)?;
//!     ctx.forward(&totals, value, value, &format!("{value} {count}"))
//! });
//! let topology = Topology::new([phase.build()]);
//!
//! let mut run = InProcess::new(&topology, &["words"])?;
//! run.feed("words", Feed::new("ball", "1", "ball"))?;
//! run.feed("words", Feed::new("ball", "2", "ball"))?;
//! run.run_until_idle()?;
//! assert_eq!(run.values("totals", &Text)?, ["ball 1", "ball 2"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod codec;
mod context;
mod error;
mod feed;
mod in_process;
mod partition;
mod phase;
mod record;
mod shuffle;
mod state;
mod task;
mod test_kit;
mod topology;
mod waves;

pub use codec::{Bytes, Codec, CodecError, Postcard, Text};
pub use context::{Context, Keys, VALUE_BYTES_MAX};
pub use error::{BadInput, ErrorClass, ProcessError, TaskError};
pub use feed::{Feed, InProcessOptions};
pub use in_process::{InProcess, InProcessError};
pub use partition::{murmur2, partition_for};
pub use phase::{Output, Phase, PhaseBuilder, Store};
pub use record::{DeadLetter, Header, Place, RawRecord, Record};
pub use task::{Effects, FAILURES_IN_A_ROW_MAX, OutputRecord, Task};
pub use test_kit::{Difference, EndState, TestKit, TestKitError};
pub use topology::{Topology, TopologyError};
pub use waves::{HISTORY_RECORDS_MAX, Mode, Waves, WavesOptions};
