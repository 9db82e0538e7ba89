//! One allocator, mimalloc, for a program's Rust and C code, and none for its shared libraries.
//!
//! librdkafka makes a record on one thread and frees it on another. With glibc's allocator the two
//! wait for each other's lock (decision 013 says what that costs). Taking `malloc` over for the
//! whole process, as allocators usually do, is no way out: the ClickHouse engine, a shared library
//! that the same program loads, brings an allocator of its own and hands what is foreign to it back
//! to glibc, so that memory which glibc's own functions got from us would be freed by glibc.
//!
//! So the linker (`--wrap`, in the build scripts of the programs) gives the functions below to what
//! is linked into the program, and to nothing else. Whatever glibc itself allocated, such as the path
//! of `realpath`, goes back to glibc, told by its address.
//!
//! A program uses this crate for its effect alone: `use sideline_allocator as _;`.

#![expect(
    unsafe_code,
    reason = "the C functions of an allocator, under the names that the linker looks for"
)]

use std::ffi::c_void;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// mimalloc's functions, as its crate links them.
unsafe extern "C" {
    fn mi_malloc(bytes: usize) -> *mut c_void;
    fn mi_calloc(count: usize, bytes: usize) -> *mut c_void;
    fn mi_realloc(memory: *mut c_void, bytes: usize) -> *mut c_void;
    fn mi_free(memory: *mut c_void);
    /// Whether mimalloc allocated what is at an address; a look into its map of pages.
    fn mi_is_in_heap_region(memory: *const c_void) -> bool;
}

// glibc's, by the names that the linker keeps for them.
unsafe extern "C" {
    fn __real_free(memory: *mut c_void);
    fn __real_realloc(memory: *mut c_void, bytes: usize) -> *mut c_void;
}

#[unsafe(no_mangle)]
extern "C" fn __wrap_malloc(bytes: usize) -> *mut c_void {
    // SAFETY: takes any size.
    unsafe { mi_malloc(bytes) }
}

#[unsafe(no_mangle)]
extern "C" fn __wrap_calloc(count: usize, bytes: usize) -> *mut c_void {
    // SAFETY: takes any sizes; a product that is too large gives null.
    unsafe { mi_calloc(count, bytes) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_realloc(memory: *mut c_void, bytes: usize) -> *mut c_void {
    // SAFETY: the caller owns what it hands in, and each allocator gets what is its own. Null is
    // nobody's, and stands for a first allocation.
    unsafe {
        if memory.is_null() || mi_is_in_heap_region(memory) {
            mi_realloc(memory, bytes)
        } else {
            __real_realloc(memory, bytes)
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_free(memory: *mut c_void) {
    // SAFETY: the caller owns what it hands in, and each allocator gets what is its own.
    unsafe {
        if mi_is_in_heap_region(memory) {
            mi_free(memory);
        } else {
            __real_free(memory);
        }
    }
}
