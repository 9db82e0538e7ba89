//! Records of the `_schemas` topic, in Confluent's form. Key bytes are the compaction identity and
//! must be exact: a tombstone under another spelling deletes nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A schema that another one refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) version: i32,
}

/// Value of a SCHEMA record; field order is Confluent's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SchemaValue {
    pub(crate) subject: String,
    pub(crate) version: i32,
    pub(crate) id: i32,
    #[serde(default, rename = "schemaType", skip_serializing)]
    pub(crate) schema_type: Option<String>,
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "null_as_empty"
    )]
    pub(crate) references: Vec<Reference>,
    #[serde(default, skip_serializing)]
    pub(crate) metadata: Option<Value>,
    #[serde(default, rename = "ruleSet", skip_serializing)]
    pub(crate) rule_set: Option<Value>,
    pub(crate) schema: String,
    #[serde(default)]
    pub(crate) deleted: bool,
}

fn null_as_empty<'de, D>(deserializer: D) -> Result<Vec<Reference>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl SchemaValue {
    pub(crate) fn parse(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }

    /// What this registry would lose or misread, were it to write on behind this record.
    pub(crate) fn unsupported(&self) -> Option<&'static str> {
        if self
            .schema_type
            .as_deref()
            .is_some_and(|kind| kind != "AVRO")
        {
            return Some("a schema that is not Avro");
        }
        if self.metadata.is_some() || self.rule_set.is_some() {
            return Some("a schema with metadata or rules");
        }
        if self.subject.starts_with(":.") || self.subject.starts_with(":*:") {
            return Some("a subject in a named context");
        }
        None
    }
}

/// What a record is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Schema {
        subject: String,
        version: i32,
    },
    Config {
        subject: Option<String>,
    },
    Mode {
        subject: Option<String>,
    },
    DeleteSubject {
        subject: String,
    },
    ClearSubject {
        subject: String,
    },
    /// NOOP, and what newer registries write and older ones skip.
    Other,
}

impl Key {
    /// Reads a key; `None` when it is no JSON or lacks what its type needs.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let subject = value
            .get("subject")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let key = match value.get("keytype")?.as_str()? {
            "SCHEMA" => {
                let version = i32::try_from(value.get("version")?.as_i64()?).ok()?;
                Self::Schema {
                    subject: subject?,
                    version,
                }
            }
            "CONFIG" => Self::Config { subject },
            "MODE" => Self::Mode { subject },
            "DELETE_SUBJECT" => Self::DeleteSubject { subject: subject? },
            "CLEAR_SUBJECT" => Self::ClearSubject { subject: subject? },
            _ => Self::Other,
        };
        Some(key)
    }

    /// The exact bytes of this key.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let quoted = |text: &str| Value::from(text).to_string();
        let with = |keytype: &str, subject: &Option<String>| match subject {
            Some(subject) => {
                format!(
                    "{{\"keytype\":\"{keytype}\",\"subject\":{},\"magic\":0}}",
                    quoted(subject)
                )
            }
            None => format!("{{\"keytype\":\"{keytype}\",\"magic\":0}}"),
        };
        let text = match self {
            Self::Schema { subject, version } => format!(
                "{{\"keytype\":\"SCHEMA\",\"subject\":{},\"version\":{version},\"magic\":1}}",
                quoted(subject)
            ),
            Self::Config { subject } => with("CONFIG", subject),
            Self::Mode { subject } => with("MODE", subject),
            Self::DeleteSubject { subject } => with("DELETE_SUBJECT", &Some(subject.clone())),
            Self::ClearSubject { subject } => with("CLEAR_SUBJECT", &Some(subject.clone())),
            Self::Other => with("NOOP", &None),
        };
        text.into_bytes()
    }
}

/// One record to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) key: Key,
    /// `None` is a tombstone.
    pub(crate) value: Option<String>,
}

impl Write {
    pub(crate) fn schema(value: &SchemaValue) -> Self {
        let key = Key::Schema {
            subject: value.subject.clone(),
            version: value.version,
        };
        Self {
            key,
            value: serde_json::to_string(value).ok(),
        }
    }

    pub(crate) fn tombstone(key: Key) -> Self {
        Self { key, value: None }
    }

    pub(crate) fn json(key: Key, value: &Value) -> Self {
        Self {
            key,
            value: Some(value.to_string()),
        }
    }

    pub(crate) fn noop() -> Self {
        Self::tombstone(Key::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_spelled_as_confluent_spells_them() {
        let subject = || "line-value".to_owned();
        let golden = [
            (
                Key::Schema {
                    subject: subject(),
                    version: 1,
                },
                r#"{"keytype":"SCHEMA","subject":"line-value","version":1,"magic":1}"#,
            ),
            (
                Key::Config {
                    subject: Some(subject()),
                },
                r#"{"keytype":"CONFIG","subject":"line-value","magic":0}"#,
            ),
            (
                Key::Config { subject: None },
                r#"{"keytype":"CONFIG","magic":0}"#,
            ),
            (
                Key::DeleteSubject { subject: subject() },
                r#"{"keytype":"DELETE_SUBJECT","subject":"line-value","magic":0}"#,
            ),
            (Key::Other, r#"{"keytype":"NOOP","magic":0}"#),
        ];
        for (key, bytes) in golden {
            assert_eq!(String::from_utf8(key.bytes()).unwrap(), bytes);
            assert_eq!(Key::parse(bytes.as_bytes()).unwrap(), key);
        }
    }

    #[test]
    fn a_schema_record_holds_what_confluent_reads() {
        let value = SchemaValue {
            subject: "s".into(),
            version: 1,
            id: 7,
            schema: "\"int\"".into(),
            ..SchemaValue::default()
        };
        let golden = r#"{"subject":"s","version":1,"id":7,"schema":"\"int\"","deleted":false}"#;
        assert_eq!(Write::schema(&value).value.as_deref(), Some(golden));
    }
}
