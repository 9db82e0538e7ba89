//! The registry's client against a server that answers as told.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use sideline_avro::registry::{COMPATIBILITY, SubjectState};
use sideline_avro::{Registry, RegistryError, SchemaError, SchemaName, SchemaSource};

/// What was asked, as `METHOD path body`.
type Asked = Arc<Mutex<Vec<String>>>;

/// A server that answers each request by method and path; what it is not told is an empty 404, as a
/// proxy's would be.
struct Server {
    url: String,
    asked: Asked,
}

impl Server {
    fn start(answers: &[(&str, u16, Value)]) -> Self {
        let answers: BTreeMap<String, (u16, Value)> = answers
            .iter()
            .map(|(request, status, body)| ((*request).to_owned(), (*status, body.clone())))
            .collect();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Asked::default();
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer(&stream.expect("a connection"), &answers, &seen);
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(mut stream: &TcpStream, answers: &BTreeMap<String, (u16, Value)>, asked: &Asked) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        if head.is_empty() {
            head.clone_from(&line);
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let mut words = head.split(' ');
    let method = words.next().unwrap_or_default();
    let path = words.next().unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let request = format!("{method} {path}");
    let body = String::from_utf8(body).expect("text");
    asked.lock().unwrap().push(format!("{request} {body}"));
    let (status, text) = match answers.get(&request) {
        Some((status, value)) => (*status, value.to_string()),
        None => (404, String::new()),
    };
    let length = text.len();
    let reply = format!(
        "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{text}"
    );
    stream.write_all(reply.as_bytes()).expect("sent");
}

fn line_schema() -> Value {
    json!({ "schema": SchemaName::Line.text() })
}

fn not_found(code: u32) -> Value {
    json!({"error_code": code, "message": "not found"})
}

#[test]
fn a_schema_is_fetched_once_from_a_plain_thread() {
    let server = Server::start(&[("GET /schemas/ids/7", 200, line_schema())]);
    let registry = Registry::new(&server.url).unwrap();
    for _ in 0..3 {
        let schema = registry.schema_by_id(7).unwrap();
        assert_eq!(*schema, *SchemaName::Line.schema());
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_schema_can_be_fetched_inside_an_async_runtime_too() {
    let server = Server::start(&[("GET /schemas/ids/7", 200, line_schema())]);
    let registry = Registry::new(&server.url).unwrap();
    assert!(registry.schema_by_id(7).is_ok());
}

#[test]
fn promise_7_only_the_registrys_own_404_makes_a_record_bad() {
    let server = Server::start(&[
        ("GET /schemas/ids/1", 404, not_found(40_403)),
        ("GET /schemas/ids/3", 500, not_found(50_001)),
        ("GET /schemas/ids/4", 404, not_found(404)),
        (
            "GET /schemas/ids/5",
            200,
            json!({"schema": "{}", "schemaType": "JSON"}),
        ),
        ("GET /schemas/ids/6", 200, json!({"schema": "{"})),
    ]);
    let registry = Registry::new(&server.url).unwrap();
    assert_eq!(
        registry.schema_by_id(1),
        Err(SchemaError::NotFound { id: 1 })
    );
    for id in [2, 3, 4] {
        let error = registry.schema_by_id(id).unwrap_err();
        assert!(matches!(error, SchemaError::Unreachable { .. }), "{error}");
    }
    for id in [5, 6] {
        let error = registry.schema_by_id(id).unwrap_err();
        assert!(matches!(error, SchemaError::NotAvro { .. }), "{error}");
    }
}

#[test]
fn a_registry_that_is_down_is_named_and_asked_again() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let registry = Registry::new(&format!("http://{port}/")).unwrap();
    let error = registry.schema_by_id(7).unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn registering_sets_the_compatibility_first() {
    let server = Server::start(&[
        ("GET /config/nba-lines-value", 404, not_found(40_408)),
        (
            "PUT /config/nba-lines-value",
            200,
            json!({"compatibility": COMPATIBILITY}),
        ),
        (
            "POST /subjects/nba-lines-value/versions",
            200,
            json!({"id": 9}),
        ),
    ]);
    let registry = Registry::new(&server.url).unwrap();
    let id = registry.register("nba-lines-value", SchemaName::Line).await;
    assert_eq!(id, Ok(9));
    let asked = server.asked();
    assert!(
        asked[1].starts_with("PUT /config/nba-lines-value") && asked[1].contains(COMPATIBILITY)
    );
    let body = &asked[2][asked[2].find('{').unwrap()..];
    let posted: Value = serde_json::from_str(body).unwrap();
    let text = posted["schema"].as_str().unwrap();
    let ours: Value = serde_json::from_str(SchemaName::Line.text()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), ours);
}

#[tokio::test]
async fn an_incompatible_schema_is_refused_and_a_failing_registry_is_transient() {
    let level = json!({"compatibilityLevel": COMPATIBILITY});
    let server = Server::start(&[
        ("GET /config/a-value", 200, level.clone()),
        ("POST /subjects/a-value/versions", 409, not_found(40_901)),
        ("GET /config/b-value", 200, level),
        ("POST /subjects/b-value/versions", 500, not_found(50_001)),
    ]);
    let registry = Registry::new(&server.url).unwrap();
    let refused = registry
        .register("a-value", SchemaName::Line)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, RegistryError::Refused { .. }),
        "{refused}"
    );
    assert!(!refused.is_transient());
    let failed = registry
        .register("b-value", SchemaName::Line)
        .await
        .unwrap_err();
    assert!(failed.is_transient(), "{failed}");
}

#[tokio::test]
async fn looking_at_a_subject_changes_nothing() {
    let server = Server::start(&[
        ("GET /config/a-value", 404, not_found(40_408)),
        ("POST /subjects/a-value", 404, not_found(40_401)),
        (
            "GET /config/b-value",
            200,
            json!({"compatibilityLevel": "BACKWARD"}),
        ),
        (
            "POST /subjects/b-value",
            200,
            json!({"id": 4, "version": 1, "schema": "{}"}),
        ),
    ]);
    let registry = Registry::new(&server.url).unwrap();
    let empty = registry.look("a-value", SchemaName::Line).await;
    assert_eq!(empty, Ok(SubjectState::default()));
    let there = SubjectState {
        id: Some(4),
        compatibility: Some("BACKWARD".to_owned()),
    };
    assert_eq!(registry.look("b-value", SchemaName::Line).await, Ok(there));
    assert!(!server.asked().iter().any(|asked| asked.contains("PUT")));
}
