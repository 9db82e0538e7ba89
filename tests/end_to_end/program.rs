//! The program under test, run as a person runs it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::wait::until;

/// Longest time one command may take. The slowest brings up a whole season: in a development build
/// on two busy cores that took 330 s.
const COMMAND_WITHIN: Duration = Duration::from_secs(900);
/// Lines of a log that a failure shows: enough to see the error and what led to it.
const LINES_SHOWN: usize = 12;
/// Variables of the program that a trial inherits: downloads are shared by all stacks of a user.
const INHERITED: &str = "SIDELINE_CACHE";

/// The program, with the environment that says which stack it works on.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    folder: PathBuf,
    variables: Vec<(String, String)>,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The command, for messages.
    command: String,
    /// Its exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Its standard output.
    pub(crate) stdout: String,
    /// Its standard error.
    pub(crate) stderr: String,
}

/// A command that runs beside the trial; killed when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
}

impl Program {
    /// The program run in `folder`, with these variables and none of the caller's.
    pub(crate) fn new(folder: &Path, variables: Vec<(String, String)>) -> Self {
        Self {
            folder: folder.to_owned(),
            variables,
        }
    }

    /// The same program in another folder, with some variables set otherwise.
    pub(crate) fn with(&self, folder: &Path, changes: &[(&str, String)]) -> Self {
        let is_kept = |(name, _): &&(String, String)| changes.iter().all(|(new, _)| new != name);
        let mut variables: Vec<_> = self.variables.iter().filter(is_kept).cloned().collect();
        variables.extend(
            changes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        Self::new(folder, variables)
    }

    /// The value of a variable it is run with.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let own = self.variables.iter().find(|(known, _)| known == name);
        match own {
            Some((_, value)) => Some(value.clone()),
            None if name.starts_with("SIDELINE_") && name != INHERITED => None,
            None => std::env::var(name).ok(),
        }
    }

    /// The folder it is run in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Answer> {
        let stdout = tempfile::NamedTempFile::new()?;
        let stderr = tempfile::NamedTempFile::new()?;
        let mut child = self
            .command(arguments)
            .stdout(stdout.reopen()?)
            .stderr(stderr.reopen()?)
            .spawn()
            .context("starting the program")?;
        let command = arguments.join(" ");
        let ended: Result<ExitStatus> = until(COMMAND_WITHIN, || Ok(child.try_wait()?))
            .with_context(|| format!("sideline {command} does not end"));
        if ended.is_err() {
            child.kill()?;
        }
        Ok(Answer {
            command,
            code: ended?.code(),
            stdout: fs::read_to_string(stdout.path())?,
            stderr: fs::read_to_string(stderr.path())?,
        })
    }

    /// Runs a command that must succeed, and reads the JSON it prints.
    pub(crate) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        self.run(&with_json)?.succeeded()?.json()
    }

    /// Starts a command that goes on beside the trial; what it says ends in `log`.
    pub(crate) fn start(&self, arguments: &[&str], log: &str) -> Result<Running> {
        let path = self.folder.join(log);
        let file = File::options().create(true).append(true).open(&path)?;
        let child = self
            .command(arguments)
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .context("starting the program")?;
        Ok(Running { child, log: path })
    }

    /// The same on a disk that is full sooner than it thinks: writes beyond so many blocks of a file
    /// fail, with an error instead of the signal that the system would send.
    pub(crate) fn start_on_small_disk(
        &self,
        arguments: &[&str],
        log: &str,
        blocks: u32,
    ) -> Result<Running> {
        let path = self.folder.join(log);
        let file = File::create(&path)?;
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let program = env!("CARGO_BIN_EXE_sideline");
        let before = ["-c", script.as_str(), "sh", program];
        let child = self
            .prepared(Command::new("sh"), &[&before, arguments].concat())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .context("starting the program on a small disk")?;
        Ok(Running { child, log: path })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.prepared(Command::new(env!("CARGO_BIN_EXE_sideline")), arguments)
    }

    fn prepared(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments).current_dir(&self.folder);
        command.stdin(Stdio::null());
        for (name, _) in std::env::vars() {
            // The caller's own stack must not leak in; `CARGO` changes what `up` prints.
            if (name.starts_with("SIDELINE_") && name != INHERITED) || name == "CARGO" {
                command.env_remove(name);
            }
        }
        command.envs(self.variables.iter().cloned());
        command
    }
}

impl Answer {
    /// Itself, when the command ended well.
    pub(crate) fn succeeded(self) -> Result<Self> {
        ensure!(
            self.code == Some(0),
            "sideline {} ended with {:?}: {}{}",
            self.command,
            self.code,
            self.stderr,
            self.stdout
        );
        Ok(self)
    }

    /// What stands on standard output, as JSON.
    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout)
            .with_context(|| format!("sideline {} printed no JSON: {}", self.command, self.stdout))
    }
}

impl Running {
    /// Kills it as `kill -9` does: nothing is flushed, committed or said.
    pub(crate) fn kill(&mut self) -> Result<()> {
        ensure!(
            self.child.try_wait()?.is_none(),
            "it ended before it was killed: {}",
            self.last_words()
        );
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Its process.
    pub(crate) fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Fails when it has ended by itself.
    pub(crate) fn check_alive(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("it ended by itself with {status}: {}", self.last_words()),
            None => Ok(()),
        }
    }

    /// Waits until it ends by itself, which it must do well.
    pub(crate) fn finish(&mut self) -> Result<()> {
        let status = until(COMMAND_WITHIN, || Ok(self.child.try_wait()?))?;
        ensure!(
            status.success(),
            "it ended with {status}: {}",
            self.last_words()
        );
        Ok(())
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The last lines of it, for messages.
    pub(crate) fn last_words(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
