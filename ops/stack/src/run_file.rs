//! What is remembered of a part that was started: which process, where it listens, how it was called.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::home::Home;
use crate::parts::Part;
use crate::process::Identity;

/// A part that was started and has not been stopped since; it may have died.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct RunFile {
    pub(crate) part: Part,
    pub(crate) pid: i32,
    pub(crate) started_ticks: u64,
    pub(crate) boot: String,
    pub(crate) port: u16,
    pub(crate) command: Vec<String>,
}

impl RunFile {
    pub(crate) fn new(part: Part, identity: Identity, port: u16, command: Vec<String>) -> Self {
        let Identity {
            pid,
            started_ticks,
            boot,
        } = identity;
        Self {
            part,
            pid,
            started_ticks,
            boot,
            port,
            command,
        }
    }

    /// The file of a part, if there is one.
    ///
    /// # Errors
    /// It is there but cannot be read or understood.
    pub(crate) fn load(home: &Home, part: Part) -> Result<Option<Self>, Error> {
        load_json(&path(home, part))
    }

    pub(crate) fn save(&self, home: &Home) -> Result<(), Error> {
        save_json(&path(home, self.part), self)
    }

    /// Forgets the part; one that was not remembered is fine.
    pub(crate) fn remove(home: &Home, part: Part) -> Result<(), Error> {
        let path = path(home, part);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("removing", &path, error))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity {
            pid: self.pid,
            started_ticks: self.started_ticks,
            boot: self.boot.clone(),
        }
    }

    /// Whether the very process that was started runs.
    pub(crate) fn is_alive(&self) -> bool {
        self.identity().is_alive()
    }
}

fn path(home: &Home, part: Part) -> PathBuf {
    home.run().join(format!("{}.json", part.name()))
}

/// A JSON file; none if it is not there.
pub(crate) fn load_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    let failed = |source| Error::io("reading", path, source);
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| failed(error.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Writes a JSON file whole or not at all.
pub(crate) fn save_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let failed = |source| Error::io("writing", path, source);
    let bytes = serde_json::to_vec_pretty(value).map_err(|error| failed(error.into()))?;
    let half = path.with_added_extension("new");
    fs::write(&half, bytes).map_err(failed)?;
    fs::rename(&half, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_file_of_a_pid_that_was_reused_is_not_alive() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::create(folder.path()).unwrap();
        let me = Identity::of(std::process::id().cast_signed()).unwrap();
        let run = RunFile::new(Part::Kafka, me, 9092, vec!["java".to_owned()]);
        run.save(&home).unwrap();
        let read = RunFile::load(&home, Part::Kafka).unwrap().unwrap();
        assert_eq!(read, run);
        assert!(read.is_alive());
        let reused = RunFile {
            started_ticks: run.started_ticks + 1,
            ..run
        };
        assert!(!reused.is_alive());
        RunFile::remove(&home, Part::Kafka).unwrap();
        RunFile::remove(&home, Part::Kafka).unwrap();
        assert_eq!(RunFile::load(&home, Part::Kafka).unwrap(), None);
    }
}
