//! Starting, what all requests share, and stopping.

use crate::{
    Error,
    ahead::Ahead,
    engine::{Call, Connection, Engine},
    exception::Exception,
    http, lock,
    query::TEXT_BYTES_MAX,
    request::Request,
    session::{Sessions, Workspace, choose_database},
};
use axum::serve::ListenerExt as _;
use nix::fcntl::{Flock, FlockArg};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

/// Calls into the engine at one time, each on a blocking thread; the next ones queue. The local
/// stack asks from a handful of places, and each call may itself use all cores.
const ENGINE_CALLS_MAX: u32 = 16;

/// Requests being received, queued or answered. Beyond: 503, which clients retry.
const REQUESTS_MAX: usize = 256;

/// Running requests may take so long to finish after the stop; then their queries are killed.
const FINISH_MAX: Duration = Duration::from_secs(10);
/// A killed query notices within milliseconds.
const KILLED_MAX: Duration = Duration::from_secs(2);

/// What the engine may use beside its memory limit: its caches, sized for a laptop (defaults are
/// 5 GiB each), and its threads for merges.
const ENGINE_SETTINGS: [&str; 11] = [
    "mark_cache_size=33554432",
    "index_mark_cache_size=8388608",
    "primary_index_cache_size=33554432",
    "background_pool_size=2",
    "background_schedule_pool_size=4",
    "max_thread_pool_free_size=32",
    // An answer means stored, and a word that is no statement is an error, as on the server.
    "async_insert=0",
    "implicit_select=0",
    // The keys a join meets are laid over the sort key of the table that is read, so that a question
    // by a player's other spelling reads his rows alone.
    "enable_join_runtime_filters_index_analysis=1",
    // What is asked is mostly in the page cache already: a thread of its own for each file costs more
    // than it hides.
    "local_filesystem_read_method=pread",
    // An answer is written by the thread that makes it: handing it to two others costs each question
    // half a millisecond, and gains a large one nothing.
    "output_format_parallel_formatting=0",
];

/// Where and how to serve.
#[derive(Clone)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one. Keep it on loopback: queries may read any
    /// file this process may read.
    pub listen: SocketAddr,
    /// Data folder, made when it is missing. One process at a time may use it, and one process may
    /// use only one in its life.
    pub data: PathBuf,
    /// The engine's shared library.
    pub library: PathBuf,
    /// The only user.
    pub user: String,
    /// The user's password; may be empty.
    pub password: String,
    /// Bytes the engine may hold. A query that would exceed it fails with code 241. At least
    /// 256 MiB: below, the engine cannot hold one block of an insert.
    pub memory_limit_bytes: u64,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Config")
            .field("listen", &self.listen)
            .field("data", &self.data)
            .field("library", &self.library)
            .field("user", &self.user)
            .field("password", &"***")
            .field("memory_limit_bytes", &self.memory_limit_bytes)
            .finish()
    }
}

/// The user that may ask.
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// What the engine said about itself at the start.
pub(crate) struct Facts {
    pub(crate) version: String,
    pub(crate) timezone: String,
    /// By the format's name in small letters.
    content_types: BTreeMap<String, String>,
}

impl Facts {
    /// The media type of a format.
    pub(crate) fn content_type(&self, format: &str) -> &str {
        let found = self.content_types.get(&format.to_ascii_lowercase());
        found.map_or("application/octet-stream", String::as_str)
    }

    fn read(connection: &mut Connection) -> Result<Self, Exception> {
        let answer = connection.query(Call::plain("SELECT version(), timezone()"))?;
        let line = String::from_utf8_lossy(answer.as_ref())
            .trim_end()
            .to_owned();
        let (version, timezone) = line.split_once('\t').unwrap_or((&line, "UTC"));
        let (version, timezone) = (version.to_owned(), timezone.to_owned());
        let sql = "SELECT lower(name), content_type FROM system.formats WHERE content_type != ''";
        let formats = connection.query(Call::plain(sql))?;
        let lines = String::from_utf8_lossy(formats.as_ref()).into_owned();
        let pairs = lines.lines().filter_map(|line| line.split_once('\t'));
        let content_types = pairs
            .map(|(name, media_type)| (name.to_owned(), media_type.to_owned()))
            .collect();
        Ok(Self {
            version,
            timezone,
            content_types,
        })
    }
}

/// What all requests share.
pub(crate) struct Server {
    pub(crate) credentials: Credentials,
    pub(crate) facts: Facts,
    pub(crate) data: PathBuf,
    pub(crate) engine_calls: Arc<Semaphore>,
    requests: Arc<Semaphore>,
    running: Arc<Mutex<BTreeSet<String>>>,
    sessions: Arc<Sessions>,
    pub(crate) ahead: Ahead,
    /// Taken at the end.
    engine: Mutex<Option<Engine>>,
}

/// A request's place and its id, given back when dropped.
pub(crate) struct Admission {
    running: Arc<Mutex<BTreeSet<String>>>,
    query_id: String,
    _place: OwnedSemaphorePermit,
}

impl Drop for Admission {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.query_id);
    }
}

impl Server {
    /// Lets a request in, unless there are too many or its id is running.
    pub(crate) fn admit(&self, query_id: &str) -> Result<Admission, Exception> {
        let Ok(place) = Arc::clone(&self.requests).try_acquire_owned() else {
            let message = format!("{REQUESTS_MAX} requests are being answered: try again later");
            return Err(Exception::new(
                202,
                "TOO_MANY_SIMULTANEOUS_QUERIES",
                &message,
            ));
        };
        if !lock(&self.running).insert(query_id.to_owned()) {
            let message = format!("Query with id = {query_id} is already running");
            return Err(Exception::new(
                216,
                "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING",
                &message,
            ));
        }
        let running = Arc::clone(&self.running);
        Ok(Admission {
            running,
            query_id: query_id.to_owned(),
            _place: place,
        })
    }

    /// The connection for a request: its session's, or a fresh one.
    pub(crate) fn workspace(&self, request: &Request) -> Result<Workspace, Exception> {
        match &request.session {
            None => {
                self.sessions.sweep();
                let database = request.database.as_deref();
                let connection = match self.ahead.take(database) {
                    Some(connection) => connection,
                    None => self.connect(database)?,
                };
                Ok(Workspace::Fresh(connection))
            }
            Some(wanted) => self
                .sessions
                .take(wanted, || self.with_engine(Engine::connect)),
        }
    }

    /// A fresh connection that cannot write.
    pub(crate) fn readonly_workspace(&self, request: &Request) -> Result<Workspace, Exception> {
        let mut connection = self.with_engine(Engine::connect_readonly)?;
        choose_database(&mut connection, request.database.as_deref())?;
        Ok(Workspace::Fresh(connection))
    }

    /// Opens the connection of the next request like this one, unless its session has one. Comes after
    /// the answer.
    pub(crate) fn open_ahead(&self, request: &Request) {
        if request.session.is_none() {
            let database = request.database.as_deref();
            self.ahead.refill(database, || self.connect(database));
        }
    }

    fn connect(&self, database: Option<&str>) -> Result<Connection, Exception> {
        let mut connection = self.with_engine(Engine::connect)?;
        choose_database(&mut connection, database)?;
        Ok(connection)
    }

    /// What requests are told during the stop.
    pub(crate) fn stopping() -> Exception {
        Exception::new(
            439,
            "CANNOT_SCHEDULE_TASK",
            "The server is stopping: try again later",
        )
    }

    fn with_engine<T>(
        &self,
        act: impl FnOnce(&Engine) -> Result<T, Exception>,
    ) -> Result<T, Exception> {
        act(lock(&self.engine).as_ref().ok_or_else(Self::stopping)?)
    }

    fn open(config: Config) -> Result<Self, Error> {
        let Config {
            data,
            library,
            user,
            password,
            memory_limit_bytes,
            ..
        } = config;
        std::fs::create_dir_all(&data)
            .and_then(|()| data.canonicalize())
            .map_err(|source| Error::DataFolder {
                data: data.clone(),
                source,
            })?;
        refuse_locked(&data)?;
        let mut settings: Vec<String> = ENGINE_SETTINGS.map(str::to_owned).into();
        settings.push(format!("max_server_memory_usage={memory_limit_bytes}"));
        settings.push(format!("max_query_size={TEXT_BYTES_MAX}"));
        let engine = Engine::open(&library, &data, &settings)?;
        let facts = engine
            .connect()
            .and_then(|mut connection| Facts::read(&mut connection));
        let facts = facts.map_err(|exception| Error::Engine {
            data: data.clone(),
            reason: exception.text,
        })?;
        Ok(Self {
            credentials: Credentials { user, password },
            facts,
            data,
            engine_calls: Arc::new(Semaphore::new(ENGINE_CALLS_MAX as usize)),
            requests: Arc::new(Semaphore::new(REQUESTS_MAX)),
            running: Arc::default(),
            sessions: Arc::default(),
            ahead: Ahead::default(),
            engine: Mutex::new(Some(engine)),
        })
    }

    /// Waits for the running calls, kills what takes too long, and closes the engine.
    async fn close(&self) {
        let all_done = || self.engine_calls.acquire_many(ENGINE_CALLS_MAX);
        if tokio::time::timeout(FINISH_MAX, all_done()).await.is_err() {
            self.kill_queries();
            let _in_time = tokio::time::timeout(KILLED_MAX, all_done()).await;
        }
        self.engine_calls.close();
        self.sessions.clear();
        self.ahead.forget();
        let engine = lock(&self.engine).take();
        let is_closed = tokio::task::spawn_blocking(|| engine.is_none_or(Engine::close)).await;
        if !is_closed.unwrap_or(false) {
            tracing::warn!("a query outlived the stop; the engine closes with the process");
        }
    }

    fn kill_queries(&self) {
        let killed = self
            .with_engine(Engine::connect)
            .and_then(|mut connection| {
                connection
                    .query(Call::plain("KILL QUERY WHERE 1 ASYNC"))
                    .map(drop)
            });
        if let Err(exception) = killed {
            tracing::warn!(error = %exception, "running queries could not be killed");
        }
    }
}

/// The engine only prints why it refuses a locked folder, so look first.
fn refuse_locked(data: &Path) -> Result<(), Error> {
    let status = data.join("status");
    let Ok(file) = File::options().read(true).write(true).open(&status) else {
        return Ok(());
    };
    if Flock::lock(file, FlockArg::LockExclusiveNonblock).is_ok() {
        return Ok(());
    }
    let text = std::fs::read_to_string(&status).unwrap_or_default();
    let process = text.lines().find_map(|line| line.strip_prefix("PID: "));
    let holder = process
        .map(|id| format!(" (process {id})"))
        .unwrap_or_default();
    Err(Error::DataFolderLocked {
        data: data.to_owned(),
        holder,
    })
}

/// Serves until `shutdown` resolves, then lets running requests finish (10 s at most) and closes
/// the engine. Calls `ready` once, with the bound address, when the engine answers.
///
/// The engine starts once in a process's life: a second call in the same process fails.
///
/// # Errors
/// When the address, the library or the data folder cannot be used, and when the socket fails; each
/// says what to do.
pub async fn serve(
    config: Config,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let listen = config.listen;
    let not_listening = |source| Error::Listen { listen, source };
    let listener = TcpListener::bind(listen).await.map_err(not_listening)?;
    let address = listener.local_addr().map_err(not_listening)?;
    let opened = tokio::task::spawn_blocking(|| Server::open(config)).await;
    let server = Arc::new(opened.map_err(|error| Error::Serve {
        source: io::Error::other(error),
    })??);
    // Answers are small and each is waited for; Nagle would hold them back.
    let listener = listener.tap_io(|stream| {
        let _best_effort = stream.set_nodelay(true);
    });
    ready(address);
    let (stop, mut stopped) = watch::channel(());
    let serving = axum::serve(listener, http::router(Arc::clone(&server))).with_graceful_shutdown(
        async move {
            shutdown.await;
            drop(stop);
        },
    );
    let overdue = async {
        // Ends with an error when the sender is dropped, which is the signal.
        let _closed = stopped.changed().await;
        tokio::time::sleep(FINISH_MAX).await;
    };
    let served = tokio::select! {
        served = serving => served,
        () = overdue => Ok(()),
    };
    server.close().await;
    served.map_err(|source| Error::Serve { source })
}
