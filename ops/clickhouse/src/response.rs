//! Answers as HTTP: status, headers, and the body's way out.

use crate::{
    engine::Statistics,
    exception::Exception,
    output::{Answered, Piece, Reply, ReplyBody},
    server::Facts,
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::stream;
use std::{io, time::Duration};
use tokio::sync::mpsc;

const TEXT_PLAIN: &str = "text/plain; charset=UTF-8";
const EXPOSED: &str = "X-ClickHouse-Query-Id,X-ClickHouse-Summary,X-ClickHouse-Server-Display-Name,\
                       X-ClickHouse-Format,X-ClickHouse-Timezone,X-ClickHouse-Exception-Code,\
                       X-ClickHouse-Exception-Tag";

/// A broken body closes the connection at once and may take what is not yet in the socket with it;
/// so long the error block in front of the break has to get there.
const FLUSH_PAUSE: Duration = Duration::from_millis(100);

/// What names one answer to its client.
pub(crate) struct Identity {
    pub(crate) query_id: String,
    /// Marks an error behind data already sent.
    pub(crate) tag: String,
    pub(crate) timezone: String,
}

impl Identity {
    pub(crate) fn new(query_id: String, timezone: String) -> Self {
        let random = uuid::Uuid::new_v4();
        let tag = random
            .as_bytes()
            .iter()
            .map(|byte| char::from(b'a' + byte % 26))
            .collect();
        Self {
            query_id,
            tag,
            timezone,
        }
    }
}

/// A plain text that is no answer to a query.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, TEXT_PLAIN)], text).into_response()
}

/// The answer to a query.
pub(crate) fn build(reply: Reply, identity: &Identity, facts: &Facts) -> Response {
    match reply {
        Reply::Failed(exception) => failed(&exception, identity, facts),
        Reply::Answered(answered) => succeeded(answered, identity, facts),
    }
}

/// Errors go out plain, whatever was asked: every client reads that.
fn failed(exception: &Exception, identity: &Identity, facts: &Facts) -> Response {
    let status = exception.status();
    let mut response = (status, exception.body(&facts.version)).into_response();
    let headers = response.headers_mut();
    put(headers, "content-type", TEXT_PLAIN);
    put(
        headers,
        "x-clickhouse-exception-code",
        &exception.code.to_string(),
    );
    if status == StatusCode::UNAUTHORIZED {
        put(
            headers,
            "www-authenticate",
            "Basic realm=\"ClickHouse server HTTP API\"",
        );
    }
    put_identity(headers, identity, Statistics::default());
    response
}

fn succeeded(answered: Answered, identity: &Identity, facts: &Facts) -> Response {
    let body = match answered.body {
        ReplyBody::Whole(bytes) => Body::from(bytes),
        ReplyBody::Pieces(pieces) => body_of(pieces),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    if let Some(encoding) = answered.encoding.header() {
        put(headers, "content-encoding", encoding);
    }
    match &answered.format {
        None => put(headers, "content-type", TEXT_PLAIN),
        Some(format) => {
            put(headers, "content-type", facts.content_type(format));
            put(headers, "x-clickhouse-format", format);
        }
    }
    put_identity(headers, identity, answered.statistics);
    response
}

fn put_identity(headers: &mut HeaderMap, identity: &Identity, statistics: Statistics) {
    put(headers, "x-clickhouse-query-id", &identity.query_id);
    put(headers, "x-clickhouse-server-display-name", "sideline");
    put(headers, "x-clickhouse-timezone", &identity.timezone);
    put(headers, "x-clickhouse-summary", &summary(statistics));
    put(headers, "x-clickhouse-exception-tag", &identity.tag);
    put(headers, "connection", "Keep-Alive");
    put(headers, "keep-alive", "timeout=10");
    put(headers, "access-control-expose-headers", EXPOSED);
}

/// A value that no header can carry (a line end in a query id) is left out.
fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        headers.insert(name, value);
    }
}

/// All values are strings, since clients parse nothing else here.
fn summary(statistics: Statistics) -> String {
    let elapsed_ns = Duration::from_secs_f64(statistics.elapsed_s.clamp(0.0, 1e9)).as_nanos();
    format!(
        "{{\"read_rows\":\"{}\",\"read_bytes\":\"{}\",\"written_rows\":\"{}\",\"written_bytes\":\"{}\",\
         \"total_rows_to_read\":\"{}\",\"result_rows\":\"{}\",\"result_bytes\":\"{}\",\
         \"elapsed_ns\":\"{elapsed_ns}\",\"memory_usage\":\"0\"}}",
        statistics.storage_rows,
        statistics.storage_bytes,
        statistics.written_rows,
        statistics.written_bytes,
        statistics.storage_rows,
        statistics.result_rows,
        statistics.result_bytes,
    )
}

fn body_of(pieces: mpsc::Receiver<Piece>) -> Body {
    Body::from_stream(stream::unfold(pieces, |mut pieces| async {
        match pieces.recv().await? {
            Piece::Data(data) => Some((Ok(data), pieces)),
            Piece::Broken => {
                tokio::time::sleep(FLUSH_PAUSE).await;
                let error = io::Error::other("the query failed behind data already sent");
                Some((Err::<Bytes, _>(error), pieces))
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_summary_is_a_string() {
        let statistics = Statistics {
            written_rows: 7,
            elapsed_s: 0.5,
            ..Statistics::default()
        };
        let parsed: serde_json::Value = serde_json::from_str(&summary(statistics)).unwrap();
        let object = parsed.as_object().unwrap();
        assert_eq!(object.len(), 9);
        assert!(object.values().all(serde_json::Value::is_string));
        assert_eq!(
            (&object["written_rows"], &object["elapsed_ns"]),
            (&"7".into(), &"500000000".into())
        );
    }

    #[test]
    fn a_tag_is_sixteen_small_letters() {
        let identity = Identity::new("id".into(), "UTC".into());
        assert_eq!(identity.tag.len(), 16);
        assert!(identity.tag.bytes().all(|byte| byte.is_ascii_lowercase()));
    }
}
