//! The task on Kafka Streams: fetched, compiled and run as a Java process.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Kind, Spec};

const POM: &str = include_str!("../../kafka-streams/pom.xml");
const SOURCE: &str = include_str!("../../kafka-streams/src/Peer.java");

/// The same for all: enough for a million keys in memory, and no more than this machine has.
const HEAP: &str = "-Xmx3g";

/// The compiled peer.
pub(crate) struct Peer {
    class_path: String,
}

impl Peer {
    /// Fetches Kafka Streams by Maven and compiles the peer in a folder. Takes seconds when Maven
    /// has it already.
    pub(crate) fn build(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder.join("src"))?;
        std::fs::write(folder.join("pom.xml"), POM)?;
        std::fs::write(folder.join("src/Peer.java"), SOURCE)?;
        let mut maven = Command::new("mvn");
        maven
            .args(["-q", "-B", "dependency:copy-dependencies"])
            .arg("-DoutputDirectory=libs")
            .current_dir(folder);
        complete(maven, "fetching Kafka Streams")?;
        let libs = folder.join("libs/*").display().to_string();
        let mut compiler = Command::new("javac");
        compiler
            .args(["-cp", &libs, "-d", "classes", "src/Peer.java"])
            .current_dir(folder);
        complete(compiler, "compiling the peer")?;
        let classes: PathBuf = folder.join("classes");
        Ok(Self {
            class_path: format!("{}:{libs}", classes.display()),
        })
    }

    /// The command that runs it.
    pub(crate) fn command(&self, spec: &Spec) -> Command {
        let store = match spec.kind {
            Kind::StreamsMemory => "memory",
            _ => "rocksdb",
        };
        let mut command = Command::new("java");
        command
            .args(["-XX:+UseG1GC", HEAP, "-cp", &self.class_path, "Peer"])
            .arg(format!("brokers={}", spec.brokers))
            .arg(format!("app={}", spec.run))
            .arg(format!("topics={}", spec.topics.join(",")))
            .arg(format!("store={store}"))
            .arg(format!("commit_ms={}", spec.commit_ms))
            .arg(format!("state={}", spec.state.display()));
        command
    }
}

fn complete(mut command: Command, doing: &str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("{doing}: {program} did not start; is it installed?"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{doing} failed: {said}");
    }
    Ok(())
}
