//! What was measured: a file of JSON, a table, a plot.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use comfy_table::{Table, presets};
use serde_json::{Map, Value, json};

use crate::contestants::Kind;
use crate::figures::rounded;
use crate::plot;

/// The sections of rows, in the order of the tables.
const SECTIONS: [&str; 4] = ["throughput", "hops", "restart", "replay"];

/// The results so far. Parts that are not measured keep what an earlier run found.
pub(crate) struct Report {
    folder: PathBuf,
    root: Map<String, Value>,
}

impl Report {
    /// Reads the earlier results of a folder, if there are any.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("runtime.json");
        let root = match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("{} is no results file; remove it", path.display()))?,
            Err(_) => Map::new(),
        };
        let mut report = Self {
            folder: folder.to_owned(),
            root,
        };
        report.root.insert("machine".to_owned(), machine());
        Ok(report)
    }

    /// Adds a row to a section, in place of the one that these fields name.
    pub(crate) fn add(&mut self, section: &str, identity: &[&str], row: Value) {
        let rows = self.root.entry(section).or_insert_with(|| json!([]));
        if let Value::Array(rows) = rows {
            rows.retain(|old| identity.iter().any(|field| old[*field] != row[*field]));
            rows.push(row);
        }
    }

    /// Sets a ratio or another figure of the whole.
    pub(crate) fn set(&mut self, name: &str, value: f64) {
        self.root.insert(name.to_owned(), json!(rounded(value)));
    }

    fn figure(&self, section: &str, wanted: &[(&str, Value)], field: &str) -> f64 {
        let rows = self.root.get(section).and_then(Value::as_array);
        let mut rows = rows.into_iter().flatten();
        let row = rows.find(|row| wanted.iter().all(|(name, value)| row[*name] == *value));
        row.and_then(|row| row[field].as_f64()).unwrap_or(0.0)
    }

    /// Ours against each, at 50 ms: the lower of few keys and many.
    pub(crate) fn throughput_ratios(&mut self) {
        let of = |report: &Self, kind: Kind, keys: &str| {
            let row = [
                ("keys", json!(keys)),
                ("commit_ms", json!(50)),
                ("contestant", json!(kind.name())),
            ];
            report.figure("throughput", &row, "records_per_s")
        };
        for (name, peer) in [
            ("throughput_ratio_rocksdb", Kind::StreamsRocksdb),
            ("throughput_ratio_memory", Kind::StreamsMemory),
            ("loop_ratio", Kind::PlainLoop),
        ] {
            let ratio = |keys| of(self, Kind::Sideline, keys) / of(self, peer, keys);
            let (few, many) = (ratio("5k"), ratio("1m"));
            self.set(&format!("{name}_5k"), few);
            self.set(&format!("{name}_1m"), many);
            self.set(name, few.min(many));
        }
    }

    /// Three hops of ours against the best of Kafka Streams.
    pub(crate) fn hop_ratios(&mut self) {
        let rows = self.root.get("hops").and_then(Value::as_array);
        let best = |kind: Kind| {
            let rows = rows.into_iter().flatten();
            let ours = rows.filter(|row| row["hops"] == 3 && row["contestant"] == kind.name());
            ours.filter_map(|row| row["p99_ms"].as_f64())
                .fold(f64::MAX, f64::min)
        };
        let (ours, peer) = (best(Kind::Sideline), best(Kind::StreamsMemory));
        self.set("three_hop_p99_ms", ours);
        self.set("three_hop_p99_ratio", ours / peer);
    }

    /// Ours against the faster of Kafka Streams, after kill -9.
    pub(crate) fn restart_ratio(&mut self) {
        let of = |kind: Kind| {
            let row = [
                ("after", json!("kill -9")),
                ("contestant", json!(kind.name())),
            ];
            self.figure("restart", &row, "first_record_s")
        };
        let peer = of(Kind::StreamsRocksdb).min(of(Kind::StreamsMemory));
        let ratio = of(Kind::Sideline) / peer;
        self.set("restart_ratio", ratio);
    }

    /// Writes JSON and plot.
    pub(crate) fn save(&self) -> Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        std::fs::write(self.folder.join("runtime.json"), self.json()? + "\n")?;
        std::fs::write(self.folder.join("runtime.svg"), plot::svg(&self.root))?;
        Ok(())
    }

    /// All of it as JSON.
    pub(crate) fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(&self.root)?)
    }

    /// All of it as one table: the ratios first, then every row.
    pub(crate) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_BORDERS_ONLY);
        table.set_header(["what", "figure"]);
        for (name, value) in self.root.iter().filter(|(_, value)| value.is_number()) {
            table.add_row([name.clone(), value.to_string()]);
        }
        for section in SECTIONS {
            let rows = self.root.get(section).and_then(Value::as_array);
            for row in rows.into_iter().flatten() {
                let (texts, figures): (Vec<_>, Vec<_>) = fields(row)
                    .into_iter()
                    .partition(|(name, _)| is_identity(name));
                let words: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
                let figures: Vec<String> = figures
                    .into_iter()
                    .map(|(name, text)| format!("{name} {text}"))
                    .collect();
                table.add_row([
                    format!("{section}: {}", words.join(", ")),
                    figures.join("  "),
                ]);
            }
        }
        table.to_string()
    }
}

fn is_identity(name: &str) -> bool {
    ["keys", "contestant", "hops", "after", "threads"].contains(&name)
}

fn fields(row: &Value) -> Vec<(String, String)> {
    let fields = row.as_object().into_iter().flatten();
    fields
        .filter(|(_, value)| !value.is_array())
        .map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        })
        .collect()
}

fn machine() -> Value {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    json!({
        "cpu": model.map(|text| text.trim_start_matches([' ', '\t', ':'])),
        "cores": cores,
        "kafka": "4.1.2",
        "kafka_streams": "4.1.2",
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
    })
}
