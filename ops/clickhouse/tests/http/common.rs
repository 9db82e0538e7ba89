//! One server for all tests of a file: the engine starts once in a process's life.

use bytes::Bytes;
use reqwest::{Client, Method, RequestBuilder, Response};
use sideline_clickhouse_server::{Config, serve};
use std::{
    path::PathBuf,
    sync::{Mutex, OnceLock, mpsc},
    thread::JoinHandle,
};
use tokio::sync::oneshot;

use crate::library::library;

pub(crate) const PASSWORD: &str = "secret";

fn config(library: PathBuf) -> Config {
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("clickhouse-http");
    if data.exists() {
        std::fs::remove_dir_all(&data).unwrap();
    }
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        data,
        library,
        user: "default".into(),
        password: PASSWORD.into(),
        memory_limit_bytes: 1 << 30,
    }
}

/// What stops the server, and its thread.
static RUNNING: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>> = Mutex::new(None);

/// The engine's threads must be gone before the destructors of its library run: a process that ended
/// under them has crashed after its last test.
#[expect(unsafe_code, reason = "the test harness has no hook for its end")]
fn stop_before_the_process_ends() {
    extern "C" fn stop() {
        let running = RUNNING.lock().ok().and_then(|mut running| running.take());
        if let Some((stop, thread)) = running {
            drop(stop);
            drop(thread.join());
        }
    }
    // SAFETY: a function without arguments that does not unwind: nothing in it panics.
    unsafe { libc::atexit(stop) };
}

/// The address of the server, started by the first test that asks; `None` when there is no library.
pub(crate) fn server() -> Option<&'static str> {
    static ADDRESS: OnceLock<Option<String>> = OnceLock::new();
    let start = || {
        let config = config(library()?);
        let (sender, receiver) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap();
            let ready = move |address: std::net::SocketAddr| sender.send(address).unwrap();
            let stopped = async { drop(stopped.await) };
            runtime.block_on(serve(config, ready, stopped)).unwrap();
        });
        let address = receiver.recv().expect("the server starts");
        *RUNNING.lock().unwrap() = Some((stop, thread));
        stop_before_the_process_ends();
        Some(format!("127.0.0.1:{}", address.port()))
    };
    ADDRESS.get_or_init(start).as_deref()
}

/// Asks with the right password.
pub(crate) struct Asker {
    pub(crate) http: Client,
    pub(crate) address: &'static str,
}

pub(crate) fn asker() -> Option<Asker> {
    Some(Asker {
        http: Client::new(),
        address: server()?,
    })
}

impl Asker {
    pub(crate) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let url = format!("http://{}{url}", self.address);
        self.http
            .request(method, url)
            .header("X-ClickHouse-Key", PASSWORD)
    }

    pub(crate) async fn post(&self, url: &str, body: impl Into<reqwest::Body>) -> Response {
        let body = body.into();
        let request = self.request(Method::POST, url);
        // The client leaves the length out when it is zero; real ones of ClickHouse send it.
        let is_empty = body.as_bytes().is_some_and(<[u8]>::is_empty);
        let request = if is_empty {
            request.header("Content-Length", "0")
        } else {
            request
        };
        request.body(body).send().await.unwrap()
    }

    pub(crate) async fn get(&self, url: &str) -> Response {
        self.request(Method::GET, url).send().await.unwrap()
    }

    /// The text of an answer, whatever its status.
    pub(crate) async fn ask(&self, url: &str, body: impl Into<reqwest::Body>) -> String {
        self.post(url, body).await.text().await.unwrap()
    }

    pub(crate) async fn bytes(&self, url: &str, body: impl Into<reqwest::Body>) -> Bytes {
        self.post(url, body).await.bytes().await.unwrap()
    }

    /// Status and code of an answer that must fail.
    pub(crate) async fn fail(&self, url: &str, body: impl Into<reqwest::Body>) -> (u16, u32) {
        failure(self.post(url, body).await).await
    }

    /// The text of an answer that must succeed.
    pub(crate) async fn text(&self, sql: &str) -> String {
        let response = self.post("/", sql.to_owned()).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, 200, "{sql}: {text}");
        text
    }

    /// Makes the table anew.
    pub(crate) async fn table(&self, name: &str, columns: &str) {
        self.text(&format!("DROP TABLE IF EXISTS {name}")).await;
        self.text(&format!(
            "CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY tuple()"
        ))
        .await;
    }
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Status, code, and that the body has the form clients read.
pub(crate) async fn failure(response: Response) -> (u16, u32) {
    let status = response.status().as_u16();
    let code: u32 = header(&response, "x-clickhouse-exception-code")
        .parse()
        .unwrap_or(0);
    assert_eq!(header(&response, "content-encoding"), "");
    let text = response.text().await.unwrap();
    assert!(
        text.starts_with(&format!("Code: {code}. DB::Exception: ")),
        "{text}"
    );
    assert!(text.ends_with(" (official build))\n"), "{text}");
    (status, code)
}
