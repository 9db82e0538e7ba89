//! Every type mirrors its schema: goal and method.
//!
//! From each schema a value is made without knowing the type, written by the Avro library, read
//! into the type and written again. The bytes must be the same: then names, order, types and
//! nullability agree. Names are compared once more by way of serde's own view.

use std::collections::BTreeMap;
use std::sync::Arc;

use apache_avro::Schema;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use serde_json::Value as Json;

use super::*;
use crate::source::FixedSchemas;
use crate::wire::{WireReader, WireWriter};

/// Symbols of the longest enum, and a few more.
const ROUNDS: usize = 12;

/// A value of `schema`: with every optional part set, or with none. `round` picks enum symbols.
struct Sample<'s> {
    is_full: bool,
    round: usize,
    names: BTreeMap<String, &'s Schema>,
}

impl<'s> Sample<'s> {
    fn of(schema: &'s Schema, is_full: bool, round: usize) -> Value {
        let names = BTreeMap::new();
        let mut sample = Self {
            is_full,
            round,
            names,
        };
        sample.value(schema)
    }

    fn value(&mut self, schema: &'s Schema) -> Value {
        match schema {
            Schema::Ref { name } => {
                let known = self.names[&name.to_string()];
                self.value(known)
            }
            Schema::Record(record) => {
                self.names.insert(record.name.to_string(), schema);
                let fields = record.fields.iter();
                Value::Record(
                    fields
                        .map(|field| (field.name.clone(), self.value(&field.schema)))
                        .collect(),
                )
            }
            Schema::Enum(words) => {
                self.names.insert(words.name.to_string(), schema);
                let index = self.round % words.symbols.len();
                Value::Enum(u32::try_from(index).unwrap(), words.symbols[index].clone())
            }
            Schema::Array(array) if self.is_full => {
                Value::Array(vec![self.value(&array.items), self.value(&array.items)])
            }
            Schema::Array(array) => {
                // Seen all the same: what it defines may be referred to further down.
                self.value(&array.items);
                Value::Array(Vec::new())
            }
            Schema::Map(map) if self.is_full => {
                Value::Map([("nba-lines/3".to_owned(), self.value(&map.types))].into())
            }
            Schema::Map(_) => Value::Map([].into()),
            Schema::Union(union) => {
                let [Schema::Null, some] = union.variants() else {
                    panic!("optional fields are [null, type]: {union:?}");
                };
                let set = self.value(some);
                if self.is_full {
                    Value::Union(1, Box::new(set))
                } else {
                    Value::Union(0, Box::new(Value::Null))
                }
            }
            plain => self.plain(plain),
        }
    }

    fn plain(&self, schema: &Schema) -> Value {
        let filled = |value: i64| if self.is_full { value } else { 0 };
        match schema {
            Schema::String if self.is_full => Value::String("Đorđe \"q\" 0022400061".to_owned()),
            Schema::String => Value::String(String::new()),
            Schema::Bytes => Value::Bytes(vec![0, 255, 7]),
            Schema::Boolean => Value::Boolean(self.is_full),
            Schema::Int => Value::Int(i32::MIN),
            Schema::Long => Value::Long(filled(i64::MAX)),
            Schema::Double => Value::Double(if self.is_full { 24.5 } else { 0.0 }),
            Schema::Date => Value::Date(20_080),
            Schema::TimestampMicros => Value::TimestampMicros(filled(1_734_998_400_123_456)),
            other => panic!("no field has the type {other:?} yet"),
        }
    }
}

fn encoded(schema: &Schema, id: u32, value: Value) -> Vec<u8> {
    let writer = GenericDatumWriter::builder(schema).build().unwrap();
    let mut bytes = vec![0];
    bytes.extend(id.to_be_bytes());
    writer.write_value(&mut bytes, value).unwrap();
    bytes
}

fn reads_and_writes_what_the_schema_says<T: AvroRecord>() {
    let name = T::SCHEMA;
    let id = FixedSchemas::id_of(name);
    let reader = WireReader::<T>::new(Arc::new(FixedSchemas::all()));
    let writer = WireWriter::<T>::new(id);
    for round in 0..ROUNDS {
        for is_full in [true, false] {
            let bytes = encoded(name.schema(), id, Sample::of(name.schema(), is_full, round));
            let record = reader.decode(&bytes);
            let record = record.unwrap_or_else(|error| panic!("{name}: {error}"));
            let again = writer.to_vec(&record).unwrap();
            assert_eq!(bytes, again, "{name}, full {is_full}, round {round}");
        }
    }
}

#[test]
fn every_type_reads_and_writes_what_its_schema_says() {
    for_every_record!(reads_and_writes_what_the_schema_says);
}

fn reads_through_resolution<T: AvroRecord>() {
    // Another schema on the wire: one field more at the end, and all docs gone.
    let name = T::SCHEMA;
    let mut text: Json = serde_json::from_str(name.text()).unwrap();
    text["doc"] = Json::Null;
    text.as_object_mut().unwrap().remove("doc");
    let added = serde_json::json!({"name": "added_later", "type": "string", "default": ""});
    text["fields"].as_array_mut().unwrap().push(added);
    let later = Schema::parse(&text).unwrap();
    let source = FixedSchemas::all().with(900, later.clone());
    let reader = WireReader::<T>::new(Arc::new(source));
    let id = FixedSchemas::id_of(name);
    for is_full in [true, false] {
        let foreign = encoded(&later, 900, Sample::of(&later, is_full, 1));
        let ours = encoded(name.schema(), id, Sample::of(name.schema(), is_full, 1));
        let record = reader.decode(&foreign);
        let record = record.unwrap_or_else(|error| panic!("{name}: {error}"));
        let again = WireWriter::<T>::new(id).to_vec(&record).unwrap();
        assert_eq!(again, ours, "{name}");
    }
}

#[test]
fn every_type_reads_records_of_a_later_schema() {
    for_every_record!(reads_through_resolution);
}

fn field_names_agree<T: AvroRecord>() {
    let name = T::SCHEMA;
    let id = FixedSchemas::id_of(name);
    let reader = WireReader::<T>::new(Arc::new(FixedSchemas::all()));
    for is_full in [true, false] {
        let bytes = encoded(name.schema(), id, Sample::of(name.schema(), is_full, 0));
        let json = serde_json::to_value(reader.decode(&bytes).unwrap()).unwrap();
        let mut names = BTreeMap::new();
        same_names(name.schema(), &json, &mut names, name.as_str());
    }
}

fn same_names<'s>(
    schema: &'s Schema,
    json: &Json,
    names: &mut BTreeMap<String, &'s Schema>,
    place: &str,
) {
    match schema {
        Schema::Ref { name } => same_names(names[&name.to_string()], json, names, place),
        Schema::Record(record) => {
            names.insert(record.name.to_string(), schema);
            let of_type: Vec<&String> = json.as_object().unwrap().keys().collect();
            let of_schema: Vec<&String> = record.fields.iter().map(|field| &field.name).collect();
            assert_eq!(of_type, of_schema, "{place}");
            for field in &record.fields {
                let inner = format!("{place}.{}", field.name);
                same_names(&field.schema, &json[&field.name], names, &inner);
            }
        }
        Schema::Union(union) if !json.is_null() => {
            same_names(&union.variants()[1], json, names, place);
        }
        Schema::Array(array) => {
            for item in json.as_array().unwrap() {
                same_names(&array.items, item, names, place);
            }
        }
        Schema::Enum(words) => {
            names.insert(words.name.to_string(), schema);
            assert!(words.symbols.contains(&json.as_str().unwrap().to_owned()));
        }
        _ => {}
    }
}

#[test]
fn every_type_has_the_field_names_of_its_schema_in_order() {
    for_every_record!(field_names_agree);
}

#[test]
fn every_schema_file_is_embedded_and_named_after_its_record() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut embedded: Vec<String> = SchemaName::ALL
        .iter()
        .map(|name| format!("{name}.avsc"))
        .collect();
    embedded.sort();
    assert_eq!(files, embedded);
    for name in SchemaName::ALL {
        let Schema::Record(record) = name.schema() else {
            panic!("{name} is no record");
        };
        assert_eq!(record.name.to_string(), name.full_name());
        assert_eq!(SchemaName::from_name(name.as_str()), Some(*name));
    }
}

/// Calls `check` with each JSON object below `json`, and where it stands.
fn each_object(json: &Json, place: &str, check: &mut impl FnMut(&Json, &str)) {
    if let Some(object) = json.as_object() {
        check(json, place);
        for (key, inner) in object {
            each_object(inner, &format!("{place}.{key}"), check);
        }
    }
    for (index, inner) in json.as_array().into_iter().flatten().enumerate() {
        let label = inner["name"]
            .as_str()
            .map_or(index.to_string(), str::to_owned);
        each_object(inner, &format!("{place}[{label}]"), check);
    }
}

#[test]
fn every_record_enum_and_field_has_a_doc_times_are_micros_and_enums_have_a_default() {
    for name in SchemaName::ALL {
        let json: Json = serde_json::from_str(name.text()).unwrap();
        each_object(&json, name.as_str(), &mut |object, place| {
            if object["name"].is_string() {
                let doc = object["doc"].as_str().unwrap_or_default();
                assert!(!doc.is_empty(), "{place} has no doc");
            }
            match object["logicalType"].as_str() {
                Some("timestamp-micros") => assert_eq!(object["type"], "long", "{place}"),
                Some("date") => assert_eq!(object["type"], "int", "{place}"),
                Some(other) => panic!("{place} has the logical type {other}"),
                None => {}
            }
            if object["type"] == "enum" {
                let symbols = object["symbols"].as_array().unwrap();
                assert!(
                    symbols.contains(&object["default"]),
                    "{place} has no default"
                );
            }
        });
    }
}

#[test]
fn every_optional_field_has_a_default_so_that_it_can_be_left_out() {
    for name in SchemaName::ALL {
        let json: Json = serde_json::from_str(name.text()).unwrap();
        each_object(&json, name.as_str(), &mut |object, place| {
            if object["type"].is_array() {
                assert_eq!(object["type"][0], "null", "{place}");
                assert_eq!(object.get("default"), Some(&Json::Null), "{place}");
            }
        });
    }
}
