//! The settings of a stack: flag over environment over file over default.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::keys::{self, Key, Raw, Source};

mod reader;

use reader::{Reader, read_config};

/// The variable that names another.
const CONFIG_VARIABLE: &str = "SIDELINE_CONFIG";

/// What the command line says about the stack; `None` leaves it to environment and file.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// The data folder.
    pub home: Option<PathBuf>,
    /// The config file.
    pub config: Option<PathBuf>,
    /// The name that prefixes topics, groups and the database.
    pub environment: Option<String>,
    /// Use servers that run elsewhere.
    pub is_external: bool,
    /// The port of the pipeline.
    pub pipeline_port: Option<u16>,
}

/// Where each part listens, on 127.0.0.1. 0 asks for any free port, which is then kept.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Ports {
    /// Kafka, for clients.
    pub kafka: u16,
    /// Kafka, for its own controller.
    pub kafka_controller: u16,
    /// The schema registry.
    pub registry: u16,
    /// ClickHouse's HTTP interface.
    pub clickhouse: u16,
    /// The pipeline's readiness and metrics.
    pub pipeline: u16,
}

/// Servers that run elsewhere.
#[derive(Clone, Eq, PartialEq)]
pub struct External {
    /// Bootstrap addresses of Kafka, `host:port` separated by commas.
    pub kafka: String,
    /// URL of the registry.
    pub registry: String,
    /// URL of ClickHouse's HTTP interface.
    pub clickhouse: String,
    /// User in ClickHouse.
    pub clickhouse_user: String,
    /// Password of that user.
    pub clickhouse_password: String,
    /// librdkafka's own settings, for example `security.protocol`.
    pub kafka_properties: BTreeMap<String, String>,
}

impl fmt::Debug for External {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Password and properties stay out: debug output ends in logs.
        out.debug_struct("External")
            .field("kafka", &self.kafka)
            .field("registry", &self.registry)
            .field("clickhouse", &self.clickhouse)
            .finish_non_exhaustive()
    }
}

/// Where the servers of a stack answer.
#[derive(Clone, Eq, PartialEq)]
pub struct Endpoints {
    /// Bootstrap addresses of Kafka.
    pub kafka: String,
    /// librdkafka's own settings for clients of it; empty for the local stack.
    pub kafka_properties: BTreeMap<String, String>,
    /// URL of the registry, without a slash at its end.
    pub registry: String,
    /// URL of ClickHouse's HTTP interface, without a slash at its end.
    pub clickhouse: String,
    /// User in ClickHouse.
    pub clickhouse_user: String,
    /// Password of that user.
    pub clickhouse_password: String,
    /// Database, with the environment's prefix.
    pub clickhouse_database: String,
    /// URL of the pipeline's readiness and metrics, without a slash at its end.
    pub pipeline: String,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Endpoints")
            .field("kafka", &self.kafka)
            .field("registry", &self.registry)
            .field("clickhouse", &self.clickhouse)
            .field("clickhouse_database", &self.clickhouse_database)
            .field("pipeline", &self.pipeline)
            .finish_non_exhaustive()
    }
}

/// One setting as `sideline config show` lists it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Setting {
    /// Name in the config file.
    pub key: String,
    /// Value in force; `***` for a secret.
    pub value: String,
    /// Where the value came from.
    pub source: String,
    /// Environment variable that changes it; empty for what only the file can say.
    pub variable: String,
}

/// Everything that can be chosen about a stack.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The data folder, absolute.
    pub home: PathBuf,
    /// The folder of downloads, absolute.
    pub cache: PathBuf,
    /// The name that prefixes topics, groups and the database.
    pub environment: Option<String>,
    /// The database in ClickHouse, before that prefix.
    pub database: String,
    /// Where the parts listen.
    pub ports: Ports,
    /// The address on which the pipeline serves readiness and metrics: 127.0.0.1, or 0.0.0.0 in a
    /// container, where others must reach it.
    pub listen: Ipv4Addr,
    /// Kafka's heap, in MiB.
    pub kafka_heap_mib: u32,
    /// Further options of Kafka's Java machine, in their order.
    pub kafka_java_options: Vec<String>,
    /// How many threads each phase of the pipeline has, 1 to 16.
    pub threads: u32,
    /// Servers elsewhere, if they are used.
    pub external: Option<External>,
    config: Option<PathBuf>,
    raw: Vec<(&'static Key, Raw)>,
    kafka_properties_source: Source,
}

impl Settings {
    /// Reads flags, environment and config file.
    ///
    /// # Errors
    /// [`Error::Settings`] with every fault found, or the config file cannot be read.
    pub fn load(flags: &Flags) -> Result<Self, Error> {
        let folder =
            env::current_dir().map_err(|source| Error::io("reading", Path::new("."), source))?;
        Self::load_from(flags, &|name| env::var(name).ok(), &folder)
    }

    /// As [`Settings::load`], with the environment and the current folder given.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn load_from(
        flags: &Flags,
        variable: &dyn Fn(&str) -> Option<String>,
        folder: &Path,
    ) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let named = flags.config.clone().or_else(|| {
            variable(CONFIG_VARIABLE)
                .filter(|text| !text.is_empty())
                .map(PathBuf::from)
        });
        let (config, file) = read_config(named, folder, &mut faults)?;
        let raw: Vec<(&'static Key, Raw)> = keys::ALL
            .into_iter()
            .map(|key| {
                (
                    key,
                    keys::lay_over(key, flags.value(key), variable(key.variable), &file),
                )
            })
            .collect();
        let mut reader = Reader {
            raw: &raw,
            faults,
            folder,
        };
        let home = reader.home();
        let cache = reader.cache(variable);
        let settings = Self {
            home,
            cache,
            environment: reader.environment(),
            database: reader.identifier(&keys::DATABASE),
            ports: reader.ports(),
            listen: reader.listen(),
            kafka_heap_mib: reader.heap(),
            kafka_java_options: reader.java_options(),
            threads: reader.threads(),
            external: reader.external(&file),
            config,
            kafka_properties_source: Source::File(file.path.clone()),
            raw: Vec::new(),
        };
        if !reader.faults.is_empty() {
            return Err(Error::Settings(reader.faults));
        }
        Ok(Self { raw, ..settings })
    }

    /// Every setting with its value and where it came from; secrets are `***`.
    #[must_use]
    pub fn describe(&self) -> Vec<Setting> {
        let mut settings: Vec<Setting> = self
            .raw
            .iter()
            .map(|(key, raw)| Setting {
                key: key.name.to_owned(),
                value: self.shown(key, raw),
                source: raw.source.describe(),
                variable: key.variable.to_owned(),
            })
            .collect();
        let properties = self
            .external
            .iter()
            .flat_map(|external| &external.kafka_properties);
        settings.extend(properties.map(|(name, _)| Setting {
            key: format!("{}{name}", keys::KAFKA_PROPERTIES),
            // Any of them may hold a password or a key inside, as sasl.jaas.config does.
            value: "***".to_owned(),
            source: self.kafka_properties_source.describe(),
            variable: String::new(),
        }));
        settings
    }

    /// The database with the environment's prefix: `staging` and `sideline` make
    /// `staging_sideline`.
    #[must_use]
    pub fn database_name(&self) -> String {
        match &self.environment {
            Some(name) => format!("{}_{}", name.replace('-', "_"), self.database),
            None => self.database.clone(),
        }
    }

    /// Variables that make a child process load these very settings, with `ports` in place of any 0.
    pub(crate) fn variables(&self, ports: &Ports) -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> = self
            .raw
            .iter()
            .map(|(key, raw)| {
                let text = self
                    .resolved(key, ports)
                    .unwrap_or_else(|| raw.text.clone());
                (key.variable.to_owned(), text)
            })
            .collect();
        let config = self.config.as_ref().map(|path| path.display().to_string());
        variables.push((CONFIG_VARIABLE.to_owned(), config.unwrap_or_default()));
        variables
    }

    fn resolved(&self, key: &Key, ports: &Ports) -> Option<String> {
        let port = |port: u16| Some(port.to_string());
        match key.name {
            name if name == keys::HOME.name => Some(self.home.display().to_string()),
            name if name == keys::CACHE.name => Some(self.cache.display().to_string()),
            name if name == keys::EXTERNAL.name => Some(self.external.is_some().to_string()),
            name if name == keys::PORT_KAFKA.name => port(ports.kafka),
            name if name == keys::PORT_CONTROLLER.name => port(ports.kafka_controller),
            name if name == keys::PORT_REGISTRY.name => port(ports.registry),
            name if name == keys::PORT_CLICKHOUSE.name => port(ports.clickhouse),
            name if name == keys::PORT_PIPELINE.name => port(ports.pipeline),
            _ => None,
        }
    }

    fn shown(&self, key: &Key, raw: &Raw) -> String {
        if key.is_secret && !raw.text.is_empty() {
            return "***".to_owned();
        }
        match key.name {
            name if name == keys::HOME.name => self.home.display().to_string(),
            name if name == keys::CACHE.name => self.cache.display().to_string(),
            _ => raw.text.clone(),
        }
    }
}

impl Flags {
    fn value(&self, key: &Key) -> Option<String> {
        match key.name {
            name if name == keys::HOME.name => {
                self.home.as_ref().map(|path| path.display().to_string())
            }
            name if name == keys::ENVIRONMENT.name => self.environment.clone(),
            name if name == keys::EXTERNAL.name => self.is_external.then(|| "true".to_owned()),
            name if name == keys::PORT_PIPELINE.name => {
                self.pipeline_port.map(|port| port.to_string())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
