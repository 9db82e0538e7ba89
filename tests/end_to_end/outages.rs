//! Servers that go away are not bad input: the pipeline waits, `up` brings back what is missing and
//! nothing else, and everything completes.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use sideline::ingress::IngressRecord;
use sideline_avro::SchemaName;
use sideline_avro::runs::{RunEnvelope, RunStatus};
use sideline_avro::words::InjuryStatus;

use crate::environment::ensure_verified;
use crate::home::Part;
use crate::http;
use crate::producer::Producer;
use crate::shared::{Shared, trial};
use crate::updates;
use crate::wait::{SOON, block_on, until};

/// The trials of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "a_registry_that_is_away_makes_no_dead_letters",
            registry_away,
        ),
        trial(
            "versions_made_while_clickhouse_was_dead_appear",
            clickhouse_away,
        ),
        trial(
            "a_pipeline_that_was_killed_goes_on_where_it_stood",
            pipeline_away,
        ),
    ]
}

fn registry_away(shared: &Shared) -> Result<()> {
    let system = &shared.system;
    let producer = Producer::connect(system)?;
    let player = shared.scorer(4)?;
    let letters = shared.dead_letters()?.len();
    // An id that the pipeline has never seen, so that it must ask.
    let id = register_another_spelling(&system.endpoints.registry)?;
    let now = updates::now(system)?;
    let injury = updates::injury(&player, InjuryStatus::Questionable, now);
    let record = IngressRecord::Injury(injury);
    let mut bytes = producer.bytes(&record)?;
    let payload = bytes.value.iter().flatten().skip(5).copied();
    bytes.value = Some(
        [0].into_iter()
            .chain(id.to_be_bytes())
            .chain(payload)
            .collect(),
    );

    let before = shared.home.parts()?;
    kill_part(shared, "registry")?;
    producer.send(&bytes)?;
    let raw = waiting(shared, "raw").context("phase raw does not say that it waits")?;
    ensure!(
        raw["paused"]
            .as_str()
            .is_some_and(|why| why.contains("registry")),
        "{raw}"
    );
    ensure!(raw["dead_letters"] == letters_of_raw(shared)?, "{raw}");

    bring_back(shared, &before, "registry")?;
    let envelope = updates::completed(system, &record)?;
    ensure!(envelope.status == RunStatus::Success, "{envelope:?}");
    ensure!(
        shared.dead_letters()?.len() == letters,
        "the registry's absence made dead letters"
    );
    ensure!(
        shared.points(&player)?["status"] == "QUESTIONABLE",
        "it is not in the table"
    );
    shared.injury(&player, "AVAILABLE").map(drop)
}

/// Registers the schema of injuries once more under a subject of its own, with another comment: the
/// layout is the same, the id is new.
fn register_another_spelling(registry: &str) -> Result<u32> {
    let mut schema: Value = serde_json::from_str(SchemaName::InjuryStatus.text())?;
    schema["doc"] = json!("The same, as another producer spells it.");
    let body = json!({ "schema": schema.to_string() }).to_string();
    let url = format!("{registry}/subjects/another-spelling-value/versions");
    let answer = http::post(&url, "application/vnd.schemaregistry.v1+json", body)?;
    let answer: Value = serde_json::from_str(&answer)?;
    let id = answer["id"].as_u64().context("the registry gave no id")?;
    Ok(u32::try_from(id)?)
}

fn letters_of_raw(shared: &Shared) -> Result<Value> {
    Ok(phase(shared, "raw")?["dead_letters"].clone())
}

fn clickhouse_away(shared: &Shared) -> Result<()> {
    let player = shared.scorer(5)?;
    let before = shared.home.parts()?;
    kill_part(shared, "clickhouse")?;
    let made = enter(shared, &player, InjuryStatus::Out)?;
    ensure!(made.changed > 0, "{made:?}");
    waiting(shared, "sink").context("the sink does not say that it waits")?;
    bring_back(shared, &before, "clickhouse")?;
    ensure_in_table(shared, &made)?;
    ensure!(
        shared.points(&player)?["status"] == "OUT",
        "it is not the latest"
    );
    ensure_verified(shared.home.program())?;
    shared.injury(&player, "AVAILABLE").map(drop)
}

fn pipeline_away(shared: &Shared) -> Result<()> {
    let player = shared.scorer(1)?;
    let before = shared.home.parts()?;
    let earlier = shared.points(&player)?;
    kill_part(shared, "pipeline")?;
    let producer = Producer::connect(&shared.system)?;
    let now = updates::now(&shared.system)?;
    let injury = updates::injury(&player, InjuryStatus::Out, now);
    let record = IngressRecord::Injury(injury);
    producer.publish(&record)?;
    bring_back(shared, &before, "pipeline")?;
    let made = updates::completed(&shared.system, &record)?;
    ensure_in_table(shared, &made)?;
    let later = shared.points(&player)?;
    let versions = |line: &Value| line["version"].as_i64().unwrap_or_default();
    ensure!(
        versions(&later) == versions(&earlier) + 1,
        "{later} follows {earlier}"
    );
    ensure_verified(shared.home.program())?;
    shared.injury(&player, "AVAILABLE").map(drop)
}

/// Publishes a status and waits for its envelope, without asking ClickHouse for anything.
fn enter(shared: &Shared, player: &str, status: InjuryStatus) -> Result<RunEnvelope> {
    let system = &shared.system;
    let injury = updates::injury(player, status, updates::now(system)?);
    let record = IngressRecord::Injury(injury);
    Producer::connect(system)?.publish(&record)?;
    updates::completed(system, &record)
}

/// Waits until ClickHouse holds every version that a change made.
fn ensure_in_table(shared: &Shared, made: &RunEnvelope) -> Result<()> {
    let id = &made.correlation_id;
    let expected = usize::try_from(made.changed)?;
    until(SOON, || {
        let warehouse = shared.system.warehouse()?;
        let rows = block_on(async { Ok(warehouse.versions_of_change(id).await?) })?;
        Ok((rows.len() == expected).then_some(()))
    })
    .with_context(|| format!("ClickHouse does not hold the {expected} versions of {id}"))
}

/// Kills a part as `kill -9` does, and waits until `status` has noticed.
fn kill_part(shared: &Shared, name: &str) -> Result<()> {
    let parts = shared.home.parts()?;
    let part = parts.iter().find(|part| part.name == name);
    let pid = part.context("no such part")?.pid;
    ensure!(pid > 0, "{name} does not run");
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGKILL)?;
    until(SOON, || {
        let parts = shared.home.parts()?;
        let is_dead = |part: &Part| part.name == name && part.state == "died";
        Ok(parts.iter().any(is_dead).then_some(()))
    })
    .with_context(|| format!("status does not notice that {name} died"))
}

/// `up --empty` starts the part that is missing and leaves the others alone.
fn bring_back(shared: &Shared, before: &[Part], name: &str) -> Result<()> {
    shared.json(&["up", "--empty"])?;
    let after = shared.home.parts()?;
    for (old, new) in before.iter().zip(&after) {
        ensure!(new.state == "ready", "{new:?}");
        let is_same = old.pid == new.pid;
        ensure!(is_same == (old.name != name), "{old:?} became {new:?}");
    }
    ensure!(before.len() == after.len(), "{after:?}");
    Ok(())
}

/// Waits until a phase says what it waits for.
fn waiting(shared: &Shared, name: &str) -> Result<Value> {
    until(SOON, || {
        let phase = phase(shared, name)?;
        Ok((!phase["paused"].is_null()).then_some(phase))
    })
}

/// What the pipeline says of one of its phases.
fn phase(shared: &Shared, name: &str) -> Result<Value> {
    let status = shared.home.program().run(&["status", "--json"])?.json()?;
    let phases = status["phases"].as_array().context("no phases")?;
    let found = phases.iter().find(|phase| phase["phase"] == name);
    Ok(found.with_context(|| format!("no phase {name}"))?.clone())
}
