//! Data folders with a stack of their own: temporary, on free ports, taken away at the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use serde_json::Value;
use sideline::system::System;
use sideline_stack::{Flags, Settings};

use crate::program::Program;
use crate::wait::block_on;

/// Exit code after Ctrl-C, as shells have it.
const EXIT_INTERRUPTED: i32 = 130;
/// When set, stacks are stopped but their folders stay.
const KEEP: &str = "SIDELINE_KEEP";
/// Ports left open: each stack takes free ones.
const PORTS: [&str; 5] = [
    "SIDELINE_KAFKA_PORT",
    "SIDELINE_KAFKA_CONTROLLER_PORT",
    "SIDELINE_REGISTRY_PORT",
    "SIDELINE_CLICKHOUSE_PORT",
    "SIDELINE_PIPELINE_PORT",
];

/// Homes that are still there.
static HOMES: Mutex<Vec<Home>> = Mutex::new(Vec::new());

/// A folder with a stack of its own.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    folder: PathBuf,
    program: Program,
}

impl Home {
    /// An empty folder; nothing runs yet.
    pub(crate) fn make() -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("sideline-end-to-end-")
            .tempdir()
            .context("making a temporary folder")?
            .keep();
        let data = folder.join("home").display().to_string();
        let mut variables = vec![("SIDELINE_HOME".to_owned(), data)];
        variables.extend(PORTS.map(|name| (name.to_owned(), "0".to_owned())));
        let home = Self {
            program: Program::new(&folder, variables),
            folder,
        };
        lock().push(home.clone());
        Ok(home)
    }

    /// The program, working on this stack.
    pub(crate) const fn program(&self) -> &Program {
        &self.program
    }

    /// Where trials may put files.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Settings, endpoints and catalogue, for reading topics and tables directly.
    pub(crate) fn system(&self) -> Result<System> {
        system_of(&self.program)
    }

    /// The state and process of each part: Kafka, registry, ClickHouse, pipeline.
    pub(crate) fn parts(&self) -> Result<Vec<Part>> {
        let answer = self.program.run(&["status", "--json"])?.json()?;
        let parts = answer["parts"].as_array().context("status has no parts")?;
        parts.iter().map(Part::read).collect()
    }

    /// Stops what runs and removes the folder.
    pub(crate) fn remove(&self) -> Result<()> {
        let stopped = self.program.run(&["down"]);
        if std::env::var_os(KEEP).is_none() {
            fs::remove_dir_all(&self.folder)
                .with_context(|| format!("removing {}", self.folder.display()))?;
        }
        lock().retain(|home| home.folder != self.folder);
        stopped.map(drop)
    }
}

/// One part of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its name.
    pub(crate) name: String,
    /// Its process.
    pub(crate) pid: i64,
    /// `ready`, `died` and so on.
    pub(crate) state: String,
}

impl Part {
    fn read(part: &Value) -> Result<Self> {
        let text = |field: &str| part[field].as_str().map(str::to_owned);
        Ok(Self {
            name: text("part").context("a part without a name")?,
            pid: part["pid"].as_i64().unwrap_or_default(),
            state: text("state").context("a part without a state")?,
        })
    }
}

/// Settings, endpoints and catalogue as the program itself would find them.
pub(crate) fn system_of(program: &Program) -> Result<System> {
    let variable = |name: &str| program.variable(name);
    let settings = Settings::load_from(&Flags::default(), &variable, program.folder())?;
    let endpoints = sideline_stack::endpoints(&settings)?;
    System::new(settings, endpoints)
}

/// Stops and removes every home that is still there.
pub(crate) fn remove_all() {
    let homes = lock().clone();
    for home in homes {
        // The folder is temporary and the result is out: what could not be removed is told by the
        // system's own cleaning.
        drop(home.remove());
    }
}

/// Removes every home on Ctrl-C, then ends the process.
pub(crate) fn remove_on_interrupt() {
    thread::spawn(|| {
        let heard = block_on(async { Ok(tokio::signal::ctrl_c().await?) });
        if heard.is_ok() {
            remove_all();
            std::process::exit(EXIT_INTERRUPTED);
        }
    });
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Home>> {
    HOMES.lock().unwrap_or_else(PoisonError::into_inner)
}
