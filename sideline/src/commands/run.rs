//! `sideline run`: the pipeline, in the foreground.

use std::net::SocketAddr;

use anyhow::Result;

use crate::cli::RunArgs;
use crate::pipeline;
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
    pipeline::run(system, SocketAddr::from((system.settings.listen, port))).await
}
