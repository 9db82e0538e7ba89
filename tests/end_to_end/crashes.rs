//! A pipeline that is killed over and over ends where one that was left alone ends.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use rdkafka::message::Message;
use sideline::system::System;
use sideline_topics::{TopicId, correlation_id};

use crate::candidates;
use crate::environment::Environment;
use crate::shared::{Shared, trial};
use crate::updates;
use crate::wait::{SOON, until};

/// How often the pipeline is killed on its way through the league.
const KILLS: usize = 4;
/// Offsets by which the candidates topic must grow between two kills: a tenth of the three thousand
/// that the league makes, so that each life gets some work done and leaves some to the last.
const WORK_BETWEEN: i64 = 300;

/// The trials of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![trial(
        "promise_4_kills_in_the_middle_change_nothing_in_the_end",
        killed,
    )]
}

fn killed(shared: &Shared) -> Result<()> {
    let environment = Environment::make(shared, "killed")?;
    let (league, moment) = environment.write_league(shared)?;
    let mut pipeline = environment.start_ready_pipeline()?;
    let load = ["load", &league, "--until", &moment];
    let mut load = environment.program.start(&load, "load.log")?;
    let mut seen = 0;
    for _ in 0..KILLS {
        seen = until(SOON, || {
            pipeline.check_alive()?;
            let now = environment.offsets(TopicId::Candidates)?;
            Ok((now >= seen + WORK_BETWEEN).then_some(now))
        })
        .with_context(|| {
            format!(
                "no work is done after {seen} offsets: {}",
                pipeline.last_words()
            )
        })?;
        pipeline.kill()?;
        pipeline = environment.start_pipeline()?;
    }
    load.finish()?;
    environment.catch_up()?;
    pipeline.check_alive()?;
    ensure_nothing_is_lost(&environment.system)?;
    let here = candidates::newest(&environment.system)?;
    candidates::ensure_equal(&here, &shared.undisturbed)?;
    environment.ensure_verified().map(drop)
}

/// Every record of the log has completed; none was refused.
fn ensure_nothing_is_lost(system: &System) -> Result<()> {
    let complete = updates::complete_ids(system)?;
    let mut open = BTreeSet::new();
    for topic in TopicId::ingress() {
        let name = system.catalogue.name(topic);
        sideline::log::read_all(&system.endpoints.kafka, name, |message| {
            // Events of a loaded season have no id of their own.
            let id = correlation_id(None, name, message.key().unwrap_or_default());
            if !complete.contains(&id) {
                open.insert(sideline::log::place(message));
            }
            Ok(())
        })?;
    }
    ensure!(
        open.is_empty(),
        "{} events did not complete: {open:?}",
        open.len()
    );
    let mut letters = Vec::new();
    let name = system.catalogue.name(TopicId::DeadLetters);
    sideline::log::read_all(&system.endpoints.kafka, name, |message| {
        letters.push(String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned());
        Ok(())
    })?;
    ensure!(letters.is_empty(), "sound events were refused: {letters:?}");
    Ok(())
}
