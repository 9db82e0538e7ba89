//! What every measurement stands on: a broker, the compiled peer, folders, inputs.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use tempfile::TempDir;

use crate::broker::Broker;
use crate::child::Contestant;
use crate::contestants::streams::Peer;
use crate::contestants::{Kind, Spec, ours, plain};

/// A record's value: with a key of eight bytes it makes 180.
const VALUE: [u8; 172] = [b'v'; 172];

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Records of an input.
    pub(crate) records: u64,
    /// Keys of the large input and of restarts.
    pub(crate) many_keys: u64,
    /// Alternations of the throughput.
    pub(crate) alternations: u64,
    /// Events of a latency measurement, after half as many to warm up.
    pub(crate) hop_events: u64,
    /// Alternations of what takes long: hops and restarts.
    pub(crate) slow_alternations: u64,
}

impl Sizes {
    /// What results are made of.
    pub(crate) const FULL: Self = Self {
        records: 1_000_000,
        many_keys: 1_000_000,
        alternations: 5,
        hop_events: 2_000,
        slow_alternations: 3,
    };
    /// Enough to see that everything runs.
    pub(crate) const QUICK: Self = Self {
        records: 200_000,
        many_keys: 100_000,
        alternations: 1,
        hop_events: 200,
        slow_alternations: 1,
    };
}

/// The broker, the peer, and a folder that goes with them.
pub(crate) struct Lab {
    pub(crate) broker: Broker,
    pub(crate) sizes: Sizes,
    peer: Peer,
    folder: TempDir,
    runs: Cell<u32>,
}

impl Lab {
    /// Starts the broker and compiles the peer.
    pub(crate) fn open(sizes: Sizes) -> Result<Self> {
        let folder = TempDir::new()?;
        let peer = Peer::build(&folder.path().join("peer"))?;
        let broker = Broker::start(&folder.path().join("home"))?;
        Ok(Self {
            broker,
            sizes,
            peer,
            folder,
            runs: Cell::new(0),
        })
    }

    /// Ends the broker.
    pub(crate) fn close(self) -> Result<()> {
        self.broker.stop()
    }

    /// A topic of records with random keys, of which there are so many, filled once.
    pub(crate) fn input(&self, name: &str, keys: u64, records: u64) -> Result<String> {
        let name = format!("input-{name}");
        self.broker.create(std::slice::from_ref(&name))?;
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let numbers = (0..records).map(|_| {
            // xorshift: the same keys in every run.
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % keys
        });
        self.broker
            .fill(&name, numbers.map(|number| (number, VALUE.as_slice())))?;
        Ok(name)
    }

    /// A topic with each key once, in order.
    pub(crate) fn every_key_once(&self, name: &str, keys: u64) -> Result<String> {
        let name = format!("input-{name}");
        self.broker.create(std::slice::from_ref(&name))?;
        self.broker
            .fill(&name, (0..keys).map(|number| (number, VALUE.as_slice())))?;
        Ok(name)
    }

    /// A contestant's orders, its topics created: from an input over so many hops.
    pub(crate) fn spec(
        &self,
        kind: Kind,
        input: &str,
        hops: usize,
        commit_ms: u64,
    ) -> Result<Spec> {
        self.runs.set(self.runs.get() + 1);
        let run = format!("run{}", self.runs.get());
        let outputs = (1..=hops).map(|hop| format!("{run}-hop{hop}"));
        let topics: Vec<String> = std::iter::once(input.to_owned()).chain(outputs).collect();
        let spec = Spec {
            kind,
            brokers: self.broker.address.clone(),
            state: self.folder.path().join(&run),
            run,
            topics,
            commit_ms,
        };
        let own = match kind {
            Kind::Sideline => ours::topics(&spec),
            Kind::PlainLoop => plain::topics(&spec),
            // Kafka Streams makes its changelogs itself, with as many partitions as the input.
            Kind::StreamsRocksdb | Kind::StreamsMemory => Vec::new(),
        };
        let all: Vec<String> = spec.topics.iter().cloned().chain(own).collect();
        self.broker.create(&all)?;
        Ok(spec)
    }

    /// Starts a contestant.
    pub(crate) fn start(&self, spec: &Spec) -> Result<Contestant> {
        Contestant::start(spec, Some(&self.peer))
    }

    /// Deletes what a run left.
    pub(crate) fn forget(&self, spec: &Spec) -> Result<()> {
        let topics = self.broker.topics(&format!("{}-", spec.run))?;
        self.broker.delete(&topics)?;
        match std::fs::remove_dir_all(PathBuf::from(&spec.state)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// A progress bar of so many steps.
    pub(crate) fn progress(&self, steps: u64) -> ProgressBar {
        let bar = ProgressBar::new(steps);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_secs(1));
        bar
    }
}

/// Looks again and again until something is there, and fails with words after two minutes.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + Duration::from_mins(2);
    while Instant::now() < deadline {
        if let Some(found) = look()? {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    bail!("{what} did not happen within 2 minutes")
}
