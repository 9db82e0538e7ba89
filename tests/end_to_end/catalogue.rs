//! `topics plan` and `topics apply` against a broker that somebody has changed by hand.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::Consumer;
use serde_json::{Value, json};
use sideline::system::System;
use sideline_topics::{Topic, TopicId};

use crate::environment::Environment;
use crate::shared::{Shared, trial};
use crate::wait::{SOON, block_on, until};

/// The trials of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "after_up_there_is_nothing_to_plan_and_nothing_to_apply",
            settled,
        ),
        trial(
            "a_retention_changed_by_hand_is_planned_and_mended",
            changed_by_hand,
        ),
        trial(
            "a_retention_that_would_lose_records_is_refused",
            would_lose_records,
        ),
        trial(
            "another_partition_count_is_refused_with_a_sentence",
            other_partitions,
        ),
    ]
}

fn settled(shared: &Shared) -> Result<()> {
    ensure_settled(&shared.json(&["topics", "plan"])?)?;
    for _ in 0..2 {
        let applied = shared.json(&["topics", "apply"])?;
        let nothing = json!({"topics": 0, "configs": 0, "schemas": 0, "offsets": 0});
        ensure!(applied == nothing, "{applied}");
    }
    Ok(())
}

fn ensure_settled(plan: &Value) -> Result<()> {
    let parts = plan.as_object().context("a plan is an object")?;
    ensure!(parts.len() == 5, "{plan}");
    for (part, changes) in parts {
        ensure!(changes == &json!([]), "{part}: {changes}");
    }
    Ok(())
}

fn changed_by_hand(shared: &Shared) -> Result<()> {
    let environment = Environment::make(shared, "changed")?;
    let program = &environment.program;
    let applied = program.json(&["topics", "apply"])?;
    ensure!(applied["topics"].as_i64() >= Some(20), "{applied}");
    let system = &environment.system;
    let topic = system.catalogue.topic(TopicId::PlayerContexts);
    set_retention(system, topic, "3600000")?;
    let plan = until(SOON, || {
        let plan = program.json(&["topics", "plan"])?;
        Ok((plan["configs"] != json!([])).then_some(plan))
    })?;
    let change = json!([{
        "topic": topic.name,
        "config": "retention.ms",
        "old": "3600000",
        "new": topic.settings.retention_ms.to_string(),
    }]);
    ensure!(plan["configs"] == change, "{plan}");
    let applied = program.json(&["topics", "apply"])?;
    ensure!(applied["configs"] == 1, "{applied}");
    ensure_settled(&program.json(&["topics", "plan"])?)
}

fn would_lose_records(shared: &Shared) -> Result<()> {
    let environment = Environment::make(shared, "longer")?;
    let program = &environment.program;
    program.json(&["topics", "apply"])?;
    let system = &environment.system;
    let topic = system.catalogue.topic(TopicId::PlayerContexts);
    set_retention(system, topic, "-1")?;
    let answer = until(SOON, || {
        let answer = program.run(&["topics", "apply"])?;
        Ok((answer.code != Some(0)).then_some(answer))
    })?;
    ensure!(answer.code == Some(1), "{answer:?}");
    let said = &answer.stderr;
    ensure!(
        said.contains(&topic.name) && said.contains("would delete records"),
        "{said}"
    );
    Ok(())
}

fn other_partitions(shared: &Shared) -> Result<()> {
    let environment = Environment::make(shared, "scattered")?;
    let system = &environment.system;
    let name = system.catalogue.name(TopicId::Injuries);
    block_on(async {
        let new = NewTopic::new(name, 3, TopicReplication::Fixed(1));
        let answers = admin(system)?
            .create_topics([&new], &AdminOptions::new())
            .await?;
        ensure!(answers.iter().all(Result::is_ok), "{answers:?}");
        Ok(())
    })?;
    let answer = environment.program.run(&["topics", "apply"])?;
    ensure!(answer.code == Some(1), "{answer:?}");
    let sentence = format!("{name} has 3 partitions and the catalogue says 4");
    ensure!(answer.stderr.contains(&sentence), "{answer:?}");
    ensure!(answer.stderr.contains("nothing was changed"), "{answer:?}");
    let reader = sideline::log::reader(&system.endpoints.kafka)?;
    let metadata = reader.fetch_metadata(None, SOON)?;
    let made = metadata
        .topics()
        .iter()
        .filter(|topic| topic.name().starts_with("scattered-") && topic.name() != name);
    ensure!(made.count() == 0, "topics were made all the same");
    Ok(())
}

/// Changes one setting of a topic as a person at the broker would. The client replaces all
/// settings at once, so the others are sent along.
fn set_retention(system: &System, topic: &Topic, retention_ms: &str) -> Result<()> {
    let configs = topic.settings.configs();
    let mut alter = AlterConfig::new(ResourceSpecifier::Topic(&topic.name));
    for (config, value) in &configs {
        alter = alter.set(config, value);
    }
    alter = alter.set("retention.ms", retention_ms);
    block_on(async {
        let answers = admin(system)?
            .alter_configs([&alter], &AdminOptions::new())
            .await?;
        ensure!(answers.iter().all(Result::is_ok), "{answers:?}");
        Ok(())
    })
}

fn admin(system: &System) -> Result<AdminClient<DefaultClientContext>> {
    Ok(system.kafka_client().create()?)
}
