//! Whether data written with one Avro schema can be read with another, as Java's Avro decides it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::canonical::{defined_name, full_name, is_primitive, namespace_of};

/// Compatibility level of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    None,
    Backward,
    BackwardTransitive,
    Forward,
    ForwardTransitive,
    Full,
    FullTransitive,
}

impl Level {
    const ALL: [(Self, &'static str); 7] = [
        (Self::None, "NONE"),
        (Self::Backward, "BACKWARD"),
        (Self::BackwardTransitive, "BACKWARD_TRANSITIVE"),
        (Self::Forward, "FORWARD"),
        (Self::ForwardTransitive, "FORWARD_TRANSITIVE"),
        (Self::Full, "FULL"),
        (Self::FullTransitive, "FULL_TRANSITIVE"),
    ];

    /// The level of this name, in any case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let upper = name.to_uppercase();
        Self::ALL
            .iter()
            .find(|(_, known)| *known == upper)
            .map(|(level, _)| *level)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(level, _)| *level == self)
            .map_or("NONE", |(_, name)| name)
    }

    pub(crate) const fn is_transitive(self) -> bool {
        matches!(
            self,
            Self::BackwardTransitive | Self::ForwardTransitive | Self::FullTransitive
        )
    }

    const fn wants_backward(self) -> bool {
        matches!(
            self,
            Self::Backward | Self::BackwardTransitive | Self::Full | Self::FullTransitive
        )
    }

    const fn wants_forward(self) -> bool {
        matches!(
            self,
            Self::Forward | Self::ForwardTransitive | Self::Full | Self::FullTransitive
        )
    }
}

/// A schema with the definitions of every name it uses.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    root: Value,
    names: BTreeMap<String, (Map<String, Value>, String)>,
}

impl Schema {
    /// From a parsed schema and the parsed schemas it refers to.
    pub(crate) fn new(root: Value, references: &[Value]) -> Self {
        let mut names = BTreeMap::new();
        for reference in references {
            collect(reference, "", &mut names);
        }
        collect(&root, "", &mut names);
        Self { root, names }
    }

    pub(crate) fn defined_names(&self) -> BTreeSet<String> {
        self.names.keys().cloned().collect()
    }
}

fn collect(
    schema: &Value,
    enclosing: &str,
    names: &mut BTreeMap<String, (Map<String, Value>, String)>,
) {
    match schema {
        Value::Array(branches) => {
            for branch in branches {
                collect(branch, enclosing, names);
            }
        }
        Value::Object(object) => {
            let full = match object.get("type").and_then(Value::as_str) {
                Some("record" | "error" | "enum" | "fixed") => defined_name(object, enclosing),
                _ => None,
            };
            let namespace = full.as_deref().map_or(enclosing, namespace_of).to_owned();
            if let Some(full) = full {
                names.insert(full, (object.clone(), enclosing.to_owned()));
            }
            for inner in ["type", "items", "values"]
                .iter()
                .filter_map(|key| object.get(*key))
            {
                collect(inner, &namespace, names);
            }
            for field in object
                .get("fields")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                if let Some(inner) = field.get("type") {
                    collect(inner, &namespace, names);
                }
            }
        }
        _ => {}
    }
}

/// One way in which a reader cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Incompatibility {
    pub(crate) kind: &'static str,
    pub(crate) description: String,
    pub(crate) path: String,
}

/// What keeps `new` from being used beside `old` at this level; empty when nothing does.
pub(crate) fn check(new: &Schema, old: &Schema, level: Level) -> Vec<Incompatibility> {
    let mut found = Vec::new();
    if level.wants_backward() {
        found.extend(can_read(new, old));
    }
    if level.wants_forward() {
        found.extend(can_read(old, new));
    }
    found
}

fn can_read(reader: &Schema, writer: &Schema) -> Vec<Incompatibility> {
    let mut check = Check {
        reader,
        writer,
        met: BTreeSet::new(),
    };
    let reader_root = At {
        schema: &reader.root,
        namespace: String::new(),
    };
    let writer_root = At {
        schema: &writer.root,
        namespace: String::new(),
    };
    check.compare(&reader_root, &writer_root, "")
}

/// A schema and the namespace it stands in.
#[derive(Clone)]
struct At<'a> {
    schema: &'a Value,
    namespace: String,
}

/// A schema with names and wrappers resolved.
enum Node<'a> {
    Primitive(&'a str),
    Union(Vec<At<'a>>),
    Array(At<'a>),
    Map(At<'a>),
    Named {
        kind: &'a str,
        full: String,
        object: &'a Map<String, Value>,
    },
    Unknown,
}

impl Node<'_> {
    fn kind(&self) -> &str {
        match self {
            Self::Primitive(name) => name,
            Self::Union(_) => "union",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Named { kind, .. } => kind,
            Self::Unknown => "unknown",
        }
    }
}

fn resolve<'a>(owner: &'a Schema, at: &At<'a>) -> Node<'a> {
    let inner = |schema: &'a Value| At {
        schema,
        namespace: at.namespace.clone(),
    };
    match at.schema {
        Value::String(name) if is_primitive(name) => Node::Primitive(name),
        Value::String(name) => {
            let full = full_name(name, &at.namespace);
            let found = owner
                .names
                .get_key_value(&full)
                .or_else(|| owner.names.get_key_value(name));
            match found {
                Some((full, (object, _))) => named(full.clone(), object),
                None => Node::Unknown,
            }
        }
        Value::Array(branches) => Node::Union(branches.iter().map(inner).collect()),
        Value::Object(object) => match object.get("type") {
            Some(Value::String(kind)) => match kind.as_str() {
                "record" | "error" | "enum" | "fixed" => defined_name(object, &at.namespace)
                    .map_or(Node::Unknown, |full| named(full, object)),
                "array" => object
                    .get("items")
                    .map_or(Node::Unknown, |items| Node::Array(inner(items))),
                "map" => object
                    .get("values")
                    .map_or(Node::Unknown, |values| Node::Map(inner(values))),
                _ => object
                    .get("type")
                    .map_or(Node::Unknown, |kind| resolve(owner, &inner(kind))),
            },
            Some(nested) => resolve(owner, &inner(nested)),
            None => Node::Unknown,
        },
        _ => Node::Unknown,
    }
}

fn named(full: String, object: &Map<String, Value>) -> Node<'_> {
    let kind = object
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or("unknown");
    Node::Named { kind, full, object }
}

struct Check<'a> {
    reader: &'a Schema,
    writer: &'a Schema,
    /// Pairs of names under comparison: recursive types end here.
    met: BTreeSet<(String, String)>,
}

impl<'a> Check<'a> {
    fn compare(&mut self, reader: &At<'a>, writer: &At<'a>, path: &str) -> Vec<Incompatibility> {
        let read = resolve(self.reader, reader);
        let written = resolve(self.writer, writer);
        match (&read, &written) {
            (_, Node::Union(branches)) => {
                let mut found = Vec::new();
                for branch in branches {
                    found.extend(self.compare(reader, branch, path));
                }
                found
            }
            (Node::Union(branches), _) => {
                let is_readable = branches
                    .iter()
                    .any(|branch| self.compare(branch, writer, path).is_empty());
                if is_readable {
                    return Vec::new();
                }
                let description = format!("reader union lacking writer type: {}", written.kind());
                vec![mismatch("MISSING_UNION_BRANCH", description, path)]
            }
            (Node::Array(read), Node::Array(written)) => {
                self.compare(read, written, &format!("{path}/items"))
            }
            (Node::Map(read), Node::Map(written)) => {
                self.compare(read, written, &format!("{path}/values"))
            }
            (Node::Named { .. }, Node::Named { .. }) => self.compare_named(&read, &written, path),
            (Node::Primitive(read), Node::Primitive(written)) if promotes(written, read) => {
                Vec::new()
            }
            _ => vec![type_mismatch(&read, &written, path)],
        }
    }

    fn compare_named(
        &mut self,
        read: &Node<'a>,
        written: &Node<'a>,
        path: &str,
    ) -> Vec<Incompatibility> {
        let (
            Node::Named { kind, full, object },
            Node::Named {
                kind: written_kind,
                full: written_full,
                object: written_object,
            },
        ) = (read, written)
        else {
            return vec![type_mismatch(read, written, path)];
        };
        if kind != written_kind {
            return vec![type_mismatch(read, written, path)];
        }
        if !self.met.insert((full.clone(), written_full.clone())) {
            return Vec::new();
        }
        let mut found = Vec::new();
        if !names_agree(full, object, written_full) {
            let description = format!("expected: {written_full}");
            found.push(mismatch(
                "NAME_MISMATCH",
                description,
                &format!("{path}/name"),
            ));
        }
        found.extend(match *kind {
            "enum" => compare_enums(object, written_object, path),
            "fixed" if object.get("size") != written_object.get("size") => {
                let description = "the sizes differ".to_owned();
                vec![mismatch(
                    "FIXED_SIZE_MISMATCH",
                    description,
                    &format!("{path}/size"),
                )]
            }
            "fixed" => Vec::new(),
            _ => self.compare_fields((full, object), (written_full, written_object), path),
        });
        self.met.remove(&(full.clone(), written_full.clone()));
        found
    }

    fn compare_fields(
        &mut self,
        (full, object): (&str, &'a Map<String, Value>),
        (written_full, written_object): (&str, &'a Map<String, Value>),
        path: &str,
    ) -> Vec<Incompatibility> {
        let mut found = Vec::new();
        let written_fields: Vec<&Value> = fields(written_object).collect();
        for (index, field) in fields(object).enumerate() {
            let Some(schema) = field.get("type") else {
                continue;
            };
            let path = format!("{path}/fields/{index}");
            let read_at = At {
                schema,
                namespace: namespace_of(full).to_owned(),
            };
            match written_fields
                .iter()
                .find(|written| field_agrees(field, written))
            {
                Some(written) => {
                    let Some(schema) = written.get("type") else {
                        continue;
                    };
                    let at = At {
                        schema,
                        namespace: namespace_of(written_full).to_owned(),
                    };
                    found.extend(self.compare(&read_at, &at, &format!("{path}/type")));
                }
                None if field.get("default").is_some() => {}
                None => {
                    let name = field
                        .get("name")
                        .and_then(Value::as_str)
                        .unwrap_or_default();
                    found.push(mismatch(
                        "READER_FIELD_MISSING_DEFAULT_VALUE",
                        name.to_owned(),
                        &path,
                    ));
                }
            }
        }
        found
    }
}

fn fields(object: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    object
        .get("fields")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn strings<'a>(object: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a str> {
    object
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn field_agrees(read: &Value, written: &Value) -> bool {
    let name = written.get("name");
    let aliases = read.get("aliases").and_then(Value::as_array);
    read.get("name") == name
        || aliases.is_some_and(|aliases| aliases.iter().any(|alias| Some(alias) == name))
}

/// Names match without their namespace, or by the reader's aliases.
fn names_agree(full: &str, object: &Map<String, Value>, written_full: &str) -> bool {
    let simple = |name: &str| {
        name.rsplit_once('.')
            .map_or(name, |(_, last)| last)
            .to_owned()
    };
    simple(full) == simple(written_full)
        || strings(object, "aliases")
            .any(|alias| full_name(alias, namespace_of(full)) == written_full)
}

fn compare_enums(
    read: &Map<String, Value>,
    written: &Map<String, Value>,
    path: &str,
) -> Vec<Incompatibility> {
    let known: BTreeSet<&str> = strings(read, "symbols").collect();
    let lost: Vec<&str> = strings(written, "symbols")
        .filter(|symbol| !known.contains(symbol))
        .collect();
    if lost.is_empty() || read.get("default").is_some() {
        return Vec::new();
    }
    let description = format!("[{}]", lost.join(", "));
    vec![mismatch(
        "MISSING_ENUM_SYMBOLS",
        description,
        &format!("{path}/symbols"),
    )]
}

fn promotes(written: &str, read: &str) -> bool {
    written == read
        || matches!(
            (written, read),
            ("int", "long" | "float" | "double")
                | ("long", "float" | "double")
                | ("float", "double")
                | ("string", "bytes")
                | ("bytes", "string")
        )
}

fn type_mismatch(read: &Node<'_>, written: &Node<'_>, path: &str) -> Incompatibility {
    let description = format!(
        "reader type: {} not compatible with writer type: {}",
        read.kind(),
        written.kind()
    );
    mismatch("TYPE_MISMATCH", description, path)
}

fn mismatch(kind: &'static str, description: String, path: &str) -> Incompatibility {
    let path = if path.is_empty() {
        "/".to_owned()
    } else {
        path.to_owned()
    };
    Incompatibility {
        kind,
        description,
        path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Schema {
        Schema::new(serde_json::from_str(text).unwrap(), &[])
    }

    fn reads(reader: &str, writer: &str) -> bool {
        can_read(&schema(reader), &schema(writer)).is_empty()
    }

    #[test]
    fn numbers_promote_upwards_only() {
        assert!(reads(r#""double""#, r#""int""#));
        assert!(!reads(r#""int""#, r#""long""#));
        assert!(reads(r#"["null","long"]"#, r#""int""#));
        assert!(!reads(r#""int""#, r#"["null","int"]"#));
    }

    #[test]
    fn a_new_field_needs_a_default_to_read_old_data() {
        let old = r#"{"type":"record","name":"t.A","fields":[{"name":"v","type":"double"}]}"#;
        let with = r#"{"type":"record","name":"t.A","fields":[{"name":"v","type":"double"},{"name":"n","type":"string","default":""}]}"#;
        let without = r#"{"type":"record","name":"t.A","fields":[{"name":"v","type":"double"},{"name":"n","type":"string"}]}"#;
        assert!(reads(with, old) && reads(old, with));
        assert!(!reads(without, old) && reads(old, without));
    }

    #[test]
    fn an_unknown_symbol_needs_a_default_symbol() {
        let two = r#"{"type":"enum","name":"E","symbols":["a","b"]}"#;
        let one = r#"{"type":"enum","name":"E","symbols":["a"]}"#;
        let fallback = r#"{"type":"enum","name":"E","symbols":["a"],"default":"a"}"#;
        assert!(!reads(one, two));
        assert!(reads(fallback, two) && reads(two, one));
    }

    #[test]
    fn a_name_may_be_defined_here_and_repeated_there() {
        let inline = r#"{"type":"record","name":"t.A","fields":[{"name":"b","type":{"type":"record","name":"B","fields":[{"name":"x","type":"int"}]}},{"name":"c","type":"B"}]}"#;
        let swapped = r#"{"type":"record","name":"t.A","fields":[{"name":"c","type":{"type":"record","name":"B","fields":[{"name":"x","type":"int"}]}},{"name":"b","type":"B"}]}"#;
        assert!(reads(inline, swapped) && reads(swapped, inline));
    }

    #[test]
    fn recursive_types_end() {
        let tree = r#"{"type":"record","name":"T","fields":[{"name":"next","type":["null","T"],"default":null}]}"#;
        assert!(reads(tree, tree));
    }
}
