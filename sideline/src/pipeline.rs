//! The pipeline of this process: all phases over Kafka, the sink, and its page for machines.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use sideline_processors::WireCodecs;
use sideline_runtime_kafka::{Config, FailAt, Metrics, Running, Shutdown};
use sideline_topics::TopicId;
use sideline_warehouse::sink::{SinkFailAt, SinkState};
use sideline_warehouse::{Sink, SinkConfig, SinkHandle};
use tokio::net::TcpListener;
use tracing::info;

use crate::instance::Instance;
use crate::shutdown;
use crate::system::System;

/// Build of this program, as versions name it.
pub const BUILD: &str = concat!("sideline-", env!("CARGO_PKG_VERSION"));
/// How often the process looks whether a phase or the sink has ended: soon enough that nobody
/// waits, seldom enough that it costs nothing.
const WATCH_EVERY: Duration = Duration::from_millis(250);

/// What the page for machines says of one phase.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PhaseLine {
    /// The phase.
    pub phase: String,
    /// True when its stores are restored and it works.
    pub ready: bool,
    /// Records taken in since the start.
    pub records_in: u64,
    /// Records written since the start.
    pub records_out: u64,
    /// Dead letters written since the start.
    pub dead_letters: u64,
    /// Records waiting, as far as known.
    pub lag: Option<u64>,
    /// Why it waits, if it does.
    pub paused: Option<String>,
}

struct Shared {
    phases: Running,
    sink: SinkHandle,
}

/// What tests of crashes ask for; nothing, in every other life.
#[derive(Debug, Default)]
pub struct Crashes {
    /// Where a phase aborts the process.
    pub phases: Option<FailAt>,
    /// Where the sink does.
    pub sink: Option<SinkFailAt>,
    /// How often checkpoints are made.
    pub checkpoint_interval: Option<Duration>,
}

/// Runs until Ctrl-C or SIGTERM, or until a phase or the sink ends with an error.
///
/// # Errors
/// A server cannot be reached at the start, the port is taken, or a phase or the sink gave up.
pub async fn run(system: &System, listen: SocketAddr, crashes: &Crashes) -> Result<()> {
    let instance = Instance::take(&system.settings.home)?;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; stop what uses the port, or set SIDELINE_PIPELINE_PORT")
    })?;
    let shared = Arc::new(start(system, &instance, crashes).await?);
    let page = tokio::spawn(serve(listener, Arc::clone(&shared)));
    info!(instance = instance.name(), "pipeline started");
    tokio::select! {
        () = shutdown::requested() => {}
        () = any_end(&shared) => {}
    }
    shared.phases.stop();
    shared.sink.stop();
    page.abort();
    // The page may still hold its handle for a moment; what it holds is only read.
    drop(page.await);
    let Some(shared) = Arc::into_inner(shared) else {
        return Ok(());
    };
    let ended = tokio::task::spawn_blocking(move || -> Result<()> {
        shared.phases.wait()?;
        shared.sink.wait()?;
        Ok(())
    });
    ended.await?
}

async fn start(system: &System, instance: &Instance, crashes: &Crashes) -> Result<Shared> {
    let registry = system.registry()?;
    let ids = system.schema_ids().await?;
    let dead_letter_schema_id = ids.of(TopicId::DeadLetters);
    let schemas: Arc<dyn sideline_avro::SchemaSource> = Arc::new(registry);
    let codecs = WireCodecs::new(move |topic| ids.of(topic), Arc::clone(&schemas));
    let topology = sideline_processors::topology(&system.catalogue, &codecs, BUILD);
    let mut config = Config::new(&system.endpoints.kafka, instance.name());
    config.prefix = system.prefix();
    config.properties = system.endpoints.kafka_properties.clone();
    config.state_dir = Some(instance.checkpoints());
    config.fail_at = crashes.phases;
    if let Some(interval) = crashes.checkpoint_interval {
        config.checkpoint_interval = interval;
    }
    let sink = SinkConfig {
        kafka: system.warehouse_kafka(),
        topics: system.sink_topics(),
        instance: instance.name().to_owned(),
        schemas,
        dead_letter_schema_id,
        clickhouse: system.clickhouse(),
        fail_at: crashes.sink,
    };
    tokio::task::spawn_blocking(move || {
        let phases = sideline_runtime_kafka::run(&topology, &config, &Shutdown::new())?;
        let sink = Sink::start(&sink)?;
        Ok(Shared { phases, sink })
    })
    .await?
}

async fn any_end(shared: &Shared) {
    let mut every = tokio::time::interval(WATCH_EVERY);
    loop {
        every.tick().await;
        if shared.sink.is_finished() || shared.phases.is_finished() {
            return;
        }
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = Router::new()
        .route("/ready", get(ready))
        .route("/status", get(status))
        .route("/metrics", get(metrics))
        .with_state(shared);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the page for machines ended; the pipeline goes on");
    }
}

async fn ready(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    if shared.phases.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "restoring\n")
    }
}

async fn status(State(shared): State<Arc<Shared>>) -> axum::Json<Vec<PhaseLine>> {
    let mut lines: Vec<PhaseLine> = shared
        .phases
        .status()
        .into_iter()
        .map(|phase| PhaseLine {
            phase: phase.name.to_owned(),
            ready: phase.is_restored,
            records_in: phase.records_in,
            records_out: phase.records_out,
            dead_letters: phase.dead_letters,
            lag: phase.lag_records,
            paused: phase.paused_reason,
        })
        .collect();
    lines.push(sink_line(&shared.sink));
    axum::Json(lines)
}

fn sink_line(sink: &SinkHandle) -> PhaseLine {
    let status = sink.status();
    let rows = status.tables.iter().map(|table| table.rows).sum();
    PhaseLine {
        phase: "sink".to_owned(),
        ready: status.state == SinkState::Running,
        records_in: rows,
        records_out: rows,
        dead_letters: 0,
        lag: None,
        paused: status.error,
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> String {
    const MEMORY: &str = "process_resident_memory_bytes";
    let mut text = String::new();
    for (name, kind, help, value) in METRICS {
        text += &format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (phase, metrics) in shared.phases.metrics() {
            text += &format!("{name}{{phase=\"{phase}\"}} {}\n", value(metrics));
        }
    }
    let bytes = resident_bytes();
    text += &format!(
        "# HELP {MEMORY} Memory of this process.\n# TYPE {MEMORY} gauge\n{MEMORY} {bytes}\n"
    );
    text
}

type Value = fn(&Metrics) -> f64;

/// Every metric of a phase: name, kind, help, and where its value comes from.
const METRICS: [(&str, &str, &str, Value); 9] = [
    (
        "sideline_records_in_total",
        "counter",
        "Records taken in.",
        |m| count(&m.records_in),
    ),
    (
        "sideline_records_out_total",
        "counter",
        "Records written to outputs.",
        |m| count(&m.records_out),
    ),
    (
        "sideline_dead_letters_total",
        "counter",
        "Records refused.",
        |m| count(&m.dead_letters),
    ),
    (
        "sideline_commits_total",
        "counter",
        "Transactions committed.",
        |m| count(&m.commits),
    ),
    (
        "sideline_commit_seconds_total",
        "counter",
        "Time spent in commits.",
        |m| count(&m.commit_micros_sum) / 1e6,
    ),
    (
        "sideline_aborts_total",
        "counter",
        "Transactions aborted.",
        |m| count(&m.aborts),
    ),
    (
        "sideline_restarts_total",
        "counter",
        "Sessions closed and restored.",
        |m| count(&m.restarts),
    ),
    (
        "sideline_store_bytes",
        "gauge",
        "Memory of the phase's stores.",
        |m| count(&m.store_bytes),
    ),
    (
        "sideline_lag_records",
        "gauge",
        "Records waiting; -1 while unknown.",
        |m| precise(m.lag_records.load(Ordering::Relaxed)),
    ),
];

fn count(counter: &std::sync::atomic::AtomicU64) -> f64 {
    precise(i64::try_from(counter.load(Ordering::Relaxed)).unwrap_or(i64::MAX))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "metrics are read as floats, exact up to 2^53"
)]
const fn precise(value: i64) -> f64 {
    value as f64
}

/// Memory of this process, 0 when the system does not tell.
fn resident_bytes() -> u64 {
    const PAGE_BYTES: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * PAGE_BYTES
}
