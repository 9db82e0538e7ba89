//! The pipeline of this process: all phases over Kafka, the sink, and its page for machines.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use sideline_processors::WireCodecs;
use sideline_runtime_kafka::{Config, FailAt, PhasePlan, Running, Shutdown};
use sideline_topics::{PhaseName, TopicId};
use sideline_warehouse::sink::{SinkFailAt, SinkState};
use sideline_warehouse::{Sink, SinkConfig, SinkHandle};
use tokio::net::TcpListener;
use tracing::info;

use crate::instance::Instance;
use crate::league_clock;
use crate::metrics::{self, Thread, View, Viewed};
use crate::shutdown;
use crate::source_age::SourceAges;
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
    /// What a person should know though it works.
    #[serde(default)]
    pub notice: Option<String>,
}

struct Shared {
    phases: Running,
    sink: SinkHandle,
    ingress: Vec<String>,
    ages: SourceAges,
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

/// How this installation runs its phases.
#[must_use]
pub fn config(system: &System, instance: &Instance) -> Config {
    let mut config = Config::new(&system.endpoints.kafka, instance.name());
    config.prefix = system.prefix();
    config.properties = system.endpoints.kafka_properties.clone();
    config.state_dir = Some(instance.checkpoints());
    for phase in PhaseName::ALL {
        let plan = PhasePlan {
            threads: system.settings.threads,
            ..PhasePlan::default()
        };
        config.phases.insert(phase.to_string(), plan);
    }
    config
}

async fn start(system: &System, instance: &Instance, crashes: &Crashes) -> Result<Shared> {
    let registry = system.registry()?;
    let ids = system.schema_ids().await?;
    let dead_letter_schema_id = ids.of(TopicId::DeadLetters);
    let schemas: Arc<dyn sideline_avro::SchemaSource> = Arc::new(registry);
    let codecs = WireCodecs::new(move |topic| ids.of(topic), Arc::clone(&schemas));
    let topology = sideline_processors::topology(&system.catalogue, &codecs, BUILD);
    let mut config = config(system, instance);
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
    let ingress = TopicId::ingress().map(|topic| system.catalogue.name(topic).to_owned());
    let ingress: Vec<String> = ingress.collect();
    let kafka = system.endpoints.kafka.clone();
    tokio::task::spawn_blocking(move || {
        let phases = sideline_runtime_kafka::run(&topology, &config, &Shutdown::new())?;
        let sink = Sink::start(&sink)?;
        let ages = SourceAges::default();
        ages.seed(&kafka, &ingress);
        Ok(Shared {
            phases,
            sink,
            ingress,
            ages,
        })
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
            phase: shown_name(phase.name, phase.thread),
            ready: phase.is_restored,
            records_in: phase.records_in,
            records_out: phase.records_out,
            dead_letters: phase.dead_letters,
            lag: phase.lag_records,
            paused: phase.paused_reason,
            notice: phase.notice,
        })
        .collect();
    lines.push(sink_line(&shared.sink));
    axum::Json(lines)
}

/// A phase, and which of its threads when it is a further one.
fn shown_name(phase: &str, thread: u32) -> String {
    match thread {
        0 => phase.to_owned(),
        thread => format!("{phase} thread {thread}"),
    }
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
        notice: None,
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, metrics::CONTENT_TYPE)];
    (headers, metrics::text(Scrape(shared)))
}

/// The process as a scrape finds it.
struct Scrape(Arc<Shared>);

impl Viewed for Scrape {
    fn view(&self, look: &mut dyn FnMut(&View<'_>) -> fmt::Result) -> fmt::Result {
        let shared = &self.0;
        shared.ages.follow(&shared.phases, &shared.ingress);
        let status = shared.phases.status().into_iter();
        let threads = status.zip(shared.phases.metrics());
        let threads = threads.map(|(status, (_, metrics))| Thread { status, metrics });
        look(&View {
            threads: threads.collect(),
            sink: shared.sink.status(),
            stored: shared.sink.metrics(),
            source_ages: shared.ages.at(league_clock::wall_time()),
        })
    }
}
