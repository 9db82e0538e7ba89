//! What local checkpoints promise: a faster restart, and nothing else changed.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sideline_runtime_core::Text;
use sideline_runtime_kafka::{Config, Running, Shutdown, run};

use crate::bench::{Bench, eventually, two_counters};
use crate::promises::{assert_exactly_once, run_child, write_events};

/// Runs both counters until so many totals are out, and tells what the first restored: entries
/// of its checkpoints, and records of its changelog.
fn count_to(bench: &Bench, state: &Path, totals: usize) -> (u64, u64) {
    let config = Config {
        state_dir: Some(state.to_owned()),
        checkpoint_interval: Duration::from_millis(20),
        ..bench.config.clone()
    };
    let running = run(&two_counters(), &config, &Shutdown::new()).unwrap();
    eventually("all is counted", || {
        bench.read("totals", &Text).len() >= totals
    });
    let restored = restored(&running);
    running.stop();
    running.wait().unwrap();
    assert_exactly_once(bench, totals);
    restored
}

fn restored(running: &Running) -> (u64, u64) {
    let (_, metrics) = running.metrics().next().unwrap();
    (
        metrics.checkpointed_entries.load(Ordering::Relaxed),
        metrics.restored_records.load(Ordering::Relaxed),
    )
}

#[test]
fn a_clean_stop_leaves_a_checkpoint_and_the_restart_reads_no_changelog() {
    let Some(bench) = Bench::new("checkpoints") else {
        return;
    };
    bench.create_topics(&two_counters());
    let folder = tempfile::tempdir().unwrap();
    write_events(&bench, 300);
    assert_eq!(count_to(&bench, folder.path(), 300), (0, 0));
    write_events(&bench, 50);
    let (entries, records) = count_to(&bench, folder.path(), 350);
    // Seven keys, and a position for each partition that has any of them.
    assert!((8..=14).contains(&entries), "{entries} entries");
    assert_eq!(records, 0);
}

#[test]
fn promise_4_a_crash_within_a_checkpoint_or_a_restore_changes_nothing() {
    let Some(bench) = Bench::new("mid") else {
        return;
    };
    bench.create_topics(&two_counters());
    let folder = tempfile::tempdir().unwrap();
    let mut expected = 0;
    for point in [
        "mid_checkpoint",
        "mid_restore:3",
        "mid_checkpoint:5",
        "mid_restore",
    ] {
        write_events(&bench, 200);
        let status = run_child(&bench, point, Some(folder.path()));
        assert!(!status.success(), "the child should have crashed {point}");
        write_events(&bench, 10);
        expected += 210;
        count_to(&bench, folder.path(), expected);
        if point.starts_with("mid_checkpoint") {
            // Without its checkpoints the next child has a changelog to read.
            std::fs::remove_dir_all(folder.path()).unwrap();
        }
    }
}

#[test]
fn a_folder_that_is_damaged_or_no_folder_at_all_costs_time_and_nothing_else() {
    let Some(bench) = Bench::new("damaged") else {
        return;
    };
    bench.create_topics(&two_counters());
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    write_events(&bench, 100);
    count_to(&bench, &state, 100);
    for entry in std::fs::read_dir(&state).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_file() {
            std::fs::write(entry, b"garbage").unwrap();
        }
    }
    write_events(&bench, 100);
    let (entries, records) = count_to(&bench, &state, 200);
    assert!(entries == 0 && records > 0, "{entries}, {records}");
    std::fs::remove_dir_all(&state).unwrap();
    std::fs::write(&state, b"a file where the folder should be").unwrap();
    write_events(&bench, 100);
    let (entries, records) = count_to(&bench, &state, 300);
    assert!(entries == 0 && records > 0, "{entries}, {records}");
}

#[test]
fn a_checkpoint_of_other_topics_is_thrown_away() {
    let (Some(one), Some(other)) = (Bench::new("own"), Bench::new("foreign")) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for (bench, totals) in [(&one, 120), (&other, 70)] {
        bench.create_topics(&two_counters());
        write_events(bench, totals);
        let (entries, _) = count_to(bench, folder.path(), totals);
        assert_eq!(entries, 0);
    }
    write_events(&one, 10);
    let (entries, records) = count_to(&one, folder.path(), 130);
    assert!(entries == 0 && records > 0, "{entries}, {records}");
}
