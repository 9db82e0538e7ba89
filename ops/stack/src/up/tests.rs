//! The pipeline stands for every part here: the test program itself plays it.

use std::env;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};

use super::*;
use crate::down::{Ending, down};
use crate::home::fresh;
use crate::progress::SilentProgress;
use crate::settings::Flags;
use crate::status::{PartState, first_death, status, total_memory_bytes};

/// Plays the pipeline when [`start`] calls it, and passes when the test runner does.
#[test]
fn stand_in() {
    let is_called = env::args().any(|arg| arg == STAND_IN_SIGN);
    let Ok(port) = env::var("SIDELINE_PIPELINE_PORT") else {
        return;
    };
    if !is_called {
        return;
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.parse().unwrap())).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut request = [0; 1024];
        drop(stream.read(&mut request));
        drop(
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
        );
    }
}

/// A filter that matches no other test, by which the stand-in knows that it was meant.
const STAND_IN_SIGN: &str = "the-stand-in-was-called";

fn stand_in_args() -> Vec<String> {
    ["up::tests::stand_in", STAND_IN_SIGN, "--nocapture"]
        .map(str::to_owned)
        .to_vec()
}

fn settings(home: &Path) -> Settings {
    let flags = Flags {
        home: Some(home.to_owned()),
        pipeline_port: Some(0),
        ..Flags::default()
    };
    let variable = |name: &str| (name == "HOME").then(|| "/h".to_owned());
    Settings::load_from(&flags, &variable, home).unwrap()
}

async fn start(settings: &Settings) -> Result<(), Error> {
    let exe = env::current_exe().unwrap();
    start_pipeline(settings, &exe, &stand_in_args(), &SilentProgress).await
}

async fn pipeline(settings: &Settings) -> crate::status::PartStatus {
    status(settings)
        .await
        .unwrap()
        .into_iter()
        .find(|part| part.part == Part::Pipeline)
        .unwrap()
}

#[tokio::test]
async fn a_part_that_runs_is_left_alone_and_one_that_died_comes_back_on_its_port() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    assert_eq!(pipeline(&settings).await.state, PartState::Stopped);

    start(&settings).await.unwrap();
    let first = pipeline(&settings).await;
    assert_eq!((first.state, first.is_ready), (PartState::Ready, true));
    assert!(total_memory_bytes(std::slice::from_ref(&first)) > 0);
    start(&settings).await.unwrap();
    assert_eq!(pipeline(&settings).await.pid, first.pid);

    let home = Home::at(folder.path());
    let run = RunFile::load(&home, Part::Pipeline).unwrap().unwrap();
    run.identity().stop(Duration::from_secs(10)).await.unwrap();
    let died = pipeline(&settings).await;
    assert_eq!((died.state, died.pid), (PartState::Died, first.pid));
    assert!(died.detail.unwrap().contains("pipeline.log"));
    assert_eq!(first_death(&settings).await.unwrap().part, Part::Pipeline);

    start(&settings).await.unwrap();
    let second = pipeline(&settings).await;
    assert_eq!((second.state, second.port), (PartState::Ready, first.port));
    assert_ne!(second.pid, first.pid);

    assert!(matches!(
        fresh(&settings),
        Err(Error::StillRunning {
            part: Part::Pipeline,
            ..
        })
    ));
    let report = down(&settings).await.unwrap();
    let endings: Vec<(Part, Ending)> = report
        .parts
        .iter()
        .map(|stopped| (stopped.part, stopped.ending))
        .collect();
    assert_eq!(endings, [(Part::Pipeline, Ending::Stopped)]);
    assert_eq!(down(&settings).await.unwrap().parts, []);
    fresh(&settings).unwrap();
}

#[tokio::test]
async fn a_part_that_should_run_by_another_command_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    start(&settings).await.unwrap();
    let first = pipeline(&settings).await;
    let mut args = stand_in_args();
    args.push("--test-threads=1".to_owned());
    let exe = env::current_exe().unwrap();
    start_pipeline(&settings, &exe, &args, &SilentProgress)
        .await
        .unwrap();
    let second = pipeline(&settings).await;
    assert_eq!((second.state, second.port), (PartState::Ready, first.port));
    assert_ne!(second.pid, first.pid);
    down(&settings).await.unwrap();
}

#[tokio::test]
async fn a_part_that_ends_while_starting_is_told_with_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let args = [
        "-c".to_owned(),
        "echo 'no table can be read' >&2; exit 3".to_owned(),
    ];
    let error = start_pipeline(&settings, Path::new("/bin/sh"), &args, &SilentProgress)
        .await
        .unwrap_err();
    let log = folder.path().join("logs/pipeline.log");
    assert_eq!(
        error.to_string(),
        format!(
            "the pipeline ended while it was starting: no table can be read (log: {})",
            log.display()
        )
    );
    assert_eq!(pipeline(&settings).await.state, PartState::Died);
    assert_eq!(
        down(&settings).await.unwrap().parts[0].ending,
        Ending::WasDead
    );
}

#[tokio::test]
async fn a_port_in_use_is_told_before_anything_is_fetched_or_started() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.ports = Ports {
        kafka: 0,
        kafka_controller: 0,
        registry: 0,
        clickhouse: port,
        pipeline: 0,
    };
    settings.cache = folder.path().join("cache");
    let error = up(&settings, Path::new("/bin/false"), &SilentProgress)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::PortInUse {
                part: Part::ClickHouse,
                ..
            }
        ),
        "{error}"
    );
    assert!(!folder.path().join("cache").exists());
    assert_eq!(down(&settings).await.unwrap().parts, []);
}

#[tokio::test]
async fn a_server_elsewhere_that_does_not_answer_is_named_with_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let flags = Flags {
        home: Some(folder.path().to_owned()),
        is_external: true,
        ..Flags::default()
    };
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let variable = |name: &str| match name {
        "HOME" => Some("/h".to_owned()),
        "SIDELINE_KAFKA" => Some(closed.to_string()),
        "SIDELINE_REGISTRY" | "SIDELINE_CLICKHOUSE" => Some(format!("http://{closed}")),
        _ => None,
    };
    let settings = Settings::load_from(&flags, &variable, folder.path()).unwrap();
    let error = up(&settings, Path::new("/bin/false"), &SilentProgress)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("Kafka at {closed} does not answer: ")),
        "{error}"
    );
    let states: Vec<PartState> = status(&settings)
        .await
        .unwrap()
        .iter()
        .map(|part| part.state)
        .collect();
    let away = PartState::Unreachable;
    assert_eq!(states, [away, away, away, PartState::Stopped]);
}
