//! Schemas evolve FULL_TRANSITIVE: each version ever shipped reads the present one and is read by it.
//!
//! `history/<name>/<n>.avsc` are the shipped versions, numbered from 1; the newest is the present
//! schema. References are written out before the comparison, since the library compares them only by
//! name.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use apache_avro::Schema;
use apache_avro::schema_compatibility::{Compatibility, SchemaCompatibility};
use serde_json::Value;
use sideline_avro::SchemaName;

fn history(name: SchemaName) -> Vec<(u32, String)> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "history", name.as_str()]
        .iter()
        .collect();
    let entries = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{name} has no history, copy it to {folder:?}: {error}"));
    let mut versions: Vec<(u32, String)> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let number = path.file_stem().unwrap().to_str().unwrap();
            (number.parse().unwrap(), fs::read_to_string(path).unwrap())
        })
        .collect();
    versions.sort();
    versions
}

/// The JSON of a schema without its docs: a better doc is no new version.
fn shape(text: &str) -> Value {
    fn strip(value: &mut Value) {
        if let Some(object) = value.as_object_mut() {
            object.remove("doc");
            object.values_mut().for_each(strip);
        }
        value.as_array_mut().into_iter().flatten().for_each(strip);
    }
    let mut value = serde_json::from_str(text).unwrap();
    strip(&mut value);
    value
}

/// The schema with each reference replaced by what it refers to.
fn written_out(schema: &Schema, names: &mut BTreeMap<String, Schema>) -> Schema {
    match schema {
        Schema::Ref { name } => names[&name.to_string()].clone(),
        Schema::Record(record) => {
            let mut record = record.clone();
            for field in &mut record.fields {
                field.schema = written_out(&field.schema, names);
            }
            let whole = Schema::Record(record.clone());
            names.insert(record.name.to_string(), whole.clone());
            whole
        }
        Schema::Enum(words) => {
            names.insert(words.name.to_string(), schema.clone());
            schema.clone()
        }
        Schema::Array(array) => Schema::array(written_out(&array.items, names)).build(),
        Schema::Map(map) => Schema::map(written_out(&map.types, names)).build(),
        Schema::Union(union) => {
            let variants = union.variants().iter();
            let variants = variants
                .map(|variant| written_out(variant, names))
                .collect();
            Schema::union(variants).unwrap()
        }
        other => other.clone(),
    }
}

fn parsed(text: &str) -> Schema {
    written_out(&Schema::parse_str(text).unwrap(), &mut BTreeMap::new())
}

fn check(old: &str, new: &str) -> Result<(), String> {
    match SchemaCompatibility::mutual_read(&parsed(old), &parsed(new)) {
        Ok(Compatibility::Full) => Ok(()),
        Ok(Compatibility::Partial) => Err("some values of one cannot be read as the other".into()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn a_changed_schema_has_a_new_file_in_its_history() {
    for name in SchemaName::ALL {
        let versions = history(*name);
        let numbers: Vec<u32> = versions.iter().map(|(number, _)| *number).collect();
        let expected: Vec<u32> = (1..).take(numbers.len()).collect();
        assert_eq!(
            numbers, expected,
            "{name}: versions are numbered without gap"
        );
        let (newest, text) = versions.last().expect("at least one version");
        assert!(
            shape(text) == shape(name.text()),
            "avro/schemas/{name}.avsc is no longer avro/history/{name}/{newest}.avsc: copy it to {}.avsc there",
            newest + 1
        );
    }
}

#[test]
fn every_schema_reads_each_of_its_versions_and_is_read_by_it() {
    for name in SchemaName::ALL {
        for (number, old) in history(*name) {
            if let Err(message) = check(&old, name.text()) {
                panic!("{name}: version {number} and the present schema: {message}");
            }
        }
    }
}

#[test]
fn the_check_refuses_what_would_break_a_reader() {
    let plain = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}"#;
    let with_default = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"string"},
        {"name":"b","type":["null","string"],"default":null}]}"#;
    let without_default = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"string"},
        {"name":"b","type":"string"}]}"#;
    let other_type = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#;
    assert_eq!(check(plain, with_default), Ok(()));
    assert!(check(plain, without_default).is_err());
    assert!(check(plain, other_type).is_err());
    // A word added to an enum without a default is what the library calls partial.
    let words = |symbols: &str| {
        format!(
            r#"{{"type":"record","name":"R","fields":[{{"name":"a","type":{{"type":"enum","name":"E","symbols":[{symbols}]}}}}]}}"#
        )
    };
    assert!(check(&words(r#""X""#), &words(r#""X","Y""#)).is_err());
}

#[test]
fn a_reference_counts_as_what_it_refers_to() {
    let by_reference = r#"{"type":"record","name":"R","fields":[
        {"name":"a","type":{"type":"record","name":"I","fields":[{"name":"x","type":"int"}]}},
        {"name":"b","type":"I"}]}"#;
    let moved = r#"{"type":"record","name":"R","fields":[
        {"name":"n","type":["null",{"type":"record","name":"I","fields":[{"name":"x","type":"int"}]}],"default":null},
        {"name":"a","type":"I"},
        {"name":"b","type":"I"}]}"#;
    assert_eq!(check(by_reference, moved), Ok(()));
}
