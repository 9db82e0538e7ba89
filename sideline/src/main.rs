//! Sports news into predictions: the command line.

use std::process::ExitCode;

use clap::Parser;
use sideline::cli::Cli;
use sideline::commands;
use sideline::printer::Printer;

/// Exit code when something is at fault that is not the user's input.
const EXIT_FAULT: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let printer = Printer::new(cli.place.json);
    start_logging();
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

/// Logs go to stderr; `RUST_LOG` chooses what is logged, warnings by default.
fn start_logging() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,sideline=info,librdkafka=off,rdkafka=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
