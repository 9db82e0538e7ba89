//! What every client of a Confluent registry relies on, asked of an empty registry over HTTP.
//!
//! Another test can include this module by its path and call [`run`] with the address of any
//! registry that holds nothing yet.

use reqwest::{Client, Method};
use serde_json::{Value, json};

pub(crate) const A1: &str =
    r#"{"type":"record","name":"Line","namespace":"t","fields":[{"name":"v","type":"double"}]}"#;
const A1_SPACED: &str = r#"{ "fields": [ {"type": {"type": "double"}, "name": "v"} ], "name": "t.Line", "type": "record" }"#;
const A2: &str = r#"{"type":"record","name":"Line","namespace":"t","fields":[{"name":"v","type":"double"},{"name":"n","type":"string","default":""}]}"#;
const BAD: &str = r#"{"type":"record","name":"Line","namespace":"t","fields":[{"name":"v","type":"double"},{"name":"x","type":"string"}]}"#;
const BOARD: &str =
    r#"{"type":"record","name":"Board","namespace":"t","fields":[{"name":"l","type":"t.Line"}]}"#;

const L: &str = "/subjects/line-value";
const O: &str = "/subjects/other-value";

/// Calls one registry.
pub(crate) struct Registry {
    client: Client,
    base_url: String,
}

impl Registry {
    pub(crate) fn new(base_url: &str) -> Registry {
        Registry {
            client: Client::new(),
            base_url: base_url.trim_end_matches('/').to_owned(),
        }
    }

    /// Status and body of an answer. A body that is no JSON becomes a text.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base_url));
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                .body(body.to_string());
        }
        let response = request.send().await.expect("the registry answers");
        let status = response.status().as_u16();
        let text = response.text().await.expect("the answer has a body");
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    async fn gives(&self, request: &str, body: Option<Value>, expected: Value) {
        let (method, path) = split(request);
        let answer = self.call(method, path, body.clone()).await;
        assert_eq!(answer, (200, expected), "{request} {body:?}");
    }

    async fn fails(&self, request: &str, body: Option<Value>, code: u64) -> String {
        let (method, path) = split(request);
        let (status, answer) = self.call(method, path, body.clone()).await;
        assert_eq!(
            answer["error_code"],
            json!(code),
            "{request} {body:?}: {answer}"
        );
        assert_eq!(u64::from(status), code / 100, "{request}");
        answer["message"]
            .as_str()
            .expect("an error has a message")
            .to_owned()
    }
}

fn split(request: &str) -> (Method, &str) {
    let (method, path) = request.split_once(' ').expect("method and path");
    (method.parse().expect("a method"), path)
}

fn schema(text: &str) -> Option<Value> {
    Some(json!({ "schema": text }))
}

fn versions(of: &str) -> String {
    format!("GET {of}/versions")
}

/// Runs all cases, in order. The registry must be empty.
pub(crate) async fn run(base_url: &str) {
    let registry = Registry::new(base_url);
    an_empty_registry_answers(&registry).await;
    registering_gives_ids(&registry).await;
    reading_finds_or_says_why_not(&registry).await;
    looking_up_and_checking(&registry).await;
    levels_can_be_set(&registry).await;
    deleting_is_soft_then_permanent(&registry).await;
    modes_stop_writes(&registry).await;
    references_are_kept(&registry).await;
    clients_find_what_they_ask_on_the_side(&registry).await;
    subjects_may_hold_any_letter(&registry).await;
}

/// Cases 1 to 3.
async fn an_empty_registry_answers(registry: &Registry) {
    registry.gives("GET /", None, json!({})).await;
    registry.gives("GET /subjects", None, json!([])).await;
    registry
        .gives(
            "GET /config",
            None,
            json!({"compatibilityLevel": "BACKWARD"}),
        )
        .await;
    registry
        .gives("GET /mode", None, json!({"mode": "READWRITE"}))
        .await;
}

/// Cases 4 to 9.
async fn registering_gives_ids(registry: &Registry) {
    let post = format!("POST {L}/versions");
    registry.gives(&post, schema(A1), json!({"id": 1})).await;
    registry
        .gives(&post, schema(A1_SPACED), json!({"id": 1}))
        .await;
    registry.gives(&versions(L), None, json!([1])).await;
    registry
        .gives(&format!("POST {O}/versions"), schema(A1), json!({"id": 1}))
        .await;
    registry
        .gives(
            &format!("{post}?normalize=False"),
            schema(A2),
            json!({"id": 2}),
        )
        .await;
    registry.fails(&post, schema(BAD), 40901).await;
    registry.gives(&versions(L), None, json!([1, 2])).await;
    registry.fails(&post, schema("{"), 42201).await;
    registry.fails(&post, schema(""), 42201).await;
    let wrong_default = A1.replace(r#""double""#, r#""double","default":"x""#);
    registry.fails(&post, schema(&wrong_default), 42201).await;
}

/// Cases 10 to 16.
async fn reading_finds_or_says_why_not(registry: &Registry) {
    registry
        .gives(
            "GET /schemas/ids/1?deleted=true",
            None,
            json!({"schema": A1}),
        )
        .await;
    let message = registry.fails("GET /schemas/ids/99", None, 40403).await;
    assert_eq!(message, "Schema 99 not found");
    let uses = json!([
        {"subject": "line-value", "version": 1},
        {"subject": "other-value", "version": 1},
    ]);
    registry
        .gives("GET /schemas/ids/1/versions", None, uses)
        .await;
    let message = registry
        .fails("GET /subjects/none/versions", None, 40401)
        .await;
    assert_eq!(message, "Subject 'none' not found.");
    registry
        .fails(&format!("GET {L}/versions/9"), None, 40402)
        .await;
    registry
        .fails(&format!("GET {L}/versions/0"), None, 42202)
        .await;
    registry
        .fails(&format!("GET {L}/versions/abc"), None, 42202)
        .await;
    let second = json!({"subject": "line-value", "version": 2, "id": 2, "schema": A2});
    for latest in ["latest", "LATEST", "-1"] {
        registry
            .gives(&format!("GET {L}/versions/{latest}"), None, second.clone())
            .await;
    }
    let text: Value = serde_json::from_str(A2).expect("JSON");
    registry
        .gives(&format!("GET {L}/versions/2/schema"), None, text.clone())
        .await;
    registry
        .gives("GET /schemas/ids/2/schema", None, text)
        .await;
}

/// Cases 17 to 19.
async fn looking_up_and_checking(registry: &Registry) {
    let first = json!({"subject": "line-value", "version": 1, "id": 1, "schema": A1});
    registry
        .gives(&format!("POST {L}"), schema(A1), first)
        .await;
    registry
        .fails(&format!("POST {L}"), schema(BAD), 40403)
        .await;
    registry
        .fails("POST /subjects/none", schema(A1), 40401)
        .await;

    let check = "POST /compatibility/subjects/line-value/versions/latest?verbose=True";
    let (method, path) = split(check);
    let (status, answer) = registry.call(method, path, schema(BAD)).await;
    assert_eq!((status, &answer["is_compatible"]), (200, &json!(false)));
    let messages = answer["messages"].to_string();
    assert!(
        messages.contains("READER_FIELD_MISSING_DEFAULT_VALUE"),
        "{messages}"
    );
    registry
        .gives(
            check,
            schema(A2),
            json!({"is_compatible": true, "messages": []}),
        )
        .await;

    let none = "POST /compatibility/subjects/none/versions";
    registry
        .gives(
            &format!("{none}/latest"),
            schema(A1),
            json!({"is_compatible": true}),
        )
        .await;
    registry
        .fails(&format!("{none}/7"), schema(A1), 40402)
        .await;
}

/// Cases 20 and 21.
async fn levels_can_be_set(registry: &Registry) {
    let none = json!({"compatibility": "none"});
    let level = json!({"compatibilityLevel": "NONE"});
    let put = "PUT /config/line-value";
    registry
        .gives(put, Some(none), json!({"compatibility": "NONE"}))
        .await;
    registry
        .gives("GET /config/line-value", None, level.clone())
        .await;
    registry
        .fails(put, Some(json!({"compatibility": "SOME"})), 42203)
        .await;
    registry
        .gives("DELETE /config/line-value", None, level)
        .await;
    registry
        .fails("DELETE /config/line-value", None, 40401)
        .await;
    registry.fails("GET /config/other-value", None, 40408).await;
    let default = json!({"compatibilityLevel": "BACKWARD"});
    registry
        .gives(
            "GET /config/other-value?defaultToGlobal=true",
            None,
            default,
        )
        .await;
    registry.fails("GET /mode/other-value", None, 40409).await;
}

/// Cases 22 and 23.
async fn deleting_is_soft_then_permanent(registry: &Registry) {
    let delete = format!("DELETE {O}");
    registry
        .fails(&format!("{delete}?permanent=true"), None, 40405)
        .await;
    registry.gives(&delete, None, json!([1])).await;
    registry.fails(&delete, None, 40404).await;
    registry
        .gives("GET /subjects", None, json!(["line-value"]))
        .await;
    let both = json!(["line-value", "other-value"]);
    registry
        .gives("GET /subjects?deleted=True", None, both)
        .await;
    registry
        .gives("GET /schemas/ids/1", None, json!({"schema": A1}))
        .await;
    registry
        .fails(&format!("GET {O}/versions/latest"), None, 40401)
        .await;
    let latest = format!("GET {O}/versions/latest?deleted=true");
    assert_eq!(
        registry.fails(&latest, None, 40402).await,
        "Version -1 not found."
    );
    registry
        .gives(&format!("{delete}?permanent=true"), None, json!([1]))
        .await;
    registry.fails(&delete, None, 40401).await;

    let delete = format!("DELETE {L}/versions");
    registry
        .fails(&format!("{delete}/1?permanent=true"), None, 40407)
        .await;
    registry.gives(&format!("{delete}/2"), None, json!(2)).await;
    registry.fails(&format!("{delete}/2"), None, 40406).await;
    registry
        .gives(&format!("POST {L}/versions"), schema(A2), json!({"id": 2}))
        .await;
    registry.gives(&versions(L), None, json!([1, 3])).await;
    registry
        .gives(
            &format!("{}?deleted=true", versions(L)),
            None,
            json!([1, 3]),
        )
        .await;
}

/// Case 24.
async fn modes_stop_writes(registry: &Registry) {
    let put = "PUT /mode/line-value";
    let read_only = json!({"mode": "READONLY"});
    registry
        .gives(put, Some(read_only.clone()), read_only.clone())
        .await;
    registry
        .fails(&format!("POST {L}/versions"), schema(BAD), 42205)
        .await;
    registry
        .gives(&format!("POST {L}/versions"), schema(A2), json!({"id": 2}))
        .await;
    registry
        .fails(&format!("DELETE {L}/versions/3"), None, 42205)
        .await;
    let full = json!({"compatibility": "FULL"});
    registry
        .fails("PUT /config/line-value", Some(full), 42205)
        .await;
    registry.fails(put, Some(json!({"mode": "X"})), 42204).await;
    registry
        .fails(put, Some(json!({"mode": "IMPORT"})), 42205)
        .await;
    registry
        .gives("DELETE /mode/line-value", None, read_only)
        .await;
}

/// Case 25.
async fn references_are_kept(registry: &Registry) {
    let board = |version: i32| {
        let reference = json!({"name": "t.Line", "subject": "line-value", "version": version});
        json!({"schema": BOARD, "references": [reference]})
    };
    let post = "POST /subjects/board-value/versions";
    registry.gives(post, Some(board(1)), json!({"id": 3})).await;
    registry
        .gives(
            &format!("GET {L}/versions/1/referencedby"),
            None,
            json!([3]),
        )
        .await;
    registry
        .fails(&format!("DELETE {L}/versions/1"), None, 42206)
        .await;
    registry.fails(post, Some(board(9)), 42201).await;
    let (_, read) = registry.call(Method::GET, "/schemas/ids/3", None).await;
    assert_eq!(read["references"], board(1)["references"], "{read}");
}

/// What clients ask beside schemas, and subjects that need escapes in a path.
async fn clients_find_what_they_ask_on_the_side(registry: &Registry) {
    let associations = "/associations/resources/-/lines?resourceType=topic&associationType=value";
    registry
        .gives(&format!("GET {associations}"), None, json!([]))
        .await;
    registry
        .gives("GET /schemas/types", None, json!(["AVRO"]))
        .await;
    registry.gives("GET /contexts", None, json!(["."])).await;
    registry
        .fails("POST /subjects/:.other:x/versions", schema(A1), 42208)
        .await;
    let (status, answer) = registry.call(Method::POST, "/subjects", schema(A1)).await;
    assert_eq!((status, &answer["error_code"]), (405, &json!(405)));
    let with_id = json!({"schema": A1, "id": 77});
    registry
        .fails("POST /subjects/x/versions", Some(with_id), 42205)
        .await;
    let with_max = json!({"schema": A1, "maxId": 3});
    registry
        .gives("GET /schemas/ids/1?fetchMaxId=true", None, with_max)
        .await;
    let guid = "/schemas/guids/41418c8b-cd87-f8a7-3ab8-b4f2c5d1f0c1";
    registry.fails(&format!("GET {guid}"), None, 40403).await;
    let (_, all) = registry
        .call(Method::GET, "/schemas?latestOnly=true", None)
        .await;
    let ids: Vec<&Value> = all
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| &row["id"])
        .collect();
    assert_eq!(ids, [3, 2]);
    let (status, answer) = registry.call(Method::GET, "/nothing/here", None).await;
    assert_eq!((status, &answer["error_code"]), (404, &json!(404)));
    let (status, _) = registry
        .call(Method::POST, "/subjects/x/versions", Some(json!("{")))
        .await;
    assert!((400..500).contains(&status), "{status}");
}

/// Paths arrive in escapes, and mean what the client meant.
async fn subjects_may_hold_any_letter(registry: &Registry) {
    let escaped = "/subjects/a%2Fb%20%C3%A9/versions";
    registry
        .gives(
            &format!("POST {escaped}"),
            schema(r#""string""#),
            json!({"id": 4}),
        )
        .await;
    let (_, subjects) = registry
        .call(Method::GET, "/subjects?subjectPrefix=a", None)
        .await;
    assert_eq!(subjects, json!(["a/b é"]));
    registry
        .gives("DELETE /subjects/a%2Fb%20%C3%A9", None, json!([1]))
        .await;
    registry
        .gives(
            "DELETE /subjects/a%2Fb%20%C3%A9?permanent=true",
            None,
            json!([1]),
        )
        .await;
}

/// Everything that can be read after [`run`], to be compared after a restart.
pub(crate) async fn reads(base_url: &str) -> Vec<(u16, Value)> {
    let registry = Registry::new(base_url);
    let mut answers = Vec::new();
    for path in [
        "/subjects?deleted=true",
        "/subjects/line-value/versions?deleted=true",
        "/subjects/line-value/versions/1",
        "/subjects/line-value/versions/latest",
        "/subjects/board-value/versions/1",
        "/subjects/line-value/versions/1/referencedby",
        "/subjects/other-value/versions?deleted=true",
        "/schemas/ids/1",
        "/schemas/ids/2",
        "/schemas/ids/3",
        "/schemas/ids/4",
        "/schemas/ids/1/versions",
        "/config",
        "/config/line-value",
        "/mode/line-value",
    ] {
        answers.push(registry.call(Method::GET, path, None).await);
    }
    answers
}
