//! Every metric of the process, described in one table: what `/metrics` serves, what
//! docs/metrics.md tells, and what dashboards and alerts may name.
//!
//! Values come from the phases ([`Metrics`]) and the sink ([`SinkMetrics`]), which count; this file
//! alone names. Player, game and correlation id are fields of log lines, never labels.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sideline_runtime_kafka::{Metrics, PhaseStatus};
use sideline_warehouse::sink::{SinkMetrics, SinkStatus, TableStatus};

/// What Prometheus is told the text is: the format of the library that writes it.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What moves in which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only goes up, and begins at 0 with the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts values by size; its parts are `_bucket`, `_sum` and `_count`.
    Histogram,
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its whole name.
    pub name: &'static str,
    /// What moves in which way.
    pub kind: Kind,
    /// What its value counts.
    pub unit: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it means.
    pub help: &'static str,
    source: Source,
}

/// Where the values of a metric come from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// A number of each phase's threads; none while it is not known.
    Thread(fn(&Thread<'_>) -> Option<f64>),
    /// A histogram of each phase's threads.
    Times(fn(&Metrics) -> &Histogram),
    DeadLetters,
    /// Ages of the ingress topics.
    Age,
    EndToEnd,
    Outcomes,
    OutcomesExpected,
    /// A number of each of the sink's tables.
    Table(fn(&TableStatus) -> u64),
    /// A number of the sink.
    Sink(fn(&SinkStatus) -> f64),
    Memory,
}

/// A phase's thread, as it is now.
#[derive(Debug)]
pub struct Thread<'v> {
    /// How it is.
    pub status: PhaseStatus,
    /// What it counted.
    pub metrics: &'v Metrics,
}

/// The process, as it is now.
#[derive(Debug)]
pub struct View<'v> {
    /// Every thread of every phase.
    pub threads: Vec<Thread<'v>>,
    /// How the sink is.
    pub sink: SinkStatus,
    /// What the sink measured.
    pub stored: &'v SinkMetrics,
    /// Seconds since the newest known_at, by ingress topic.
    pub source_ages: BTreeMap<String, f64>,
}

/// Something that can be looked at whenever it is asked for.
pub trait Viewed: Send + Sync + 'static {
    /// Hands a view of this moment on.
    ///
    /// # Errors
    /// Those of `look`.
    fn view(&self, look: &mut dyn FnMut(&View<'_>) -> fmt::Result) -> fmt::Result;
}

/// The text of all metrics, as Prometheus reads it.
#[must_use]
pub fn text(viewed: impl Viewed) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Page(viewed)));
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => text,
        // Writing into a string does not fail; half a page would be taken for a whole one.
        Err(fmt::Error) => String::new(),
    }
}

struct Page<V>(V);

impl<V> fmt::Debug for Page<V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Page")
    }
}

impl<V: Viewed> Collector for Page<V> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.0.view(&mut |view| {
            for metric in METRICS {
                // The library puts the ending of counters back.
                let name = metric.name.strip_suffix("_total").unwrap_or(metric.name);
                let kind = metric.kind.into();
                let out = encoder.encode_descriptor(name, metric.help, None, kind)?;
                metric.write(view, out)?;
            }
            Ok(())
        })
    }
}

impl From<Kind> for MetricType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Counter => Self::Counter,
            Kind::Gauge => Self::Gauge,
            Kind::Histogram => Self::Histogram,
        }
    }
}

impl Metric {
    fn write(&self, view: &View<'_>, mut out: MetricEncoder<'_>) -> fmt::Result {
        match self.source {
            Source::Thread(value) => {
                for thread in &view.threads {
                    if let Some(value) = value(thread) {
                        self.sample(&mut out, &thread.labels(), value)?;
                    }
                }
                Ok(())
            }
            Source::Times(histogram) => view.threads.iter().try_for_each(|thread| {
                histogram(thread.metrics).encode(out.encode_family(&thread.labels())?)
            }),
            Source::DeadLetters => self.write_dead_letters(view, &mut out),
            Source::Age => view
                .source_ages
                .iter()
                .try_for_each(|(topic, age)| self.sample(&mut out, &[("topic", topic)], *age)),
            Source::EndToEnd => view.stored.end_to_end_seconds.encode(out),
            Source::Outcomes => view.stored.outcomes.encode(out),
            Source::OutcomesExpected => view.stored.outcomes_expected.encode(out),
            Source::Table(value) => view.sink.tables.iter().try_for_each(|table| {
                self.sample(&mut out, &[("table", &table.table)], float(value(table)))
            }),
            Source::Sink(value) => ConstGauge::new(value(&view.sink)).encode(out),
            Source::Memory => ConstGauge::new(float(resident_bytes())).encode(out),
        }
    }

    fn write_dead_letters(&self, view: &View<'_>, out: &mut MetricEncoder<'_>) -> fmt::Result {
        for thread in &view.threads {
            let [phase, number] = thread.labels();
            for (reason, count) in thread.metrics.dead_letters_by_reason() {
                let labels = [phase.clone(), number.clone(), ("reason", reason)];
                self.sample(out, &labels, float(count))?;
            }
        }
        Ok(())
    }

    fn sample<L: prometheus_client::encoding::EncodeLabelSet>(
        &self,
        out: &mut MetricEncoder<'_>,
        labels: &L,
        value: f64,
    ) -> fmt::Result {
        let out = out.encode_family(labels)?;
        match self.kind {
            Kind::Counter => ConstCounter::new(value).encode(out),
            _ => ConstGauge::new(value).encode(out),
        }
    }
}

impl Thread<'_> {
    fn labels(&self) -> [(&'static str, String); 2] {
        let thread = self.metrics.thread.to_string();
        [("phase", self.status.name.to_owned()), ("thread", thread)]
    }
}

const PHASE: &[&str] = &["phase", "thread"];
const TABLE: &[&str] = &["table"];

/// Every metric, in the order in which they are served.
#[rustfmt::skip]
pub const METRICS: &[Metric] = &[
    Metric { name: "sideline_end_to_end_seconds", kind: Kind::Histogram, unit: "seconds", labels: &["path"], source: Source::EndToEnd,
        help: "From sending an event (appending it, where its sender told no time) to ClickHouse's acknowledgement of each version it led to. Loaded events older than a day are left out" },
    Metric { name: "sideline_outcomes_total", kind: Kind::Counter, unit: "outcomes", labels: &["kind"], source: Source::Outcomes,
        help: "Outcomes stored, by kind: changed, unchanged, held, blocked, too_late, skipped, failed. Together they are what was expected" },
    Metric { name: "sideline_outcomes_expected_total", kind: Kind::Counter, unit: "outcomes", labels: &[], source: Source::OutcomesExpected,
        help: "Outcomes that were expected of the updates stored" },
    Metric { name: "sideline_source_age_seconds", kind: Kind::Gauge, unit: "seconds", labels: &["topic"], source: Source::Age,
        help: "Real time since the newest known_at of an ingress topic. On loaded data it is the age of the data" },
    Metric { name: "sideline_lag_records", kind: Kind::Gauge, unit: "records", labels: PHASE, source: Source::Thread(|t| known(t.metrics.lag_records.load(Ordering::Relaxed))),
        help: "Input records not yet read; absent while unknown" },
    Metric { name: "sideline_records_in_total", kind: Kind::Counter, unit: "records", labels: PHASE, source: Source::Thread(|t| count(&t.metrics.records_in)),
        help: "Input records committed" },
    Metric { name: "sideline_records_out_total", kind: Kind::Counter, unit: "records", labels: PHASE, source: Source::Thread(|t| count(&t.metrics.records_out)),
        help: "Output records committed, changelog and positions not counted" },
    Metric { name: "sideline_dead_letters_total", kind: Kind::Counter, unit: "records", labels: &["phase", "thread", "reason"], source: Source::DeadLetters,
        help: "Records refused, by reason; sideline dead-letters list shows them" },
    Metric { name: "sideline_transaction_records", kind: Kind::Histogram, unit: "records", labels: PHASE, source: Source::Times(|m| &m.transaction_records),
        help: "Input records of each transaction committed" },
    Metric { name: "sideline_commit_seconds", kind: Kind::Histogram, unit: "seconds", labels: PHASE, source: Source::Times(|m| &m.commit_seconds),
        help: "Time of each commit, from sending changelog and offsets to the broker's answer" },
    Metric { name: "sideline_commits_behind_total", kind: Kind::Counter, unit: "transactions", labels: PHASE, source: Source::Thread(|t| count(&t.metrics.commits_behind)),
        help: "Transactions committed while the next records were processed already, as in bulk work" },
    Metric { name: "sideline_aborts_total", kind: Kind::Counter, unit: "transactions", labels: PHASE, source: Source::Thread(|t| count(&t.metrics.aborts)),
        help: "Transactions refused, taken back and done again" },
    Metric { name: "sideline_restarts_total", kind: Kind::Counter, unit: "sessions", labels: PHASE, source: Source::Thread(|t| count(&t.metrics.restarts)),
        help: "Sessions that ended in trouble and were begun anew" },
    Metric { name: "sideline_paused", kind: Kind::Gauge, unit: "0 or 1", labels: PHASE, source: Source::Thread(|t| Some(float(u64::from(t.status.paused_reason.is_some())))),
        help: "1 while the phase waits for a server that is away; sideline status says why" },
    Metric { name: "sideline_restore_seconds", kind: Kind::Gauge, unit: "seconds", labels: PHASE, source: Source::Thread(|t| count(&t.metrics.restore_micros).map(|micros| micros / 1e6)),
        help: "Time that the last take-over of partitions took" },
    Metric { name: "sideline_restored_records", kind: Kind::Gauge, unit: "records", labels: PHASE, source: Source::Thread(|t| count(&t.metrics.restored_records)),
        help: "Changelog records read at the last take-over" },
    Metric { name: "sideline_checkpoint_entries", kind: Kind::Gauge, unit: "entries", labels: PHASE, source: Source::Thread(|t| count(&t.metrics.checkpointed_entries)),
        help: "Entries read from local checkpoints at the last take-over" },
    Metric { name: "sideline_store_bytes", kind: Kind::Gauge, unit: "bytes", labels: PHASE, source: Source::Thread(|t| count(&t.metrics.store_bytes)),
        help: "What the stores take in memory, roughly" },
    Metric { name: "sideline_store_budget_bytes", kind: Kind::Gauge, unit: "bytes", labels: PHASE, source: Source::Thread(|t| count(&t.metrics.store_budget_bytes)),
        help: "What the stores may take before status and log warn; nothing is refused beyond it" },
    Metric { name: "sideline_sink_rows_total", kind: Kind::Counter, unit: "rows", labels: TABLE, source: Source::Table(|t| t.rows),
        help: "Rows that ClickHouse acknowledged" },
    Metric { name: "sideline_sink_inserts_total", kind: Kind::Counter, unit: "inserts", labels: TABLE, source: Source::Table(|t| t.inserts),
        help: "Inserts that ClickHouse acknowledged" },
    Metric { name: "sideline_sink_failures_total", kind: Kind::Counter, unit: "inserts", labels: TABLE, source: Source::Table(|t| t.failures),
        help: "Inserts that failed and were tried again" },
    Metric { name: "sideline_sink_bad_records_total", kind: Kind::Counter, unit: "records", labels: TABLE, source: Source::Table(|t| t.refused + t.unreadable),
        help: "Records that the sink could not read or that ClickHouse refused" },
    Metric { name: "sideline_sink_held_records", kind: Kind::Gauge, unit: "records", labels: &[], source: Source::Sink(|s| float(s.held_records as u64)),
        help: "Records read by the sink and not stored yet" },
    Metric { name: "sideline_sink_waiting", kind: Kind::Gauge, unit: "0 or 1", labels: &[], source: Source::Sink(|s| float(u64::from(s.waiting_since.is_some()))),
        help: "1 while the sink waits for ClickHouse, Kafka or the registry" },
    Metric { name: "process_resident_memory_bytes", kind: Kind::Gauge, unit: "bytes", labels: &[], source: Source::Memory,
        help: "Memory of this process" },
];

/// docs/metrics.md, made from the table.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "# Metrics\n\n\
        What `/metrics` of the pipeline serves, made from `sideline/src/metrics.rs`; do not edit. \
        Counters begin at 0 with the process and count committed work. A histogram `x` is served as \
        `x_bucket`, `x_sum` and `x_count`.\n\n\
        | name | kind | unit | labels | meaning |\n|---|---|---|---|---|\n",
    );
    for metric in METRICS {
        let kind = format!("{:?}", metric.kind).to_lowercase();
        let labels = metric.labels.join(", ");
        let Metric {
            name, unit, help, ..
        } = metric;
        page += &format!("| `{name}` | {kind} | {unit} | {labels} | {help}. |\n");
    }
    page
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one type for all numbers of a thread"
)]
fn count(counter: &AtomicU64) -> Option<f64> {
    Some(float(counter.load(Ordering::Relaxed)))
}

/// A number that is negative while it is not known.
fn known(number: i64) -> Option<f64> {
    u64::try_from(number).ok().map(float)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "metrics are read as floats, exact up to 2^53"
)]
const fn float(number: u64) -> f64 {
    number as f64
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
