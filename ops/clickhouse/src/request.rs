//! A request without its body: who asks, where, how, and with which settings.

use crate::{
    compression::Encoding,
    exception::Exception,
    multipart::{self, Fields},
    server::Credentials,
};
use axum::{
    extract::Query,
    http::{HeaderMap, Method, header, request::Parts},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::time::Duration;

/// The server's own bounds of a session's life.
const SESSION_TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);
const SESSION_TIMEOUT_MAX_S: u64 = 3600;

/// Bytes held back before the head is sent, so that an early error still gets its status. Small
/// enough that a streamed answer starts with its first piece.
const HOLD_BYTES_DEFAULT: usize = 32 << 10;
/// Bound for `buffer_size`: more is answered with `wait_end_of_query`.
const HOLD_BYTES_MAX: usize = 64 << 20;

/// Parameters that are never settings. `readonly` is: the engine could not take it back on a kept
/// session, so it is obeyed here.
const NOT_SETTINGS: [&str; 19] = [
    "query",
    "database",
    "default_format",
    "user",
    "password",
    "quota_key",
    "role",
    "query_id",
    "session_id",
    "session_timeout",
    "session_check",
    "close_session",
    "compress",
    "decompress",
    "buffer_size",
    "wait_end_of_query",
    "stacktrace",
    "client_protocol_version",
    "readonly",
];

/// What the URL and the headers of a request say.
#[derive(Debug)]
pub(crate) struct Request {
    /// The text in the URL; the body continues it.
    pub(crate) query: Vec<u8>,
    pub(crate) query_id: String,
    pub(crate) database: Option<String>,
    pub(crate) default_format: Option<String>,
    pub(crate) session: Option<SessionRequest>,
    /// Each name once: the last value wins.
    pub(crate) settings: Vec<(String, String)>,
    /// Each name once: the first value wins.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) is_readonly: bool,
    /// The whole answer is made before its head is sent.
    pub(crate) waits_for_end: bool,
    pub(crate) hold_bytes: usize,
    pub(crate) answer_encoding: Encoding,
    pub(crate) body_encoding: Encoding,
    pub(crate) has_native_body: bool,
    pub(crate) boundary: Option<String>,
}

/// Which session a request belongs to.
#[derive(Debug)]
pub(crate) struct SessionRequest {
    pub(crate) id: String,
    pub(crate) timeout: Duration,
    /// Fail when the session does not exist.
    pub(crate) must_exist: bool,
    /// Drop the session afterwards.
    pub(crate) closes: bool,
}

impl Request {
    /// Reads the head of a request and checks who sent it.
    pub(crate) fn read(parts: &Parts, credentials: &Credentials) -> Result<Self, Exception> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| Exception::bad_arguments(&format!("The URL is malformed: {error}")))?;
        let url = Url {
            pairs: pairs
                .into_iter()
                .filter(|(name, _)| !name.is_empty())
                .collect(),
        };
        let headers = &parts.headers;
        authenticate(&url, headers, credentials)?;
        if url.value("role").is_some() {
            let message = "There are no roles here: leave the parameter out";
            return Err(Exception::new(511, "UNKNOWN_ROLE", message));
        }
        let content_type = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let boundary = multipart::boundary(&content_type).map(str::to_owned);
        let buffer_bytes = url
            .value("buffer_size")
            .or(url.value("http_response_buffer_size"));
        let hold_bytes = buffer_bytes.and_then(|value| value.parse().ok());
        Ok(Self {
            query: url.value("query").unwrap_or_default().as_bytes().to_vec(),
            query_id: query_id(&url, headers),
            database: text(headers, "x-clickhouse-database").or_else(|| url.filled("database")),
            default_format: text(headers, "x-clickhouse-format")
                .or_else(|| url.filled("default_format")),
            session: session(&url)?,
            settings: url.settings(boundary.is_some())?,
            parameters: url.parameters(),
            is_readonly: matches!(parts.method, Method::GET | Method::HEAD)
                || url.value("readonly").is_some_and(|value| value != "0"),
            waits_for_end: url.is_on("wait_end_of_query") || url.is_on("http_wait_end_of_query"),
            hold_bytes: hold_bytes.unwrap_or(HOLD_BYTES_DEFAULT).min(HOLD_BYTES_MAX),
            answer_encoding: answer_encoding(&url, headers),
            body_encoding: Encoding::of_body(
                &text(headers, header::CONTENT_ENCODING.as_str()).unwrap_or_default(),
            )?,
            has_native_body: url.is_on("decompress"),
            boundary,
        })
    }

    /// Adds what a form carries. What the URL said first stands.
    pub(crate) fn take_fields(&mut self, fields: Fields) -> Result<(), Exception> {
        for (name, value) in fields {
            if name == "query" {
                self.query.extend(value);
            } else if let Some(parameter) = name.strip_prefix("param_") {
                let value = String::from_utf8_lossy(&value).into_owned();
                put_first(&mut self.parameters, parameter, value);
            } else {
                return Err(Exception::not_implemented(&format!(
                    "The form field '{name}' is an external table, which is not offered here"
                )));
            }
        }
        Ok(())
    }

    /// The value of a setting in the URL.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

struct Url {
    pairs: Vec<(String, String)>,
}

impl Url {
    fn value(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    fn filled(&self, name: &str) -> Option<String> {
        self.value(name)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    fn is_on(&self, name: &str) -> bool {
        self.value(name)
            .is_some_and(|value| matches!(value, "1" | "true"))
    }

    fn settings(&self, is_multipart: bool) -> Result<Vec<(String, String)>, Exception> {
        let mut settings: Vec<(String, String)> = Vec::new();
        for (name, value) in &self.pairs {
            let describes_table = ["_format", "_types", "_structure"]
                .iter()
                .any(|end| name.ends_with(end));
            if NOT_SETTINGS.contains(&name.as_str())
                || name.starts_with("param_")
                || (is_multipart && describes_table)
            {
                continue;
            }
            if !is_setting_name(name) {
                let message = format!("Unknown setting '{name}'");
                return Err(Exception::new(115, "UNKNOWN_SETTING", &message));
            }
            settings.retain(|(known, _)| known != name);
            settings.push((name.clone(), value.clone()));
        }
        Ok(settings)
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let mut parameters = Vec::new();
        for (name, value) in &self.pairs {
            if let Some(parameter) = name.strip_prefix("param_") {
                put_first(&mut parameters, parameter, value.clone());
            }
        }
        parameters
    }
}

fn put_first(parameters: &mut Vec<(String, String)>, name: &str, value: String) {
    if !parameters.iter().any(|(known, _)| known == name) {
        parameters.push((name.to_owned(), value));
    }
}

/// Names go into SQL as they are, so only the characters of real ones pass.
fn is_setting_name(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn query_id(url: &Url, headers: &HeaderMap) -> String {
    let given = url
        .filled("query_id")
        .or_else(|| text(headers, "x-clickhouse-query-id"));
    given.unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
}

fn answer_encoding(url: &Url, headers: &HeaderMap) -> Encoding {
    if url.is_on("compress") {
        return Encoding::Native;
    }
    if url
        .value("enable_http_compression")
        .is_some_and(|value| matches!(value, "0" | "false"))
    {
        return Encoding::Plain;
    }
    Encoding::accepted(&text(headers, header::ACCEPT_ENCODING.as_str()).unwrap_or_default())
}

fn session(url: &Url) -> Result<Option<SessionRequest>, Exception> {
    let Some(id) = url.filled("session_id") else {
        return Ok(None);
    };
    let timeout = match url.filled("session_timeout") {
        None => SESSION_TIMEOUT_DEFAULT,
        Some(value) => {
            let seconds = value
                .parse::<u64>()
                .ok()
                .filter(|seconds| *seconds <= SESSION_TIMEOUT_MAX_S);
            Duration::from_secs(seconds.ok_or_else(|| {
                let message = format!(
                    "Invalid session timeout: '{value}', allowed are 0 to {SESSION_TIMEOUT_MAX_S} seconds"
                );
                Exception::new(374, "INVALID_SESSION_TIMEOUT", &message)
            })?)
        }
    };
    let (must_exist, closes) = (url.is_on("session_check"), url.is_on("close_session"));
    Ok(Some(SessionRequest {
        id,
        timeout,
        must_exist,
        closes,
    }))
}

/// Exactly one of three ways may name the user; none means `default` without password.
fn authenticate(url: &Url, headers: &HeaderMap, known: &Credentials) -> Result<(), Exception> {
    let mut offers = Vec::new();
    let (user, key) = (
        text(headers, "x-clickhouse-user"),
        text(headers, "x-clickhouse-key"),
    );
    if user.is_some() || key.is_some() {
        offers.push((user.unwrap_or_else(default_user), key.unwrap_or_default()));
    }
    if let Some(value) = text(headers, header::AUTHORIZATION.as_str()) {
        offers.push(basic(&value).ok_or_else(refused)?);
    }
    if url.value("user").is_some() || url.value("password").is_some() {
        let user = url.value("user").map_or_else(default_user, str::to_owned);
        offers.push((user, url.value("password").unwrap_or_default().to_owned()));
    }
    let (user, password) = match offers.as_slice() {
        [] => (default_user(), String::new()),
        [offer] => offer.clone(),
        _ => return Err(refused()),
    };
    let is_user = is_equal(user.as_bytes(), known.user.as_bytes());
    let is_password = is_equal(password.as_bytes(), known.password.as_bytes());
    if is_user & is_password {
        Ok(())
    } else {
        Err(refused())
    }
}

fn default_user() -> String {
    "default".into()
}

fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Takes the same time wherever the first difference stands.
fn is_equal(left: &[u8], right: &[u8]) -> bool {
    let difference = left.iter().zip(right).fold(0, |sum, (a, b)| sum | (a ^ b));
    left.len() == right.len() && std::hint::black_box(difference) == 0
}

fn refused() -> Exception {
    let message = "Authentication failed: password is incorrect, there is no such user, \
                   or the request names the user in more than one way";
    Exception::new(516, "AUTHENTICATION_FAILED", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str, headers: &[(&str, &str)]) -> Result<Request, Exception> {
        let mut builder = axum::http::Request::builder().method("POST").uri(url);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let (parts, ()) = builder.body(()).unwrap().into_parts();
        let credentials = Credentials {
            user: "default".into(),
            password: "secret".into(),
        };
        Request::read(&parts, &credentials)
    }

    #[test]
    fn each_of_three_ways_names_the_user_and_two_at_once_are_refused() {
        let basic = ("authorization", "Basic ZGVmYXVsdDpzZWNyZXQ=");
        let key = ("x-clickhouse-key", "secret");
        assert!(read("/?user=default&password=secret", &[]).is_ok());
        assert!(read("/", &[basic]).is_ok());
        assert!(read("/", &[key]).is_ok());
        for refused in [
            read("/", &[basic, key]),
            read("/", &[]),
            read("/?password=wrong", &[]),
            read("/", &[("authorization", "Bearer x")]),
            read("/?user=&password=secret", &[]),
        ] {
            assert_eq!(refused.unwrap_err().code, 516);
        }
    }

    #[test]
    fn what_is_not_for_the_request_is_a_setting_and_the_last_value_wins() {
        let request = read(
            "/?password=secret&query=SELECT+1&max_threads=1&param_a=x%09y&param_a=z&max_threads=2",
            &[],
        )
        .unwrap();
        assert_eq!(request.query, b"SELECT 1");
        assert_eq!(
            request.settings,
            [("max_threads".to_owned(), "2".to_owned())]
        );
        assert_eq!(request.parameters, [("a".to_owned(), "x\ty".to_owned())]);
        assert_eq!(read("/?password=secret&a'b=1", &[]).unwrap_err().code, 115);
    }

    #[test]
    fn headers_stand_above_the_url_and_the_url_above_nothing() {
        let headers = [
            ("x-clickhouse-format", "JSON"),
            ("x-clickhouse-database", "d"),
        ];
        let request = read(
            "/?password=secret&default_format=CSV&database=e&query_id=abc",
            &headers,
        )
        .unwrap();
        assert_eq!(request.default_format.as_deref(), Some("JSON"));
        assert_eq!(request.database.as_deref(), Some("d"));
        assert_eq!(request.query_id, "abc");
        assert_ne!(read("/?password=secret", &[]).unwrap().query_id, "");
    }

    #[test]
    fn a_session_timeout_beyond_the_hour_is_refused() {
        let url = "/?password=secret&session_id=a&session_timeout=9999";
        assert_eq!(read(url, &[]).unwrap_err().code, 374);
    }

    #[test]
    fn form_fields_do_not_replace_what_the_url_said() {
        let mut request = read("/?password=secret&param_a=1", &[]).unwrap();
        let fields = vec![
            ("query".to_owned(), b"SELECT 1".to_vec()),
            ("param_a".to_owned(), b"2".to_vec()),
            ("param_b".to_owned(), b"3".to_vec()),
        ];
        request.take_fields(fields).unwrap();
        assert_eq!(request.parameters[0].1, "1");
        assert_eq!(request.parameters[1].1, "3");
        let table = vec![("t".to_owned(), Vec::new())];
        assert_eq!(request.take_fields(table).unwrap_err().code, 48);
    }
}
