//! The warehouse: what a question costs, and how fast the sink is.

mod place;
mod questions;
mod sink;
mod versions;

use std::path::PathBuf;

use anyhow::Result;
use comfy_table::{Table, presets};
use serde_json::{Map, Value, json};

use self::place::Place;
use crate::figures::rounded;

/// The file with the figures.
const RESULTS: &str = "warehouse.json";

/// What is measured, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `host:port` of a scratch broker.
    #[arg(long, env = "SIDELINE_TEST_KAFKA")]
    kafka: String,
    /// Address of a scratch ClickHouse.
    #[arg(long, env = "SIDELINE_TEST_CLICKHOUSE")]
    clickhouse: String,
    /// Versions in the table that is asked.
    #[arg(long, default_value_t = 20_000_000)]
    versions: u64,
    /// How long versions come at 100 a second, in seconds.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// A smoke version: 200,000 versions, 20 seconds. Its figures mean nothing.
    #[arg(long)]
    quick: bool,
    /// Only these parts; what warehouse.json says of the others stays.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Name of topics and databases that are kept, so that the next run need not fill them again.
    #[arg(long, value_name = "NAME")]
    keep: Option<String>,
    /// Where warehouse.json is written.
    #[arg(long, default_value = "bench/results")]
    results: PathBuf,
    /// Prints the results as JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// A part of the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Rows a second, from memory and through the sink.
    Rate,
    /// From Kafka's append to a SELECT that sees the version.
    Delay,
    /// Bytes a version takes on disk.
    Size,
    /// What people ask; fills the table first.
    Questions,
}

impl Args {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// What an earlier run said, where this one measures parts only.
    fn before(&self) -> Map<String, Value> {
        let text = std::fs::read_to_string(self.results.join(RESULTS)).unwrap_or_default();
        let is_whole = self.only.is_empty();
        let earlier = serde_json::from_str(&text).ok().filter(|_| !is_whole);
        earlier.unwrap_or_default()
    }

    const fn versions(&self) -> u64 {
        if self.quick { 200_000 } else { self.versions }
    }

    const fn seconds(&self) -> u64 {
        if self.quick { 20 } else { self.seconds }
    }
}

/// Measures everything, prints it and writes it.
pub(crate) fn measure(args: &Args) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let place = runtime.block_on(Place::open(args))?;
    let measured = runtime.block_on(all(args, &place));
    runtime.block_on(place.close())?;
    let figures = measured?;
    std::fs::create_dir_all(&args.results)?;
    let text = serde_json::to_string_pretty(&figures)?;
    std::fs::write(args.results.join(RESULTS), text.clone() + "\n")?;
    println!("{}", if args.json { text } else { table(&figures) });
    Ok(())
}

async fn all(args: &Args, place: &Place) -> Result<Map<String, Value>> {
    let mut figures = args.before();
    let build = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    figures.insert("build".into(), json!(build));
    figures.insert("load_before".into(), json!(load()));
    if args.wants(Part::Rate) {
        sink::rate(place, &mut figures).await?;
    }
    if args.wants(Part::Delay) {
        sink::delay(place, args.seconds(), &mut figures).await?;
    }
    if args.wants(Part::Size) || args.wants(Part::Questions) {
        versions::fill(place, args.versions(), &mut figures).await?;
    }
    if args.wants(Part::Questions) {
        questions::ask(place, args.versions(), &mut figures).await?;
    }
    figures.insert("load_after".into(), json!(load()));
    Ok(figures)
}

/// How busy the machine is: the load of the last minute.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

fn table(figures: &Map<String, Value>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["what", "figure"]);
    for (name, value) in figures {
        table.add_row([name.clone(), value.to_string()]);
    }
    table.to_string()
}

/// A figure with two decimals.
fn figure(value: f64) -> Value {
    json!(rounded(value))
}
