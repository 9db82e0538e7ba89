//! What a phase's plan promises: threads, memory budgets, generations; and what leaving does.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use sideline_runtime_core::{Phase, Text, Topology};
use sideline_runtime_kafka::{Config, PhasePlan, Running, Shutdown, changelog_name, leave, run};

use crate::bench::{
    Bench, PARTITIONS, counting, eventually, two_counters, wait_for_records, with_rejects,
};
use crate::promises::{assert_exactly_once, run_child_on_threads, write_events};

fn only() -> Topology {
    Topology::new([counting("only", "events", "totals")])
}

/// The bench's configuration with one plan for these phases.
fn planned(bench: &Bench, phases: &[&str], plan: PhasePlan) -> Config {
    let phases = phases.iter().map(|phase| ((*phase).to_owned(), plan));
    Config {
        phases: phases.collect(),
        ..bench.config.clone()
    }
}

fn two_threads() -> PhasePlan {
    PhasePlan {
        threads: 2,
        ..PhasePlan::default()
    }
}

/// Partitions of a phase, by thread.
fn shares(running: &Running, phase: &str) -> Vec<Vec<i32>> {
    let status = running.status().into_iter();
    let of_phase = status.filter(|status| status.name == phase);
    of_phase.map(|status| status.assigned).collect()
}

fn count_to(bench: &Bench, count: usize) {
    eventually("all is counted", || {
        bench.read("totals", &Text).len() >= count
    });
    assert_exactly_once(bench, count);
}

#[test]
fn promise_1_threads_share_a_phase_and_leave_no_gap_and_no_duplicate() {
    let Some(bench) = Bench::new("threads") else {
        return;
    };
    bench.create_topics(&two_counters());
    let config = planned(&bench, &["first", "second"], two_threads());
    write_events(&bench, 300);
    let running = run(&two_counters(), &config, &Shutdown::new()).unwrap();
    eventually("both threads of both phases have a share", || {
        ["first", "second"].iter().all(|phase| {
            shares(&running, phase)
                .iter()
                .all(|share| !share.is_empty())
        })
    });
    for phase in ["first", "second"] {
        let shares = shares(&running, phase);
        let all: BTreeSet<i32> = shares.iter().flatten().copied().collect();
        assert_eq!(all, (0..PARTITIONS).collect(), "{phase}: {shares:?}");
        assert_eq!(shares.iter().flatten().count(), 3, "{phase}: {shares:?}");
    }
    write_events(&bench, 300);
    count_to(&bench, 600);
    running.stop();
    running.wait().unwrap();
    // One thread again: what the second one had comes back by its session's time-out.
    write_events(&bench, 100);
    let running = run(&two_counters(), &bench.config, &Shutdown::new()).unwrap();
    count_to(&bench, 700);
    drop(running);
}

#[test]
fn promise_4_a_crash_of_several_threads_changes_nothing() {
    let Some(bench) = Bench::new("threadcrash") else {
        return;
    };
    bench.create_topics(&two_counters());
    let folder = tempfile::tempdir().unwrap();
    let mut expected = 0;
    for point in [
        "between_offsets_and_commit:2",
        "mid_checkpoint:1",
        "after_commit_before_apply:3",
    ] {
        write_events(&bench, 200);
        let status = run_child_on_threads(&bench, point, Some(folder.path()), 2);
        assert!(!status.success(), "the child should have crashed {point}");
        expected += 200;
    }
    let config = Config {
        state_dir: Some(folder.path().to_owned()),
        ..planned(&bench, &["first", "second"], two_threads())
    };
    let running = run(&two_counters(), &config, &Shutdown::new()).unwrap();
    count_to(&bench, expected);
    running.stop();
    running.wait().unwrap();
}

#[test]
fn stores_beyond_their_budget_say_so_until_they_fit_again() {
    let Some(bench) = Bench::new("budget") else {
        return;
    };
    let mut phase = Phase::builder("keep");
    let words = phase.store::<String>("words");
    phase.store::<u8>("unused");
    with_rejects(&mut phase);
    phase.input("events", Text, move |record, ctx| {
        let key = record.key_str()?;
        match record.value.as_deref() {
            Some("drop") | None => ctx.delete(&words, key),
            Some(word) => ctx.put(&words, key, &word.to_owned()),
        }
    });
    let topology = Topology::new([phase.build()]);
    bench.create_topics(&topology);
    let plan = PhasePlan {
        store_budget_bytes: 5_000,
        ..PhasePlan::default()
    };
    let config = planned(&bench, &["keep"], plan);
    let running = run(&topology, &config, &Shutdown::new()).unwrap();
    let notice = || running.status()[0].notice.clone();
    let long = "x".repeat(2_000);
    bench.write("events", [("a", long.as_bytes())]);
    wait_for_records(&running, "keep", 1);
    assert_eq!(notice(), None);
    bench.write(
        "events",
        [("a", b"short".as_slice()), ("b", long.as_bytes())],
    );
    bench.write("events", [("c", long.as_bytes()), ("d", long.as_bytes())]);
    eventually("the notice is there", || notice().is_some());
    // b, c and d hold 2,000 bytes each; every notice names budget and store.
    let told = notice().unwrap();
    assert!(told.contains("more than their budget of 5000"), "{told}");
    assert!(told.contains("the largest is words with"), "{told}");
    let drop = b"drop".as_slice();
    bench.write("events", [("b", drop), ("c", drop), ("d", drop)]);
    eventually("it is gone", || notice().is_none());
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_millis() as i64
}

/// Counts with this plan until so many totals are out and all input of now is read.
fn run_generation(bench: &Bench, config: &Config, records: u64, totals: usize) {
    let running = run(&only(), config, &Shutdown::new()).unwrap();
    wait_for_records(&running, "only", records);
    eventually("all is written", || {
        bench.read("totals", &Text).len() >= totals
    });
    running.stop();
    let read = running.status()[0].records_in;
    running.wait().unwrap();
    assert_eq!(read, records);
    assert_eq!(bench.read("totals", &Text).len(), totals);
}

#[test]
fn a_new_generation_begins_anew_and_holds_back_what_was_before_its_time() {
    let Some(bench) = Bench::new("rewind") else {
        return;
    };
    bench.create_topics(&only());
    let folder = tempfile::tempdir().unwrap();
    let generation = |plan: PhasePlan| {
        let config = Config {
            state_dir: Some(folder.path().to_owned()),
            ..planned(&bench, &["only"], plan)
        };
        bench.create(&[config.changelog("only")], PARTITIONS);
        config
    };
    write_events(&bench, 100);
    run_generation(&bench, &bench.config, 100, 100);
    let from = now_ms() + 1;
    eventually("the clock goes on", || now_ms() > from);
    write_events(&bench, 50);

    let plan = PhasePlan {
        generation: 1,
        outputs_from_ms: Some(from),
        ..PhasePlan::default()
    };
    let config = generation(plan);
    assert_ne!(
        config.changelog("only"),
        changelog_name(&bench.config.prefix, "only")
    );
    // All 150 are read into new stores; of the totals only the 50 new ones are written, and they
    // go on where the first generation's ended.
    run_generation(&bench, &config, 150, 150);
    assert_exactly_once(&bench, 150);
    run_generation(&bench, &config, 0, 150);

    // Only what came since, with stores that know nothing of before. One key alone: the other
    // partitions begin at their ends, where nothing is ever read.
    let from = now_ms() + 1;
    eventually("the clock goes on", || now_ms() > from);
    bench.write("events", [("key-0", b"x".as_slice()), ("key-0", b"x")]);
    let plan = PhasePlan {
        generation: 2,
        input_from_ms: Some(from),
        ..PhasePlan::default()
    };
    let config = generation(plan);
    run_generation(&bench, &config, 2, 152);
    let totals = bench.read("totals", &Text);
    let newest = totals.iter().rfind(|(key, _)| key == "key-0");
    assert_eq!(newest.map(|(_, count)| count.as_str()), Some("2"));
    run_generation(&bench, &config, 0, 152);
    // The checkpoints gone, the changelog and the group tell the same.
    std::fs::remove_dir_all(folder.path()).unwrap();
    run_generation(&bench, &config, 0, 152);
}

#[test]
fn an_instance_that_leaves_gives_its_place_up_at_once() {
    let Some(bench) = Bench::new("leaves") else {
        return;
    };
    bench.create_topics(&only());
    write_events(&bench, 100);
    let running = run(&only(), &bench.config, &Shutdown::new()).unwrap();
    count_to(&bench, 100);
    running.stop();
    running.wait().unwrap();
    let group = bench.config.group("only");
    let member = bench.config.members("only").next().unwrap();
    let topic = bench.config.prefix.clone() + "events";
    let client = bench.client();
    assert!(leave(&client, &group, &member, &topic).unwrap());
    assert!(!leave(&client, &group, &member, &topic).unwrap());
    // The next one has everything, and goes on where the first one stopped.
    let other = Config {
        instance: "other".into(),
        ..bench.config.clone()
    };
    write_events(&bench, 50);
    let running = run(&only(), &other, &Shutdown::new()).unwrap();
    eventually("it has all partitions", || {
        running.status()[0].assigned == [0, 1, 2]
    });
    count_to(&bench, 150);
}
