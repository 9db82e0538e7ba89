//! One server for all tests of a file, in a process of its own: the engine's threads run until it is
//! closed, and a test harness has no hook for closing it before the process ends under them.

use bytes::Bytes;
use nix::fcntl::{Flock, FlockArg};
use reqwest::{Client, Method, RequestBuilder, Response};
use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use crate::library::library;

pub(crate) const PASSWORD: &str = "secret";

struct Served {
    /// Holds the server's input: it closes the engine and ends when this process has ended.
    _process: Child,
    address: String,
}

fn start(library: &Path) -> Served {
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("clickhouse-http");
    wait_until_released(&data);
    if data.exists() {
        std::fs::remove_dir_all(&data).unwrap();
    }
    let mut process = Command::new(env!("CARGO_BIN_EXE_sideline-clickhouse-server"))
        .arg("127.0.0.1:0")
        .args([&data, library])
        .arg(PASSWORD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("ready on ");
    let address = address.expect("the server starts").to_owned();
    Served {
        _process: process,
        address,
    }
}

/// The server of the run before may still be closing.
fn wait_until_released(data: &Path) {
    if let Ok(status) = File::options().write(true).open(data.join("status")) {
        drop(Flock::lock(status, FlockArg::LockExclusive).unwrap());
    }
}

/// The address of the server, started by the first test that asks; `None` when there is no library.
pub(crate) fn server() -> Option<&'static str> {
    static SERVED: OnceLock<Option<Served>> = OnceLock::new();
    let served = SERVED.get_or_init(|| library().as_deref().map(start));
    served.as_ref().map(|served| served.address.as_str())
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
