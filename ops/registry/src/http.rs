//! The routes of the Confluent REST API, and how requests and answers are spelled.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Refusal;
use crate::record::Reference;
use crate::writes::Registry;
use crate::{schemas, settings, subjects};

pub(crate) const CONTENT_TYPE: &str = "application/vnd.schemaregistry.v1+json";

pub(crate) type Shared = State<Arc<Registry>>;
pub(crate) type Answer = Result<Json, Refusal>;
pub(crate) type Params = Query<BTreeMap<String, String>>;

/// An answer in the registry's own content type.
pub(crate) struct Json(pub(crate) Value);

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, CONTENT_TYPE)], self.0.to_string()).into_response()
    }
}

/// All routes.
pub(crate) fn router(registry: Arc<Registry>) -> Router {
    subjects::routes()
        .merge(schemas::routes())
        .merge(settings::routes())
        .route("/", get(empty).post(empty))
        .route("/contexts", get(async || Json(json!(["."]))))
        .route("/v1/metadata/id", get(metadata_id))
        .route("/v1/metadata/version", get(metadata_version))
        // Newer clients ask for associations before the first message; none sends them to the
        // topic's own subject.
        .route("/associations/{*rest}", get(async || Json(json!([]))))
        .method_not_allowed_fallback(async || Refusal::new(405, "HTTP 405 Method Not Allowed"))
        .fallback(async || Refusal::new(404, "HTTP 404 Not Found"))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&registry),
            only_when_ready,
        ))
        .with_state(registry)
}

async fn only_when_ready(State(registry): Shared, request: Request, next: Next) -> Response {
    if registry.is_ready() {
        return next.run(request).await;
    }
    let mut answer = Refusal::new(
        50301,
        "the registry is still reading its records; try again",
    )
    .into_response();
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

#[derive(Deserialize)]
pub(crate) struct Body {
    pub(crate) schema: String,
    #[serde(default, rename = "schemaType")]
    schema_type: Option<String>,
    #[serde(default)]
    references: Option<Vec<Reference>>,
    id: Option<i32>,
}

impl Body {
    pub(crate) fn parse(bytes: &Bytes) -> Result<Self, Refusal> {
        let body: Self = match serde_json::from_slice(bytes) {
            Ok(body) => body,
            Err(error) if error.is_data() => {
                return Err(Refusal::new(42201, format!("Invalid schema: {error}")));
            }
            Err(error) => return Err(Refusal::new(400, format!("malformed JSON: {error}"))),
        };
        if body
            .schema_type
            .as_deref()
            .is_some_and(|kind| kind != "AVRO")
        {
            return Err(Refusal::new(
                42201,
                "Invalid schema type: only AVRO is served here",
            ));
        }
        // Other registries take an id of the client's own in IMPORT mode only, which is not offered.
        if body.id.is_some_and(|id| id >= 0) {
            let text = "An id may be given in IMPORT mode only, which this registry does not offer";
            return Err(Refusal::not_permitted(text.to_owned()));
        }
        Ok(body)
    }

    pub(crate) fn references(&self) -> &[Reference] {
        self.references.as_deref().unwrap_or_default()
    }
}

pub(crate) fn flag(params: &BTreeMap<String, String>, name: &str) -> bool {
    params
        .get(name)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// `latest` in any case and -1 are the latest; else a number from 1.
pub(crate) fn parse_version(text: &str) -> Result<Option<i32>, Refusal> {
    if text.eq_ignore_ascii_case("latest") || text == "-1" {
        return Ok(None);
    }
    match text.parse::<i32>() {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(Refusal::new(
            42202,
            format!(
                "The specified version '{text}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\""
            ),
        )),
    }
}

pub(crate) fn page<T>(items: Vec<T>, params: &BTreeMap<String, String>) -> Vec<T> {
    let number = |name: &str| params.get(name).and_then(|text| text.parse::<i64>().ok());
    let offset = usize::try_from(number("offset").unwrap_or(0)).unwrap_or(0);
    let limit = usize::try_from(number("limit").unwrap_or(-1)).unwrap_or(usize::MAX);
    items.into_iter().skip(offset).take(limit).collect()
}

async fn empty() -> Json {
    Json(json!({}))
}

async fn metadata_id(State(registry): Shared) -> Json {
    let clusters = json!({
        "kafka-cluster": registry.kafka_cluster_id(),
        "schema-registry-cluster": "schema-registry",
    });
    Json(json!({ "id": "", "scope": { "path": [], "clusters": clusters } }))
}

async fn metadata_version() -> Json {
    Json(json!({ "version": env!("CARGO_PKG_VERSION"), "commitId": "" }))
}

/// A schema's text as the whole answer.
pub(crate) fn plain_text(text: Option<String>, id: i32) -> Result<Response, Refusal> {
    let Some(text) = text else {
        return Err(Refusal::no_schema(id));
    };
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
