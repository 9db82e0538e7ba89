//! Starting and stopping.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod library;

use nix::fcntl::{Flock, FlockArg};
use sideline_clickhouse_server::{Config, Error, serve};
use std::{fs::File, future::pending, path::PathBuf, time::Duration};
use tokio::{net::TcpListener, sync::oneshot, time::timeout};

/// Longer than any start and stop.
const TEST_TIME_MAX: Duration = Duration::from_secs(60);

const PASSWORD: &str = "secret";

fn config(folder: &str, library: PathBuf) -> Config {
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("clickhouse-{folder}"));
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

#[tokio::test]
async fn a_port_in_use_is_named_with_what_to_do() {
    let holder = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = config("port", "/nowhere/libchdb.so".into());
    config.listen = holder.local_addr().unwrap();
    let error = serve(config, |_| (), pending()).await.unwrap_err();
    assert!(matches!(error, Error::Listen { .. }), "{error}");
    assert!(error.to_string().contains("choose another port"), "{error}");
}

#[tokio::test]
async fn a_missing_library_is_named_with_what_to_do() {
    let config = config("missing", "/nowhere/libchdb.so".into());
    let error = serve(config, |_| (), pending()).await.unwrap_err();
    assert!(matches!(&error, Error::Library { library, .. } if library.ends_with("libchdb.so")));
    assert!(error.to_string().contains("give the path"), "{error}");
}

#[tokio::test]
async fn a_folder_in_use_is_named_with_its_holder() {
    let config = config("locked", "/nowhere/libchdb.so".into());
    std::fs::create_dir_all(&config.data).unwrap();
    let status = config.data.join("status");
    std::fs::write(&status, "PID: 4711\nStarted at: 2026-01-01\n").unwrap();
    let file = File::options().write(true).open(&status).unwrap();
    let _lock = Flock::lock(file, FlockArg::LockExclusive).unwrap();
    let error = serve(config, |_| (), pending()).await.unwrap_err();
    assert!(matches!(&error, Error::DataFolderLocked { .. }), "{error}");
    assert!(error.to_string().contains("(process 4711)"), "{error}");
}

#[tokio::test]
async fn a_stop_lets_running_requests_finish_and_closes_the_engine() {
    let Some(library) = library::library() else {
        return;
    };
    let config = config("stopped", library);
    let status = config.data.join("status");
    let (ready, address) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let ready = move |address| ready.send(address).unwrap();
    let serving = tokio::spawn(serve(config, ready, async { stopped.await.unwrap() }));
    let url = format!("http://{}/?password={PASSWORD}", address.await.unwrap());
    let http = reqwest::Client::new();
    let running = tokio::spawn(http.post(&url).body("SELECT sleep(1.5)").send());
    let busy = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleep%'";
    while http
        .post(&url)
        .body(busy)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
        == "0\n"
    {}
    stop.send(()).unwrap();
    let answer = running.await.unwrap().unwrap();
    assert_eq!(answer.text().await.unwrap(), "0\n");
    timeout(TEST_TIME_MAX, serving)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    // The engine takes its lock file away when it closes.
    let lock = File::options().write(true).open(&status);
    let is_free = lock.map_or(true, |file| {
        Flock::lock(file, FlockArg::LockExclusiveNonblock).is_ok()
    });
    assert!(is_free, "the folder is free again");
}
