//! Records per second of the same task, one after the other, again and again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use crate::child::Usage;
use crate::contestants::{Kind, Spec};
use crate::figures::{median, rounded};
use crate::lab::{Lab, until};
use crate::report::Report;

/// Commit intervals, in milliseconds. The ratios are those of the first.
const COMMIT_MS: [u64; 2] = [50, 100];

/// One run of one contestant.
struct Run {
    per_s: f64,
    cpu_s_per_million: f64,
    peak_mb: f64,
}

/// Measures every contestant on few keys and on many, at each commit interval.
pub(crate) fn measure(lab: &Lab, kinds: &[Kind], report: &mut Report) -> Result<()> {
    let sizes = lab.sizes;
    let inputs = [("5k", 5_000), ("1m", sizes.many_keys)];
    let rounds = inputs.len() * COMMIT_MS.len() * kinds.len();
    let bar = lab.progress(rounds as u64 * sizes.alternations);
    for (name, keys) in inputs {
        let input = lab.input(name, keys, sizes.records)?;
        for commit_ms in COMMIT_MS {
            let mut runs: BTreeMap<Kind, Vec<Run>> = BTreeMap::new();
            for _ in 0..sizes.alternations {
                for &kind in kinds {
                    bar.set_message(format!("{}, {name} keys, {commit_ms} ms", kind.name()));
                    let spec = lab.spec(kind, &input, 1, commit_ms)?;
                    runs.entry(kind).or_default().push(run(lab, &spec)?);
                    lab.forget(&spec)?;
                    bar.inc(1);
                }
            }
            tell(report, name, commit_ms, &runs);
            report.throughput_ratios();
            report.save()?;
        }
        lab.broker.delete(&[input])?;
    }
    bar.finish_and_clear();
    Ok(())
}

fn run(lab: &Lab, spec: &Spec) -> Result<Run> {
    let (records, output) = (lab.sizes.records as f64, &spec.topics[1]);
    let ends = lab.broker.ends()?;
    let mut contestant = lab.start(spec)?;
    let mut reach = |share: f64| -> Result<(Instant, f64, Usage)> {
        until("reading the input", || {
            contestant.check()?;
            let count = ends.total(output)? as f64;
            if count < share * records {
                return Ok(None);
            }
            Ok(Some((Instant::now(), count, contestant.usage()?)))
        })
    };
    let (began_at, before, used_before) = reach(0.25)?;
    // The last records of all partitions come together only roughly, so the end is not waited for.
    let (ended_at, after, used_after) = reach(0.95)?;
    contestant.stop()?;
    let count = after - before;
    let seconds = (ended_at - began_at)
        .max(Duration::from_millis(1))
        .as_secs_f64();
    Ok(Run {
        per_s: count / seconds,
        cpu_s_per_million: (used_after.cpu_s - used_before.cpu_s) / count * 1e6,
        peak_mb: used_after.peak_mb,
    })
}

fn tell(report: &mut Report, keys: &str, commit_ms: u64, runs: &BTreeMap<Kind, Vec<Run>>) {
    for (kind, runs) in runs {
        let each: Vec<f64> = runs.iter().map(|run| run.per_s).collect();
        let cpu: Vec<f64> = runs.iter().map(|run| run.cpu_s_per_million).collect();
        let peak: Vec<f64> = runs.iter().map(|run| run.peak_mb).collect();
        let row = json!({
            "keys": keys,
            "commit_ms": commit_ms,
            "contestant": kind.name(),
            "records_per_s": median(&each).round(),
            "each": each.iter().map(|value| value.round()).collect::<Vec<_>>(),
            "cpu_s_per_million": rounded(median(&cpu)),
            "peak_mb": median(&peak).round(),
        });
        report.add("throughput", &["keys", "commit_ms", "contestant"], row);
    }
}
