//! The canonical text of a schema: what Java's Avro prints after parsing it.
//!
//! The text is what is stored, hashed and served, so it must come out byte for byte as another
//! registry would write it. Attributes come in a fixed order, names are shortened inside their
//! namespace, and properties nobody knows keep their place.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::error::Reason;

const PRIMITIVES: [&str; 8] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];
const SCHEMA_WORDS: [&str; 10] = [
    "type",
    "name",
    "namespace",
    "doc",
    "fields",
    "items",
    "values",
    "symbols",
    "size",
    "aliases",
];
/// Only an enum has a default; elsewhere the word is a property of the user's.
const ENUM_WORDS: [&str; 11] = [
    "type",
    "name",
    "namespace",
    "doc",
    "fields",
    "items",
    "values",
    "symbols",
    "size",
    "aliases",
    "default",
];
const FIELD_WORDS: [&str; 6] = ["name", "type", "doc", "default", "order", "aliases"];

/// True for the eight types without a name.
pub(crate) fn is_primitive(name: &str) -> bool {
    PRIMITIVES.contains(&name)
}

/// Full name of `name` inside `enclosing`: dotted names stand for themselves.
pub(crate) fn full_name(name: &str, enclosing: &str) -> String {
    if name.contains('.') || enclosing.is_empty() {
        name.to_owned()
    } else {
        format!("{enclosing}.{name}")
    }
}

/// Namespace of a full name, empty for none.
pub(crate) fn namespace_of(full: &str) -> &str {
    full.rsplit_once('.').map_or("", |(namespace, _)| namespace)
}

fn simple(full: &str) -> &str {
    full.rsplit_once('.').map_or(full, |(_, name)| name)
}

/// The full name a definition gives itself.
pub(crate) fn defined_name(object: &Map<String, Value>, enclosing: &str) -> Option<String> {
    let name = object.get("name")?.as_str()?;
    match object.get("namespace").and_then(Value::as_str) {
        Some(namespace) if !name.contains('.') => Some(full_name(name, namespace)),
        _ => Some(full_name(name, enclosing)),
    }
}

/// Prints a parsed schema canonically. `known` holds the full names that references define.
///
/// # Errors
/// A part of the schema has no type, or a name that nobody defined.
pub(crate) fn print(schema: &Value, known: &BTreeSet<String>) -> Result<String, Reason> {
    let mut printer = Printer {
        out: String::new(),
        known: known.clone(),
    };
    printer.schema(schema, "")?;
    Ok(printer.out)
}

struct Printer {
    out: String,
    known: BTreeSet<String>,
}

impl Printer {
    fn schema(&mut self, schema: &Value, enclosing: &str) -> Result<(), Reason> {
        match schema {
            Value::String(name) => self.name(name, enclosing),
            Value::Array(branches) => self.list(branches, |printer, branch| {
                printer.schema(branch, enclosing)
            }),
            Value::Object(object) => self.object(object, enclosing),
            other => Err(Reason::new(format!("`{other}` is no schema"))),
        }
    }

    fn list(
        &mut self,
        items: &[Value],
        mut each: impl FnMut(&mut Self, &Value) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            each(self, item)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn name(&mut self, name: &str, enclosing: &str) -> Result<(), Reason> {
        if is_primitive(name) {
            self.text(name);
            return Ok(());
        }
        let full = full_name(name, enclosing);
        let full = if self.known.contains(&full) {
            full
        } else {
            name.to_owned()
        };
        if !self.known.contains(&full) {
            return Err(Reason::new(format!("\"{name}\" is not a defined name")));
        }
        if namespace_of(&full) == enclosing {
            self.text(simple(&full));
        } else {
            self.text(&full);
        }
        Ok(())
    }

    fn object(&mut self, object: &Map<String, Value>, enclosing: &str) -> Result<(), Reason> {
        let kind = match object.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            _ => return Err(Reason::new("No type")),
        };
        match kind {
            "record" | "error" | "enum" | "fixed" => self.definition(kind, object, enclosing),
            "array" => self.container("array", "items", object, enclosing),
            "map" => self.container("map", "values", object, enclosing),
            primitive => self.annotated(primitive, object, enclosing),
        }
    }

    fn annotated(
        &mut self,
        name: &str,
        object: &Map<String, Value>,
        enclosing: &str,
    ) -> Result<(), Reason> {
        let has_properties = object
            .keys()
            .any(|key| !SCHEMA_WORDS.contains(&key.as_str()));
        if !is_primitive(name) || !has_properties {
            return self.name(name, enclosing);
        }
        self.out.push_str("{\"type\":");
        self.text(name);
        self.properties(object, &SCHEMA_WORDS);
        self.out.push('}');
        Ok(())
    }

    fn container(
        &mut self,
        kind: &str,
        inner: &str,
        object: &Map<String, Value>,
        enclosing: &str,
    ) -> Result<(), Reason> {
        let Some(schema) = object.get(inner) else {
            return Err(Reason::new(format!("{kind} has no {inner}")));
        };
        self.out.push_str("{\"type\":");
        self.text(kind);
        self.attribute(inner);
        self.schema(schema, enclosing)?;
        self.properties(object, &SCHEMA_WORDS);
        self.out.push('}');
        Ok(())
    }

    fn definition(
        &mut self,
        kind: &str,
        object: &Map<String, Value>,
        enclosing: &str,
    ) -> Result<(), Reason> {
        let Some(full) = defined_name(object, enclosing) else {
            return Err(Reason::new(format!("No name in schema: {kind}")));
        };
        if !self.known.insert(full.clone()) {
            return Err(Reason::new(format!("Can't redefine: {full}")));
        }
        let namespace = namespace_of(&full).to_owned();
        self.out.push_str("{\"type\":");
        self.text(kind);
        self.attribute("name");
        self.text(simple(&full));
        if namespace != enclosing {
            self.attribute("namespace");
            self.text(&namespace);
        }
        self.copied(object, "doc");
        match kind {
            "enum" => {
                self.copied(object, "symbols");
                self.copied(object, "default");
            }
            "fixed" => self.copied(object, "size"),
            _ => {
                self.attribute("fields");
                let fields = object.get("fields").and_then(Value::as_array);
                let Some(fields) = fields else {
                    return Err(Reason::new(format!("record {full} has no fields")));
                };
                self.list(fields, |printer, field| printer.field(field, &namespace))?;
            }
        }
        let words: &[&str] = if kind == "enum" {
            &ENUM_WORDS
        } else {
            &SCHEMA_WORDS
        };
        self.properties(object, words);
        self.aliases(object, &namespace);
        self.out.push('}');
        Ok(())
    }

    fn field(&mut self, field: &Value, enclosing: &str) -> Result<(), Reason> {
        let Some(object) = field.as_object() else {
            return Err(Reason::new(format!("`{field}` is no field")));
        };
        let (Some(name), Some(schema)) = (
            object.get("name").and_then(Value::as_str),
            object.get("type"),
        ) else {
            return Err(Reason::new(format!(
                "a field without name or type: {field}"
            )));
        };
        self.out.push_str("{\"name\":");
        self.text(name);
        self.attribute("type");
        self.schema(schema, enclosing)?;
        self.copied(object, "doc");
        self.copied(object, "default");
        self.order(object)?;
        if object
            .get("aliases")
            .and_then(Value::as_array)
            .is_some_and(|all| !all.is_empty())
        {
            self.copied(object, "aliases");
        }
        self.properties(object, &FIELD_WORDS);
        self.out.push('}');
        Ok(())
    }

    fn order(&mut self, field: &Map<String, Value>) -> Result<(), Reason> {
        let Some(order) = field.get("order").and_then(Value::as_str) else {
            return Ok(());
        };
        match order.to_lowercase().as_str() {
            "ascending" => {}
            order @ ("descending" | "ignore") => {
                self.attribute("order");
                self.text(order);
            }
            other => {
                return Err(Reason::new(format!(
                    "a field has the unknown order {other}"
                )));
            }
        }
        Ok(())
    }

    fn aliases(&mut self, object: &Map<String, Value>, namespace: &str) {
        let Some(aliases) = object.get("aliases").and_then(Value::as_array) else {
            return;
        };
        let mut shortened: Vec<&str> = Vec::new();
        for alias in aliases.iter().filter_map(Value::as_str) {
            let is_near = namespace_of(alias) == namespace;
            let alias = if is_near { simple(alias) } else { alias };
            if !shortened.contains(&alias) {
                shortened.push(alias);
            }
        }
        if shortened.is_empty() {
            return;
        }
        self.attribute("aliases");
        self.out.push_str(&Value::from(shortened).to_string());
    }

    fn copied(&mut self, object: &Map<String, Value>, key: &str) {
        if let Some(value) = object.get(key) {
            self.attribute(key);
            self.value(value);
        }
    }

    fn properties(&mut self, object: &Map<String, Value>, words: &[&str]) {
        for (key, value) in object {
            if !words.contains(&key.as_str()) {
                self.attribute(key);
                self.value(value);
            }
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (place, (key, member)) in members.iter().enumerate() {
                    self.out.push(if place == 0 { '{' } else { ',' });
                    self.text(key);
                    self.out.push(':');
                    self.value(member);
                }
                self.out
                    .push_str(if members.is_empty() { "{}" } else { "}" });
            }
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    self.out.push(if place == 0 { '[' } else { ',' });
                    self.value(item);
                }
                self.out.push_str(if items.is_empty() { "[]" } else { "]" });
            }
            Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
                Some(double) => self.out.push_str(&java_double(double)),
                None => self.out.push_str(&number.to_string()),
            },
            Value::String(text) => self.text(text),
            Value::Bool(_) | Value::Null => self.out.push_str(&value.to_string()),
        }
    }

    fn attribute(&mut self, key: &str) {
        self.out.push(',');
        self.text(key);
        self.out.push(':');
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                // Java writes these digits in upper case, serde_json in lower case.
                '\0'..'\u{20}' => {
                    self.out.push_str(&format!("\\u{:04X}", u32::from(letter)));
                }
                _ => self.out.push(letter),
            }
        }
        self.out.push('"');
    }
}

/// Java's `Double.toString`: plain from 0.001 up to 10 million, else with an exponent.
fn java_double(double: f64) -> String {
    if double == 0.0 || (1e-3..1e7).contains(&double.abs()) {
        return format!("{double:?}");
    }
    let scientific = format!("{double:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!("{digits}E{exponent}"),
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        print(&serde_json::from_str(text).unwrap(), &BTreeSet::new()).unwrap()
    }

    #[test]
    fn attributes_come_in_javas_order_without_blanks() {
        let text = r#"{ "fields": [ {"type": {"type": "double"}, "name": "v"} ], "namespace": "t", "name": "Line", "type": "record" }"#;
        let canonical = r#"{"type":"record","name":"Line","namespace":"t","fields":[{"name":"v","type":"double"}]}"#;
        assert_eq!(printed(text), canonical);
        assert_eq!(printed(canonical), canonical);
    }

    #[test]
    fn a_name_used_again_is_short_inside_its_namespace() {
        let text = r#"{"type":"record","name":"t.A","fields":[{"name":"e","type":{"type":"enum","name":"E","symbols":["x"]}},{"name":"f","type":["null","t.E"],"default":null}]}"#;
        let canonical = r#"{"type":"record","name":"A","namespace":"t","fields":[{"name":"e","type":{"type":"enum","name":"E","symbols":["x"]}},{"name":"f","type":["null","E"],"default":null}]}"#;
        assert_eq!(printed(text), canonical);
    }

    #[test]
    fn properties_keep_their_order_and_numbers_are_reprinted() {
        let text = r#"{"type":"long","b":1.50,"logicalType":"timestamp-micros"}"#;
        assert_eq!(
            printed(text),
            r#"{"type":"long","b":1.5,"logicalType":"timestamp-micros"}"#
        );
    }

    #[test]
    fn a_name_nobody_defined_is_refused() {
        assert!(print(&Value::from("t.Nope"), &BTreeSet::new()).is_err());
    }

    #[test]
    fn every_attribute_has_its_place() {
        let text = r#"{ "aliases": ["Old", "u.Older", "t.Old"], "fields": [ {"p": [1, {}, {"a": null}],
            "aliases": ["w"], "order": "Descending", "default": 1.50, "doc": "a \/ b \u00e9\u001f\n",
            "type": {"default": 3, "type": "double"}, "name": "v"} ], "q": 1e10, "doc": "d",
            "name": "t.Line", "type": "record" }"#;
        let canonical = r#"{"type":"record","name":"Line","namespace":"t","doc":"d","fields":[{"name":"v","type":{"type":"double","default":3},"doc":"a / b é\u001F\n","default":1.5,"order":"descending","aliases":["w"],"p":[1,{},{"a":null}]}],"q":1.0E10,"aliases":["Old","u.Older"]}"#;
        assert_eq!(printed(text), canonical);
    }

    #[test]
    fn numbers_are_spelled_as_java_does() {
        assert_eq!(java_double(-1.25e-7), "-1.25E-7");
        assert_eq!(java_double(100.0), "100.0");
        assert_eq!(java_double(0.001), "0.001");
        assert_eq!(java_double(12_345_678.9), "1.23456789E7");
    }

    #[test]
    fn a_name_defined_twice_and_an_unknown_order_are_refused() {
        for field in [
            r#"{"name":"v","type":{"type":"fixed","name":"A","size":1}}"#,
            r#"{"name":"v","type":"int","order":"up"}"#,
        ] {
            let text = format!(r#"{{"type":"record","name":"A","fields":[{field}]}}"#);
            let schema: Value = serde_json::from_str(&text).unwrap();
            assert!(print(&schema, &BTreeSet::new()).is_err(), "{text}");
        }
    }
}
