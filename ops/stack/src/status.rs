//! What runs, and how well.

use std::time::Duration;

use serde::Serialize;

use crate::error::Error;
use crate::external;
use crate::home::Home;
use crate::logs;
use crate::parts::Part;
use crate::ports;
use crate::ready;
use crate::run_file::RunFile;
use crate::settings::Settings;

/// How often the parts are looked at while somebody waits for the first to die.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// How a part is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// It runs and answers.
    Ready,
    /// It runs but does not answer as it should.
    NotReady,
    /// It was started and has ended by itself; `up` brings it back.
    Died,
    /// It was not started, or was stopped.
    Stopped,
    /// It runs elsewhere and answers.
    External,
    /// It runs elsewhere and does not answer.
    Unreachable,
}

/// One part, as `sideline status` shows it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct PartStatus {
    /// The part.
    pub part: Part,
    /// How it is.
    pub state: PartState,
    /// Its process on this machine; for one that died, the process it was.
    pub pid: Option<i32>,
    /// Its port on this machine.
    pub port: Option<u16>,
    /// Its address, for one that runs elsewhere.
    pub address: Option<String>,
    /// Whether it answers.
    pub is_ready: bool,
    /// Resident memory in bytes, shared pages included.
    pub memory_bytes: Option<u64>,
    /// What is wrong, and where its log is; none if nothing is.
    pub detail: Option<String>,
}

impl PartStatus {
    const fn new(part: Part, state: PartState) -> Self {
        Self {
            part,
            state,
            pid: None,
            port: None,
            address: None,
            is_ready: matches!(state, PartState::Ready | PartState::External),
            memory_bytes: None,
            detail: None,
        }
    }
}

/// How each part is, in the order Kafka, registry, ClickHouse, pipeline. Changes nothing but the
/// length of logs, and needs no lock.
///
/// # Errors
/// A run file cannot be read.
pub async fn status(settings: &Settings) -> Result<Vec<PartStatus>, Error> {
    let home = Home::at(&settings.home);
    logs::cut_all(&home)?;
    let [kafka, registry, clickhouse, pipeline] = Part::ALL.map(|part| of(settings, &home, part));
    let (kafka, registry, clickhouse, pipeline) =
        tokio::try_join!(kafka, registry, clickhouse, pipeline)?;
    Ok(vec![kafka, registry, clickhouse, pipeline])
}

/// The memory of all parts on this machine together, in bytes.
#[must_use]
pub fn total_memory_bytes(parts: &[PartStatus]) -> u64 {
    parts.iter().filter_map(|part| part.memory_bytes).sum()
}

/// Waits until a part that was started has died, and says which. For whoever stays in the
/// foreground; returns at once if one is dead already.
///
/// # Errors
/// A run file cannot be read.
pub async fn first_death(settings: &Settings) -> Result<PartStatus, Error> {
    let home = Home::at(&settings.home);
    loop {
        for part in Part::ALL {
            let Some(run) = RunFile::load(&home, part)? else {
                continue;
            };
            if !run.is_alive() {
                return Ok(dead(&home, &run));
            }
        }
        logs::cut_all(&home)?;
        tokio::time::sleep(WATCH_EVERY).await;
    }
}

async fn of(settings: &Settings, home: &Home, part: Part) -> Result<PartStatus, Error> {
    if let Some(servers) = &settings.external
        && part != Part::Pipeline
    {
        let answer = external::ask(servers, part).await;
        let state = if answer.is_ok() {
            PartState::External
        } else {
            PartState::Unreachable
        };
        return Ok(PartStatus {
            address: Some(external::address(servers, part).to_owned()),
            detail: answer.err(),
            ..PartStatus::new(part, state)
        });
    }
    let Some(run) = RunFile::load(home, part)? else {
        let port = ports::known(settings)
            .ok()
            .map(|ports| ports::of(&ports, part));
        return Ok(PartStatus {
            port,
            ..PartStatus::new(part, PartState::Stopped)
        });
    };
    if !run.is_alive() {
        return Ok(dead(home, &run));
    }
    let answer = ready::ask(part, run.port).await;
    let state = if answer.is_ok() {
        PartState::Ready
    } else {
        PartState::NotReady
    };
    let log = home.log(part);
    Ok(PartStatus {
        pid: Some(run.pid),
        port: Some(run.port),
        memory_bytes: run.identity().memory_bytes(),
        detail: answer
            .err()
            .map(|reason| format!("{reason} (log: {})", log.display())),
        ..PartStatus::new(part, state)
    })
}

fn dead(home: &Home, run: &RunFile) -> PartStatus {
    let (log, last_line) = logs::last_words(home, run.part);
    PartStatus {
        pid: Some(run.pid),
        port: Some(run.port),
        detail: Some(format!(
            "died; its last word: {last_line} (log: {})",
            log.display()
        )),
        ..PartStatus::new(run.part, PartState::Died)
    }
}
