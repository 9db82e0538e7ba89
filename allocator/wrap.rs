//! Build script of every package whose programs take the allocator: tells the linker to give its
//! functions to all that is linked into them, C code too.

#![expect(
    clippy::print_stdout,
    reason = "a build script tells cargo what to do on its standard output"
)]

/// The functions that `src/lib.rs` stands in for.
const FUNCTIONS: [&str; 4] = ["malloc", "calloc", "realloc", "free"];

fn main() {
    let is_allocator = std::env::var("CARGO_PKG_NAME").is_ok_and(|it| it == "sideline-allocator");
    let targets = if is_allocator { "tests" } else { "bins" };
    for function in FUNCTIONS {
        println!("cargo::rustc-link-arg-{targets}=-Wl,--wrap={function}");
    }
    // Nothing else is asked: without this line any changed file of the package would run it again.
    println!("cargo::rerun-if-env-changed=CARGO_PKG_NAME");
}
