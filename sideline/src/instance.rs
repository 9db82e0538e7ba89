//! Which instance of Sideline this is: the name that its group members and transactions carry.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The name of this instance, held for as long as the process lives.
///
/// It stands in the data folder, so a restart takes up its predecessor's place at once, and a lock
/// on it keeps two processes from being the same instance.
#[derive(Debug)]
pub struct Instance {
    name: String,
    home: PathBuf,
    _held: File,
}

impl Instance {
    /// Reads the name in `home`, or makes one from the process id on first use, and locks it.
    ///
    /// # Errors
    /// The folder cannot be written, or another process is this instance.
    pub fn take(home: &Path) -> Result<Self> {
        std::fs::create_dir_all(home).with_context(|| format!("making {}", home.display()))?;
        let path = home.join("instance");
        let shown = path.display().to_string();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("opening {shown}"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "another pipeline runs in {}; stop it with: sideline down",
                    home.display()
                )
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("locking {shown}"));
            }
        }
        let mut name = String::new();
        file.read_to_string(&mut name)
            .with_context(|| format!("reading {shown}"))?;
        if name.is_empty() {
            name = format!("p{}", std::process::id());
            file.write_all(name.as_bytes())
                .with_context(|| format!("writing {shown}"))?;
        }
        Ok(Self {
            name,
            home: home.to_owned(),
            _held: file,
        })
    }

    /// Whether a pipeline ever ran in `home`.
    #[must_use]
    pub fn is_known(home: &Path) -> bool {
        home.join("instance").is_file()
    }

    /// The folder for what a restart need not read from Kafka again.
    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        self.home.join("checkpoints")
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_is_the_same_instance_and_two_at_once_are_refused() {
        let home = std::env::temp_dir().join(format!("sideline-instance-{}", std::process::id()));
        let first = Instance::take(&home).unwrap();
        let name = first.name().to_owned();
        assert!(
            Instance::take(&home)
                .unwrap_err()
                .to_string()
                .contains("sideline down")
        );
        drop(first);
        assert_eq!(Instance::take(&home).unwrap().name(), name);
        std::fs::remove_dir_all(&home).unwrap();
    }
}
