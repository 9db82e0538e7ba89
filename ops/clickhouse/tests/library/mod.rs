//! Where the tests take the engine library from.

use std::env::var_os;
use std::io::Write as _;
use std::path::PathBuf;

/// Where the library lies in a download of the engine.
const IN_DOWNLOAD: &str = "node_modules/@chdb/lib-linux-x64-gnu/libchdb.so";
/// A download has this list when it is whole.
const COMPLETE: &str = "complete.json";

/// The library that `SIDELINE_TEST_CHDB` names, else the newest one that `sideline up` has put into
/// the user's cache; without either nothing, said clearly.
pub(crate) fn library() -> Option<PathBuf> {
    let library = match var_os("SIDELINE_TEST_CHDB") {
        Some(named) => Some(PathBuf::from(named)),
        None => downloaded(),
    };
    if library.is_none() {
        // Past the capture of the test harness, which shows nothing of a test that passes.
        let text = "SKIPPED: no engine library in the cache; `sideline up` fetches it, or set SIDELINE_TEST_CHDB to the path of libchdb.so\n";
        std::io::stderr().write_all(text.as_bytes()).unwrap();
    }
    library
}

fn downloaded() -> Option<PathBuf> {
    let mut downloads: Vec<PathBuf> = std::fs::read_dir(cache()?)
        .ok()?
        .filter_map(Result::ok)
        .filter(|entry| {
            let name = entry.file_name();
            name.to_str()
                .is_some_and(|name| name.starts_with("engine-"))
        })
        .map(|entry| entry.path())
        .filter(|folder| folder.join(COMPLETE).is_file())
        .map(|folder| folder.join(IN_DOWNLOAD))
        .filter(|library| library.is_file())
        .collect();
    downloads.sort();
    downloads.pop()
}

/// The cache of downloads, as the local stack chooses it.
fn cache() -> Option<PathBuf> {
    let set = |name: &str| var_os(name).filter(|text| !text.is_empty());
    if let Some(cache) = set("SIDELINE_CACHE") {
        return Some(cache.into());
    }
    let shared = set("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || set("HOME").map(|home| PathBuf::from(home).join(".cache"));
    Some(shared.or_else(home)?.join("sideline"))
}
