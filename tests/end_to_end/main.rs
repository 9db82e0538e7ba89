//! End to end: the program as a person runs it, on the real broker, registry and engine.
//!
//! One small league is brought up once, by the first trial that needs it, in a temporary folder on
//! free ports, and taken away at the end whatever happened. Trials run one after the other, since
//! some of them kill parts of the stack. `cargo test -p sideline --test end_to_end -- --list` names
//! them, a word after `--` chooses among them, and `SIDELINE_KEEP=1` leaves the folders behind to
//! look at.

mod answers;
mod bad_input;
mod candidates;
mod catalogue;
mod conformance;
mod crashes;
#[expect(dead_code, reason = "rounds of chaos use the rest")]
mod environment;
mod grades;
mod home;
mod http;
mod loads;
mod outages;
mod producer;
#[expect(dead_code, reason = "rounds of chaos use the rest")]
mod program;
mod promotions;
mod python;
mod retries;
mod season;
mod shared;
mod story;
mod updates;
mod verification;
mod wait;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // The stack is shared, and several trials kill parts of it.
    arguments.test_threads = Some(1);
    home::remove_on_interrupt();
    let conclusion = libtest_mimic::run(&arguments, trials());
    home::remove_all();
    conclusion.exit_code()
}

/// Every trial, in the order in which they run.
fn trials() -> Vec<Trial> {
    [
        story::trials(),
        grades::trials(),
        verification::trials(),
        answers::trials(),
        bad_input::trials(),
        retries::trials(),
        promotions::trials(),
        catalogue::trials(),
        conformance::trials(),
        python::trials(),
        loads::trials(),
        crashes::trials(),
        outages::trials(),
        season::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
