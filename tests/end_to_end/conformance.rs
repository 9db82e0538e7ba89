//! The registry as a process, before the shared broker: what every client of a Confluent registry
//! relies on, also after it was killed.

#[cfg(test)]
#[path = "../../ops/registry/tests/cases/mod.rs"]
mod cases;

use anyhow::{Result, ensure};
use libtest_mimic::Trial;

use crate::program::Running;
use crate::shared::{self, Shared};
use crate::wait::{SOON, block_on, until};

/// A topic of its own: the cases want a registry that holds nothing.
const TOPIC: &str = "_schemas_conformance";
/// What stands before the address in what the registry says.
const BEFORE_ADDRESS: &str = "registry ready at=";

pub(crate) fn trials() -> Vec<Trial> {
    vec![shared::trial(
        "a_registry_answers_as_clients_of_confluents_expect_and_a_kill_changes_no_answer",
        answers,
    )]
}

fn answers(shared: &Shared) -> Result<()> {
    let (mut registry, url) = start(shared, "registry-conformance.log")?;
    // A case that fails panics with what it asked and got, which fails the trial.
    let before = block_on(async {
        cases::run(&url).await;
        Ok(cases::reads(&url).await)
    })?;
    registry.kill()?;
    let (_registry, url) = start(shared, "registry-conformance-again.log")?;
    let after = block_on(async { Ok(cases::reads(&url).await) })?;
    ensure!(before == after, "before {before:?}, after {after:?}");
    Ok(())
}

/// A registry on a port of its own choice, and its URL.
fn start(shared: &Shared, log: &str) -> Result<(Running, String)> {
    let kafka = &shared.system.endpoints.kafka;
    let listen = "127.0.0.1:0";
    let arguments = [
        "serve", "registry", "--listen", listen, "--kafka", kafka, "--topic", TOPIC,
    ];
    let mut registry = shared.home.program().start(&arguments, log)?;
    let url = until(SOON, || {
        registry.check_alive()?;
        Ok(url(&registry.said()))
    })?;
    Ok((registry, url))
}

/// The URL in what the registry said, once that line is whole.
fn url(said: &str) -> Option<String> {
    let (_, after) = said.split_once(BEFORE_ADDRESS)?;
    let (address, _) = after.split_once('\n')?;
    Some(format!("http://{}", address.trim()))
}
