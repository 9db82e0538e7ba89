//! Schemas that clients send: understood, found again, and judged against what a subject holds.

use md5::{Digest, Md5};
use serde_json::Value;

use crate::canonical;
use crate::compatibility::{Incompatibility, Level, Schema, check};
use crate::error::Reason;
use crate::record::Reference;
use crate::store::{Store, Text, Version};

/// A schema as a client sent it, understood.
pub(crate) struct Proposal {
    pub(crate) text: Text,
    parsed: Schema,
}

impl Store {
    /// Understands a schema that a client sent.
    pub(crate) fn propose(
        &self,
        schema: &str,
        references: &[Reference],
    ) -> Result<Proposal, Reason> {
        let mut resolved = Vec::new();
        let mut pinned = Vec::new();
        for reference in references {
            pinned.push(self.pin(reference, false, &mut resolved)?);
        }
        let value: Value = serde_json::from_str(schema)
            .or_else(|error| bare_name(schema).ok_or_else(|| Reason::new(error.to_string())))?;
        let before = Schema::new(Value::Null, &resolved).defined_names();
        let text = canonical::print(&value, &before)?;
        validate(&text, &resolved)?;
        let parsed = Schema::new(value, &resolved);
        Ok(Proposal {
            text: Text {
                schema: text,
                references: pinned,
            },
            parsed,
        })
    }

    /// Fixes a reference to a version, and adds what it names, depth first.
    fn pin(
        &self,
        reference: &Reference,
        with_deleted: bool,
        resolved: &mut Vec<Value>,
    ) -> Result<Reference, Reason> {
        let wanted = (reference.version != -1).then_some(reference.version);
        let version = self
            .version(&reference.subject, wanted, with_deleted)
            .map_err(|refusal| {
                Reason::new(format!(
                    "reference {} is missing: {}",
                    reference.name, refusal.message
                ))
            })?;
        let text = self
            .text(version.id)
            .ok_or_else(|| Reason::new("the reference has no text"))?;
        for deeper in &text.references {
            // What an accepted schema refers to may have been soft-deleted since.
            self.pin(deeper, true, resolved)?;
        }
        match serde_json::from_str(&text.schema) {
            // Two references can lead to the same third schema.
            Ok(value) if resolved.contains(&value) => {}
            Ok(value) => resolved.push(value),
            Err(error) => return Err(Reason::new(error.to_string())),
        }
        Ok(Reference {
            version: version.number,
            ..reference.clone()
        })
    }

    fn parsed(&self, id: i32) -> Option<Schema> {
        let text = self.text(id)?;
        self.propose(&text.schema, &text.references)
            .ok()
            .map(|proposal| proposal.parsed)
    }

    /// The live version of a subject that says the same: the same id, or an equal schema.
    pub(crate) fn find(
        &self,
        subject: &str,
        proposal: &Proposal,
        with_deleted: bool,
    ) -> Option<Version> {
        let versions = self.versions(subject, with_deleted);
        let id = self.id_of(&proposal.text);
        let by_id = versions.iter().rfind(|version| Some(version.id) == id);
        let same = |version: &&Version| {
            let known = self.text(version.id);
            known.is_some_and(|known| {
                known.references == proposal.text.references
                    && serde_json::from_str::<Value>(&known.schema).ok()
                        == serde_json::from_str::<Value>(&proposal.text.schema).ok()
            })
        };
        by_id.or_else(|| versions.iter().rfind(same)).copied()
    }

    /// Id under which exactly this text is known, under any subject.
    fn id_of(&self, text: &Text) -> Option<i32> {
        let wanted = fingerprint(text);
        self.texts
            .iter()
            .find(|(_, known)| fingerprint(known) == wanted)
            .map(|(id, _)| *id)
    }

    /// What keeps a schema from joining the live versions of its subject.
    pub(crate) fn incompatibilities(&self, subject: &str, proposal: &Proposal) -> Vec<String> {
        let level = self.level_in_force(subject);
        let mut live = self.versions(subject, false);
        live.reverse();
        if !level.is_transitive() {
            live.truncate(1);
        }
        for version in live {
            let found = self.against(version, proposal, level);
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// What keeps a schema from standing beside one version, at a level.
    pub(crate) fn against(
        &self,
        version: Version,
        proposal: &Proposal,
        level: Level,
    ) -> Vec<String> {
        let Some(old) = self.parsed(version.id) else {
            return Vec::new();
        };
        let found = check(&proposal.parsed, &old, level);
        if found.is_empty() {
            return Vec::new();
        }
        let mut messages: Vec<String> = found.iter().map(message).collect();
        let text = self
            .text(version.id)
            .map_or("", |text| text.schema.as_str());
        messages.push(format!("{{oldSchemaVersion: {}}}", version.number));
        messages.push(format!("{{oldSchema: '{text}'}}"));
        messages.push(format!("{{compatibility: '{}'}}", level.name()));
        messages
    }

    /// Id and version that a new schema of a subject gets.
    pub(crate) fn next(&self, subject: &str, proposal: &Proposal) -> (i32, i32) {
        let id = self.id_of(&proposal.text).unwrap_or(self.largest_id + 1);
        let last = self
            .versions(subject, true)
            .last()
            .map_or(0, |version| version.number);
        (id, last + 1)
    }

    /// Soft-deleted versions of a subject with this id: they make room before it comes again.
    pub(crate) fn deleted_twins(&self, subject: &str, id: i32) -> Vec<i32> {
        let versions = self.versions(subject, true).into_iter();
        let twins = versions.filter(|version| version.is_deleted && version.id == id);
        twins
            .map(|v| v.number)
            .filter(|n| self.referenced_by(subject, *n, true).is_empty())
            .collect()
    }
}

fn message(found: &Incompatibility) -> String {
    format!(
        "{{errorType:'{}', description:'{}', additionalInfo:'{}'}}",
        found.kind, found.description, found.path
    )
}

/// A primitive may be sent as its bare name, without quotes.
fn bare_name(text: &str) -> Option<Value> {
    let name = text.trim();
    canonical::is_primitive(name).then(|| Value::from(name))
}

/// Parses strictly: names, symbols, and defaults that fit their type.
fn validate(text: &str, references: &[Value]) -> Result<(), Reason> {
    let known: Vec<String> = references.iter().map(Value::to_string).collect();
    let parsed = match known.is_empty() {
        true => apache_avro::Schema::parse_str(text).map(drop),
        false => apache_avro::Schema::parse_str_with_list(text, known).map(drop),
    };
    parsed.map_err(|error| Reason::new(error.to_string()))
}

/// MD5 over text and references: equal ones are one schema, with one id.
pub(crate) fn fingerprint(text: &Text) -> [u8; 16] {
    let mut hash = Md5::new();
    hash.update(text.schema.as_bytes());
    for reference in &text.references {
        hash.update(reference.name.as_bytes());
        hash.update(reference.subject.as_bytes());
        hash.update(reference.version.to_be_bytes());
    }
    hash.finalize().into()
}

/// A fingerprint as the UUID that other registries give a schema.
pub(crate) fn guid(text: &Text) -> String {
    let hex: String = fingerprint(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{SchemaValue, Write};

    #[test]
    fn the_guid_is_the_one_other_registries_give() {
        let text = Text {
            schema: r#""string""#.to_owned(),
            references: Vec::new(),
        };
        assert_eq!(guid(&text), "095d71cf-1255-6b9d-5e33-0ad575b3df5d");
    }

    fn hold(store: &mut Store, subject: &str, proposal: Proposal) {
        let (id, version) = store.next(subject, &proposal);
        let write = Write::schema(&SchemaValue {
            subject: subject.to_owned(),
            version,
            id,
            references: proposal.text.references,
            schema: proposal.text.schema,
            ..SchemaValue::default()
        });
        store
            .apply(
                &write.key.bytes(),
                write.value.as_deref().map(str::as_bytes),
            )
            .unwrap();
    }

    fn reference(name: &str, version: i32) -> Reference {
        Reference {
            name: name.to_owned(),
            subject: name.to_owned(),
            version,
        }
    }

    fn record(name: &str, types: &[&str]) -> String {
        let fields: Vec<Value> = types
            .iter()
            .enumerate()
            .map(|(place, kind)| serde_json::json!({"name": format!("f{place}"), "type": kind}))
            .collect();
        serde_json::json!({"type": "record", "name": name, "fields": fields}).to_string()
    }

    #[test]
    fn two_references_may_lead_to_the_same_third() {
        let mut store = Store::default();
        let base = store.propose(&record("t.D", &["int"]), &[]).unwrap();
        hold(&mut store, "t.D", base);
        for middle in ["t.B", "t.C"] {
            let text = record(middle, &["t.D"]);
            let proposal = store.propose(&text, &[reference("t.D", -1)]).unwrap();
            assert_eq!(proposal.text.references, [reference("t.D", 1)]);
            hold(&mut store, middle, proposal);
        }
        let both = [reference("t.B", 1), reference("t.C", 1)];
        let top = store
            .propose(&record("t.A", &["t.B", "t.C", "t.D"]), &both)
            .unwrap();
        assert!(
            top.text.schema.contains(r#"{"name":"f2","type":"D"}"#),
            "{}",
            top.text.schema
        );
        assert!(store.propose(&record("t.A", &["t.B"]), &[]).is_err());
        assert!(
            store
                .propose(&record("t.A", &["t.B"]), &[reference("t.B", 2)])
                .is_err()
        );
    }
}
