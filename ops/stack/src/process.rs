//! Starting, recognising and stopping processes that outlive the command which started them.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::command::CommandLine;
use crate::error::Error;
use crate::logs;

/// How often a process that was told to end is looked at.
const STOP_POLL: Duration = Duration::from_millis(25);
/// How long the system may take to clear away a process after SIGKILL. More means it hangs in a
/// device, and then nobody can end it.
const KILL_WAIT: Duration = Duration::from_secs(5);

/// Which process it is.
///
/// # Invariant
/// Two processes never have the same identity: a pid is used again, but not at the same tick of the
/// same boot.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Identity {
    pub(crate) pid: i32,
    /// Clock ticks from boot to its start, as /proc tells.
    pub(crate) started_ticks: u64,
    /// Id of that boot.
    pub(crate) boot: String,
}

/// How a process came to its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// It ended by itself after SIGTERM.
    Terminated,
    /// It needed SIGKILL.
    Killed,
}

impl Identity {
    /// The identity of the process that has this pid now; none if there is no such process, or
    /// nothing but its exit code is left of it.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        // A child of ours that has ended stays in the table until it is asked for; this asks. For
        // all others the call fails, and that is fine.
        let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (state, started_ticks) = parse_stat(&stat)?;
        // Of a killed JVM the first thread is gone at once, while others still hold its ports.
        if matches!(state, 'Z' | 'X') && !has_other_threads(pid) {
            return None;
        }
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(Self {
            pid,
            started_ticks,
            boot: boot.trim().to_owned(),
        })
    }

    /// Whether this very process runs.
    pub(crate) fn is_alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    /// Resident memory, in bytes.
    pub(crate) fn memory_bytes(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    }

    /// Asks the process to end, waits, and ends it by force.
    ///
    /// # Errors
    /// The system refuses the signal, or the process is still there after SIGKILL.
    pub(crate) async fn stop(&self, within: Duration) -> Result<End, Errno> {
        self.signal(Signal::SIGTERM)?;
        if self.has_ended_within(within).await {
            return Ok(End::Terminated);
        }
        self.signal(Signal::SIGKILL)?;
        if self.has_ended_within(KILL_WAIT).await {
            return Ok(End::Killed);
        }
        Err(Errno::EBUSY)
    }

    fn signal(&self, signal: Signal) -> Result<(), Errno> {
        // Check and use stay together: between them the pid would have to end and come again.
        if !self.is_alive() {
            return Ok(());
        }
        match kill(Pid::from_raw(self.pid), signal) {
            Err(Errno::ESRCH) => Ok(()),
            result => result,
        }
    }

    async fn has_ended_within(&self, within: Duration) -> bool {
        let until = Instant::now() + within;
        while self.is_alive() {
            if Instant::now() >= until {
                return false;
            }
            tokio::time::sleep(STOP_POLL).await;
        }
        true
    }
}

/// Starts a process that goes on when this one ends: in a process group of its own, so that neither
/// Ctrl-C nor the end of the terminal reaches it, with nothing to read and its output in `output`.
///
/// # Errors
/// The program cannot be run, or `output` cannot be written.
pub(crate) fn spawn_detached(
    command: &CommandLine,
    folder: &Path,
    output: &Path,
) -> Result<Identity, Error> {
    let out = logs::open(output)?;
    let err = out
        .try_clone()
        .map_err(|source| Error::io("writing", output, source))?;
    let failed = |source| Error::io("starting", &command.program, source);
    let child = Command::new(&command.program)
        .args(&command.args)
        .envs(
            command
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let pid = i32::try_from(child.id()).map_err(|error| failed(io::Error::other(error)))?;
    // A process that has ended already has an identity too: one that nothing alive matches.
    let ended = Identity {
        pid,
        started_ticks: 0,
        boot: String::new(),
    };
    Ok(Identity::of(pid).unwrap_or(ended))
}

fn has_other_threads(pid: i32) -> bool {
    match fs::read_dir(format!("/proc/{pid}/task")) {
        Ok(threads) => threads.count() > 1,
        Err(_) => false,
    }
}

/// State and start time from /proc/<pid>/stat. The second field is the program's name in brackets,
/// which may itself hold brackets and blanks: what counts begins after the last one.
fn parse_stat(stat: &str) -> Option<(char, u64)> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?.chars().next()?;
    // Field 22 of the line, where the state is field 3.
    let started_ticks = fields.nth(18)?.parse().ok()?;
    Some((state, started_ticks))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> CommandLine {
        CommandLine {
            program: "/bin/sh".into(),
            args: vec!["-c".to_owned(), script.to_owned()],
            environment: Vec::new(),
        }
    }

    #[test]
    fn a_program_name_with_brackets_does_not_confuse_the_start_time() {
        let stat = "17 (we) (ird) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20";
        assert_eq!(parse_stat(stat), Some(('S', 4242)));
    }

    #[test]
    fn a_reused_pid_is_another_process() {
        let me = Identity::of(std::process::id().cast_signed()).unwrap();
        assert!(me.is_alive());
        let earlier = Identity {
            started_ticks: me.started_ticks - 1,
            ..me.clone()
        };
        assert!(!earlier.is_alive());
        let other_boot = Identity {
            boot: "another".to_owned(),
            ..me
        };
        assert!(!other_boot.is_alive());
    }

    #[tokio::test]
    async fn a_process_that_ignores_sigterm_is_killed_and_one_that_obeys_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("x.log");
        let obeys = spawn_detached(&shell("exec sleep 600"), folder.path(), &log).unwrap();
        assert_eq!(
            obeys.stop(Duration::from_secs(20)).await,
            Ok(End::Terminated)
        );
        assert!(!obeys.is_alive());

        let script = "trap '' TERM; echo deaf; while :; do sleep 600; done";
        let ignores = spawn_detached(&shell(script), folder.path(), &log).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while !logs::last_line(&log).contains("deaf") {
            assert!(Instant::now() < until, "the shell did not start");
            tokio::time::sleep(STOP_POLL).await;
        }
        assert_eq!(
            ignores.stop(Duration::from_millis(200)).await,
            Ok(End::Killed)
        );
        assert!(!ignores.is_alive());
    }

    #[test]
    fn memory_of_a_running_process_is_known() {
        let me = Identity::of(std::process::id().cast_signed()).unwrap();
        assert!(me.memory_bytes().unwrap() > 1 << 20);
    }
}
