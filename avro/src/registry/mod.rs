//! The schema registry: ids for our schemas, schemas for the ids of others.
//!
//! All requests run on one thread of their own, so that a [`Registry`] serves plain threads and
//! async callers alike. Answers are remembered; what the registry does not know is asked again after
//! [`UNKNOWN_REMEMBERED`].

mod cache;
mod http;

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use apache_avro::Schema;
use tokio::sync::mpsc;

use crate::error::SchemaError;
use crate::schemas::SchemaName;
use crate::source::SchemaSource;
use cache::Cache;
use http::Http;

/// Longest wait for one answer of the registry. A processing thread waits in it, so it stays well
/// below the 6 s after which the consumer group takes a silent member's partitions away.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// How long "no such id" is believed. Long enough that a flood of such records costs one request in
/// a while; short, so that a producer that registers late is read soon.
pub const UNKNOWN_REMEMBERED: Duration = Duration::from_secs(5);

/// Requests waiting for the thread. Each caller waits for its own, so more than there are threads
/// never queue up; at the bound a caller is told that the registry cannot be reached.
const WAITING_REQUESTS_MAX: usize = 64;

/// The compatibility level of all our subjects.
pub const COMPATIBILITY: &str = "FULL_TRANSITIVE";

/// A client of one schema registry. Clones share thread and memory.
#[derive(Clone)]
pub struct Registry {
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    requests: mpsc::Sender<Request>,
    cache: Mutex<Cache>,
}

/// What a subject has of one of our schemas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectState {
    /// Id of the schema in this subject, if it is registered there.
    pub id: Option<u32>,
    /// The subject's own compatibility level, if it has one.
    pub compatibility: Option<String>,
}

/// Why a schema could not be registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The registry refuses the schema beside what the subject holds.
    #[error(
        "{subject} refuses schema {schema}: {message}; it holds a version that cannot be read with this one, so a topic of another build is meant, or the schema needs a new field with a default instead of a change"
    )]
    Refused {
        /// The subject.
        subject: String,
        /// Our schema.
        schema: SchemaName,
        /// What the registry says.
        message: String,
    },
    /// No answer, or none that can be relied on.
    #[error("the schema registry at {url} cannot be reached for {subject}: {message}")]
    Unreachable {
        /// Address of the registry.
        url: String,
        /// The subject.
        subject: String,
        /// What happened.
        message: String,
    },
    /// The client could not be set up.
    #[error("no client for the schema registry at {url:?} could be made: {message}")]
    NoClient {
        /// Address of the registry.
        url: String,
        /// What happened.
        message: String,
    },
}

impl RegistryError {
    /// True when the same call may succeed later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// One request to the thread, with the way back.
enum Request {
    Fetch {
        id: u32,
        reply: SyncSender<Result<Schema, SchemaError>>,
    },
    Register {
        subject: String,
        schema: SchemaName,
        reply: tokio::sync::oneshot::Sender<Result<u32, RegistryError>>,
    },
    Look {
        subject: String,
        schema: SchemaName,
        reply: tokio::sync::oneshot::Sender<Result<SubjectState, RegistryError>>,
    },
}

impl Registry {
    /// A client of the registry at `url`, for example `http://127.0.0.1:8081`. Asks nothing yet.
    ///
    /// # Errors
    /// [`RegistryError::NoClient`].
    pub fn new(url: &str) -> Result<Self, RegistryError> {
        let url = url.trim_end_matches('/').to_owned();
        let no_client = |message: String| RegistryError::NoClient {
            url: url.clone(),
            message,
        };
        let http = Http::new(&url).map_err(no_client)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| no_client(error.to_string()))?;
        let (requests, inbox) = mpsc::channel(WAITING_REQUESTS_MAX);
        // The thread ends when the last clone of the registry is dropped: then the inbox closes.
        thread::Builder::new()
            .name("schema-registry".to_owned())
            .spawn(move || runtime.block_on(serve(Arc::new(http), inbox)))
            .map_err(|error| no_client(error.to_string()))?;
        Ok(Self {
            shared: Arc::new(Shared {
                url,
                requests,
                cache: Mutex::default(),
            }),
        })
    }

    /// Address of the registry.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Registers `schema` under `subject` (`<topic>-value`) and returns its id; sets the subject's
    /// compatibility to [`COMPATIBILITY`] first. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn register(&self, subject: &str, schema: SchemaName) -> Result<u32, RegistryError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let request = Request::Register {
            subject: subject.to_owned(),
            schema,
            reply,
        };
        self.ask(subject, request, answer).await
    }

    /// What `subject` has of `schema`; changes nothing.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn look(
        &self,
        subject: &str,
        schema: SchemaName,
    ) -> Result<SubjectState, RegistryError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let request = Request::Look {
            subject: subject.to_owned(),
            schema,
            reply,
        };
        self.ask(subject, request, answer).await
    }

    async fn ask<A>(
        &self,
        subject: &str,
        request: Request,
        answer: tokio::sync::oneshot::Receiver<Result<A, RegistryError>>,
    ) -> Result<A, RegistryError> {
        let unreachable = |message: &str| RegistryError::Unreachable {
            url: self.shared.url.clone(),
            subject: subject.to_owned(),
            message: message.to_owned(),
        };
        if self.shared.requests.send(request).await.is_err() {
            return Err(unreachable("its thread has ended"));
        }
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(unreachable("its thread has ended")),
        }
    }

    fn fetch(&self, id: u32) -> Result<Schema, SchemaError> {
        let unreachable = |message: &str| SchemaError::Unreachable {
            id,
            message: format!("{message} ({})", self.shared.url),
        };
        let (reply, answer) = sync_channel(1);
        if let Err(error) = self.shared.requests.try_send(Request::Fetch { id, reply }) {
            return Err(unreachable(&error.to_string()));
        }
        match answer.recv_timeout(ANSWER_TIMEOUT) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => Err(unreachable("no answer in time")),
            Err(RecvTimeoutError::Disconnected) => Err(unreachable("its thread has ended")),
        }
    }
}

impl SchemaSource for Registry {
    fn schema_by_id(&self, id: u32) -> Result<Arc<Schema>, SchemaError> {
        let lock = || {
            let cache = self.shared.cache.lock();
            cache.unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(known) = lock().known(id, Instant::now()) {
            return known;
        }
        let fetched = self.fetch(id).map(Arc::new);
        lock().remember(id, &fetched, Instant::now());
        fetched
    }
}

async fn serve(http: Arc<Http>, mut inbox: mpsc::Receiver<Request>) {
    while let Some(request) = inbox.recv().await {
        let http = Arc::clone(&http);
        // A caller that no longer waits makes the reply fail, which is nobody's loss.
        tokio::spawn(async move {
            match request {
                Request::Fetch { id, reply } => drop(reply.try_send(http.fetch(id).await)),
                Request::Register {
                    subject,
                    schema,
                    reply,
                } => drop(reply.send(http.register(&subject, schema).await)),
                Request::Look {
                    subject,
                    schema,
                    reply,
                } => drop(reply.send(http.look(&subject, schema).await)),
            }
        });
    }
}
