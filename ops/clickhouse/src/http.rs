//! The way of a request through the server.

use crate::{
    exception::Exception,
    output::{Output, Reply},
    query::{self, Job},
    request::Request,
    response::{self, Identity},
    server::{Admission, Server},
    spool::{Spool, SpoolError},
};
use axum::{
    Router,
    body::Body,
    extract::{self, State},
    http::{Method, StatusCode, header, request::Parts},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use http_body_util::BodyExt as _;
use std::sync::Arc;
use tokio::{runtime::Handle, sync::oneshot};

/// What is read and dropped of a body whose request is refused, so that the client, still sending,
/// gets to read the answer. Beyond, the connection closes.
const DRAINED_BYTES_MAX: usize = 1 << 20;

const OK: &str = "Ok.\n";

/// All paths of the server.
pub(crate) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/", axum::routing::any(answer))
        .route("/ping", get(async || response::plain(StatusCode::OK, OK)))
        .route(
            "/replicas_status",
            get(async || response::plain(StatusCode::OK, OK)),
        )
        .fallback(async || {
            let text = "There is no handle for this path: queries go to /, and /ping answers Ok.\n";
            response::plain(StatusCode::NOT_FOUND, text)
        })
        .with_state(server)
}

async fn answer(State(server): State<Arc<Server>>, request: extract::Request) -> Response {
    let (parts, mut body) = request.into_parts();
    match parts.method {
        Method::OPTIONS => return StatusCode::NO_CONTENT.into_response(),
        Method::GET | Method::HEAD if is_bare(&parts) => return Html(OK).into_response(),
        _ => {}
    }
    let read = check_length(&parts).and_then(|()| Request::read(&parts, &server.credentials));
    match read {
        Ok(request) => answer_query(server, request, body).await,
        Err(exception) => {
            drain(&mut body).await;
            let identity = Identity::new(
                uuid::Uuid::new_v4().to_string(),
                server.facts.timezone.clone(),
            );
            response::build(Reply::Failed(exception), &identity, &server.facts)
        }
    }
}

/// Nothing is asked: a browser or a probe looks whether somebody is there.
fn is_bare(parts: &Parts) -> bool {
    let has_body = parts.headers.contains_key(header::TRANSFER_ENCODING)
        || parts
            .headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length != "0");
    parts.uri.query().unwrap_or_default().is_empty() && !has_body
}

fn check_length(parts: &Parts) -> Result<(), Exception> {
    let has_length = parts.headers.contains_key(header::TRANSFER_ENCODING)
        || parts.headers.contains_key(header::CONTENT_LENGTH);
    match parts.method {
        Method::GET | Method::HEAD => Ok(()),
        Method::POST if has_length => Ok(()),
        Method::POST => {
            let message = "The Transfer-Encoding is not chunked and there is no Content-Length";
            Err(Exception::new(381, "HTTP_LENGTH_REQUIRED", message))
        }
        _ => Err(Exception::not_implemented("Queries come by GET or POST")),
    }
}

async fn answer_query(server: Arc<Server>, request: Request, mut body: Body) -> Response {
    let timezone = request
        .setting("session_timezone")
        .filter(|name| !name.is_empty());
    let timezone = timezone.unwrap_or(&server.facts.timezone).to_owned();
    let identity = Identity::new(request.query_id.clone(), timezone);
    let admitted = server.admit(&request.query_id);
    let reply = match admitted {
        Ok(admission) => match Spool::collect(body, &server.data).await {
            Ok(body) => run(&server, (request, body, admission), &identity).await,
            Err(SpoolError::Refused(exception)) => Reply::Failed(exception),
            Err(SpoolError::Broken) => Reply::Failed(Exception::new(
                210,
                "NETWORK_ERROR",
                "The request's body broke off; nothing of it was used",
            )),
        },
        Err(exception) => {
            drain(&mut body).await;
            Reply::Failed(exception)
        }
    };
    response::build(reply, &identity, &server.facts)
}

/// Hands a complete request to an engine thread and waits for the head of its answer.
async fn run(
    server: &Arc<Server>,
    (request, body, admission): (Request, Spool, Admission),
    identity: &Identity,
) -> Reply {
    let (head, reply) = oneshot::channel();
    let output = Output {
        encoding: request.answer_encoding,
        hold_bytes: request.hold_bytes,
        head: Some(head),
        version: server.facts.version.clone(),
        tag: identity.tag.clone(),
        runtime: Handle::current(),
        end: None,
    };
    let job = Job {
        request,
        body,
        output,
        admission,
    };
    let Ok(permit) = Arc::clone(&server.engine_calls).acquire_owned().await else {
        return Reply::Failed(Server::stopping());
    };
    let server = Arc::clone(server);
    let _detached = tokio::task::spawn_blocking(move || {
        query::execute(&server, job);
        drop(permit);
    });
    reply.await.unwrap_or_else(|_| {
        Reply::Failed(Exception::from_engine(
            "The request ended without an answer",
        ))
    })
}

async fn drain(body: &mut Body) {
    let mut drained_bytes = 0;
    while let Some(Ok(frame)) = body.frame().await {
        drained_bytes += frame.data_ref().map_or(0, bytes::Bytes::len);
        if drained_bytes > DRAINED_BYTES_MAX {
            return;
        }
    }
}
