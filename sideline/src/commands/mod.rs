//! One file per verb.

pub mod accuracy;
pub mod bench;
pub mod champion;
pub mod clock;
pub mod config;
pub mod cookbook;
pub mod dead_letters;
pub mod down;
pub mod event;
pub mod history;
pub mod latest;
pub mod load;
pub mod run;
pub mod runs;
pub mod serve;
pub mod simulate;
pub mod sql;
pub mod status;
pub mod tail;
pub mod topics;
pub mod up;
pub mod verify;
pub mod warehouse;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Cli, Command};
use crate::printer::Printer;
use crate::system::System;

/// Does what the command line asks.
///
/// # Errors
/// Whatever the verb reports; the message says what to do.
pub async fn run(cli: Cli, printer: Printer) -> Result<ExitCode> {
    let place = cli.place;
    let done = |()| ExitCode::SUCCESS;
    match cli.command {
        Command::Serve(command) => serve::run(command).await.map(done),
        Command::Up(args) => up::run(&place, args, printer).await.map(done),
        Command::Down(args) => down::run(&place, &args, printer).await,
        Command::Status => status::run(&place, printer).await,
        Command::Config(_) => config::run(&place, printer).map(done),
        Command::Simulate(args) => simulate::run(&place, args, printer).await.map(done),
        Command::Accuracy(args) => accuracy::run(&place, &args, printer).await.map(done),
        Command::Cookbook(command) => cookbook::run(&place, command, printer).await,
        command => on_system(command, &System::from_flags(&place)?, printer).await,
    }
}

async fn on_system(command: Command, system: &System, printer: Printer) -> Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    match command {
        Command::Load(args) => load::run(system, args, printer).await.map(done),
        Command::Event(command) => event::run(system, command, printer).await.map(done),
        Command::Tail(args) => tail::run(system, args, printer).await.map(done),
        Command::Latest(args) => latest::run(system, args, printer).await.map(done),
        Command::History(args) => history::run(system, args, printer).await.map(done),
        Command::Sql(args) => sql::run(system, args, printer).await.map(done),
        Command::Verify => verify::run(system, printer).await,
        Command::Warehouse(command) => warehouse::run(system, command, printer).await,
        Command::Runs(command) => runs::run(system, command, printer).await.map(done),
        Command::DeadLetters(command) => {
            dead_letters::run(system, command, printer).await.map(done)
        }
        Command::Topics(command) => topics::run(system, command, printer).await.map(done),
        Command::Champion(command) => champion::run(system, command, printer).await.map(done),
        Command::Clock(command) => clock::run(system, command, printer).await.map(done),
        Command::Bench(command) => bench::run(system, command, printer).await.map(done),
        Command::Run(args) => run::run(system, args).await.map(done),
        // Dispatched before, as they need no running stack.
        Command::Up(_)
        | Command::Down(_)
        | Command::Status
        | Command::Config(_)
        | Command::Simulate(_)
        | Command::Accuracy(_)
        | Command::Cookbook(_)
        | Command::Serve(_) => Ok(ExitCode::SUCCESS),
    }
}
