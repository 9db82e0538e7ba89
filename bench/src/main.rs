//! Benchmarks of the runtime and the warehouse, each beside a peer measured in the same run.
//!
//! `cargo run --release -p sideline-bench -- runtime` prints one table with ratios and writes it
//! as JSON and as a plot to `bench/results`; `… -- warehouse` measures questions and sink, `… --
//! change` what one change costs.

#![expect(
    clippy::print_stdout,
    reason = "a bench talks to people on the terminal"
)]

mod broker;
mod change;
mod child;
mod contestants;
mod figures;
mod hops;
mod lab;
mod plot;
mod replay;
mod report;
mod restart;
mod throughput;
mod warehouse;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
// As in the program that is measured.
use sideline_allocator as _;

use crate::contestants::Kind;
use crate::lab::{Lab, Sizes};
use crate::report::Report;

/// Measures Sideline's runtime beside a plain loop and Kafka Streams, on one broker of its own.
#[derive(Debug, Parser)]
#[command(name = "sideline-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Throughput, hops, restart and replay; about 40 minutes in full. Needs java, javac and mvn.
    ///
    /// Throughput counts committed records of the output, from the first quarter of the input on,
    /// so that start and warm-up are not in it, and is the median of five alternations. Of
    /// hops and restarts each figure is the median of three.
    ///
    /// Example: cargo run --release -p sideline-bench -- runtime --only throughput
    #[command(after_help = "Example: sideline-bench runtime --quick --only hops")]
    Runtime {
        /// Only this part; what the results file says of the others stays.
        #[arg(long)]
        only: Option<Part>,
        /// A smoke version: few records, one alternation. Its figures mean nothing.
        #[arg(long)]
        quick: bool,
        /// Where the results are written.
        #[arg(long, default_value = "bench/results")]
        results: PathBuf,
        /// How often the throughput of each contestant is measured; an odd number has a median.
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..=99))]
        alternations: Option<u64>,
        /// Records of the input of throughput.
        #[arg(long, value_parser = clap::value_parser!(u64).range(100_000..=20_000_000))]
        records: Option<u64>,
        /// Only these contestants, in all but replay; of the others, what the results file says
        /// stays. Hops have neither a plain loop nor RocksDB, restarts no plain loop.
        #[arg(long, value_delimiter = ',')]
        contestants: Vec<Kind>,
        /// Prints the results as JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Questions over 20 million versions, the sink's rate, and how soon a version can be asked for.
    ///
    /// Needs a scratch broker and a scratch ClickHouse (SIDELINE_TEST_KAFKA and
    /// SIDELINE_TEST_CLICKHOUSE, as .ci/with-stack names them); it makes topics and a database of
    /// its own there, and removes them.
    #[command(
        after_help = "Example: .ci/with-stack cargo run --release -p sideline-bench -- warehouse --quick"
    )]
    Warehouse(warehouse::Args),
    /// Processor time per change over all phases, systems and props, and how many players and
    /// candidates it reaches.
    ///
    /// An invented league is walked through in this process, on one thread; no server takes part.
    #[command(after_help = "Example: cargo run --release -p sideline-bench -- change --weeks 16")]
    Change(change::Args),
    /// What a contestant's process runs; the bench starts it by itself.
    #[command(hide = true)]
    Contestant { spec: String },
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Records per second.
    Throughput,
    /// Latency through one and three hops.
    Hops,
    /// A start with a million keys.
    Restart,
    /// The in-process driver over a rewound topic.
    Replay,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Contestant { spec } => child::work(&spec),
        Command::Change(args) => change::measure(&args),
        Command::Warehouse(args) => warehouse::measure(&args),
        Command::Runtime {
            only,
            quick,
            results,
            alternations,
            records,
            contestants,
            json,
        } => {
            let mut sizes = if quick { Sizes::QUICK } else { Sizes::FULL };
            sizes.alternations = alternations.unwrap_or(sizes.alternations);
            sizes.records = records.unwrap_or(sizes.records);
            let kinds = match contestants.as_slice() {
                [] => &Kind::ALL,
                some => some,
            };
            let wanted = |part| only.is_none_or(|only| only == part);
            let mut report = Report::open(&results)?;
            let lab = Lab::open(sizes)?;
            if wanted(Part::Throughput) {
                throughput::measure(&lab, kinds, &mut report)?;
            }
            if wanted(Part::Hops) {
                hops::measure(&lab, kinds, &mut report)?;
            }
            if wanted(Part::Restart) {
                restart::measure(&lab, kinds, &mut report)?;
            }
            if wanted(Part::Replay) {
                replay::measure(&lab, &mut report)?;
            }
            lab.close()?;
            report.save()?;
            println!("{}", if json { report.json()? } else { report.table() });
            Ok(())
        }
    }
}
