//! Stopping what runs, and nothing else.

use serde::Serialize;

use crate::error::Error;
use crate::home::Home;
use crate::parts::Part;
use crate::process::End;
use crate::run_file::RunFile;
use crate::settings::Settings;

/// How a part ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// In good order.
    Stopped,
    /// By force, since it did not end in time.
    Killed,
    /// It had died before.
    WasDead,
}

/// One part that was stopped, or found dead.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Stopped {
    /// The part.
    pub part: Part,
    /// Its process.
    pub pid: i32,
    /// How it ended.
    pub ending: Ending,
}

/// What `down` did, in the order in which it was done; parts that were never started are not in it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Report {
    /// The parts.
    pub parts: Vec<Stopped>,
}

impl Report {
    /// Whether a part had to be ended by force.
    #[must_use]
    pub fn was_cut_short(&self) -> bool {
        self.parts
            .iter()
            .any(|stopped| stopped.ending == Ending::Killed)
    }
}

/// Stops every part of this data folder: SIGTERM, a bounded wait, SIGKILL. Data stay.
///
/// # Errors
/// Another command works on the folder, or a process cannot be stopped; parts that come after it
/// in the order are stopped all the same.
pub async fn down(settings: &Settings) -> Result<Report, Error> {
    stop_parts(settings, &Part::STOP_ORDER).await
}

/// Stops the pipeline of this data folder and nothing else, as [`down`] does.
///
/// # Errors
/// As [`down`].
pub async fn stop_pipeline(settings: &Settings) -> Result<Report, Error> {
    stop_parts(settings, &[Part::Pipeline]).await
}

async fn stop_parts(settings: &Settings, parts: &[Part]) -> Result<Report, Error> {
    let Some(home) = Home::find(&settings.home)? else {
        return Ok(Report::default());
    };
    let _lock = home.lock().await?;
    let mut report = Report::default();
    let mut first_error = None;
    for part in parts.iter().copied() {
        let Some(run) = RunFile::load(&home, part)? else {
            continue;
        };
        match stop(&home, &run).await {
            Ok(ending) => report.parts.push(Stopped {
                part,
                pid: run.pid,
                ending,
            }),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        Some(error) => Err(error),
        None => Ok(report),
    }
}

/// Stops one part and forgets it.
pub(crate) async fn stop(home: &Home, run: &RunFile) -> Result<Ending, Error> {
    let identity = run.identity();
    let part = run.part;
    let ending = if identity.is_alive() {
        let end = identity
            .stop(part.stops_within())
            .await
            .map_err(|error| Error::CannotStop {
                part,
                pid: run.pid,
                reason: error.to_string(),
            })?;
        match end {
            End::Terminated => Ending::Stopped,
            End::Killed => Ending::Killed,
        }
    } else {
        Ending::WasDead
    };
    RunFile::remove(home, part)?;
    Ok(ending)
}
