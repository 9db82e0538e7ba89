//! From texts to settings, with every fault on the way.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use super::{External, Ports};
use crate::error::{Error, Fault};
use crate::keys::{self, FileValues, Key, Raw};

/// The config file that is read when nobody names another; it need not be there.
pub(super) const CONFIG_FILE: &str = "sideline.toml";
/// Kafka does not start with less; more than this is a server's business, not a local stack's.
/// Threads of a phase: they share its partitions, of which there are twelve by default.
const THREADS: std::ops::RangeInclusive<u32> = 1..=16;
const KAFKA_HEAP_MIB: std::ops::RangeInclusive<u32> = 128..=8192;
/// Kafka's own bound on topic names is 249; a prefix must leave room for the rest.
const ENVIRONMENT_LENGTH_MAX: usize = 32;

/// The config file, if there is one, and what it says.
///
/// # Errors
/// It cannot be read; one that was named must be there.
pub(super) fn read_config(
    named: Option<PathBuf>,
    folder: &Path,
    faults: &mut Vec<Fault>,
) -> Result<(Option<PathBuf>, FileValues), Error> {
    let is_named = named.is_some();
    let path = folder.join(named.unwrap_or_else(|| PathBuf::from(CONFIG_FILE)));
    match fs::read_to_string(&path) {
        Ok(text) => {
            let file = keys::parse_file(&path, &text, faults);
            Ok((Some(path), file))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => {
            Ok((None, FileValues::default()))
        }
        Err(source) => Err(Error::io("reading the config file", &path, source)),
    }
}

/// Turns texts into values. A text that makes no sense leaves a fault, and any value in its place:
/// the settings are thrown away then.
pub(super) struct Reader<'a> {
    pub(super) raw: &'a [(&'static Key, Raw)],
    pub(super) faults: Vec<Fault>,
    /// What relative paths are relative to.
    pub(super) folder: &'a Path,
}

impl Reader<'_> {
    fn text(&self, key: &Key) -> String {
        let found = self.raw.iter().find(|(other, _)| other.name == key.name);
        found.map(|(_, raw)| raw.text.clone()).unwrap_or_default()
    }

    fn fault(&mut self, key: &Key, message: String) {
        let found = self.raw.iter().find(|(other, _)| other.name == key.name);
        let place = found
            .map(|(_, raw)| raw.source.describe())
            .unwrap_or_default();
        self.faults.push(Fault {
            place,
            key: key.name.to_owned(),
            message,
        });
    }

    pub(super) fn home(&mut self) -> PathBuf {
        let home = self.folder.join(self.text(&keys::HOME));
        // Kafka separates its data folders by commas and knows no way to write one in a name.
        if home.display().to_string().contains([',', '\n', '$']) {
            let message = format!(
                "is {}, and may hold no comma, no $ and no line break",
                home.display()
            );
            self.fault(&keys::HOME, message);
        }
        home
    }

    pub(super) fn cache(&mut self, variable: &dyn Fn(&str) -> Option<String>) -> PathBuf {
        let named = self.text(&keys::CACHE);
        if !named.is_empty() {
            return self.folder.join(named);
        }
        let set = |name: &str| {
            variable(name)
                .filter(|text| !text.is_empty())
                .map(PathBuf::from)
        };
        let shared = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
        let Some(shared) = shared else {
            self.fault(
                &keys::CACHE,
                "has no default, since neither XDG_CACHE_HOME nor HOME is set".to_owned(),
            );
            return PathBuf::new();
        };
        self.folder.join(shared).join("sideline")
    }

    pub(super) fn environment(&mut self) -> Option<String> {
        let name = self.text(&keys::ENVIRONMENT);
        if name.is_empty() {
            return None;
        }
        let is_plain = name
            .chars()
            .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-');
        let starts_well = name.starts_with(|sign: char| sign.is_ascii_lowercase());
        if !is_plain || !starts_well || name.len() > ENVIRONMENT_LENGTH_MAX {
            let message = format!(
                "is `{name}`, allowed are a to z, 0 to 9 and -, a letter first, {ENVIRONMENT_LENGTH_MAX} at most"
            );
            self.fault(&keys::ENVIRONMENT, message);
        }
        Some(name)
    }

    pub(super) fn identifier(&mut self, key: &Key) -> String {
        let name = self.text(key);
        let is_plain = name
            .chars()
            .all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
        if !is_plain || !name.starts_with(|sign: char| sign.is_ascii_alphabetic()) {
            self.fault(
                key,
                format!("is `{name}`, allowed are letters, digits and _, a letter first"),
            );
        }
        name
    }

    pub(super) fn ports(&mut self) -> Ports {
        let ports = Ports {
            kafka: self.port(&keys::PORT_KAFKA),
            kafka_controller: self.port(&keys::PORT_CONTROLLER),
            registry: self.port(&keys::PORT_REGISTRY),
            clickhouse: self.port(&keys::PORT_CLICKHOUSE),
            pipeline: self.port(&keys::PORT_PIPELINE),
        };
        let named = [
            (&keys::PORT_KAFKA, ports.kafka),
            (&keys::PORT_CONTROLLER, ports.kafka_controller),
            (&keys::PORT_REGISTRY, ports.registry),
            (&keys::PORT_CLICKHOUSE, ports.clickhouse),
            (&keys::PORT_PIPELINE, ports.pipeline),
        ];
        for (i, (key, port)) in named.iter().enumerate() {
            let twin = named
                .iter()
                .take(i)
                .find(|(_, other)| other == port && *port != 0);
            if let Some((other, _)) = twin {
                self.fault(key, format!("is {port}, which `{}` has too", other.name));
            }
        }
        ports
    }

    fn port(&mut self, key: &Key) -> u16 {
        let text = self.text(key);
        match text.parse() {
            Ok(port) => port,
            Err(_) => {
                self.fault(
                    key,
                    format!("is `{text}`, allowed are 1 to 65535, and 0 for any free port"),
                );
                0
            }
        }
    }

    pub(super) fn listen(&mut self) -> Ipv4Addr {
        let text = self.text(&keys::LISTEN);
        match text.parse() {
            Ok(address @ (Ipv4Addr::LOCALHOST | Ipv4Addr::UNSPECIFIED)) => address,
            _ => {
                let message =
                    format!("is `{text}`, allowed are 127.0.0.1, and 0.0.0.0 in a container");
                self.fault(&keys::LISTEN, message);
                Ipv4Addr::LOCALHOST
            }
        }
    }

    pub(super) fn heap(&mut self) -> u32 {
        self.number(&keys::KAFKA_HEAP, &KAFKA_HEAP_MIB)
    }

    pub(super) fn java_options(&mut self) -> Vec<String> {
        let text = self.text(&keys::KAFKA_JAVA_OPTIONS);
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if let Some(word) = words.iter().find(|word| !word.starts_with('-')) {
            let message = format!("`{word}` is no option of Java: each begins with a dash");
            self.fault(&keys::KAFKA_JAVA_OPTIONS, message);
        }
        words
    }

    pub(super) fn threads(&mut self) -> u32 {
        self.number(&keys::THREADS, &THREADS)
    }

    fn number(&mut self, key: &'static Key, allowed: &std::ops::RangeInclusive<u32>) -> u32 {
        let text = self.text(key);
        match text.parse() {
            Ok(number) if allowed.contains(&number) => number,
            _ => {
                let (min, max) = (allowed.start(), allowed.end());
                self.fault(key, format!("is `{text}`, allowed are {min} to {max}"));
                *min
            }
        }
    }

    pub(super) fn external(&mut self, file: &FileValues) -> Option<External> {
        let is_enabled = match self.text(&keys::EXTERNAL).as_str() {
            "true" | "1" => true,
            "false" | "0" => false,
            other => {
                let message = format!("is `{other}`, allowed are true and false");
                self.fault(&keys::EXTERNAL, message);
                false
            }
        };
        if !is_enabled {
            return None;
        }
        let properties = file.values.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(keys::KAFKA_PROPERTIES)?;
            Some((name.to_owned(), value.clone()))
        });
        Some(External {
            kafka: self.addresses(&keys::EXTERNAL_KAFKA),
            registry: self.url(&keys::EXTERNAL_REGISTRY),
            clickhouse: self.url(&keys::EXTERNAL_CLICKHOUSE),
            clickhouse_user: self.text(&keys::EXTERNAL_USER),
            clickhouse_password: self.text(&keys::EXTERNAL_PASSWORD),
            kafka_properties: properties.collect(),
        })
    }

    fn addresses(&mut self, key: &Key) -> String {
        let text = self.text(key);
        if text.is_empty() {
            self.fault(
                key,
                format!(
                    "is not set, and --external needs it (host:port, by {} or in the file)",
                    key.variable
                ),
            );
            return text;
        }
        for address in text.split(',') {
            let port = address
                .trim()
                .rsplit_once(':')
                .map(|(host, port)| (host, port.parse::<u16>()));
            if !matches!(port, Some((host, Ok(1..))) if !host.is_empty()) {
                self.fault(key, format!("has `{address}`, which is not host:port"));
            }
        }
        text
    }

    fn url(&mut self, key: &Key) -> String {
        let text = self.text(key);
        if text.is_empty() {
            self.fault(
                key,
                format!(
                    "is not set, and --external needs it (http://host:port, by {} or in the file)",
                    key.variable
                ),
            );
            return text;
        }
        let is_url = reqwest::Url::parse(&text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_url {
            self.fault(
                key,
                format!("is `{text}`, which is not an http:// or https:// address"),
            );
        }
        text.trim_end_matches('/').to_owned()
    }
}
