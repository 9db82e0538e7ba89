//! The library's C functions, by name and type.

use super::argument;
use crate::Error;
use std::{
    ffi::{CStr, c_char, c_double, c_int, c_void},
    os::unix::ffi::OsStrExt as _,
    path::Path,
};

pub(super) type Raw = *mut c_void;
pub(super) type Query = unsafe extern "C" fn(
    Raw,
    *const u8,
    usize,
    *const u8,
    usize,
    *const *const u8,
    *const usize,
    *const *const u8,
    *const usize,
    usize,
) -> Raw;
pub(super) type OnHandle = unsafe extern "C" fn(Raw);
pub(super) type OnPair = unsafe extern "C" fn(Raw, Raw);
pub(super) type Text = unsafe extern "C" fn(Raw) -> *const c_char;
pub(super) type Count = unsafe extern "C" fn(Raw) -> u64;

/// The functions of the library that are used here.
pub(super) struct Api {
    pub(super) connect: unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut Raw,
    pub(super) close: unsafe extern "C" fn(*mut Raw),
    pub(super) shutdown: unsafe extern "C" fn() -> c_int,
    pub(super) classify:
        unsafe extern "C" fn(Raw, *const u8, usize, *const u8, usize, *mut RawAnalysis) -> c_int,
    pub(super) query: Query,
    pub(super) stream: Query,
    pub(super) fetch: unsafe extern "C" fn(Raw, Raw) -> Raw,
    pub(super) cancel_stream: OnPair,
    pub(super) insert: Query,
    pub(super) append: unsafe extern "C" fn(Raw, *const u8, usize) -> c_int,
    pub(super) done: unsafe extern "C" fn(Raw) -> Raw,
    pub(super) insert_error: Text,
    pub(super) destroy_insert: OnHandle,
    pub(super) destroy_result: OnHandle,
    pub(super) result_error: Text,
    pub(super) result_buffer: unsafe extern "C" fn(Raw) -> *const u8,
    pub(super) result_length: unsafe extern "C" fn(Raw) -> usize,
    pub(super) result_elapsed: unsafe extern "C" fn(Raw) -> c_double,
    pub(super) rows_read: Count,
    pub(super) bytes_read: Count,
    pub(super) storage_rows_read: Count,
    pub(super) storage_bytes_read: Count,
    pub(super) rows_written: Count,
    pub(super) bytes_written: Count,
}

#[repr(C)]
pub(super) struct RawAnalysis {
    pub(super) struct_size: u32,
    pub(super) statement_count: u32,
    pub(super) flags: u32,
    pub(super) query_class: u32,
}

pub(super) fn load(library: &Path) -> Result<Api, Error> {
    let loader = Loader::open(library)?;
    let decline_signals: unsafe extern "C" fn(c_int) =
        loader.function(c"chdb_set_signal_handlers_enabled")?;
    // SAFETY: takes one number. Must come before the first connection: signals belong to the host.
    unsafe { decline_signals(0) };
    Ok(Api {
        connect: loader.function(c"chdb_connect")?,
        close: loader.function(c"chdb_close_conn")?,
        shutdown: loader.function(c"chdb_shutdown")?,
        classify: loader.function(c"chdb_classify_query_n")?,
        query: loader.function(c"chdb_query_with_params_n")?,
        stream: loader.function(c"chdb_stream_query_with_params_n")?,
        fetch: loader.function(c"chdb_stream_fetch_result")?,
        cancel_stream: loader.function(c"chdb_stream_cancel_query")?,
        insert: loader.function(c"chdb_stream_insert_with_params_n")?,
        append: loader.function(c"chdb_stream_append")?,
        done: loader.function(c"chdb_stream_done")?,
        insert_error: loader.function(c"chdb_stream_insert_error")?,
        destroy_insert: loader.function(c"chdb_destroy_insert_stream")?,
        destroy_result: loader.function(c"chdb_destroy_query_result")?,
        result_error: loader.function(c"chdb_result_error")?,
        result_buffer: loader.function(c"chdb_result_buffer")?,
        result_length: loader.function(c"chdb_result_length")?,
        result_elapsed: loader.function(c"chdb_result_elapsed")?,
        rows_read: loader.function(c"chdb_result_rows_read")?,
        bytes_read: loader.function(c"chdb_result_bytes_read")?,
        storage_rows_read: loader.function(c"chdb_result_storage_rows_read")?,
        storage_bytes_read: loader.function(c"chdb_result_storage_bytes_read")?,
        rows_written: loader.function(c"chdb_result_rows_written")?,
        bytes_written: loader.function(c"chdb_result_bytes_written")?,
    })
}

struct Loader<'a> {
    library: &'a Path,
    handle: Raw,
}

impl<'a> Loader<'a> {
    fn open(library: &'a Path) -> Result<Self, Error> {
        let name = argument(b"", library.as_os_str().as_bytes());
        // SAFETY: a NUL-terminated path. Loading runs the library's initialisers, which is what the
        // operator asked for by naming it.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if !handle.is_null() {
            return Ok(Self { library, handle });
        }
        // SAFETY: right after a failed `dlopen` this is a NUL-terminated text or null.
        let reason = unsafe {
            let text = libc::dlerror();
            if text.is_null() {
                None
            } else {
                Some(CStr::from_ptr(text).to_string_lossy().into_owned())
            }
        };
        let reason = reason.unwrap_or_else(|| "no reason given".into());
        Err(Error::Library {
            library: library.to_owned(),
            reason,
        })
    }

    /// `F` must be the C function's type; each use stands beside the field that states it.
    fn function<F: Copy>(&self, symbol: &CStr) -> Result<F, Error> {
        assert_eq!(size_of::<F>(), size_of::<Raw>(), "F is a function pointer");
        // SAFETY: a live library handle and a NUL-terminated name.
        let address = unsafe { libc::dlsym(self.handle, symbol.as_ptr()) };
        if address.is_null() {
            return Err(Error::LibraryTooOld {
                library: self.library.to_owned(),
                symbol: symbol.to_string_lossy().into_owned(),
            });
        }
        // SAFETY: the sizes are equal, and the address is that of the function `F` describes.
        Ok(unsafe { std::mem::transmute_copy(&address) })
    }
}
