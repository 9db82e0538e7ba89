//! The task on Sideline's runtime.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use sideline_runtime_core::{Bytes, Phase, Text, Topology};
use sideline_runtime_kafka::{Config, Shutdown, changelog_name, run};

use super::{Spec, forwarded, total_after, total_bytes};

/// Names of phases: a hop each, and as many as any measurement has.
const PHASES: [&str; 3] = ["one", "two", "three"];

/// The counting phase between two topics.
pub(crate) fn counter(name: &'static str, input: &str, output: &str) -> Phase {
    let mut phase = Phase::builder(name);
    let totals = phase.store::<(u64, u64)>("totals");
    let out = phase.output(output, Bytes);
    let letters = phase.output("dead-letters", Text);
    phase.on_dead_letter(move |letter, ctx| {
        ctx.forward(&letters, "all", &letter.key_lossy(), &letter.reason)
    });
    phase.input(input, Bytes, move |record, ctx| {
        let Some(value) = &record.value else {
            return Ok(());
        };
        let key = record.key_str()?;
        let total = total_after(ctx.get(&totals, key)?, value);
        ctx.put(&totals, key, &total)?;
        let bytes = total_bytes(total);
        ctx.forward(&out, key, key, &forwarded(value, &bytes).to_vec())
    });
    phase.build()
}

/// The topics it needs besides those of the task.
pub(crate) fn topics(spec: &Spec) -> Vec<String> {
    let prefix = format!("{}-", spec.run);
    let phases = PHASES.iter().take(spec.topics.len() - 1);
    let changelogs = phases.map(|phase| changelog_name(&prefix, phase));
    changelogs.chain(["dead-letters".to_owned()]).collect()
}

/// Works until it is ended. Prints `ready` with the milliseconds its restore took.
pub(crate) fn work(spec: &Spec) -> Result<()> {
    let pairs = spec.topics.windows(2).zip(PHASES);
    let topology = Topology::new(pairs.map(|(pair, name)| counter(name, &pair[0], &pair[1])));
    let config = Config {
        prefix: format!("{}-", spec.run),
        commit_interval: Duration::from_millis(spec.commit_ms),
        state_dir: Some(spec.state.clone()),
        ..Config::new(&spec.brokers, "bench")
    };
    let shutdown = Shutdown::new();
    let running = run(&topology, &config, &shutdown)?;
    let mut is_told = false;
    while !shutdown.wait(Duration::from_millis(5)) {
        if !is_told && running.is_ready() {
            is_told = true;
            let micros = running
                .metrics()
                .map(|(_, metrics)| metrics.restore_micros.load(Ordering::Relaxed));
            println!("ready {}", micros.max().unwrap_or(0) / 1_000);
        }
        if running.is_finished() || crate::child::is_asked_to_end() {
            running.stop();
            break;
        }
    }
    Ok(running.wait()?)
}
