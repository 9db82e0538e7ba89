//! Requests about subjects: their versions, registering, looking up, deleting, and compatibility.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Map, Value, json};

use crate::error::Refusal;
use crate::http::{Answer, Body, Json, Params, Shared, flag, page, parse_version, plain_text};
use crate::store::{Store, Version};
use crate::writes::Registry;

/// Routes of subjects.
pub(crate) fn routes() -> Router<Arc<Registry>> {
    Router::new()
        .route("/subjects", get(subjects))
        .route("/subjects/{subject}", post(look_up).delete(delete_subject))
        .route("/subjects/{subject}/versions", get(versions).post(register))
        .route(
            "/subjects/{subject}/versions/{version}",
            get(version).delete(delete_version),
        )
        .route(
            "/subjects/{subject}/versions/{version}/schema",
            get(version_schema),
        )
        .route(
            "/subjects/{subject}/versions/{version}/referencedby",
            get(referenced_by),
        )
        .route(
            "/compatibility/subjects/{subject}/versions",
            post(compatibility),
        )
        .route(
            "/compatibility/subjects/{subject}/versions/{version}",
            post(compatibility_with),
        )
}

async fn subjects(State(registry): Shared, Query(params): Params) -> Json {
    let store = registry.store();
    let prefix = params.get("subjectPrefix").map_or("", String::as_str);
    let mut names = store.subjects(flag(&params, "deleted") || flag(&params, "deletedOnly"));
    if flag(&params, "deletedOnly") {
        let live = store.subjects(false);
        names.retain(|name| !live.contains(name));
    }
    names.retain(|name| name.starts_with(prefix));
    Json(json!(page(names, &params)))
}

async fn versions(
    State(registry): Shared,
    Path(subject): Path<String>,
    Query(params): Params,
) -> Answer {
    let only_deleted = flag(&params, "deletedOnly");
    let as_negative = flag(&params, "deletedAsNegative");
    let with_deleted = flag(&params, "deleted") || only_deleted || as_negative;
    let mut versions = registry.store().versions(&subject, with_deleted);
    versions.retain(|version| version.is_deleted || !only_deleted);
    if versions.is_empty() {
        return Err(Refusal::no_subject(&subject));
    }
    let sign = |version: &Version| {
        if as_negative && version.is_deleted {
            -1
        } else {
            1
        }
    };
    let numbers = versions
        .iter()
        .map(|version| sign(version) * version.number)
        .collect();
    Ok(Json(json!(page(numbers, &params))))
}

/// A version as answers hold it.
pub(crate) fn described(store: &Store, subject: &str, version: Version) -> Result<Value, Refusal> {
    let Some(text) = store.text(version.id) else {
        return Err(Refusal::no_schema(version.id));
    };
    let mut fields = Map::new();
    fields.insert("subject".to_owned(), Value::from(subject));
    fields.insert("version".to_owned(), Value::from(version.number));
    fields.insert("id".to_owned(), Value::from(version.id));
    if !text.references.is_empty() {
        fields.insert("references".to_owned(), json!(text.references));
    }
    fields.insert("schema".to_owned(), Value::from(text.schema.as_str()));
    Ok(Value::Object(fields))
}

async fn version(
    State(registry): Shared,
    Path((subject, version)): Path<(String, String)>,
    Query(params): Params,
) -> Answer {
    let wanted = parse_version(&version)?;
    let store = registry.store();
    let found = store.version(&subject, wanted, flag(&params, "deleted"))?;
    described(&store, &subject, found).map(Json)
}

async fn version_schema(
    State(registry): Shared,
    Path((subject, version)): Path<(String, String)>,
    Query(params): Params,
) -> Result<Response, Refusal> {
    let wanted = parse_version(&version)?;
    let store = registry.store();
    let found = store.version(&subject, wanted, flag(&params, "deleted"))?;
    plain_text(
        store.text(found.id).map(|text| text.schema.clone()),
        found.id,
    )
}

async fn referenced_by(
    State(registry): Shared,
    Path((subject, version)): Path<(String, String)>,
    Query(params): Params,
) -> Answer {
    let wanted = parse_version(&version)?;
    let with_deleted = flag(&params, "deleted");
    let store = registry.store();
    let found = store.version(&subject, wanted, with_deleted)?;
    let ids = store.referenced_by(&subject, found.number, with_deleted);
    Ok(Json(json!(ids)))
}

async fn register(State(registry): Shared, Path(subject): Path<String>, body: Bytes) -> Answer {
    let body = Body::parse(&body)?;
    let id = registry
        .register(&subject, &body.schema, body.references())
        .await?;
    Ok(Json(json!({ "id": id })))
}

async fn look_up(
    State(registry): Shared,
    Path(subject): Path<String>,
    Query(params): Params,
    body: Bytes,
) -> Answer {
    let body = Body::parse(&body)?;
    let with_deleted = flag(&params, "deleted");
    let store = registry.store();
    if store.versions(&subject, with_deleted).is_empty() {
        return Err(Refusal::no_subject(&subject));
    }
    let proposal = store
        .propose(&body.schema, body.references())
        .map_err(|reason| Refusal::invalid_schema(&reason))?;
    match store.find(&subject, &proposal, with_deleted) {
        Some(version) => described(&store, &subject, version).map(Json),
        None => Err(Refusal::new(40403, "Schema not found")),
    }
}

async fn delete_version(
    State(registry): Shared,
    Path((subject, version)): Path<(String, String)>,
    Query(params): Params,
) -> Answer {
    let wanted = parse_version(&version)?;
    let number = registry
        .delete_version(&subject, wanted, flag(&params, "permanent"))
        .await?;
    Ok(Json(json!(number)))
}

async fn delete_subject(
    State(registry): Shared,
    Path(subject): Path<String>,
    Query(params): Params,
) -> Answer {
    Ok(Json(json!(
        registry
            .delete_subject(&subject, flag(&params, "permanent"))
            .await?
    )))
}

async fn compatibility(
    State(registry): Shared,
    Path(subject): Path<String>,
    Query(params): Params,
    body: Bytes,
) -> Answer {
    judge(&registry, (&subject, None), &params, &body)
}

async fn compatibility_with(
    State(registry): Shared,
    Path((subject, version)): Path<(String, String)>,
    Query(params): Params,
    body: Bytes,
) -> Answer {
    let wanted = parse_version(&version)?;
    judge(&registry, (&subject, Some(wanted)), &params, &body)
}

/// Checks against all versions that the subject's level names, or against one version.
fn judge(
    registry: &Registry,
    (subject, version): (&str, Option<Option<i32>>),
    params: &BTreeMap<String, String>,
    body: &Bytes,
) -> Answer {
    let body = Body::parse(body)?;
    let is_verbose = flag(params, "verbose");
    let store = registry.store();
    let proposal = match store.propose(&body.schema, body.references()) {
        Ok(proposal) => proposal,
        Err(reason) if is_verbose => {
            return Ok(Json(
                json!({ "is_compatible": false, "messages": [reason.to_string()] }),
            ));
        }
        Err(reason) => return Err(Refusal::invalid_schema(&reason)),
    };
    let messages = match version {
        None => store.incompatibilities(subject, &proposal),
        Some(wanted) => match (store.version(subject, wanted, false), wanted) {
            (Ok(found), _) => store.against(found, &proposal, store.level_in_force(subject)),
            (Err(_), None) => Vec::new(),
            (Err(_), Some(number)) => return Err(Refusal::no_version(number)),
        },
    };
    let mut answer = json!({ "is_compatible": messages.is_empty() });
    if let (true, Value::Object(fields)) = (is_verbose, &mut answer) {
        fields.insert("messages".to_owned(), json!(messages));
    }
    Ok(Json(answer))
}
