//! `sideline serve`: the stack's own servers, each in a process of its own.

use anyhow::Result;
use tracing::info;

use crate::cli::ServeCommand;
use crate::shutdown;

/// Password of the local ClickHouse server. It listens on loopback only and has no users, so the
/// password would protect nothing; servers elsewhere take theirs from the settings.
const LOCAL_PASSWORD: &str = "";
/// Memory the engine may use for queries: the whole stack stays under 1.6 GB.
const ENGINE_MEMORY_BYTES: u64 = 512 * 1024 * 1024;

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// The port is taken, or the server cannot start.
pub async fn run(command: ServeCommand) -> Result<()> {
    match command {
        ServeCommand::Registry {
            listen,
            kafka,
            topic,
        } => {
            let config = sideline_registry::Config {
                listen,
                kafka,
                topic,
            };
            sideline_registry::serve(
                config,
                |at| info!(%at, "registry ready"),
                shutdown::requested(),
            )
            .await?;
        }
        ServeCommand::Clickhouse {
            listen,
            data,
            library,
        } => {
            let config = sideline_clickhouse_server::Config {
                listen,
                data,
                library,
                user: "default".to_owned(),
                password: LOCAL_PASSWORD.to_owned(),
                memory_limit_bytes: ENGINE_MEMORY_BYTES,
            };
            sideline_clickhouse_server::serve(
                config,
                |at| info!(%at, "clickhouse ready"),
                shutdown::requested(),
            )
            .await?;
        }
    }
    Ok(())
}
