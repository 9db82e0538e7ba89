//! The registry's state: subjects, versions and ids, rebuilt from the records of `_schemas` alone.

use std::collections::BTreeMap;

use serde_json::Value;
use tracing::warn;

use crate::compatibility::Level;
use crate::error::Refusal;
use crate::record::{Key, Reference, SchemaValue};

/// Subject settings that apply where a subject has none of its own.
const GLOBAL: &str = "";

/// One version of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) number: i32,
    pub(crate) id: i32,
    pub(crate) is_deleted: bool,
}

/// The text behind an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) schema: String,
    pub(crate) references: Vec<Reference>,
}

/// Everything known from the log so far.
#[derive(Debug, Default)]
pub(crate) struct Store {
    subjects: BTreeMap<String, BTreeMap<i32, Version>>,
    pub(crate) texts: BTreeMap<i32, Text>,
    levels: BTreeMap<String, Level>,
    modes: BTreeMap<String, String>,
    pub(crate) largest_id: i32,
}

impl Store {
    /// Applies one record; what is not understood is logged and passed over.
    ///
    /// # Errors
    /// The record is understood, but writing on behind it would damage it; says what it holds.
    pub(crate) fn apply(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), &'static str> {
        let value = value.filter(|bytes| !bytes.is_empty());
        let Some(key) = Key::parse(key) else {
            warn!(key = %String::from_utf8_lossy(key), "a record of _schemas was not understood");
            return Ok(());
        };
        let parsed = value.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
        if value.is_some() && parsed.is_none() {
            warn!(?key, "a record of _schemas holds no JSON");
            return Ok(());
        }
        match key {
            Key::Schema { subject, version } => return self.apply_schema(subject, version, parsed),
            Key::Config { subject } => {
                let level = text_of(parsed.as_ref(), "compatibilityLevel").and_then(Level::parse);
                set(&mut self.levels, subject, level);
            }
            Key::Mode { subject } => {
                let mode = text_of(parsed.as_ref(), "mode").map(str::to_owned);
                set(&mut self.modes, subject, mode);
            }
            Key::DeleteSubject { subject } => self.delete_up_to(&subject, parsed.as_ref()),
            Key::ClearSubject { subject } => {
                for version in self.versions(&subject, true) {
                    if version.is_deleted {
                        self.forget(&subject, version.number);
                    }
                }
            }
            Key::Other => {}
        }
        Ok(())
    }

    fn apply_schema(
        &mut self,
        subject: String,
        number: i32,
        value: Option<Value>,
    ) -> Result<(), &'static str> {
        let Some(value) = value else {
            self.forget(&subject, number);
            return Ok(());
        };
        let Some(value) = SchemaValue::parse(&value) else {
            warn!(
                subject,
                number, "a schema record of _schemas was not understood"
            );
            return Ok(());
        };
        if let Some(what) = value.unsupported() {
            return Err(what);
        }
        self.largest_id = self.largest_id.max(value.id);
        let text = Text {
            schema: value.schema,
            references: value.references,
        };
        match self.texts.get(&value.id) {
            // One id, one text: a second text under a known id is another registry's mistake.
            Some(known) if known.schema != text.schema => {
                warn!(
                    id = value.id,
                    subject, "a record gives a known id another text; ignored"
                );
                return Ok(());
            }
            Some(_) => {}
            None => {
                self.texts.insert(value.id, text);
            }
        }
        let version = Version {
            number,
            id: value.id,
            is_deleted: value.deleted,
        };
        let replaced = self
            .subjects
            .entry(subject)
            .or_default()
            .insert(number, version);
        if let Some(replaced) = replaced {
            self.drop_if_unused(replaced.id);
        }
        Ok(())
    }

    fn forget(&mut self, subject: &str, number: i32) {
        let Some(versions) = self.subjects.get_mut(subject) else {
            return;
        };
        let Some(gone) = versions.remove(&number) else {
            return;
        };
        if versions.is_empty() {
            self.subjects.remove(subject);
        }
        self.drop_if_unused(gone.id);
    }

    fn drop_if_unused(&mut self, id: i32) {
        if self.uses(id, true).is_empty() {
            self.texts.remove(&id);
        }
    }

    fn delete_up_to(&mut self, subject: &str, value: Option<&Value>) {
        let last = value
            .and_then(|value| value.get("version"))
            .and_then(Value::as_i64);
        let Some(versions) = self.subjects.get_mut(subject) else {
            return;
        };
        for version in versions.values_mut() {
            if last.is_some_and(|last| i64::from(version.number) <= last) {
                version.is_deleted = true;
            }
        }
    }

    /// Subjects with a live version, or with any when `with_deleted`; sorted.
    pub(crate) fn subjects(&self, with_deleted: bool) -> Vec<&str> {
        let is_shown = |versions: &BTreeMap<i32, Version>| {
            versions
                .values()
                .any(|version| with_deleted || !version.is_deleted)
        };
        self.subjects
            .iter()
            .filter(|(_, versions)| is_shown(versions))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Versions of a subject, ascending; none when the subject is not there.
    pub(crate) fn versions(&self, subject: &str, with_deleted: bool) -> Vec<Version> {
        let versions = self
            .subjects
            .get(subject)
            .into_iter()
            .flat_map(BTreeMap::values);
        versions
            .filter(|version| with_deleted || !version.is_deleted)
            .copied()
            .collect()
    }

    /// The version asked for: a number, or the latest live one for `None`.
    pub(crate) fn version(
        &self,
        subject: &str,
        wanted: Option<i32>,
        with_deleted: bool,
    ) -> Result<Version, Refusal> {
        let versions = self.versions(subject, with_deleted);
        if versions.is_empty() {
            return Err(Refusal::no_subject(subject));
        }
        match wanted {
            None => {
                let live = versions.iter().rfind(|version| !version.is_deleted);
                live.copied().ok_or_else(|| Refusal::no_version(-1))
            }
            Some(number) => {
                let found = versions.iter().find(|version| version.number == number);
                found.copied().ok_or_else(|| Refusal::no_version(number))
            }
        }
    }

    /// The text of an id.
    pub(crate) fn text(&self, id: i32) -> Option<&Text> {
        self.texts.get(&id)
    }

    /// Subjects and versions that use an id.
    pub(crate) fn uses(&self, id: i32, with_deleted: bool) -> Vec<(&str, i32)> {
        let mut uses = Vec::new();
        for (subject, versions) in &self.subjects {
            for version in versions.values() {
                if version.id == id && (with_deleted || !version.is_deleted) {
                    uses.push((subject.as_str(), version.number));
                }
            }
        }
        uses
    }

    /// Ids of schemas that refer to this version: live ones, or all when `with_deleted`.
    pub(crate) fn referenced_by(&self, subject: &str, number: i32, with_deleted: bool) -> Vec<i32> {
        let refers = |text: &Text| {
            text.references
                .iter()
                .any(|r| r.subject == subject && r.version == number)
        };
        let ids = self
            .texts
            .iter()
            .filter(|(_, text)| refers(text))
            .map(|(id, _)| *id);
        ids.filter(|id| !self.uses(*id, with_deleted).is_empty())
            .collect()
    }

    /// Level of a subject, or of all (`None`); own ones only.
    pub(crate) fn level(&self, subject: Option<&str>) -> Option<Level> {
        self.levels.get(subject.unwrap_or(GLOBAL)).copied()
    }

    /// The level in force for a subject.
    pub(crate) fn level_in_force(&self, subject: &str) -> Level {
        self.level(Some(subject))
            .or_else(|| self.level(None))
            .unwrap_or(Level::Backward)
    }

    /// Mode of a subject, or of all (`None`); own ones only.
    pub(crate) fn mode(&self, subject: Option<&str>) -> Option<&str> {
        self.modes
            .get(subject.unwrap_or(GLOBAL))
            .map(String::as_str)
    }

    /// Refuses a write where the mode forbids it.
    pub(crate) fn check_writable(&self, subject: &str) -> Result<(), Refusal> {
        let mode = self
            .mode(Some(subject))
            .or_else(|| self.mode(None))
            .unwrap_or("READWRITE");
        if mode == "READWRITE" {
            return Ok(());
        }
        Err(Refusal::not_permitted(format!(
            "Subject {subject} in context  is in read-only mode"
        )))
    }
}

fn set<T>(map: &mut BTreeMap<String, T>, subject: Option<String>, value: Option<T>) {
    let key = subject.unwrap_or_else(|| GLOBAL.to_owned());
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

fn text_of<'a>(value: Option<&'a Value>, key: &str) -> Option<&'a str> {
    value?.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Write;

    fn written(store: &mut Store, write: &Write) {
        let value = write.value.as_deref().map(str::as_bytes);
        store.apply(&write.key.bytes(), value).unwrap();
    }

    fn version(subject: &str, version: i32, id: i32, schema: &str) -> Write {
        let (subject, schema) = (subject.to_owned(), schema.to_owned());
        Write::schema(&SchemaValue {
            subject,
            version,
            id,
            schema,
            ..SchemaValue::default()
        })
    }

    fn numbers(store: &Store, subject: &str, with_deleted: bool) -> Vec<i32> {
        store
            .versions(subject, with_deleted)
            .iter()
            .map(|version| version.number)
            .collect()
    }

    #[test]
    fn an_id_keeps_its_text() {
        let mut store = Store::default();
        written(&mut store, &version("a", 1, 1, "x"));
        written(&mut store, &version("a", 2, 1, "y"));
        assert_eq!(numbers(&store, "a", true), [1]);
        assert_eq!(store.text(1).unwrap().schema, "x");
    }

    #[test]
    fn deleting_a_subject_spares_versions_written_after_it() {
        let mut store = Store::default();
        written(&mut store, &version("a", 1, 1, "x"));
        written(&mut store, &version("a", 2, 2, "y"));
        let key = Key::DeleteSubject {
            subject: "a".to_owned(),
        };
        written(
            &mut store,
            &Write::json(key, &serde_json::json!({"subject": "a", "version": 2})),
        );
        assert!(store.subjects(false).is_empty());
        written(&mut store, &version("a", 3, 1, "x"));
        assert_eq!(numbers(&store, "a", false), [3]);
        assert_eq!(numbers(&store, "a", true), [1, 2, 3]);
    }

    #[test]
    fn a_text_goes_with_its_last_version_and_its_id_is_not_given_again() {
        let mut store = Store::default();
        written(&mut store, &version("a", 1, 5, "x"));
        written(&mut store, &version("b", 1, 5, "x"));
        let key = |subject: &str| Key::Schema {
            subject: subject.to_owned(),
            version: 1,
        };
        written(&mut store, &Write::tombstone(key("a")));
        assert!(store.text(5).is_some());
        written(&mut store, &Write::tombstone(key("b")));
        assert!(store.text(5).is_none());
        assert_eq!(store.largest_id, 5);
    }

    #[test]
    fn what_is_not_understood_changes_nothing_and_what_would_be_damaged_stops() {
        let mut store = Store::default();
        let first = version("a", 1, 1, "x");
        written(&mut store, &first);
        let key = first.key.bytes();
        assert_eq!(store.apply(&key, Some(b"{")), Ok(()));
        assert_eq!(store.apply(&key, Some(b"{}")), Ok(()));
        assert_eq!(store.apply(b"{", None), Ok(()));
        assert_eq!(numbers(&store, "a", false), [1]);
        let json = br#"{"subject":"a","version":2,"id":2,"schemaType":"JSON","schema":"{}"}"#;
        assert!(store.apply(&key, Some(json)).is_err());
        let karapace = br#"{"subject":"a","version":1,"id":1,"md5":"m","schemaType":"AVRO","references":null,"schema":"x","deleted":true,"offset":4,"ts":5}"#;
        assert_eq!(store.apply(&key, Some(karapace)), Ok(()));
        assert!(numbers(&store, "a", false).is_empty());
        assert_eq!(
            store.apply(&key, Some(b"")),
            Ok(()),
            "no bytes are a tombstone"
        );
        assert!(numbers(&store, "a", true).is_empty());
    }
}
