//! A contestant in a process of its own, and what it costs.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, SysconfVar, sysconf};

use crate::contestants::streams::Peer;
use crate::contestants::{Kind, Spec, ours, plain};

/// A contestant that does not end by then is killed.
const END_WAIT: Duration = Duration::from_secs(30);

static IS_ASKED_TO_END: AtomicBool = AtomicBool::new(false);

/// True once whoever started this process has closed its input.
pub(crate) fn is_asked_to_end() -> bool {
    IS_ASKED_TO_END.load(Ordering::Acquire)
}

/// The life of a contestant's process.
pub(crate) fn work(spec: &str) -> Result<()> {
    let spec: Spec = serde_json::from_str(spec).context("reading what the contestant is told")?;
    watch_input();
    match spec.kind {
        Kind::Sideline => ours::work(&spec),
        Kind::PlainLoop => plain::work(&spec),
        Kind::StreamsRocksdb | Kind::StreamsMemory => {
            bail!("Kafka Streams is a program of its own")
        }
    }
}

/// Ends with the input: also when the parent is killed, so that nothing is left running.
fn watch_input() {
    std::thread::spawn(|| {
        let mut nothing = Vec::new();
        // Whatever the outcome, nobody holds the other end any more.
        drop(std::io::stdin().read_to_end(&mut nothing));
        IS_ASKED_TO_END.store(true, Ordering::Release);
    });
}

/// What a process used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Processor time of all its threads, in seconds.
    pub(crate) cpu_s: f64,
    /// The most memory it ever had, in MB.
    pub(crate) peak_mb: f64,
}

/// A contestant at work; killed when dropped.
pub(crate) struct Contestant {
    child: Child,
    is_java: bool,
    /// When it was started.
    pub(crate) started_at: Instant,
    /// What it printed, with the moment of each line.
    said: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Contestant {
    /// Starts it.
    pub(crate) fn start(spec: &Spec, peer: Option<&Peer>) -> Result<Self> {
        let mut command = match (spec.kind, peer) {
            (Kind::StreamsRocksdb | Kind::StreamsMemory, Some(peer)) => peer.command(spec),
            (Kind::StreamsRocksdb | Kind::StreamsMemory, None) => bail!("the peer is not built"),
            _ => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["contestant", &serde_json::to_string(spec)?]);
                command
            }
        };
        let log: PathBuf = spec.state.with_extension("log");
        std::fs::create_dir_all(&spec.state)?;
        let started_at = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log)?)
            .spawn()
            .with_context(|| format!("starting {}", spec.kind.name()))?;
        let said = Arc::new(Mutex::new(Vec::new()));
        if let Some(stdout) = child.stdout.take() {
            let said = Arc::clone(&said);
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let line = (Instant::now(), line);
                    said.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(line);
                }
            });
        }
        let is_java = matches!(spec.kind, Kind::StreamsRocksdb | Kind::StreamsMemory);
        Ok(Self {
            child,
            is_java,
            started_at,
            said,
        })
    }

    /// The lines that begin with a word.
    pub(crate) fn lines(&self, word: &str) -> Vec<(Instant, String)> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = said.iter().filter(|(_, line)| line.starts_with(word));
        lines.cloned().collect()
    }

    /// Fails when it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("a contestant ended by itself: {status}"),
            None => Ok(()),
        }
    }

    /// What it used so far, as the system counts.
    pub(crate) fn usage(&self) -> Result<Usage> {
        let folder = PathBuf::from(format!("/proc/{}", self.child.id()));
        let stat = std::fs::read_to_string(folder.join("stat"))?;
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        // User and system time are the 14th and 15th fields, the name being the second.
        let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok());
        let per_second = sysconf(SysconfVar::CLK_TCK)?.unwrap_or(100) as f64;
        let status = std::fs::read_to_string(folder.join("status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<f64>().ok());
        Ok(Usage {
            cpu_s: (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / per_second,
            peak_mb: kb.unwrap_or(0.0) / 1e3,
        })
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        if self.child.stdin.take().is_none() || self.is_java {
            kill(
                Pid::from_raw(self.child.id().cast_signed()),
                Signal::SIGTERM,
            )?;
        }
        let deadline = Instant::now() + END_WAIT;
        while self.child.try_wait()?.is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Kills it: no last words.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
