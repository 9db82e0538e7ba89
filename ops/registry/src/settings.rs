//! Requests about compatibility levels and modes.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use serde_json::{Value, json};

use crate::compatibility::Level;
use crate::error::Refusal;
use crate::http::{Answer, Json, Params, Shared, flag};
use crate::writes::Registry;

/// Routes of levels and modes.
pub(crate) fn routes() -> Router<Arc<Registry>> {
    let level_of = get(subject_level)
        .put(set_subject_level)
        .delete(unset_subject_level);
    let mode_of = get(subject_mode)
        .put(set_subject_mode)
        .delete(unset_subject_mode);
    Router::new()
        .route("/config", get(level).put(set_level).delete(unset_level))
        .route("/config/{subject}", level_of)
        .route("/mode", get(mode).put(set_mode).delete(unset_mode))
        .route("/mode/{subject}", mode_of)
}

async fn level(State(registry): Shared) -> Json {
    let level = registry.store().level(None).unwrap_or(Level::Backward);
    Json(json!({ "compatibilityLevel": level.name() }))
}

async fn subject_level(
    State(registry): Shared,
    Path(subject): Path<String>,
    Query(params): Params,
) -> Answer {
    let store = registry.store();
    let level = match store.level(Some(&subject)) {
        Some(level) => level,
        None if flag(&params, "defaultToGlobal") => store.level_in_force(&subject),
        None => {
            return Err(Refusal::new(
                40408,
                format!("Subject '{subject}' does not have subject-level compatibility configured"),
            ));
        }
    };
    Ok(Json(json!({ "compatibilityLevel": level.name() })))
}

async fn set_level(State(registry): Shared, body: Bytes) -> Answer {
    put_level(&registry, None, &body).await
}

async fn set_subject_level(
    State(registry): Shared,
    Path(subject): Path<String>,
    body: Bytes,
) -> Answer {
    put_level(&registry, Some(&subject), &body).await
}

async fn put_level(registry: &Registry, subject: Option<&str>, body: &Bytes) -> Answer {
    let name = field(body, "compatibility")?;
    let Some(level) = Level::parse(&name) else {
        return Err(Refusal::new(
            42203,
            "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive",
        ));
    };
    registry.set_level(subject, Some(level)).await?;
    Ok(Json(json!({ "compatibility": level.name() })))
}

async fn unset_level(State(registry): Shared) -> Answer {
    let old = registry.store().level(None).unwrap_or(Level::Backward);
    registry.set_level(None, None).await?;
    Ok(Json(json!({ "compatibilityLevel": old.name() })))
}

async fn unset_subject_level(State(registry): Shared, Path(subject): Path<String>) -> Answer {
    let old = registry.store().level(Some(&subject));
    let Some(old) = old else {
        return Err(Refusal::no_subject(&subject));
    };
    registry.set_level(Some(&subject), None).await?;
    Ok(Json(json!({ "compatibilityLevel": old.name() })))
}

async fn mode(State(registry): Shared) -> Json {
    let store = registry.store();
    Json(json!({ "mode": store.mode(None).unwrap_or("READWRITE") }))
}

async fn subject_mode(
    State(registry): Shared,
    Path(subject): Path<String>,
    Query(params): Params,
) -> Answer {
    let store = registry.store();
    let own = store.mode(Some(&subject));
    let mode = match own {
        Some(mode) => mode,
        None if flag(&params, "defaultToGlobal") => store.mode(None).unwrap_or("READWRITE"),
        None => {
            return Err(Refusal::new(
                40409,
                format!("Subject '{subject}' does not have subject-level mode configured"),
            ));
        }
    };
    Ok(Json(json!({ "mode": mode })))
}

async fn set_mode(State(registry): Shared, body: Bytes) -> Answer {
    put_mode(&registry, None, &body).await
}

async fn set_subject_mode(
    State(registry): Shared,
    Path(subject): Path<String>,
    body: Bytes,
) -> Answer {
    put_mode(&registry, Some(&subject), &body).await
}

async fn put_mode(registry: &Registry, subject: Option<&str>, body: &Bytes) -> Answer {
    let mode = field(body, "mode")?.to_uppercase();
    match mode.as_str() {
        "READWRITE" | "READONLY" => {}
        "IMPORT" | "FORWARD" => {
            return Err(Refusal::not_permitted(format!(
                "mode {mode} is not offered by this registry"
            )));
        }
        _ => {
            return Err(Refusal::new(
                42204,
                "Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.",
            ));
        }
    }
    registry.set_mode(subject, Some(&mode)).await?;
    Ok(Json(json!({ "mode": mode })))
}

async fn unset_mode(State(registry): Shared) -> Answer {
    let old = registry
        .store()
        .mode(None)
        .unwrap_or("READWRITE")
        .to_owned();
    registry.set_mode(None, None).await?;
    Ok(Json(json!({ "mode": old })))
}

async fn unset_subject_mode(State(registry): Shared, Path(subject): Path<String>) -> Answer {
    let old = registry.store().mode(Some(&subject)).map(str::to_owned);
    let Some(old) = old else {
        return Err(Refusal::no_subject(&subject));
    };
    registry.set_mode(Some(&subject), None).await?;
    Ok(Json(json!({ "mode": old })))
}

fn field(body: &Bytes, name: &str) -> Result<String, Refusal> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::new(400, format!("malformed JSON: {error}")))?;
    Ok(value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned())
}
