//! What the driver in waves promises, and what the test kit finds.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use proptest::prelude::*;
use sideline_runtime_core::{
    Feed, InProcessError, Mode, Phase, Place, ProcessError, RawRecord, TaskError, TestKit,
    TestKitError, Text, Topology, Waves, WavesOptions,
};

/// Two phases in a chain: sums per key, and the newest sum of all keys of a partition. The word
/// `bad` is refused.
fn sums() -> Topology {
    let mut first = Phase::builder("sum");
    let totals = first.store::<u64>("totals");
    let out = first.output("totals", Text);
    let letters = first.output("letters", Text);
    first.on_dead_letter(move |letter, ctx| {
        ctx.forward(&letters, "all", &letter.key_lossy(), &letter.reason)
    });
    first.input("numbers", Text, move |record, ctx| {
        let text = record.value.clone().unwrap_or_default();
        let Ok(number) = text.parse::<u64>() else {
            return Err(ProcessError::bad_input("no_number", text).into());
        };
        let key = record.key_str()?;
        let total = ctx.get(&totals, key)?.unwrap_or(0) + number;
        ctx.put(&totals, key, &total)?;
        ctx.forward(&out, &format!("of {}", total % 7), key, &total.to_string())
    });
    let mut second = Phase::builder("keep");
    let kept = second.store::<String>("kept");
    let seen = second.output("seen", Text);
    let letters = second.output("letters", Text);
    second.on_dead_letter(move |letter, ctx| {
        ctx.forward(&letters, "all", &letter.key_lossy(), &letter.reason)
    });
    second.input("totals", Text, move |record, ctx| {
        let key = record.key_str()?;
        let before = ctx.get(&kept, "all")?.unwrap_or_default();
        let now = format!("{before}{key};");
        ctx.put(&kept, "all", &now)?;
        ctx.forward(&seen, key, key, &now)
    });
    Topology::new([first.build(), second.build()])
}

fn event(key: u8, value: &str, at_ms: i64) -> (&'static str, Feed) {
    let key = format!("k{key}");
    ("numbers", Feed::new(key.clone(), key, value).at_ms(at_ms))
}

fn raw(key: &str, value: &str, at_ms: i64, offset: i64) -> RawRecord {
    RawRecord {
        key: key.into(),
        value: Some(value.into()),
        headers: Vec::new(),
        place: Place {
            topic: "numbers".into(),
            partition: 0,
            offset,
        },
        timestamp_ms: at_ms,
    }
}

fn waves(threads: usize, mode: Mode) -> Waves {
    let options = WavesOptions {
        partitions: 4,
        threads,
        mode,
    };
    Waves::new(&sums(), &["numbers"], options).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_number_of_threads_changes_no_record_and_no_place(
        events in prop::collection::vec((0_u8..20, 0_u64..50, 0_i64..4), 0..400),
    ) {
        let topology = sums();
        let events: Vec<_> = events
            .into_iter()
            .map(|(key, number, at)| event(key, &number.to_string(), at))
            .collect();
        let kit = TestKit::new(&topology, &["numbers"]);
        kit.threads_do_not_matter(&events, &[1, 2, 3, 8]).unwrap();
    }

    #[test]
    fn by_history_the_order_of_arrival_changes_nothing(
        events in prop::collection::vec((0_u8..5, 0_u64..50, 0_i64..4), 0..60),
        seed in any::<u64>(),
    ) {
        let records: Vec<RawRecord> = (0..)
            .zip(events)
            .map(|(offset, (key, number, at))| {
                raw(&format!("k{key}"), &number.to_string(), at, offset)
            })
            .collect();
        let mut turned = records.clone();
        turned.rotate_left(seed as usize % records.len().max(1));
        turned.reverse();
        let run = |records: Vec<RawRecord>| {
            let mut seen = Vec::new();
            waves(2, Mode::History).run(records, |record| seen.push(record.clone())).unwrap();
            seen
        };
        prop_assert_eq!(run(records), run(turned));
    }
}

#[test]
fn by_history_each_moment_ends_before_the_next_begins() {
    let records = [
        raw("b", "2", 20, 0),
        raw("a", "1", 10, 1),
        raw("c", "3", 20, 2),
    ];
    let mut seen = Vec::new();
    let count = waves(1, Mode::History)
        .run(records, |record| {
            let key = record.key_lossy().into_owned();
            seen.push((record.timestamp_ms, record.place.topic.to_string(), key));
        })
        .unwrap();
    assert_eq!(count, 3);
    let topics: Vec<(i64, &str)> = seen
        .iter()
        .map(|(at, topic, _)| (*at, topic.as_str()))
        .collect();
    let expected = [
        (10, "totals"),
        (10, "seen"),
        (20, "totals"),
        (20, "totals"),
        (20, "seen"),
        (20, "seen"),
    ];
    assert_eq!(topics, expected);
}

#[test]
fn the_end_is_the_same_by_history_and_in_large_waves() {
    let records = || (0..40_000).map(|n| raw(&format!("k{}", n % 50), "1", n / 100, n));
    let totals = |mode| {
        let mut run = waves(2, mode);
        run.run(records(), |_| {}).unwrap();
        let tasks = run.tasks("sum").unwrap();
        tasks
            .flat_map(|task| {
                task.entries()
                    .map(|(_, key, value)| (key.to_owned(), value.to_vec()))
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(totals(Mode::History), totals(Mode::Final));
}

#[test]
fn promise_7_a_refused_record_is_a_dead_letter_and_the_others_go_on() {
    let mut run = waves(3, Mode::Final);
    let records = [
        raw("a", "1", 1, 0),
        raw("a", "bad", 1, 1),
        raw("a", "2", 1, 2),
    ];
    let mut totals = Vec::new();
    run.run(records, |record| {
        if &*record.place.topic == "totals" {
            totals.push(String::from_utf8(record.value.clone().unwrap()).unwrap());
        }
    })
    .unwrap();
    assert_eq!(totals, ["1", "3"]);
    assert_eq!(run.dead_letters()[0].reason, "no_number");
    assert_eq!(run.dead_letters()[0].place.offset, 1);
}

#[test]
fn a_task_that_cannot_go_on_is_named_with_its_record() {
    let mut phase = Phase::builder("broken");
    let letters = phase.output("letters", Text);
    phase.on_dead_letter(move |_, _| Err(ProcessError::bad_input("hook", "no way").into()));
    phase.input("numbers", Text, move |_, ctx| {
        ctx.forward(&letters, "", "", &String::new())?;
        Err(ProcessError::bad_input("always", "never good").into())
    });
    let topology = Topology::new([phase.build()]);
    let options = WavesOptions {
        partitions: 1,
        threads: 1,
        mode: Mode::Final,
    };
    let mut run = Waves::new(&topology, &["numbers"], options).unwrap();
    let error = run.run([raw("a", "1", 1, 77)], |_| {}).unwrap_err();
    let InProcessError::Task(TaskError::DeadLetterHook { phase, place, .. }) = error else {
        unreachable!("{error}");
    };
    assert_eq!((phase, place.offset), ("broken", 77));
}

#[test]
fn a_topology_that_depends_on_order_is_found_out_and_told() {
    let topology = sums();
    let kit = TestKit::new(&topology, &["numbers"]);
    let events: Vec<_> = (0..6).map(|n| event(n, "1", 0)).collect();
    let Err(TestKitError::Differs(difference)) = kit.order_does_not_matter(&events, 0..50) else {
        unreachable!("keeping what came last depends on the order");
    };
    assert!(difference.run.starts_with("seed "));
    assert!(difference.to_string().contains("in the first run it was"));
    kit.crashes_do_not_matter(&events).unwrap();
}
