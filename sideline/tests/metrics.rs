//! The table of metrics against what names them: dashboards, alerts, docs, and the text served.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use sideline::metrics::{Kind, METRICS, Thread, View, Viewed, page, text};
use sideline_runtime_kafka::{Metrics, PhaseStatus};
use sideline_warehouse::sink::{SinkMetrics, SinkStatus, TableStatus};

fn ops() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ops")
}

/// Every name that Prometheus knows of a metric.
fn served(kind: Kind, name: &str) -> Vec<String> {
    match kind {
        Kind::Histogram => ["_bucket", "_sum", "_count"]
            .map(|part| format!("{name}{part}"))
            .to_vec(),
        _ => vec![name.to_owned()],
    }
}

/// The words of a text that look like metrics of ours.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words
        .filter(|word| word.starts_with("sideline_") || word.starts_with("process_"))
        .map(str::to_owned)
        .collect()
}

fn known() -> BTreeSet<String> {
    let metrics = METRICS.iter();
    metrics
        .flat_map(|metric| served(metric.kind, metric.name))
        .collect()
}

#[test]
fn dashboards_and_alerts_name_only_metrics_that_are_there() {
    let known = known();
    for folder in ["grafana/dashboards", "prometheus"] {
        let mut found = 0;
        for file in fs::read_dir(ops().join(folder)).expect("the folder") {
            let file = file.expect("a file").path();
            let text = fs::read_to_string(&file).expect("its text");
            for name in named(&text) {
                found += 1;
                assert!(known.contains(&name), "{}: {name}", file.display());
            }
        }
        assert!(found > 0, "{folder} names no metric at all");
    }
}

#[test]
fn names_carry_prefix_unit_and_ending() {
    for metric in METRICS {
        let name = metric.name;
        assert!(
            name.starts_with("sideline_") || name.starts_with("process_"),
            "{name}"
        );
        assert_eq!(
            metric.kind == Kind::Counter,
            name.ends_with("_total"),
            "{name}"
        );
        let has_unit = !["seconds", "bytes"].contains(&metric.unit) || name.ends_with(metric.unit);
        assert!(has_unit, "{name} is in {}", metric.unit);
        assert!(!metric.help.ends_with('.'), "{name}");
    }
    let names: BTreeSet<_> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(names.len(), METRICS.len());
}

#[test]
fn the_page_of_metrics_is_not_stale() {
    let file = ops().join("../docs/metrics.md");
    let text = fs::read_to_string(file).unwrap_or_default();
    assert!(
        text == page(),
        "docs/metrics.md is stale: cargo run -p sideline --example metrics"
    );
}

/// A process of one phase that has read three records and refused one.
struct Sample {
    metrics: Metrics,
    stored: SinkMetrics,
}

impl Viewed for Sample {
    fn view(&self, look: &mut dyn FnMut(&View<'_>) -> fmt::Result) -> fmt::Result {
        let status = PhaseStatus {
            name: "raw",
            ..PhaseStatus::default()
        };
        let sink = SinkStatus {
            tables: vec![TableStatus {
                table: "outcome_log".into(),
                rows: 7,
                ..TableStatus::default()
            }],
            ..SinkStatus::default()
        };
        look(&View {
            threads: vec![Thread {
                status,
                metrics: &self.metrics,
            }],
            sink,
            stored: &self.stored,
            source_ages: BTreeMap::from([("nba-lines".to_owned(), 12.5)]),
        })
    }
}

#[test]
fn the_text_has_help_and_type_of_every_metric_and_its_samples() {
    let sample = Sample {
        metrics: Metrics::new(0),
        stored: SinkMetrics::default(),
    };
    sample.metrics.records_in.store(3, Ordering::Relaxed);
    sample.metrics.commit_seconds.observe(0.004);
    let held = sample
        .stored
        .outcomes
        .get_or_create(&[("kind", "held".into())]);
    held.inc_by(2);
    drop(held);
    let text = text(sample);
    for metric in METRICS {
        let name = metric.name.strip_suffix("_total").unwrap_or(metric.name);
        let kind = format!("{:?}", metric.kind).to_lowercase();
        assert!(
            text.contains(&format!("# TYPE {name} {kind}\n")),
            "{name}:\n{text}"
        );
        assert!(
            text.contains(&format!("# HELP {name} {}\n", metric.help)),
            "{name}"
        );
    }
    for line in [
        "sideline_records_in_total{phase=\"raw\",thread=\"0\"} 3.0\n",
        "sideline_commit_seconds_bucket{le=\"0.005\",phase=\"raw\",thread=\"0\"} 1\n",
        "sideline_commit_seconds_count{phase=\"raw\",thread=\"0\"} 1\n",
        "sideline_outcomes_total{kind=\"held\"} 2\n",
        "sideline_source_age_seconds{topic=\"nba-lines\"} 12.5\n",
        "sideline_sink_rows_total{table=\"outcome_log\"} 7.0\n",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    // The lag is not known yet: better no sample than a wrong one.
    assert!(!text.contains("sideline_lag_records{"), "{text}");
    assert!(text.ends_with("# EOF\n"));
    let known = known();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    for line in samples {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        assert!(known.contains(name), "{line}");
    }
}
