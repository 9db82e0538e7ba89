//! `sideline run`: the pipeline, in the foreground.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;

use crate::cli::RunArgs;
use crate::pipeline::{self, Crashes};
use crate::system::System;

/// Runs the pipeline until it is asked to stop.
///
/// # Errors
/// A server cannot be reached, or a phase gave up.
pub async fn run(system: &System, args: RunArgs) -> Result<()> {
    if args.apply {
        system.apply().await?;
    }
    let known = system
        .endpoints
        .pipeline
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok());
    let port = args
        .port
        .or(known)
        .unwrap_or(system.settings.ports.pipeline);
    let listen = SocketAddr::from((system.settings.listen, port));
    pipeline::run(system, listen, &crashes(&args)?).await
}

/// What tests of crashes ask for.
fn crashes(args: &RunArgs) -> Result<Crashes> {
    let mut crashes = Crashes {
        checkpoint_interval: args.checkpoint_ms.map(Duration::from_millis),
        ..Crashes::default()
    };
    if let Some(point) = &args.fail_at {
        match point.parse() {
            Ok(at) => crashes.phases = Some(at),
            Err(_) => crashes.sink = Some(point.parse().map_err(anyhow::Error::msg)?),
        }
    }
    Ok(crashes)
}
