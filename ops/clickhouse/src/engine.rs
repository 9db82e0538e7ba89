//! The engine library: loading it, and its C interface behind types that cannot be misused.
//!
//! # Invariants
//! - The library is never unloaded, so its function pointers stay valid.
//! - A connection runs one call at a time: every call borrows it mutably, and a stream or an insert
//!   keeps that borrow until it is dropped.
//! - Every handle is destroyed exactly once, by `Drop`.

#![expect(
    unsafe_code,
    reason = "the engine is a C library; this is the one module that calls it"
)]

mod library;

use self::library::{Api, Query, Raw, RawAnalysis, load};
use crate::{Error, exception::Exception};
use std::{
    ffi::{CStr, CString, c_char, c_int},
    os::unix::ffi::OsStrExt as _,
    path::Path,
    ptr,
    sync::Arc,
};

/// What a statement does, in the order of the library's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Reads only: SELECT, SHOW, DESCRIBE, EXPLAIN.
    Read,
    /// Changes a database, or something beside the databases.
    Write,
    /// SET, USE, KILL, temporary tables, writes into files.
    Control,
    /// Did not parse.
    Unknown,
}

/// What the engine's parser says about a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Analysis {
    pub(crate) class: Class,
    /// Zero when the text did not parse.
    pub(crate) statement_count: u32,
}

/// What one call read and wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Statistics {
    pub(crate) storage_rows: u64,
    pub(crate) storage_bytes: u64,
    pub(crate) result_rows: u64,
    pub(crate) result_bytes: u64,
    pub(crate) written_rows: u64,
    pub(crate) written_bytes: u64,
    pub(crate) elapsed_s: f64,
}

/// Values for `{name:Type}` in a statement, in the escaping of `TabSeparated`.
pub(crate) type Parameters = [(String, String)];

/// A statement with all that one call to the engine needs.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) sql: &'a [u8],
    pub(crate) format: &'a str,
    pub(crate) parameters: &'a Parameters,
}

impl<'a> Call<'a> {
    /// A statement of our own, without parameters.
    pub(crate) fn plain(sql: &'a str) -> Self {
        Self {
            sql: sql.as_bytes(),
            format: "TabSeparated",
            parameters: &[],
        }
    }
}

/// The open engine. At most one per process and per data folder.
pub(crate) struct Engine {
    api: Arc<Api>,
    arguments: Vec<CString>,
    /// The engine closes with its last connection, so one is kept.
    keeper: Connection,
}

impl Engine {
    /// Loads the library and opens the data folder. `settings` are `name=value`, for the engine and
    /// for each connection.
    pub(crate) fn open(library: &Path, data: &Path, settings: &[String]) -> Result<Self, Error> {
        let api = Arc::new(load(library)?);
        let mut arguments = vec![
            c"clickhouse".to_owned(),
            argument(b"--path=", data.as_os_str().as_bytes()),
        ];
        arguments.extend(
            settings
                .iter()
                .map(|setting| argument(b"--", setting.as_bytes())),
        );
        let keeper = connect(&api, &arguments).ok_or_else(|| Error::Engine {
            data: data.to_owned(),
            reason: "it refused the data folder or a setting".into(),
        })?;
        Ok(Self {
            api,
            arguments,
            keeper,
        })
    }

    /// Opens another connection, which is a session of its own (0.1 ms).
    pub(crate) fn connect(&self) -> Result<Connection, Exception> {
        connect(&self.api, &self.arguments).ok_or_else(refused)
    }

    /// Opens a connection that can only read, and cannot be switched back.
    pub(crate) fn connect_readonly(&self) -> Result<Connection, Exception> {
        let mut arguments = self.arguments.clone();
        arguments.push(c"--readonly=2".to_owned());
        connect(&self.api, &arguments).ok_or_else(refused)
    }

    /// Closes the engine; false when a connection was still open, in which case it stays open until
    /// the process ends (nothing acknowledged is lost by that).
    pub(crate) fn close(self) -> bool {
        drop(self.keeper);
        // SAFETY: the function takes nothing, and refuses by itself while connections are open.
        unsafe { (self.api.shutdown)() == 0 }
    }
}

fn refused() -> Exception {
    Exception::new(
        279,
        "ALL_CONNECTION_TRIES_FAILED",
        "The engine refused a new connection",
    )
}

fn argument(prefix: &[u8], value: &[u8]) -> CString {
    let bytes = prefix
        .iter()
        .chain(value)
        .copied()
        .take_while(|byte| *byte != 0);
    CString::new(bytes.collect::<Vec<u8>>()).unwrap_or_default()
}

fn connect(api: &Arc<Api>, arguments: &[CString]) -> Option<Connection> {
    let mut pointers: Vec<*mut c_char> = arguments
        .iter()
        .map(|argument| argument.as_ptr().cast_mut())
        .collect();
    let count = c_int::try_from(pointers.len()).ok()?;
    // SAFETY: `count` NUL-terminated strings that outlive the call; the library copies them.
    let handle = unsafe { (api.connect)(count, pointers.as_mut_ptr()) };
    if handle.is_null() {
        return None;
    }
    Some(Connection {
        api: Arc::clone(api),
        handle,
        is_soiled: false,
    })
}

/// One session of the engine: its settings, current database and temporary tables.
pub(crate) struct Connection {
    api: Arc<Api>,
    handle: *mut Raw,
    /// The last call failed or was cut off. The library then keeps what that call had already
    /// written and puts it in front of the next answer.
    is_soiled: bool,
}

// SAFETY: the library allows a connection to be used from any thread, one call at a time, and every
// call here takes `&mut self`.
unsafe impl Send for Connection {}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the handle came from `connect` and is closed once; nothing borrows it any more.
        unsafe { (self.api.close)(self.handle) }
    }
}

impl Connection {
    fn raw(&self) -> Raw {
        // SAFETY: `handle` points at the connection's own handle until `close`.
        unsafe { *self.handle }
    }

    /// Asks the engine's parser what a text does, without running it (7 µs).
    pub(crate) fn classify(&mut self, sql: &[u8]) -> Analysis {
        let mut analysis = RawAnalysis {
            struct_size: u32::try_from(size_of::<RawAnalysis>()).unwrap_or(0),
            statement_count: 0,
            flags: 0,
            query_class: 4,
        };
        let (api, target) = (&self.api, ptr::null());
        // SAFETY: the text is readable for its length, the struct is of the size it states.
        unsafe {
            (api.classify)(
                self.raw(),
                sql.as_ptr(),
                sql.len(),
                target,
                0,
                &raw mut analysis,
            )
        };
        let class = match analysis.query_class {
            0 => Class::Read,
            1 | 2 => Class::Write,
            3 => Class::Control,
            _ => Class::Unknown,
        };
        Analysis {
            class,
            statement_count: analysis.statement_count,
        }
    }

    /// Runs a statement to its end.
    pub(crate) fn query(&mut self, call: Call<'_>) -> Result<Answer, Exception> {
        self.clean();
        let answer = self.start(self.api.query, call).checked();
        self.is_soiled = answer.is_err();
        answer
    }

    /// Lets a call of our own take the remains of one that failed.
    fn clean(&mut self) {
        if self.is_soiled {
            drop(self.start(self.api.query, Call::plain("SELECT 1")));
            self.is_soiled = false;
        }
    }

    /// Starts a SELECT whose answer comes in pieces. Most errors show at the first piece.
    pub(crate) fn stream(&mut self, call: Call<'_>) -> Result<Stream<'_>, Exception> {
        self.clean();
        // Until the stream has come to its end.
        self.is_soiled = true;
        let handle = self.start(self.api.stream, call).checked()?;
        Ok(Stream {
            connection: self,
            handle,
            is_over: false,
        })
    }

    /// Starts an INSERT. The statement must be without FORMAT clause: with one the library
    /// misreads the data.
    pub(crate) fn insert(&mut self, call: Call<'_>) -> Result<Insert<'_>, Exception> {
        self.clean();
        let handle = self.call(self.api.insert, call);
        let insert = Insert {
            connection: self,
            handle,
        };
        match insert.error() {
            Some(exception) => Err(exception),
            None => Ok(insert),
        }
    }

    fn start(&self, function: Query, call: Call<'_>) -> Answer {
        Answer {
            api: Arc::clone(&self.api),
            handle: self.call(function, call),
        }
    }

    fn call(&self, function: Query, call: Call<'_>) -> Raw {
        let pairs = call.parameters;
        let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_ptr()).collect();
        let name_lengths: Vec<_> = pairs.iter().map(|(name, _)| name.len()).collect();
        let values: Vec<_> = pairs.iter().map(|(_, value)| value.as_ptr()).collect();
        let value_lengths: Vec<_> = pairs.iter().map(|(_, value)| value.len()).collect();
        // SAFETY: every pointer is readable for the length beside it and outlives the call, and the
        // four arrays have `pairs.len()` elements.
        unsafe {
            function(
                self.raw(),
                call.sql.as_ptr(),
                call.sql.len(),
                call.format.as_ptr(),
                call.format.len(),
                names.as_ptr(),
                name_lengths.as_ptr(),
                values.as_ptr(),
                value_lengths.as_ptr(),
                pairs.len(),
            )
        }
    }
}

/// The bytes of an answer, held by the library until this is dropped.
pub(crate) struct Answer {
    api: Arc<Api>,
    handle: Raw,
}

// SAFETY: a result is memory of its own, read-only after it was made, and bound to no thread.
unsafe impl Send for Answer {}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            // SAFETY: the handle is a live result, destroyed once.
            unsafe { (self.api.destroy_result)(self.handle) }
        }
    }
}

impl AsRef<[u8]> for Answer {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the library owns `length` bytes at `buffer` until the result is destroyed.
        unsafe {
            let buffer = (self.api.result_buffer)(self.handle);
            let length = (self.api.result_length)(self.handle);
            if buffer.is_null() || length == 0 {
                return &[];
            }
            std::slice::from_raw_parts(buffer, length)
        }
    }
}

impl Answer {
    fn checked(self) -> Result<Self, Exception> {
        if self.handle.is_null() {
            return Err(Exception::from_engine("The engine gave no answer"));
        }
        // SAFETY: the handle is a live result.
        match unsafe { error_text((self.api.result_error)(self.handle)) } {
            Some(exception) => Err(exception),
            None => Ok(self),
        }
    }

    /// What the call read and wrote.
    pub(crate) fn statistics(&self) -> Statistics {
        let (api, handle) = (&self.api, self.handle);
        // SAFETY: the handle is a live result.
        unsafe {
            Statistics {
                storage_rows: (api.storage_rows_read)(handle),
                storage_bytes: (api.storage_bytes_read)(handle),
                result_rows: (api.rows_read)(handle),
                result_bytes: (api.bytes_read)(handle),
                written_rows: (api.rows_written)(handle),
                written_bytes: (api.bytes_written)(handle),
                elapsed_s: (api.result_elapsed)(handle),
            }
        }
    }
}

/// An answer in pieces, each a complete document of its format. Dropping it stops the query.
pub(crate) struct Stream<'a> {
    connection: &'a mut Connection,
    handle: Answer,
    is_over: bool,
}

impl Stream<'_> {
    /// The next piece; `None` at the end.
    pub(crate) fn next_piece(&mut self) -> Result<Option<Answer>, Exception> {
        let api = Arc::clone(&self.connection.api);
        // SAFETY: the stream belongs to this connection, and nothing else runs on it.
        let handle = unsafe { (api.fetch)(self.connection.raw(), self.handle.handle) };
        let piece = Answer { api, handle }
            .checked()
            .inspect_err(|_| self.is_over = true)?;
        if piece.as_ref().is_empty() {
            self.is_over = true;
            self.connection.is_soiled = false;
            return Ok(None);
        }
        Ok(Some(piece))
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let api = &self.connection.api;
            // SAFETY: the stream is open; its handle is destroyed afterwards by `Answer`.
            unsafe { (api.cancel_stream)(self.connection.raw(), self.handle.handle) }
        }
    }
}

/// An open INSERT. Dropped before [`Insert::finish`], it leaves nothing of its last block behind.
pub(crate) struct Insert<'a> {
    connection: &'a mut Connection,
    handle: Raw,
}

impl Insert<'_> {
    /// Hands over data; false when the engine has refused them, which `finish` then explains.
    pub(crate) fn append(&mut self, data: &[u8]) -> bool {
        // SAFETY: the data are readable for their length; the library copies them.
        unsafe { (self.connection.api.append)(self.handle, data.as_ptr(), data.len()) == 0 }
    }

    /// Commits what was appended.
    pub(crate) fn finish(self) -> Result<Statistics, Exception> {
        let api = Arc::clone(&self.connection.api);
        // SAFETY: the insert is open; its handle is destroyed afterwards by `Drop`.
        let handle = unsafe { (api.done)(self.handle) };
        let answer = Answer { api, handle }.checked()?;
        Ok(answer.statistics())
    }

    fn error(&self) -> Option<Exception> {
        // SAFETY: the handle is a live insert, the text NUL-terminated and owned by it.
        unsafe { error_text((self.connection.api.insert_error)(self.handle)) }
    }
}

impl Drop for Insert<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is destroyed once; destroying cancels what was not finished.
        unsafe { (self.connection.api.destroy_insert)(self.handle) }
    }
}

/// # Safety
/// `text` is null or a NUL-terminated string that lives through the call.
unsafe fn error_text(text: *const c_char) -> Option<Exception> {
    if text.is_null() {
        return None;
    }
    // SAFETY: by the contract of this function.
    let text = unsafe { CStr::from_ptr(text) };
    Some(Exception::from_engine(&text.to_string_lossy()))
}
