//! What can go wrong with the stack, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::parts::Part;

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// The same command may succeed later, with nothing changed.
    Transient,
    /// Something has to be changed first.
    Permanent,
    /// Some of the work was done.
    Partial,
}

/// One setting that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// Where the value came from: a flag, an environment variable, or a file.
    pub place: String,
    /// Name of the setting, for example `ports.kafka`.
    pub key: String,
    /// What is wrong with it, with the value seen and the values allowed.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {} ({})", self.key, self.message, self.place)
    }
}

/// Why the stack could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Settings that cannot be used, all of them.
    #[error("{}", list_faults(.0))]
    Settings(Vec<Fault>),
    /// Another program listens where a part should.
    #[error("port {port} for {part} is in use by {holder}")]
    PortInUse {
        /// The part that wanted the port.
        part: Part,
        /// The port.
        port: u16,
        /// Who has it, as far as this user may see.
        holder: String,
        /// The environment variable that changes the port.
        variable: &'static str,
        /// The key in the config file that changes the port.
        key: &'static str,
    },
    /// A program that the stack needs is not installed.
    #[error("`{tool}` is not on the PATH, and {purpose} needs it")]
    ToolMissing {
        /// Name of the program.
        tool: &'static str,
        /// What it is needed for.
        purpose: &'static str,
        /// How to get it.
        remedy: &'static str,
    },
    /// Java is there but too old for Kafka.
    #[error("java {found} is too old for Kafka, which needs {needed} or later ({path})")]
    JavaTooOld {
        /// Its major version.
        found: u32,
        /// The oldest that will do.
        needed: u32,
        /// Which java.
        path: PathBuf,
    },
    /// No engine library is published for this kind of machine.
    #[error("the ClickHouse engine library is published for Linux on x86-64 only, and this is {0}")]
    PlatformUnsupported(String),
    /// A download did not succeed; nothing of it is used.
    #[error("{what} could not be fetched: {reason}")]
    Fetch {
        /// What was fetched.
        what: String,
        /// The tool's own last word.
        reason: String,
    },
    /// The data folder holds things that Sideline did not put there.
    #[error("{} is not empty and was not made by Sideline", .0.display())]
    HomeNotOurs(PathBuf),
    /// Another command works on the data folder, or on the cache.
    #[error("another sideline command ({holder}) works on {}", .folder.display())]
    Busy {
        /// The folder that is locked.
        folder: PathBuf,
        /// Its process, as the lock file tells.
        holder: String,
    },
    /// A part still runs where none may.
    #[error("{part} still runs (pid {pid}) in {}", .home.display())]
    StillRunning {
        /// The part.
        part: Part,
        /// Its process.
        pid: i32,
        /// The data folder.
        home: PathBuf,
    },
    /// A part ended while it was starting.
    #[error("{part} ended while it was starting: {last_line} (log: {})", .log.display())]
    PartDied {
        /// The part.
        part: Part,
        /// Its log file.
        log: PathBuf,
        /// The last thing it said.
        last_line: String,
    },
    /// A part runs but does not become ready.
    #[error("{part} is not ready after {waited_s} s on port {port}: {last_line} (log: {})", .log.display())]
    PartNotReady {
        /// The part.
        part: Part,
        /// Where it should answer.
        port: u16,
        /// How long was waited.
        waited_s: u64,
        /// Its log file.
        log: PathBuf,
        /// The last thing it said.
        last_line: String,
    },
    /// A part could not be stopped, not even by SIGKILL.
    #[error("{part} (pid {pid}) cannot be stopped: {reason}")]
    CannotStop {
        /// The part.
        part: Part,
        /// Its process.
        pid: i32,
        /// Why.
        reason: String,
    },
    /// A server that runs elsewhere does not answer.
    #[error("{part} at {address} does not answer: {reason}")]
    ExternalUnreachable {
        /// The part.
        part: Part,
        /// Its address, as configured.
        address: String,
        /// What went wrong.
        reason: String,
    },
    /// Ports are chosen at `up`, and there was none yet.
    #[error("no stack was brought up in {}", .0.display())]
    NotUp(PathBuf),
    /// Kafka's data folder could not be formatted.
    #[error("the data folder of Kafka could not be formatted: {0}")]
    Format(String),
    /// A file or folder could not be read or written.
    #[error("{action} {} failed: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// Whether trying again can help.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Fetch { .. }
            | Self::Busy { .. }
            | Self::PartNotReady { .. }
            | Self::ExternalUnreachable { .. } => Class::Transient,
            Self::CannotStop { .. } => Class::Partial,
            Self::Settings(_)
            | Self::PortInUse { .. }
            | Self::ToolMissing { .. }
            | Self::JavaTooOld { .. }
            | Self::PlatformUnsupported(_)
            | Self::HomeNotOurs(_)
            | Self::StillRunning { .. }
            | Self::PartDied { .. }
            | Self::NotUp(_)
            | Self::Format(_)
            | Self::Io { .. } => Class::Permanent,
        }
    }

    /// What to do next, as one sentence.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Settings(_) => "correct them; `sideline config show` lists every setting and where it comes from".to_owned(),
            Self::PortInUse { variable, key, .. } => {
                format!("stop that program, or choose another port with {variable} or `{key}` in sideline.toml (0 picks a free one)")
            }
            Self::ToolMissing { remedy, .. } => (*remedy).to_owned(),
            Self::JavaTooOld { needed, .. } => {
                format!("install Java {needed} or later, or point JAVA_HOME at one")
            }
            Self::PlatformUnsupported(_) => {
                "use servers that run elsewhere with --external, or the docker-compose.yml".to_owned()
            }
            Self::Fetch { .. } => "check the network and any mirror settings of maven and npm, then type the same command again".to_owned(),
            Self::HomeNotOurs(_) => "name an empty or a new folder with --home or SIDELINE_HOME".to_owned(),
            Self::Busy { .. } => "wait until it has finished, then type the same command again".to_owned(),
            Self::StillRunning { .. } => "type `sideline down` first".to_owned(),
            Self::PartDied { .. } => "read the log; the cause is in its last lines".to_owned(),
            Self::PartNotReady { .. } => "look at `sideline status` and the log, then type `sideline up` again".to_owned(),
            Self::CannotStop { .. } => "end that process by hand, then type `sideline down` again".to_owned(),
            Self::ExternalUnreachable { .. } => {
                "check the address with `sideline config show`, and that the server is up".to_owned()
            }
            Self::NotUp(_) => "type `sideline up` first".to_owned(),
            Self::Format(_) => "type `sideline up --fresh` to begin with empty data".to_owned(),
            Self::Io { .. } => "check that the folder exists, that it may be written, and that the disk is not full".to_owned(),
        }
    }
}

fn list_faults(faults: &[Fault]) -> String {
    let count = faults.len();
    let noun = if count == 1 { "setting" } else { "settings" };
    let mut text = format!("{count} {noun} cannot be used:");
    for fault in faults {
        text.push_str("\n  ");
        text.push_str(&fault.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_says_who_has_it_and_how_to_choose_another() {
        let error = Error::PortInUse {
            part: Part::Kafka,
            port: 9092,
            holder: "java (pid 7)".to_owned(),
            variable: "SIDELINE_KAFKA_PORT",
            key: "ports.kafka",
        };
        assert_eq!(
            error.to_string(),
            "port 9092 for Kafka is in use by java (pid 7)"
        );
        assert_eq!(
            error.hint(),
            "stop that program, or choose another port with SIDELINE_KAFKA_PORT or `ports.kafka` in sideline.toml (0 picks a free one)"
        );
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let fault = |key: &str| Fault {
            place: "sideline.toml".to_owned(),
            key: key.to_owned(),
            message: "no".to_owned(),
        };
        let error = Error::Settings(vec![fault("home"), fault("cache")]);
        assert_eq!(
            error.to_string(),
            "2 settings cannot be used:\n  home: no (sideline.toml)\n  cache: no (sideline.toml)"
        );
    }
}
