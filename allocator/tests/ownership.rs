//! Memory goes back to the allocator it came from.

#![expect(unsafe_code, reason = "asks the allocator as C code does")]

use std::ffi::{CStr, c_char, c_void};
use std::ptr::null_mut;

use sideline_allocator as _;

unsafe extern "C" {
    fn malloc(bytes: usize) -> *mut c_void;
    fn calloc(count: usize, bytes: usize) -> *mut c_void;
    fn realloc(memory: *mut c_void, bytes: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
    fn strdup(text: *const c_char) -> *mut c_char;
    fn mi_is_in_heap_region(memory: *const c_void) -> bool;
}

fn is_ours(memory: *mut c_void) -> bool {
    // SAFETY: only looks at the address.
    unsafe { mi_is_in_heap_region(memory) }
}

#[test]
fn what_c_code_of_the_program_allocates_is_ours() {
    // SAFETY: each is freed once, below.
    let all = unsafe { [malloc(180), calloc(3, 60), realloc(null_mut(), 180)] };
    for memory in all {
        assert!(is_ours(memory));
        // SAFETY: allocated above.
        unsafe { free(memory) };
    }
}

#[test]
fn what_glibc_allocated_goes_back_to_glibc() {
    // SAFETY: a NUL-terminated text; what comes of it is grown once and freed once.
    unsafe {
        let copy = strdup(c"nba-injuries".as_ptr()).cast::<c_void>();
        assert!(!is_ours(copy));
        let grown = realloc(copy, 4_096);
        assert!(!is_ours(grown));
        assert_eq!(CStr::from_ptr(grown.cast()), c"nba-injuries");
        free(grown);
        free(null_mut());
    }
}

#[test]
fn a_path_that_glibc_resolved_is_freed_without_harm() {
    let folder = std::fs::canonicalize(env!("CARGO_MANIFEST_DIR")).unwrap();
    assert!(folder.is_absolute());
}
