//! The embedded store that checkpoints are kept in: a keyspace per task, and one for the marks.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Binding, Mark};
use crate::fail_point::{FailPoint, FailTrigger};

/// Older checkpoints are thrown away: a changelog forgets removed keys after `delete.retention.ms`
/// (7 days), and one that old could bring them back. Half of it leaves room for wrong clocks.
const AGE_MAX: Duration = Duration::from_hours(84);

/// How many entries go into one batch, through the journal: bounds what a batch holds twice in memory,
/// and what a start has to read of the journal. More become a table of their own.
const BATCH_ENTRIES: usize = 10_000;

/// Bounds the journals on disk; the store's own lower limit.
const JOURNAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The keyspace of the marks, by task. No task has this name: a phase's ends in its partition.
const MARKS: &str = "marks";

/// A changelog key, and its value or none when it was removed.
pub(crate) type Entry = (Vec<u8>, Option<Vec<u8>>);

/// A checkpoint as it was found.
pub(crate) struct Loaded {
    /// The changelog offset to read on from.
    pub(crate) offset: i64,
    /// How many entries it held.
    pub(crate) entries: usize,
}

/// Checkpoints on disk.
pub(crate) struct Store {
    database: Database,
    marks: Keyspace,
}

/// Why there is no checkpoint to work with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The store's own word.
    #[error("{0}")]
    Fjall(#[from] fjall::Error),
    /// A mark that cannot be read.
    #[error("its mark is damaged: {0}")]
    Mark(#[from] postcard::Error),
    /// The store gave up in the middle.
    #[error("the store panicked on it")]
    Panicked,
    /// Another process holds the folder.
    #[error("another process works in this folder")]
    Locked,
    /// A checkpoint of something else, or one that is no longer safe to use.
    #[error("{0}")]
    Unusable(String),
}

impl Store {
    /// Opens the folder. One that is damaged is emptied: what it held is in the changelogs.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        match Self::try_open(folder) {
            Err(error @ (StoreError::Fjall(_) | StoreError::Panicked)) => {
                let path = folder.display();
                tracing::warn!(%path, %error, "the local checkpoints are damaged: thrown away");
                match std::fs::remove_dir_all(folder) {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        Err(StoreError::Fjall(error.into()))
                    }
                    _ => Self::try_open(folder),
                }
            }
            opened => opened,
        }
    }

    fn try_open(folder: &Path) -> Result<Self, StoreError> {
        let open = || {
            let database = Database::builder(folder)
                .worker_threads(1)
                .max_journaling_size(JOURNAL_BYTES_MAX)
                .open()?;
            let marks = database.keyspace(MARKS, KeyspaceCreateOptions::default)?;
            Ok(Self { database, marks })
        };
        match guarded(open) {
            Err(StoreError::Fjall(fjall::Error::Locked)) => Err(StoreError::Locked),
            opened => opened,
        }
    }

    /// Hands every entry of a task's checkpoint over. `None` when there is none. An error leaves
    /// the caller with a part of it, to be thrown away.
    pub(crate) fn load(
        &self,
        task: &str,
        binding: &Binding,
        changelog_end: i64,
        mut take: impl FnMut(&[u8], &[u8]) -> Result<(), String>,
    ) -> Result<Option<Loaded>, StoreError> {
        guarded(|| {
            let Some(mark) = self.marks.get(task)? else {
                // What a kill left before the first mark must not be taken for a part of it.
                self.clear(task)?;
                return Ok(None);
            };
            let mark: Mark = postcard::from_bytes(&mark)?;
            check(&mark, binding, changelog_end)?;
            let mut entries = 0;
            for entry in self.keyspace(task)?.iter() {
                let (key, value) = entry.into_inner()?;
                take(&key, &value).map_err(StoreError::Unusable)?;
                entries += 1;
            }
            let offset = mark.offset;
            Ok(Some(Loaded { offset, entries }))
        })
    }

    /// Whether a task has a mark. One that cannot be read counts as none.
    pub(crate) fn has(&self, task: &str) -> bool {
        guarded(|| Ok(self.marks.contains_key(task)?)).unwrap_or(false)
    }

    /// Writes what changed, and only then the mark: a kill in between leaves the old mark, from
    /// which the changelog tells the rest.
    pub(crate) fn save(
        &self,
        task: &str,
        mark: &Mark,
        entries: Vec<Entry>,
        fail: &FailTrigger,
    ) -> Result<(), StoreError> {
        guarded(|| {
            let keyspace = self.keyspace(task)?;
            if entries.len() > BATCH_ENTRIES {
                ingest(&keyspace, entries)?;
            } else {
                self.write(&keyspace, entries)?;
            }
            fail.pass(FailPoint::MidCheckpoint);
            self.marks.insert(task, postcard::to_stdvec(mark)?)?;
            self.database.persist(PersistMode::Buffer)?;
            Ok(())
        })
    }

    fn write(&self, keyspace: &Keyspace, entries: Vec<Entry>) -> Result<(), fjall::Error> {
        let mut batch = self.database.batch();
        for (key, value) in entries {
            match value {
                Some(value) => batch.insert(keyspace, key, value),
                None => batch.remove(keyspace, key),
            }
        }
        batch.commit()
    }

    /// Forgets a task's checkpoint: the mark first.
    pub(crate) fn forget(&self, task: &str) -> Result<(), StoreError> {
        guarded(|| {
            self.marks.remove(task)?;
            Ok(self.clear(task)?)
        })
    }

    /// Makes what was written outlast the machine's end too.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }

    fn clear(&self, task: &str) -> Result<(), fjall::Error> {
        let keyspace = self.keyspace(task)?;
        let mut batch = self.database.batch();
        for entry in keyspace.iter() {
            batch.remove(&keyspace, entry.key()?);
            if batch.len() >= BATCH_ENTRIES {
                std::mem::replace(&mut batch, self.database.batch()).commit()?;
            }
        }
        batch.commit()
    }

    fn keyspace(&self, task: &str) -> Result<Keyspace, fjall::Error> {
        self.database.keyspace(task, KeyspaceCreateOptions::default)
    }
}

/// Writes a table of its own, past the journal: whatever stands in the journal is read and sorted
/// again by the next start, which took it 1.8 s for a million entries.
fn ingest(keyspace: &Keyspace, mut entries: Vec<Entry>) -> Result<(), fjall::Error> {
    entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let mut table = keyspace.start_ingestion()?;
    for (key, value) in entries {
        match value {
            Some(value) => table.write(key, value)?,
            None => table.write_tombstone(key)?,
        }
    }
    table.finish()
}

/// Damaged files can make the store panic; that is no more than a lost checkpoint.
fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(StoreError::Panicked))
}

fn check(mark: &Mark, binding: &Binding, changelog_end: i64) -> Result<(), StoreError> {
    let age = now_s().saturating_sub(mark.made_at_s);
    let fault = if mark.binding != *binding {
        format!("it is of {:?}, not of {binding:?}", mark.binding)
    } else if mark.offset > changelog_end {
        let offset = mark.offset;
        format!("it stands at {offset}, beyond its changelog's end {changelog_end}")
    } else if age > AGE_MAX.as_secs() {
        format!("it is {} hours old", age / 3600)
    } else {
        return Ok(());
    };
    Err(StoreError::Unusable(fault))
}

/// Seconds since 1970 by this machine's clock.
pub(crate) fn now_s() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(cluster: &str, offset: i64) -> Mark {
        Mark {
            binding: Binding {
                cluster: cluster.into(),
                changelog: "log".into(),
                partitions: 4,
            },
            offset,
            made_at_s: now_s(),
        }
    }

    fn save(store: &Store, mark: &Mark, entries: &[(&str, Option<&str>)]) {
        let bytes = |text: &str| text.as_bytes().to_vec();
        let entries = entries
            .iter()
            .map(|(key, value)| (bytes(key), value.map(bytes)))
            .collect();
        let fail = FailTrigger::new(None);
        store.save("count-0", mark, entries, &fail).unwrap();
    }

    fn load(store: &Store, binding: &Binding, end: i64) -> Result<Vec<String>, StoreError> {
        let mut keys = Vec::new();
        store.load("count-0", binding, end, |key, _| {
            keys.push(String::from_utf8_lossy(key).into_owned());
            Ok(())
        })?;
        Ok(keys)
    }

    #[test]
    fn what_was_saved_is_found_again_removed_keys_excepted() {
        let folder = tempfile::tempdir().unwrap();
        let first = mark("one", 10);
        {
            let store = Store::open(folder.path()).unwrap();
            save(&store, &first, &[("a", Some("1")), ("b", Some("2"))]);
            save(&store, &mark("one", 12), &[("a", None), ("c", Some("3"))]);
        }
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(load(&store, &first.binding, 12).unwrap(), ["b", "c"]);
        store.forget("count-0").unwrap();
        assert!(load(&store, &first.binding, 12).unwrap().is_empty());
    }

    #[test]
    fn a_checkpoint_of_another_cluster_one_beyond_the_end_and_an_old_one_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let mut saved = mark("one", 10);
        save(&store, &saved, &[("a", Some("1"))]);
        let refused = |binding: &Binding, end| load(&store, binding, end).unwrap_err().to_string();
        assert!(refused(&mark("two", 0).binding, 10).contains("\"two\""));
        assert!(refused(&saved.binding, 9).contains("beyond its changelog's end 9"));
        saved.made_at_s -= 85 * 3600;
        save(&store, &saved, &[]);
        assert!(refused(&saved.binding, 10).contains("85 hours old"));
    }

    #[test]
    fn a_damaged_folder_is_emptied_and_one_in_use_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let saved = mark("one", 10);
        {
            let store = Store::open(&path).unwrap();
            save(&store, &saved, &[("a", Some("1"))]);
            assert!(matches!(Store::open(&path), Err(StoreError::Locked)));
        }
        for entry in std::fs::read_dir(&path).unwrap() {
            let entry = entry.unwrap().path();
            if entry.is_file() {
                std::fs::write(&entry, b"garbage").unwrap();
            }
        }
        let store = Store::open(&path).unwrap();
        assert!(load(&store, &saved.binding, 10).unwrap().is_empty());
    }
}
