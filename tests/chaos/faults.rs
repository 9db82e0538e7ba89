//! The faults, and the pipeline they happen to.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;
use sideline::system::System;

use crate::environment::Environment;
use crate::kinds::Kind;
use crate::program::Running;
use crate::proxy::{Loss, Proxy};
use crate::rounds::Dice;
use crate::shared::Shared;
use crate::wait::{SOON, until};

/// Checkpoints come so often that a round of seconds sees some.
const CHECKPOINT_MS: &str = "300";

/// Longer than a transaction may last and a member may be silent: 10 s and 8 s.
const BEYOND_TIMEOUTS: Duration = Duration::from_millis(11_500);

/// What a file may hold while the disk is full, in blocks of 512 bytes (1,024 in some shells): some
/// checkpoints find room in it, and so does the log of one round.
const FILE_BLOCKS_MAX: u32 = 512;

/// How long a fault may take to strike; after that the piece had no such moment.
const STRIKE_WITHIN: Duration = Duration::from_secs(10);

/// An environment, the pipelines at work in it, and the proxy before its Kafka.
pub(crate) struct Stage<'s> {
    shared: &'s Shared,
    name: String,
    environment: Environment,
    /// The same, past the proxy: for the trial's own reading and writing.
    pub(crate) direct: System,
    proxy: Proxy,
    pipeline: Option<Running>,
    /// Further instances, and their environments.
    others: Vec<(Environment, Running)>,
    made: usize,
}

impl<'s> Stage<'s> {
    /// Sets an environment up, with a pipeline at work.
    pub(crate) fn open(shared: &'s Shared, name: &str) -> Result<Self> {
        let proxy = Proxy::start(&shared.system.endpoints.kafka)?;
        let environment = Environment::through(shared, name, &proxy.address)?;
        let mut direct = crate::home::system_of(&environment.program)?;
        direct
            .endpoints
            .kafka
            .clone_from(&shared.system.endpoints.kafka);
        let mut stage = Self {
            shared,
            name: name.to_owned(),
            environment,
            direct,
            proxy,
            pipeline: None,
            others: Vec::new(),
            made: 0,
        };
        stage.environment.program.json(&["topics", "apply"])?;
        stage.start(None)?;
        stage.ready()?;
        Ok(stage)
    }

    /// What must be so before the piece is published.
    pub(crate) fn prepare(&mut self, kind: Kind, dice: &mut Dice) -> Result<()> {
        if let Some(point) = kind.fail_point() {
            self.kill()?;
            if kind == Kind::MidRestore {
                // Without checkpoints there is a changelog to restore from.
                self.remove_checkpoints()?;
            }
            let passes = dice.below(if kind == Kind::BeforeProduce { 60 } else { 8 });
            return self.start(Some(&format!("{point}:{passes}")));
        }
        match kind {
            Kind::NoCheckpointFolder => {
                self.kill()?;
                self.remove_checkpoints()?;
                fs::write(self.checkpoints(), b"no room for a folder here")?;
                self.start(None)
            }
            Kind::DiskFull => {
                self.kill()?;
                let program = &self.environment.program;
                let arguments = ["run", "--checkpoint-ms", CHECKPOINT_MS];
                let log = format!("small-disk-{}.log", self.made);
                self.made += 1;
                let started = program.start_on_small_disk(&arguments, &log, FILE_BLOCKS_MAX)?;
                self.pipeline = Some(started);
                Ok(())
            }
            Kind::Instances | Kind::Paused => self.add_instance(),
            _ => Ok(()),
        }
    }

    /// Lets the fault happen; tells whether it did.
    pub(crate) fn strike(&mut self, kind: Kind, dice: &mut Dice) -> Result<bool> {
        if kind.fail_point().is_some() {
            return self.wait_for_crash();
        }
        match kind {
            Kind::KillAnywhere => {
                thread::sleep(Duration::from_millis(dice.below(700)));
                self.kill().map(|()| true)
            }
            Kind::BrokerKilled => self.kill_part("kafka"),
            Kind::ClickhouseKilled => self.kill_part("clickhouse"),
            Kind::RegistryKilled => self.kill_part("registry"),
            Kind::CommitAnswerLost => Ok(self.lose(Loss::EndAnswer, Duration::ZERO)),
            Kind::CommitAborted => Ok(self.lose(Loss::EndRequest, BEYOND_TIMEOUTS)),
            Kind::StalledConnection => Ok(self.lose(Loss::Everything, BEYOND_TIMEOUTS)),
            Kind::PendingOnChangelog => self.pend(),
            Kind::Instances => self.add_instance().map(|()| true),
            Kind::Paused => self.pause(),
            Kind::DiskFull => Ok(self.wait_for_full_disk()),
            Kind::CheckpointDamaged | Kind::CheckpointForeign => self.spoil(kind),
            _ => Ok(true),
        }
    }

    /// Brings back what the fault took away.
    pub(crate) fn recover(&mut self, kind: Kind) -> Result<()> {
        match kind {
            Kind::BrokerKilled | Kind::ClickhouseKilled | Kind::RegistryKilled => {
                self.shared.json(&["up", "--empty"]).map(drop)
            }
            Kind::Instances | Kind::Paused => {
                // The others leave as a crash leaves: their share comes back by time-out.
                for (_, mut other) in self.others.drain(..) {
                    other.kill()?;
                }
                Ok(())
            }
            Kind::NoCheckpointFolder => {
                self.kill()?;
                fs::remove_file(self.checkpoints())?;
                self.start(None)
            }
            Kind::DiskFull => {
                self.kill()?;
                self.start(None)
            }
            _ => Ok(()),
        }
    }

    /// Waits until all is through, and asks whether every promise was kept.
    pub(crate) fn settle(&mut self) -> Result<()> {
        let is_alive = match &mut self.pipeline {
            Some(pipeline) => pipeline.check_alive().is_ok(),
            None => false,
        };
        if !is_alive {
            self.start(None)?;
        }
        self.ready()?;
        let mut progress = sideline::printer::Printer::new(true).progress("catching up", 0);
        let caught_up = sideline::catch_up::CatchUp::new(&self.direct)?.wait(&mut progress);
        caught_up.with_context(|| self.last_words())?;
        if let Some(pipeline) = &mut self.pipeline {
            pipeline.check_alive()?;
        }
        self.verify()
    }

    /// Ends the pipelines; the environment's topics stay until the stack goes.
    pub(crate) fn close(&mut self) -> Result<()> {
        self.kill()
    }

    /// Fails unless every table holds what its topic holds, row for row.
    pub(crate) fn ensure_tables_equal_topics(&self) -> Result<()> {
        let program = &self.environment.program;
        let tables = program.json(&["warehouse", "rebuild", "--dry-run"])?;
        for table in tables.as_array().context("no tables")? {
            let is_filled = table["rows"] != 0 || table["records"] == 0;
            ensure!(is_filled, "{table}");
            ensure!(table["only_in_old"] == 0, "{table}");
            ensure!(table["only_in_new"] == 0, "{table}");
        }
        Ok(())
    }

    fn verify(&self) -> Result<()> {
        let report = self.environment.program.json(&["verify"])?;
        ensure!(report["breaches"]["total"] == 0, "{report}");
        ensure!(report["rows"] == report["versions"], "{report}");
        Ok(())
    }

    fn start(&mut self, fail_at: Option<&str>) -> Result<()> {
        let mut arguments = vec!["run", "--apply", "--checkpoint-ms", CHECKPOINT_MS];
        if let Some(point) = fail_at {
            arguments.extend(["--fail-at", point]);
        }
        let program = &self.environment.program;
        self.pipeline = Some(program.start(&arguments, "pipeline.log")?);
        Ok(())
    }

    fn ready(&mut self) -> Result<()> {
        let url = format!("{}/ready", self.direct.endpoints.pipeline);
        let pipeline = self.pipeline.as_mut().context("no pipeline runs")?;
        until(SOON, || {
            pipeline.check_alive()?;
            Ok(crate::http::get(&url).ok())
        })
        .map(drop)
        .with_context(|| format!("the pipeline is not ready: {}", pipeline.last_words()))
    }

    fn last_words(&self) -> String {
        let pipeline = self.pipeline.as_ref();
        pipeline.map_or_else(String::new, Running::last_words)
    }

    /// Kills the pipeline, if it runs.
    fn kill(&mut self) -> Result<()> {
        if let Some(mut pipeline) = self.pipeline.take()
            && pipeline.check_alive().is_ok()
        {
            pipeline.kill()?;
        }
        Ok(())
    }

    /// Waits until the pipeline has crashed at its point; kills it when it does not get there.
    fn wait_for_crash(&mut self) -> Result<bool> {
        let Some(pipeline) = &mut self.pipeline else {
            return Ok(false);
        };
        let crashed = until(STRIKE_WITHIN, || {
            Ok(pipeline.check_alive().is_err().then_some(()))
        });
        self.kill()?;
        Ok(crashed.is_ok())
    }

    /// Waits until the pipeline has said that it makes no more checkpoints.
    fn wait_for_full_disk(&self) -> bool {
        let has_said = |words: &str| {
            let pipeline = self.pipeline.as_ref();
            pipeline.is_some_and(|pipeline| pipeline.said().contains(words))
        };
        let full = until(STRIKE_WITHIN, || {
            let is_full = has_said("no local checkpoints") || has_said("a checkpoint failed");
            Ok(is_full.then_some(()))
        });
        full.is_ok()
    }

    fn lose(&self, loss: Loss, held_for: Duration) -> bool {
        self.proxy.lose(loss);
        let struck = until(STRIKE_WITHIN, || Ok(self.proxy.has_struck().then_some(())));
        // The fault is that nothing happens for so long.
        thread::sleep(if struck.is_ok() {
            held_for
        } else {
            Duration::ZERO
        });
        self.proxy.lose(Loss::Nothing);
        struck.is_ok()
    }

    /// Kills the pipeline while its transactions are open: what would make the input's offsets part
    /// of them is held back, so outputs and changelogs are written and nothing decides them, while
    /// the group's offsets stand where they stood.
    fn pend(&mut self) -> Result<bool> {
        self.proxy.lose(Loss::OffsetsRequest);
        let struck = until(STRIKE_WITHIN, || Ok(self.proxy.has_struck().then_some(())));
        self.kill()?;
        self.proxy.lose(Loss::Nothing);
        Ok(struck.is_ok())
    }

    fn kill_part(&self, name: &str) -> Result<bool> {
        let parts = self.shared.home.parts()?;
        let part = parts.iter().find(|part| part.name == name);
        let pid = i32::try_from(part.context("no such part")?.pid)?;
        signal(pid, Signal::SIGKILL)?;
        until(SOON, || {
            let parts = self.shared.home.parts()?;
            let mut named = parts.iter().filter(|part| part.name == name);
            Ok(named.any(|part| part.state == "died").then_some(true))
        })
    }

    /// One more instance, with a data folder of its own.
    fn add_instance(&mut self) -> Result<()> {
        self.made += 1;
        let name = format!("{}-{}", self.name, self.made);
        let other = Environment::beside(self.shared, &self.environment, &name)?;
        let running = other.program.start(&["run"], "pipeline.log")?;
        self.others.push((other, running));
        let (other, running) = self.others.last_mut().context("no other instance")?;
        let url = format!("{}/ready", other.system.endpoints.pipeline);
        until(SOON, || {
            running.check_alive()?;
            Ok(crate::http::get(&url).ok())
        })
        .map(drop)
        .with_context(|| format!("another instance is not ready: {}", running.last_words()))
    }

    /// Stops the first instance's clock until the group has given its work to the other.
    fn pause(&mut self) -> Result<bool> {
        let pid = self.pipeline.as_ref().context("no pipeline runs")?.pid();
        signal(pid, Signal::SIGSTOP)?;
        thread::sleep(BEYOND_TIMEOUTS);
        signal(pid, Signal::SIGCONT)?;
        Ok(true)
    }

    /// Makes the checkpoints bad while nothing runs.
    fn spoil(&mut self, kind: Kind) -> Result<bool> {
        self.kill()?;
        let folder = self.checkpoints();
        let mut spoilt = false;
        match kind {
            Kind::CheckpointDamaged => {
                for file in files(&folder)? {
                    let length = fs::metadata(&file)?.len();
                    fs::write(&file, vec![0x5a; usize::try_from(length)?.min(4096)])?;
                    spoilt = true;
                }
            }
            _ => {
                // Those of the shared stack: another environment's changelogs, whose offsets are
                // beyond the ends here.
                let theirs = self.shared.home.folder().join("home/checkpoints");
                self.remove_checkpoints()?;
                copy(&theirs, &folder)?;
                spoilt = theirs.is_dir();
            }
        }
        Ok(spoilt)
    }

    fn checkpoints(&self) -> PathBuf {
        let folder = self.environment.program.folder();
        folder.join("home").join("checkpoints")
    }

    fn remove_checkpoints(&self) -> Result<()> {
        let folder = self.checkpoints();
        if folder.is_dir() {
            fs::remove_dir_all(folder)?;
        }
        Ok(())
    }
}

fn signal(pid: i32, signal: Signal) -> Result<()> {
    Ok(nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(pid),
        signal,
    )?)
}

/// Every file below a folder.
fn files(folder: &std::path::Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().context("a file without a folder")?)?;
        fs::copy(&file, target)?;
    }
    Ok(())
}
