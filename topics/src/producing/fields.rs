//! The table of a schema's fields.

use serde_json::Value;
use sideline_avro::SchemaName;

use super::push;

/// The schema's fields, one line each, with type, default and meaning.
pub(super) fn write(page: &mut String, schema: SchemaName) {
    page.push_str("| field | type | if left out | meaning |\n|---|---|---|---|\n");
    for field in &of(schema) {
        push(
            page,
            format_args!(
                "| {} | {} | {} | {} |\n",
                text(&field["name"]),
                kind(&field["type"]),
                default(field),
                text(&field["doc"]).replace('|', "\\|"),
            ),
        );
    }
}

/// The fields as the file has them.
pub(super) fn of(schema: SchemaName) -> Vec<Value> {
    let json: Result<Value, _> = serde_json::from_str(schema.text());
    let json = json.unwrap_or_default();
    json["fields"].as_array().cloned().unwrap_or_default()
}

/// The field's logical type or else its type, without the null of optional ones.
pub(super) fn logical_type(field: &Value) -> &str {
    let plain = match field["type"].as_array() {
        Some(union) => union.last().unwrap_or(&Value::Null),
        None => &field["type"],
    };
    match plain["logicalType"].as_str() {
        Some(logical) => logical,
        None => text(plain),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn kind(of: &Value) -> String {
    if let Some(union) = of.as_array() {
        let set = union.last().map(kind).unwrap_or_default();
        return format!("{set} or null");
    }
    if let Some(logical) = of["logicalType"].as_str() {
        return logical.to_owned();
    }
    match text(&of["type"]) {
        "" => text(of).to_owned(),
        "enum" => {
            let symbols = of["symbols"].as_array().into_iter().flatten();
            let words: Vec<String> = symbols.map(|word| format!("`{}`", text(word))).collect();
            format!("one of {}", words.join(", "))
        }
        "array" => format!("list of {}", kind(&of["items"])),
        "map" => format!("map to {}", kind(&of["values"])),
        other => other.to_owned(),
    }
}

fn default(field: &Value) -> String {
    match field.get("default") {
        None => "must be set".to_owned(),
        Some(Value::String(word)) => word.clone(),
        Some(other) => other.to_string(),
    }
}
