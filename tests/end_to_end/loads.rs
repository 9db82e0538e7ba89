//! `load`: what is in the log already is not published again, and what an interrupted load has left
//! out is.

use std::collections::BTreeSet;
use std::net::TcpListener;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use rdkafka::message::Message;
use sideline::system::System;
use sideline_topics::TopicId;

use crate::environment::Environment;
use crate::shared::{Shared, trial};
use crate::wait::{SOON, until};

/// The trials of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_second_load_publishes_nothing", twice),
        trial("an_interrupted_load_is_completed_by_the_next", interrupted),
    ]
}

/// On the shared stack, whose `up` has loaded the league already.
fn twice(shared: &Shared) -> Result<()> {
    let environment = Environment::make(shared, "again")?;
    let (league, until) = environment.write_league(shared)?;
    let events = &shared.report["loaded"]["events"];
    let loaded = shared.json(&["load", &league, "--until", &until])?;
    ensure!(loaded["published"] == 0, "{loaded}");
    ensure!(&loaded["events"] == events, "{loaded}, up loaded {events}");
    ensure!(&loaded["already_there"] == events, "{loaded}");
    Ok(())
}

fn interrupted(shared: &Shared) -> Result<()> {
    let environment = Environment::make(shared, "interrupted")?;
    let program = &environment.program;
    let (league, moment) = environment.write_league(shared)?;
    program.json(&["topics", "apply"])?;
    let load = ["load", &league, "--until", &moment];

    // A load waits until the pipeline knows the players. This one answers the door and does
    // nothing, so the load is killed between the registrations and the rest.
    let door = TcpListener::bind(("127.0.0.1", environment.port))?;
    let mut first = program.start(&load, "load.log")?;
    until(SOON, || {
        Ok((environment.offsets(TopicId::Rosters)? > 0).then_some(()))
    })
    .context("no registration is published")?;
    first.kill()?;
    let players = environment.ingress_records()?;

    // Behind the same door the second waits after its first events, and is killed there.
    let mut second = program.start(&load, "load.log")?;
    until(SOON, || {
        Ok((environment.ingress_records()? > players).then_some(()))
    })
    .context("nothing more is published")?;
    second.kill()?;
    drop(door);

    let third = program.json(&["load", &league, "--until", &moment])?;
    let count = |field: &str| third[field].as_u64().unwrap_or_default();
    ensure!(count("already_there") > 0, "{third}");
    ensure!(count("published") > 0, "killed too late: {third}");
    let keys = keys(&environment.system)?;
    ensure!(
        keys.len() as u64 == count("events"),
        "{} keys, {third}",
        keys.len()
    );
    ensure!(
        third["events"] == shared.report["loaded"]["events"],
        "{third}"
    );
    let fourth = program.json(&["load", &league, "--until", &moment])?;
    ensure!(fourth["published"] == 0, "{fourth}");
    Ok(())
}

/// Every key of every ingress topic.
fn keys(system: &System) -> Result<BTreeSet<Vec<u8>>> {
    let mut keys = BTreeSet::new();
    for topic in TopicId::ingress() {
        let name = system.catalogue.name(topic);
        sideline::log::read_all(&system.endpoints.kafka, name, |message| {
            keys.insert(message.key().unwrap_or_default().to_vec());
            Ok(())
        })?;
    }
    Ok(keys)
}
