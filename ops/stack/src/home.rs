//! The data folder: what is where in it, and who may change it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::parts::Part;
use crate::run_file::RunFile;
use crate::settings::Settings;

/// Says that a folder is Sideline's; the text is the version of its layout.
const MARKER: &str = "sideline-home";
const MARKER_TEXT: &str = "1\n";
/// Held by the command that changes the folder. It stays when the folder is emptied: a lock on a
/// file that another process has meanwhile replaced would protect nothing.
const LOCK: &str = "lock";
/// How long a command waits for another to finish before it says so. Starting and stopping take
/// seconds; only a download takes longer.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// How often it looks.
const LOCK_POLL: Duration = Duration::from_millis(50);

/// A data folder that is Sideline's.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    root: PathBuf,
}

/// Held while a command changes the folder; given back when dropped, and by the system when the
/// command dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Home {
    /// The folder, made if it is not there.
    ///
    /// # Errors
    /// It holds things that Sideline did not put there, or it cannot be written.
    pub(crate) fn create(root: &Path) -> Result<Self, Error> {
        let home = Self {
            root: root.to_owned(),
        };
        if !home.is_ours()? {
            if holds_something(root)? {
                return Err(Error::HomeNotOurs(root.to_owned()));
            }
            create_private(root)?;
            let marker = root.join(MARKER);
            fs::write(&marker, MARKER_TEXT)
                .map_err(|source| Error::io("writing", &marker, source))?;
        }
        for folder in [
            home.run(),
            home.logs(),
            home.data(Part::Kafka),
            home.data(Part::ClickHouse),
        ] {
            create_private(&folder)?;
        }
        Ok(home)
    }

    /// The folder if Sideline has made it before.
    pub(crate) fn find(root: &Path) -> Result<Option<Self>, Error> {
        let home = Self {
            root: root.to_owned(),
        };
        Ok(home.is_ours()?.then_some(home))
    }

    /// A folder for tests and rehearsals, without a marker.
    pub(crate) fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where run files and chosen ports are.
    pub(crate) fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// What a part keeps.
    pub(crate) fn data(&self, part: Part) -> PathBuf {
        self.root.join(part.name())
    }

    /// Where a part writes its log.
    pub(crate) fn log(&self, part: Part) -> PathBuf {
        self.logs().join(format!("{}.log", part.name()))
    }

    /// Where a part's standard output and error go. Kafka's own log is written and kept short by
    /// its logging library, so that what the JVM itself says gets a file of its own.
    pub(crate) fn output(&self, part: Part) -> PathBuf {
        match part {
            Part::Kafka => self.logs().join("kafka.out"),
            _ => self.log(part),
        }
    }

    /// Takes the lock, or waits for whoever has it.
    ///
    /// # Errors
    /// [`Error::Busy`] when it was not given back within ten seconds.
    pub(crate) async fn lock(&self) -> Result<Lock, Error> {
        let until = Instant::now() + LOCK_WAIT;
        loop {
            match self.try_lock() {
                Err(Error::Busy { .. }) if Instant::now() < until => {
                    tokio::time::sleep(LOCK_POLL).await;
                }
                result => return result,
            }
        }
    }

    /// Takes the lock if nobody has it.
    pub(crate) fn try_lock(&self) -> Result<Lock, Error> {
        lock_file(&self.root.join(LOCK)).map(|file| Lock { _file: file })
    }

    fn is_ours(&self) -> Result<bool, Error> {
        let marker = self.root.join(MARKER);
        marker
            .try_exists()
            .map_err(|source| Error::io("reading", &marker, source))
    }
}

/// Locks `path`, and writes the own process into it so that others can say who has it.
///
/// # Errors
/// [`Error::Busy`] when another process has it.
pub(crate) fn lock_file(path: &Path) -> Result<File, Error> {
    let failed = |source| Error::io("locking", path, source);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(failed)?;
            let folder = path.parent().unwrap_or(path).to_owned();
            return Err(Error::Busy {
                folder,
                holder: holder.trim().to_owned(),
            });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    file.set_len(0).map_err(failed)?;
    file.rewind().map_err(failed)?;
    writeln!(file, "pid {}", process::id()).map_err(failed)?;
    Ok(file)
}

/// Throws away everything that the stack keeps in its data folder; downloads stay in the cache.
///
/// # Errors
/// A part still runs, another command works on the folder, or the folder is not Sideline's. A
/// folder that is not there is fine.
pub fn fresh(settings: &Settings) -> Result<(), Error> {
    let Some(home) = Home::find(&settings.home)? else {
        if holds_something(&settings.home)? {
            return Err(Error::HomeNotOurs(settings.home.clone()));
        }
        return Ok(());
    };
    let _lock = home.try_lock()?;
    for part in Part::ALL {
        let Some(run) = RunFile::load(&home, part)? else {
            continue;
        };
        if run.is_alive() {
            return Err(Error::StillRunning {
                part,
                pid: run.pid,
                home: home.root.clone(),
            });
        }
    }
    let failed = |source| Error::io("emptying", home.root(), source);
    for entry in fs::read_dir(home.root()).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name() == MARKER || entry.file_name() == LOCK {
            continue;
        }
        // A link is removed, never followed.
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        let removed = if is_folder {
            fs::remove_dir_all(entry.path())
        } else {
            fs::remove_file(entry.path())
        };
        removed.map_err(|source| Error::io("removing", &entry.path(), source))?;
    }
    Ok(())
}

/// Makes a folder that only its owner may read: the topics and tables are his, and ClickHouse's
/// local server has no users of its own.
pub(crate) fn create_private(path: &Path) -> Result<(), Error> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| Error::io("making the folder", path, source))
}

fn holds_something(root: &Path) -> Result<bool, Error> {
    match fs::read_dir(root) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(Error::io("reading the folder", root, source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    fn settings(home: &Path) -> Settings {
        let flags = Flags {
            home: Some(home.to_owned()),
            ..Flags::default()
        };
        Settings::load_from(
            &flags,
            &|name| (name == "HOME").then(|| "/h".to_owned()),
            home,
        )
        .unwrap()
    }

    #[test]
    fn a_folder_with_somebody_elses_files_is_neither_used_nor_emptied() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.tex"), "years of work").unwrap();
        assert!(matches!(
            Home::create(folder.path()),
            Err(Error::HomeNotOurs(_))
        ));
        assert!(matches!(
            fresh(&settings(folder.path())),
            Err(Error::HomeNotOurs(_))
        ));
        assert!(folder.path().join("thesis.tex").exists());
    }

    #[test]
    fn fresh_empties_a_folder_of_ours_and_it_stays_ours() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::create(folder.path()).unwrap();
        fs::write(home.data(Part::Kafka).join("00.log"), "x").unwrap();
        fresh(&settings(folder.path())).unwrap();
        assert!(!home.data(Part::Kafka).exists());
        assert!(Home::find(folder.path()).unwrap().is_some());
    }

    #[test]
    fn fresh_of_a_folder_that_is_not_there_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        fresh(&settings(&folder.path().join("never"))).unwrap();
    }

    #[test]
    fn one_command_at_a_time_and_the_other_learns_who() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::create(folder.path()).unwrap();
        let lock = home.try_lock().unwrap();
        let error = home.try_lock().unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("pid {}", process::id())),
            "{error}"
        );
        drop(lock);
        home.try_lock().unwrap();
    }
}
