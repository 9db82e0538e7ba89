//! Sports news into predictions: the command line.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use sideline::cli::{Cli, Command};
use sideline::commands;
use sideline::printer::Printer;
use sideline_allocator as _;

/// Exit code when something is at fault that is not the user's input.
const EXIT_FAULT: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let printer = Printer::new(cli.place.json);
    start_logging(&cli.command);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            printer.say(&format!(
                "error: the async runtime could not start: {error}"
            ));
            return ExitCode::from(EXIT_FAULT);
        }
    };
    match runtime.block_on(commands::run(cli, printer)) {
        Ok(code) => code,
        Err(error) => {
            printer.say(&format!("error: {error:#}"));
            ExitCode::from(EXIT_FAULT)
        }
    }
}

/// Logs go to stderr; `RUST_LOG` chooses what is logged. What runs in the background tells what it
/// does, a command tells only what went wrong.
fn start_logging(command: &Command) {
    use tracing_subscriber::EnvFilter;
    let is_server = matches!(command, Command::Run(_) | Command::Serve(_));
    let level = if is_server { "info" } else { "warn" };
    let quiet = format!("{level},librdkafka=off,rdkafka=off");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(quiet));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
