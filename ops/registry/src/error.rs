//! What can go wrong, and how clients are told.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a schema was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Reason(String);

impl Reason {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Why the registry could not start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The port is taken or not ours.
    #[error(
        "the registry cannot listen on {listen}: {source}; stop what uses the port, or choose another"
    )]
    Listen {
        /// Where it should have listened.
        listen: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Kafka could not be used.
    #[error("the registry cannot use the topic {topic} on {kafka}: {message}; is Kafka up?")]
    Kafka {
        /// The topic.
        topic: String,
        /// The broker.
        kafka: String,
        /// What the client said.
        message: String,
    },
    /// Another registry writes to the same topic.
    #[error(
        "another registry wrote to {topic} at offset {offset}; two writers would give the same id twice, so this one stops: run only one"
    )]
    ForeignWriter {
        /// The topic.
        topic: String,
        /// Where the foreign record stands.
        offset: i64,
    },
    /// The topic's settings would lose schemas, or hide them from another registry.
    #[error(
        "topic {topic} has {setting} {found}, the registry needs {needed}: correct the topic, or name another one"
    )]
    Topic {
        /// The topic.
        topic: String,
        /// The setting that is wrong.
        setting: &'static str,
        /// Its value.
        found: String,
        /// The only value that will do.
        needed: &'static str,
    },
    /// The older records were not read to their end in time.
    #[error(
        "the registry did not read {topic} to its end within {limit:?}: look at the Kafka broker's load, then start it again"
    )]
    CatchUp {
        /// The topic.
        topic: String,
        /// How long it waited.
        limit: Duration,
    },
    /// A record uses a part of the format that this registry would damage by writing on.
    #[error(
        "{topic} offset {offset} holds {what}, which this registry does not know: serve the topic with the registry that wrote it"
    )]
    Unsupported {
        /// The topic.
        topic: String,
        /// Where the record stands.
        offset: i64,
        /// What is not known.
        what: &'static str,
    },
    /// The reader's thread ended without a word.
    #[error("the reader of {topic} ended unexpectedly: start the registry again")]
    ReaderGone {
        /// The topic.
        topic: String,
    },
    /// The reader's thread could not start.
    #[error("the registry could not start its reader's thread: {0}; free some memory or threads")]
    Thread(std::io::Error),
    /// The HTTP server failed.
    #[error("the registry's HTTP server failed: {0}")]
    Http(std::io::Error),
}

/// An answer that is an error, in Confluent's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u32,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn no_subject(subject: &str) -> Self {
        Self::new(40401, format!("Subject '{subject}' not found."))
    }

    pub(crate) fn no_version(version: i32) -> Self {
        Self::new(40402, format!("Version {version} not found."))
    }

    pub(crate) fn no_schema(id: i32) -> Self {
        Self::new(40403, format!("Schema {id} not found"))
    }

    pub(crate) fn invalid_schema(reason: &Reason) -> Self {
        Self::new(42201, format!("Invalid schema: {reason}"))
    }

    pub(crate) fn not_permitted(message: String) -> Self {
        Self::new(42205, message)
    }
}

/// The HTTP status is the first three digits of the code.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let digits = if self.code >= 1000 {
            self.code / 100
        } else {
            self.code
        };
        let status = u16::try_from(digits)
            .ok()
            .and_then(|code| StatusCode::from_u16(code).ok());
        let body = Json(json!({ "error_code": self.code, "message": self.message }));
        let content_type = [(header::CONTENT_TYPE, crate::http::CONTENT_TYPE)];
        (
            status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            content_type,
            body,
        )
            .into_response()
    }
}
