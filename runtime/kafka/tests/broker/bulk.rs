//! Much work at once: bulk, whose commits happen behind its back while the next records are processed,
//! and a backlog of many small fetches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use sideline_runtime_core::Text;
use sideline_runtime_kafka::{Running, Shutdown, run};

use crate::bench::{Bench, eventually, total_of, two_counters, wait_for_records};
use crate::promises::{assert_exactly_once, numbering, run_child, write_events};

/// Enough for many transactions that end at the interval, with more input waiting.
const BULK: usize = 60_000;

fn commits_behind(running: &Running) -> u64 {
    total_of(running, |metrics| &metrics.commits_behind)
}

#[test]
fn promise_1_records_processed_while_a_commit_is_on_its_way_are_counted_once() {
    let Some(bench) = Bench::new("bulk") else {
        return;
    };
    let topology = two_counters();
    bench.create_topics(&topology);
    write_events(&bench, BULK);
    let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    wait_for_records(&running, "second", BULK as u64);
    assert!(commits_behind(&running) > 0);
    running.stop();
    running.wait().unwrap();
    assert_exactly_once(&bench, BULK);
}

#[test]
fn promise_4_a_crash_while_records_are_processed_ahead_changes_nothing() {
    let Some(bench) = Bench::new("bulk-crash") else {
        return;
    };
    let topology = two_counters();
    bench.create_topics(&topology);
    let mut expected = 0;
    for point in [
        "between_produce_and_offsets:2",
        "between_offsets_and_commit:3",
        "after_commit_before_apply:2",
    ] {
        write_events(&bench, BULK);
        expected += BULK;
        let status = run_child(&bench, point, None);
        assert!(!status.success(), "the child should have crashed {point}");
    }
    let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    eventually("all is counted", || {
        bench.read("totals", &Text).len() >= expected
    });
    running.stop();
    running.wait().unwrap();
    assert_exactly_once(&bench, expected);
}

#[test]
fn promise_4_what_was_processed_ahead_is_taken_back_with_the_refused_transaction() {
    let Some(bench) = Bench::new("bulk-refused") else {
        return;
    };
    let refusals = Arc::new(AtomicU64::new(6));
    let left = Arc::clone(&refusals);
    let one_less = |left: u64| left.checked_sub(1);
    let topology = numbering(move |number| {
        number % 1_999 == 0
            && left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                .is_ok()
    });
    bench.create_topics(&topology);
    write_events(&bench, BULK);
    let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    wait_for_records(&running, "number", BULK as u64);
    assert_eq!(refusals.load(Ordering::Relaxed), 0);
    assert!(total_of(&running, |metrics| &metrics.aborts) > 0);
    assert!(commits_behind(&running) > 0);
    running.stop();
    running.wait().unwrap();
    assert_exactly_once(&bench, BULK);
}

#[test]
fn a_backlog_of_many_small_fetches_is_worked_off_in_few_transactions() {
    const RECORDS: usize = 60;
    let Some(bench) = Bench::new("small-fetches") else {
        return;
    };
    let gate = Arc::new(Mutex::new(()));
    let passed = Arc::clone(&gate);
    let topology = numbering(move |_| {
        drop(passed.lock());
        false
    });
    bench.create_topics(&topology);
    let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    eventually("the phase reads", || running.is_ready());
    let closed = gate.lock().unwrap();
    // Each waits for its acknowledgement, and is fetched before the next is there.
    for _ in 0..RECORDS {
        write_events(&bench, 1);
    }
    drop(closed);
    wait_for_records(&running, "number", RECORDS as u64);
    let commits = total_of(&running, |metrics| &metrics.commits);
    assert!(commits < RECORDS as u64 / 4, "{commits} transactions");
    running.stop();
    running.wait().unwrap();
    assert_eq!(bench.read("totals", &Text).len(), RECORDS);
}
