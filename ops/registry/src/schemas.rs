//! Requests about schemas, whatever subjects hold them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Map, Value, json};

use crate::error::Refusal;
use crate::http::{Answer, Json, Params, Shared, flag, page, plain_text};
use crate::proposals::guid;
use crate::store::Text;
use crate::subjects::described;
use crate::writes::Registry;

/// Rows in one list of schemas, as in other registries; `offset` asks for the next ones.
const SCHEMAS_MAX: usize = 1_000;

/// Routes of schemas.
pub(crate) fn routes() -> Router<Arc<Registry>> {
    Router::new()
        .route("/schemas", get(schemas))
        .route("/schemas/guids/{guid}", get(schema_by_guid))
        .route("/schemas/types", get(async || Json(json!(["AVRO"]))))
        .route("/schemas/ids/{id}", get(schema_by_id))
        .route("/schemas/ids/{id}/schema", get(text_by_id))
        .route("/schemas/ids/{id}/subjects", get(subjects_of_id))
        .route("/schemas/ids/{id}/versions", get(versions_of_id))
}

fn parse_id(text: &str) -> Result<i32, Refusal> {
    text.parse()
        .map_err(|_| Refusal::new(404, "HTTP 404 Not Found"))
}

async fn schema_by_id(
    State(registry): Shared,
    Path(id): Path<String>,
    Query(params): Params,
) -> Answer {
    let id = parse_id(&id)?;
    let store = registry.store();
    let Some(text) = store.text(id) else {
        return Err(Refusal::no_schema(id));
    };
    let mut fields = content(text);
    if flag(&params, "fetchMaxId") {
        fields.insert("maxId".to_owned(), Value::from(store.largest_id));
    }
    Ok(Json(Value::Object(fields)))
}

async fn schema_by_guid(State(registry): Shared, Path(wanted): Path<String>) -> Answer {
    let store = registry.store();
    let found = store
        .texts
        .values()
        .find(|text| guid(text).eq_ignore_ascii_case(&wanted));
    match found {
        Some(text) => Ok(Json(Value::Object(content(text)))),
        None => Err(Refusal::new(40403, format!("Schema {wanted} not found"))),
    }
}

fn content(text: &Text) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("schema".to_owned(), Value::from(text.schema.as_str()));
    if !text.references.is_empty() {
        fields.insert("references".to_owned(), json!(text.references));
    }
    fields
}

/// All versions of all subjects, or the latest of each.
async fn schemas(State(registry): Shared, Query(params): Params) -> Answer {
    let store = registry.store();
    let with_deleted = flag(&params, "deleted");
    let prefix = params.get("subjectPrefix").map_or("", String::as_str);
    let subjects = store.subjects(with_deleted).into_iter();
    let mut rows = Vec::new();
    for subject in subjects.filter(|subject| subject.starts_with(prefix)) {
        let mut versions = store.versions(subject, with_deleted);
        if flag(&params, "latestOnly") {
            versions.drain(..versions.len().saturating_sub(1));
        }
        for version in versions {
            rows.push(described(&store, subject, version)?);
        }
    }
    let mut page = page(rows, &params);
    page.truncate(SCHEMAS_MAX);
    Ok(Json(Value::Array(page)))
}

async fn text_by_id(State(registry): Shared, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = parse_id(&id)?;
    plain_text(
        registry.store().text(id).map(|text| text.schema.clone()),
        id,
    )
}

async fn subjects_of_id(
    State(registry): Shared,
    Path(id): Path<String>,
    Query(params): Params,
) -> Answer {
    let uses = uses(&registry, &id, &params)?;
    let mut subjects: Vec<String> = uses.into_iter().map(|(subject, _)| subject).collect();
    subjects.dedup();
    Ok(Json(json!(subjects)))
}

async fn versions_of_id(
    State(registry): Shared,
    Path(id): Path<String>,
    Query(params): Params,
) -> Answer {
    let uses = uses(&registry, &id, &params)?.into_iter();
    let rows: Vec<Value> = uses
        .map(|(subject, version)| json!({ "subject": subject, "version": version }))
        .collect();
    Ok(Json(json!(rows)))
}

fn uses(
    registry: &Registry,
    id: &str,
    params: &BTreeMap<String, String>,
) -> Result<Vec<(String, i32)>, Refusal> {
    let id = parse_id(id)?;
    let store = registry.store();
    if store.text(id).is_none() {
        return Err(Refusal::no_schema(id));
    }
    let uses = store.uses(id, flag(params, "deleted")).into_iter();
    Ok(uses
        .map(|(subject, version)| (subject.to_owned(), version))
        .collect())
}
