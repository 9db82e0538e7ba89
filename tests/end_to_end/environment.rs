//! Environments of their own on the shared servers: `--env NAME --external`, with a pipeline that a
//! trial starts and kills.

use std::fs;
use std::net::TcpListener;

use anyhow::{Context, Result, ensure};
use rdkafka::consumer::Consumer;
use serde_json::Value;
use sideline::printer::Printer;
use sideline::system::System;
use sideline_topics::TopicId;

use crate::home::system_of;
use crate::http;
use crate::program::{Program, Running};
use crate::shared::{LEAGUE, Shared};
use crate::wait::{SOON, until};

/// An environment on the shared servers.
#[derive(Debug)]
pub(crate) struct Environment {
    /// The program, working on this environment.
    pub(crate) program: Program,
    /// Settings, endpoints and catalogue of it.
    pub(crate) system: System,
    /// Port its pipeline listens on.
    pub(crate) port: u16,
}

impl Environment {
    /// An environment of this name; topics and tables are not there yet.
    pub(crate) fn make(shared: &Shared, name: &str) -> Result<Self> {
        Self::through(shared, name, &shared.system.endpoints.kafka)
    }

    /// An environment whose program finds Kafka at another address than the trial does.
    pub(crate) fn through(shared: &Shared, name: &str, kafka: &str) -> Result<Self> {
        let folder = shared.home.folder().join(name);
        fs::create_dir(&folder)?;
        let endpoints = &shared.system.endpoints;
        let port = free_port()?;
        let variables = [
            ("SIDELINE_HOME", folder.join("home").display().to_string()),
            ("SIDELINE_ENV", name.to_owned()),
            ("SIDELINE_EXTERNAL", "true".to_owned()),
            ("SIDELINE_KAFKA", kafka.to_owned()),
            ("SIDELINE_REGISTRY", endpoints.registry.clone()),
            ("SIDELINE_CLICKHOUSE", endpoints.clickhouse.clone()),
            ("SIDELINE_PIPELINE_PORT", port.to_string()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let program = Program::new(&folder, variables.into());
        let system = system_of(&program)?;
        Ok(Self {
            program,
            system,
            port,
        })
    }

    /// One more instance of an environment: a data folder and a port of its own, the same topics
    /// and tables.
    pub(crate) fn beside(shared: &Shared, first: &Self, folder: &str) -> Result<Self> {
        let folder = shared.home.folder().join(folder);
        fs::create_dir(&folder)?;
        let port = free_port()?;
        let program = first.program.with(
            &folder,
            &[
                ("SIDELINE_HOME", folder.join("home").display().to_string()),
                ("SIDELINE_PIPELINE_PORT", port.to_string()),
            ],
        );
        let system = system_of(&program)?;
        Ok(Self {
            program,
            system,
            port,
        })
    }

    /// Starts its pipeline.
    pub(crate) fn start_pipeline(&self) -> Result<Running> {
        self.program.start(&["run", "--apply"], "pipeline.log")
    }

    /// Starts its pipeline and waits until its phases work.
    pub(crate) fn start_ready_pipeline(&self) -> Result<Running> {
        let mut pipeline = self.start_pipeline()?;
        let url = format!("{}/ready", self.system.endpoints.pipeline);
        until(SOON, || {
            pipeline.check_alive()?;
            Ok(http::get(&url).ok())
        })
        .with_context(|| format!("the pipeline is not ready: {}", pipeline.last_words()))?;
        Ok(pipeline)
    }

    /// Writes the shared stack's league as CSV, and says up to when it was known there.
    pub(crate) fn write_league(&self, shared: &Shared) -> Result<(String, String)> {
        let folder = self.program.folder().join("league").display().to_string();
        let mut arguments = vec!["simulate"];
        arguments.extend(LEAGUE);
        arguments.extend(["--to", &folder]);
        self.program.run(&arguments)?.succeeded()?;
        let league_time = shared.report["league_time"].as_str();
        let moment = league_time.context("up told no league_time")?;
        Ok((folder, format!("{}Z", moment.replace(' ', "T"))))
    }

    /// Records in one topic, counted by its offsets; markers of transactions count too.
    pub(crate) fn offsets(&self, topic: TopicId) -> Result<i64> {
        let reader = sideline::log::reader(&self.system.endpoints.kafka)?;
        let name = self.system.catalogue.name(topic);
        if reader.fetch_metadata(Some(name), SOON)?.topics().is_empty() {
            return Ok(0);
        }
        let ends = sideline::log::end_offsets(&reader, name)?;
        Ok(ends.iter().map(|(_, end)| end).sum())
    }

    /// Records in all ingress topics.
    pub(crate) fn ingress_records(&self) -> Result<i64> {
        TopicId::ingress().map(|topic| self.offsets(topic)).sum()
    }

    /// Waits until everything in the log has gone through all phases and into ClickHouse.
    pub(crate) fn catch_up(&self) -> Result<()> {
        let mut progress = Printer::new(true).progress("catching up", 0);
        sideline::catch_up::CatchUp::new(&self.system)?.wait(&mut progress)
    }

    /// Fails unless `verify` finds every promise kept.
    pub(crate) fn ensure_verified(&self) -> Result<Value> {
        ensure_verified(&self.program)
    }
}

/// Fails unless `verify` finds every promise kept on something to check.
pub(crate) fn ensure_verified(program: &Program) -> Result<Value> {
    let report = program.json(&["verify"])?;
    let count = |field: &str| report[field].as_i64().unwrap_or_default();
    ensure!(report["breaches"]["total"] == 0, "{report}");
    ensure!(count("versions") > 0 && count("envelopes") > 0, "{report}");
    let stored = count("rows") + count("gone_with_runs");
    ensure!(stored == count("versions"), "{report}");
    Ok(report)
}

/// A port that nobody listens on now.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
