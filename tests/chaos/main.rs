//! Chaos: rounds of faults made for real, each followed by the question whether every promise
//! still holds.
//!
//! `cargo test --workspace --test chaos` plays one round of each kind. `cargo test -p sideline
//! --test chaos -- --rounds 200` plays any other number; the seed repeats the choice of kinds and
//! moments, `--kind NAME` plays only that kind (and the others so named), `--list` names them. Sink
//! and ClickHouse killed in turn, fifty times: `--rounds 50 --kind kill-anywhere --kind
//! before-insert --kind after-insert --kind clickhouse-killed`.
//!
//! A league is cut into pieces. Each round publishes the next piece to a pipeline, lets its fault
//! happen meanwhile, waits until everything has completed, and runs `sideline verify`. At the
//! league's end the newest candidate of every key must be what an undisturbed run came to, and every
//! table of the warehouse must hold what its topic holds, row for row; then a new environment begins.

#[path = "../end_to_end/candidates.rs"]
mod candidates;
#[expect(dead_code, reason = "the end-to-end trials use the rest")]
#[path = "../end_to_end/environment.rs"]
mod environment;
mod faults;
#[path = "../end_to_end/home.rs"]
mod home;
#[expect(dead_code, reason = "the end-to-end trials use the rest")]
#[path = "../end_to_end/http.rs"]
mod http;
mod kinds;
mod league;
#[expect(dead_code, reason = "the end-to-end trials use the rest")]
#[path = "../end_to_end/program.rs"]
mod program;
mod proxy;
mod rounds;
#[expect(dead_code, reason = "the end-to-end trials use the rest")]
#[path = "../end_to_end/shared.rs"]
mod shared;
#[path = "../end_to_end/wait.rs"]
mod wait;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::kinds::Kind;

/// Plays rounds of faults on a stack of its own.
#[derive(Debug, Parser)]
#[command(name = "chaos")]
pub(crate) struct Plan {
    /// How many rounds [default: one of each kind].
    #[arg(long)]
    rounds: Option<usize>,
    /// What repeats the choice of kinds and moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this kind; may be given several times, for several in turn.
    #[arg(long)]
    kind: Vec<Kind>,
    /// Names the kinds and ends.
    #[arg(long)]
    list: bool,
    /// What the test runner passes and nobody here needs.
    #[arg(hide = true)]
    filter: Vec<String>,
    #[arg(long, hide = true)]
    ignored: bool,
    #[arg(long, hide = true)]
    nocapture: bool,
}

fn main() -> ExitCode {
    let plan = Plan::parse();
    // `--ignored` asks for the other tests of a workspace; a filter names one of theirs.
    if plan.ignored || (!plan.filter.is_empty() && plan.kind.is_empty()) {
        return ExitCode::SUCCESS;
    }
    if plan.list {
        for kind in Kind::ALL {
            say(&format!("{}: {}", kind.name(), kind.about()));
        }
        return ExitCode::SUCCESS;
    }
    home::remove_on_interrupt();
    let played = rounds::play(&plan);
    home::remove_all();
    match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// A line for people, at once.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody listens any more: the rounds go on, their outcome is the exit code.
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}
