//! What changes the registry: registering, deleting, levels and modes. One at a time, under a lock,
//! each decided on a state that contains everything written before.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLockReadGuard};

use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use crate::compatibility::Level;
use crate::error::{Error, Refusal};
use crate::log::Log;
use crate::record::{Key, Reference, SchemaValue, Write};
use crate::store::{Store, Version};

/// The registry that requests share.
pub(crate) struct Registry {
    log: Arc<Log>,
    is_ready: AtomicBool,
    /// Taken by each change. It holds whether the state may lack a record that was given to Kafka:
    /// a write failed, or its client went away in the middle.
    one_at_a_time: Mutex<bool>,
}

impl Registry {
    pub(crate) fn new(log: Arc<Log>) -> Self {
        Self {
            log,
            is_ready: AtomicBool::new(false),
            one_at_a_time: Mutex::new(false),
        }
    }

    /// Waits until all older records are known.
    pub(crate) async fn catch_up(&self) -> Result<(), Error> {
        self.log.catch_up().await?;
        self.is_ready.store(true, Ordering::Release);
        Ok(())
    }

    /// False until it has caught up, and again when it must not go on.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire) && self.log.halt().is_none()
    }

    /// Id of the Kafka cluster that holds the records.
    pub(crate) fn kafka_cluster_id(&self) -> &str {
        self.log.cluster_id()
    }

    /// The state now.
    pub(crate) fn store(&self) -> RwLockReadGuard<'_, Store> {
        self.log
            .store
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no other change is under way and the state holds everything written before.
    async fn turn(&self) -> Result<MutexGuard<'_, bool>, Refusal> {
        let mut is_behind = self.one_at_a_time.lock().await;
        if *is_behind {
            self.log.write(&Write::noop()).await?;
            *is_behind = false;
        }
        Ok(is_behind)
    }

    async fn write_all(&self, is_behind: &mut bool, writes: &[Write]) -> Result<(), Refusal> {
        // Stays so when a write fails, and when this future is dropped with its connection.
        *is_behind = true;
        for write in writes {
            self.log.write(write).await?;
        }
        *is_behind = false;
        Ok(())
    }

    /// Registers a schema under a subject and gives its id.
    pub(crate) async fn register(
        &self,
        subject: &str,
        schema: &str,
        references: &[Reference],
    ) -> Result<i32, Refusal> {
        check_subject(subject)?;
        let mut turn = self.turn().await?;
        let (id, writes) = match self.plan_registration(subject, schema, references)? {
            Plan::Known(id) => return Ok(id),
            Plan::New(id, writes) => (id, writes),
        };
        self.write_all(&mut turn, &writes).await?;
        Ok(id)
    }

    fn plan_registration(
        &self,
        subject: &str,
        schema: &str,
        references: &[Reference],
    ) -> Result<Plan, Refusal> {
        let store = self.store();
        let proposal = store
            .propose(schema, references)
            .map_err(|reason| Refusal::invalid_schema(&reason))?;
        if let Some(known) = store.find(subject, &proposal, false) {
            return Ok(Plan::Known(known.id));
        }
        store.check_writable(subject)?;
        let messages = store.incompatibilities(subject, &proposal);
        if !messages.is_empty() {
            let details = messages.join(", ");
            let text = format!(
                "Schema being registered is incompatible with an earlier schema for subject \"{subject}\", details: [{details}]"
            );
            return Err(Refusal::new(40901, text));
        }
        let (id, version) = store.next(subject, &proposal);
        let mut writes = vec![Write::schema(&SchemaValue {
            subject: subject.to_owned(),
            version,
            id,
            references: proposal.text.references,
            schema: proposal.text.schema,
            deleted: false,
            ..SchemaValue::default()
        })];
        // The new version stands before its deleted twins go: a crash in between must not lose the
        // schema and its id.
        for twin in store.deleted_twins(subject, id) {
            let key = Key::Schema {
                subject: subject.to_owned(),
                version: twin,
            };
            writes.push(Write::tombstone(key));
        }
        Ok(Plan::New(id, writes))
    }

    /// Deletes one version: softly first, permanently when asked to.
    pub(crate) async fn delete_version(
        &self,
        subject: &str,
        wanted: Option<i32>,
        is_permanent: bool,
    ) -> Result<i32, Refusal> {
        let mut turn = self.turn().await?;
        let (number, write) = {
            let store = self.store();
            store.check_writable(subject)?;
            let version = store.version(subject, wanted, true)?;
            self.check_deletable(&store, subject, version, is_permanent)?;
            let key = Key::Schema {
                subject: subject.to_owned(),
                version: version.number,
            };
            let write = if is_permanent {
                Write::tombstone(key)
            } else {
                Write::schema(&soft_deleted(&store, subject, version)?)
            };
            (version.number, write)
        };
        self.write_all(&mut turn, &[write]).await?;
        Ok(number)
    }

    fn check_deletable(
        &self,
        store: &Store,
        subject: &str,
        version: Version,
        is_permanent: bool,
    ) -> Result<(), Refusal> {
        let number = version.number;
        // A soft-deleted schema can still be read by its id, so it needs what it refers to.
        if !store
            .referenced_by(subject, number, is_permanent)
            .is_empty()
        {
            let text = format!(
                "One or more references exist to the schema {{magic=1,keytype=SCHEMA,subject={subject},version={number}}}."
            );
            return Err(Refusal::new(42206, text));
        }
        match (version.is_deleted, is_permanent) {
            (true, false) => Err(Refusal::new(
                40406,
                format!(
                    "Subject '{subject}' Version {number} was soft deleted.Set permanent=true to delete permanently"
                ),
            )),
            (false, true) => Err(Refusal::new(
                40407,
                format!(
                    "Subject '{subject}' Version {number} was not deleted first before being permanently deleted"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Deletes a subject: all versions softly, or for good those that were deleted softly.
    pub(crate) async fn delete_subject(
        &self,
        subject: &str,
        is_permanent: bool,
    ) -> Result<Vec<i32>, Refusal> {
        let mut turn = self.turn().await?;
        let (numbers, writes) = self.plan_subject_deletion(subject, is_permanent)?;
        self.write_all(&mut turn, &writes).await?;
        Ok(numbers)
    }

    fn plan_subject_deletion(
        &self,
        subject: &str,
        is_permanent: bool,
    ) -> Result<(Vec<i32>, Vec<Write>), Refusal> {
        let store = self.store();
        store.check_writable(subject)?;
        let all = store.versions(subject, true);
        let live = store.versions(subject, false);
        let Some(last) = all.last() else {
            return Err(Refusal::no_subject(subject));
        };
        for version in &all {
            if !store
                .referenced_by(subject, version.number, is_permanent)
                .is_empty()
            {
                self.check_deletable(&store, subject, *version, version.is_deleted)?;
            }
        }
        if is_permanent {
            return plan_permanent_deletion(subject, &all, live.len());
        }
        if live.is_empty() {
            return Err(Refusal::new(
                40404,
                format!(
                    "Subject '{subject}' was soft deleted.Set permanent=true to delete permanently"
                ),
            ));
        }
        let value = json!({ "subject": subject, "version": last.number });
        let write = Write::json(
            Key::DeleteSubject {
                subject: subject.to_owned(),
            },
            &value,
        );
        Ok((
            live.iter().map(|version| version.number).collect(),
            vec![write],
        ))
    }

    /// Sets or unsets the compatibility level of a subject, or of all.
    pub(crate) async fn set_level(
        &self,
        subject: Option<&str>,
        level: Option<Level>,
    ) -> Result<(), Refusal> {
        let value = level.map(|level| ("compatibilityLevel", level.name().to_owned()));
        self.set(
            subject,
            Key::Config {
                subject: subject.map(str::to_owned),
            },
            value,
        )
        .await
    }

    /// Sets or unsets the mode of a subject, or of all.
    pub(crate) async fn set_mode(
        &self,
        subject: Option<&str>,
        mode: Option<&str>,
    ) -> Result<(), Refusal> {
        let value = mode.map(|mode| ("mode", mode.to_owned()));
        self.set(
            subject,
            Key::Mode {
                subject: subject.map(str::to_owned),
            },
            value,
        )
        .await
    }

    async fn set(
        &self,
        subject: Option<&str>,
        key: Key,
        value: Option<(&str, String)>,
    ) -> Result<(), Refusal> {
        subject.map_or(Ok(()), check_subject)?;
        let mut turn = self.turn().await?;
        if matches!(key, Key::Config { .. }) {
            self.store().check_writable(subject.unwrap_or_default())?;
        }
        let write = match value {
            None => Write::tombstone(key),
            Some((name, text)) => {
                let mut object = serde_json::Map::new();
                if let Some(subject) = subject {
                    object.insert("subject".to_owned(), Value::from(subject));
                }
                object.insert(name.to_owned(), Value::from(text));
                Write::json(key, &Value::Object(object))
            }
        };
        self.write_all(&mut turn, &[write]).await
    }
}

fn plan_permanent_deletion(
    subject: &str,
    all: &[Version],
    live: usize,
) -> Result<(Vec<i32>, Vec<Write>), Refusal> {
    if live > 0 {
        let text =
            format!("Subject '{subject}' was not deleted first before being permanently deleted");
        return Err(Refusal::new(40405, text));
    }
    let key = |version| Key::Schema {
        subject: subject.to_owned(),
        version,
    };
    let numbers: Vec<i32> = all.iter().map(|version| version.number).collect();
    let mut writes: Vec<Write> = numbers.iter().map(|n| Write::tombstone(key(*n))).collect();
    writes.push(Write::tombstone(Key::Config {
        subject: Some(subject.to_owned()),
    }));
    writes.push(Write::tombstone(Key::Mode {
        subject: Some(subject.to_owned()),
    }));
    Ok((numbers, writes))
}

enum Plan {
    Known(i32),
    New(i32, Vec<Write>),
}

fn soft_deleted(store: &Store, subject: &str, version: Version) -> Result<SchemaValue, Refusal> {
    let Some(text) = store.text(version.id) else {
        return Err(Refusal::no_schema(version.id));
    };
    Ok(SchemaValue {
        subject: subject.to_owned(),
        version: version.number,
        id: version.id,
        references: text.references.clone(),
        schema: text.schema.clone(),
        deleted: true,
        ..SchemaValue::default()
    })
}

/// Names that Confluent would read as contexts, or that it keeps for itself.
fn check_subject(subject: &str) -> Result<(), Refusal> {
    let is_bad = subject.is_empty()
        || subject.chars().any(char::is_control)
        || ["__GLOBAL", "__EMPTY"].contains(&subject)
        || subject.starts_with(":.")
        || subject.starts_with(":*:");
    if is_bad {
        return Err(Refusal::new(
            42208,
            format!("The specified subject '{subject}' is not a valid subject."),
        ));
    }
    Ok(())
}
