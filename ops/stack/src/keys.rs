//! The settings by name: their variable, their default, and how flag, environment and file are
//! laid over each other.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Fault;

/// One setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// Dotted name in the config file.
    pub(crate) name: &'static str,
    /// Environment variable.
    pub(crate) variable: &'static str,
    /// Value when nobody says otherwise; empty means none.
    pub(crate) default: &'static str,
    /// Whether it is shown as `***`.
    pub(crate) is_secret: bool,
}

const fn key(name: &'static str, variable: &'static str, default: &'static str) -> Key {
    Key {
        name,
        variable,
        default,
        is_secret: false,
    }
}

const fn secret(name: &'static str, variable: &'static str) -> Key {
    Key {
        name,
        variable,
        default: "",
        is_secret: true,
    }
}

/// The data folder.
pub(crate) const HOME: Key = key("home", "SIDELINE_HOME", ".sideline");
/// The folder of downloads.
pub(crate) const CACHE: Key = key("cache", "SIDELINE_CACHE", "");
/// The name that prefixes topics, groups and the database.
pub(crate) const ENVIRONMENT: Key = key("env", "SIDELINE_ENV", "");
/// The database in ClickHouse, before the prefix.
pub(crate) const DATABASE: Key = key("database", "SIDELINE_DATABASE", "sideline");
/// Kafka's port for clients.
pub(crate) const PORT_KAFKA: Key = key("ports.kafka", "SIDELINE_KAFKA_PORT", "9092");
/// Kafka's port for its own controller.
pub(crate) const PORT_CONTROLLER: Key = key(
    "ports.kafka_controller",
    "SIDELINE_KAFKA_CONTROLLER_PORT",
    "9093",
);
/// The registry's port.
pub(crate) const PORT_REGISTRY: Key = key("ports.registry", "SIDELINE_REGISTRY_PORT", "8081");
/// ClickHouse's HTTP port.
pub(crate) const PORT_CLICKHOUSE: Key = key("ports.clickhouse", "SIDELINE_CLICKHOUSE_PORT", "8123");
/// The pipeline's port for readiness and metrics.
pub(crate) const PORT_PIPELINE: Key = key("ports.pipeline", "SIDELINE_PIPELINE_PORT", "9464");
/// Address on which the pipeline serves readiness and metrics.
pub(crate) const LISTEN: Key = key("listen", "SIDELINE_LISTEN", "127.0.0.1");
/// Kafka's heap in MiB.
pub(crate) const KAFKA_HEAP: Key = key("kafka.heap_mib", "SIDELINE_KAFKA_HEAP_MIB", "384");
/// Options of Kafka's Java machine, apart from its heap.
///
/// On two cores: with Java's own compilers and collector ready after 1.7 s and 230 MB; with these
/// 1.3 s and 187 MB; with the archive of classes 0.7 s and 164 MB. Bulk load is no slower: 121,000
/// records of 300 bytes a second against 113,000, and 1,550 CPU ticks for the same work against
/// 2,050. Many short transactions are: they want both compilers, a larger heap and short pauses.
pub(crate) const KAFKA_JAVA_OPTIONS: Key = key(
    "kafka.java_options",
    "SIDELINE_KAFKA_JAVA_OPTIONS",
    "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
);
/// How many threads each phase of the pipeline has.
pub(crate) const THREADS: Key = key("threads", "SIDELINE_THREADS", "1");
/// Whether servers elsewhere are used.
pub(crate) const EXTERNAL: Key = key("external.enabled", "SIDELINE_EXTERNAL", "false");
/// Bootstrap addresses of a Kafka elsewhere.
pub(crate) const EXTERNAL_KAFKA: Key = key("external.kafka", "SIDELINE_KAFKA", "");
/// URL of a registry elsewhere.
pub(crate) const EXTERNAL_REGISTRY: Key = key("external.registry", "SIDELINE_REGISTRY", "");
/// URL of a ClickHouse elsewhere.
pub(crate) const EXTERNAL_CLICKHOUSE: Key = key("external.clickhouse", "SIDELINE_CLICKHOUSE", "");
/// User of a ClickHouse elsewhere.
pub(crate) const EXTERNAL_USER: Key = key(
    "external.clickhouse_user",
    "SIDELINE_CLICKHOUSE_USER",
    "default",
);
/// Password of that user.
pub(crate) const EXTERNAL_PASSWORD: Key = secret(
    "external.clickhouse_password",
    "SIDELINE_CLICKHOUSE_PASSWORD",
);

/// Every setting, in the order in which they are shown.
pub(crate) const ALL: [&Key; 19] = [
    &HOME,
    &CACHE,
    &ENVIRONMENT,
    &DATABASE,
    &PORT_KAFKA,
    &PORT_CONTROLLER,
    &PORT_REGISTRY,
    &PORT_CLICKHOUSE,
    &PORT_PIPELINE,
    &LISTEN,
    &KAFKA_HEAP,
    &KAFKA_JAVA_OPTIONS,
    &THREADS,
    &EXTERNAL,
    &EXTERNAL_KAFKA,
    &EXTERNAL_REGISTRY,
    &EXTERNAL_CLICKHOUSE,
    &EXTERNAL_USER,
    &EXTERNAL_PASSWORD,
];

/// Names under this are librdkafka's own settings, for a Kafka with encryption or logins.
pub(crate) const KAFKA_PROPERTIES: &str = "external.kafka_properties.";

/// Where a value came from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    Flag,
    Variable(&'static str),
    File(PathBuf),
    Default,
}

impl Source {
    /// As people read it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Flag => "flag".to_owned(),
            Self::Variable(name) => format!("environment {name}"),
            Self::File(path) => format!("file {}", path.display()),
            Self::Default => "default".to_owned(),
        }
    }
}

/// A value before anybody has asked whether it makes sense.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) text: String,
    pub(crate) source: Source,
}

impl fmt::Debug for Raw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text may be a password.
        out.debug_struct("Raw")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// The config file as dotted names, each value as text.
#[derive(Debug, Default)]
pub(crate) struct FileValues {
    pub(crate) path: PathBuf,
    pub(crate) values: BTreeMap<String, String>,
}

/// Reads the text of a config file; what cannot be understood becomes a fault.
pub(crate) fn parse_file(path: &Path, text: &str, faults: &mut Vec<Fault>) -> FileValues {
    let place = format!("file {}", path.display());
    let mut file = FileValues {
        path: path.to_owned(),
        values: BTreeMap::new(),
    };
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            let message = format!("is not TOML: {}", error.message());
            faults.push(Fault {
                place,
                key: "config".to_owned(),
                message,
            });
            return file;
        }
    };
    flatten("", &table, &mut file.values);
    for name in file.values.keys() {
        let is_known = ALL.iter().any(|key| key.name == name);
        if !is_known && !name.starts_with(KAFKA_PROPERTIES) {
            faults.push(Fault {
                place: place.clone(),
                key: name.clone(),
                message: unknown(name),
            });
        }
    }
    file
}

/// The value of a setting: flag over environment over file over default.
pub(crate) fn lay_over(
    key: &Key,
    flag: Option<String>,
    variable: Option<String>,
    file: &FileValues,
) -> Raw {
    if let Some(text) = flag {
        return Raw {
            text,
            source: Source::Flag,
        };
    }
    // An empty variable is how a shell says "not set" (`SIDELINE_ENV= sideline up`).
    if let Some(text) = variable.filter(|text| !text.is_empty()) {
        return Raw {
            text,
            source: Source::Variable(key.variable),
        };
    }
    if let Some(text) = file.values.get(key.name) {
        return Raw {
            text: text.clone(),
            source: Source::File(file.path.clone()),
        };
    }
    Raw {
        text: key.default.to_owned(),
        source: Source::Default,
    }
}

fn flatten(prefix: &str, table: &toml::Table, into: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let dotted = format!("{prefix}{name}");
        match value {
            toml::Value::Table(inner) => flatten(&format!("{dotted}."), inner, into),
            toml::Value::String(text) => {
                into.insert(dotted, text.clone());
            }
            other => {
                into.insert(dotted, other.to_string());
            }
        }
    }
}

fn unknown(name: &str) -> String {
    let nearest = ALL
        .iter()
        .map(|key| (edits(name, key.name), key.name))
        .min()
        .filter(|(distance, _)| *distance <= EDITS_MAX);
    match nearest {
        Some((_, known)) => format!("is not a setting; did you mean `{known}`?"),
        None => "is not a setting; `sideline config show` lists them".to_owned(),
    }
}

/// Names further apart than this are not offered: by then any name would do.
const EDITS_MAX: usize = 4;

/// How many signs must be changed, put in or left out to make `right` of `left`.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, sign) in left.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(&right) {
            let changed = diagonal + usize::from(sign != *other);
            diagonal = *cell;
            before = changed.min(before + 1).min(*cell + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("kafak", "kafka"), 2);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("same", "same"), 0);
    }

    #[test]
    fn names_and_variables_are_unique() {
        for (i, key) in ALL.iter().enumerate() {
            for other in ALL.iter().skip(i + 1) {
                assert!(
                    key.name != other.name && key.variable != other.variable,
                    "{}",
                    key.name
                );
            }
        }
    }
}
