//! Processors that break: on one record, and on every record.

use sideline_runtime_core::{Phase, ProcessError, Text, Topology};
use sideline_runtime_kafka::{Shutdown, run};

use crate::bench::{Bench, wait_for_records, with_rejects};

/// Copies its input; breaks on some words, and on every word while it is broken.
fn copying(is_broken: bool) -> Topology {
    let mut phase = Phase::builder("copy");
    let copies = phase.output("copies", Text);
    with_rejects(&mut phase);
    phase.input("events", Text, move |record, ctx| {
        let key = record.key_str()?;
        let word = record.value.clone().unwrap_or_default();
        ctx.forward(&copies, key, key, &word)?;
        match word.as_str() {
            _ if is_broken => Err(ProcessError::failed("it never works")),
            "odd" => Err(ProcessError::failed("it does not work for odd ones")),
            "bomb" => panic!("boom"),
            _ => Ok(()),
        }
    });
    Topology::new([phase.build()])
}

#[test]
fn promise_7_a_record_that_breaks_its_processor_is_a_dead_letter_and_the_others_go_on() {
    let Some(bench) = Bench::new("breaks") else {
        return;
    };
    bench.create_topics(&copying(false));
    // One key, and so one partition: no two words that break follow each other.
    let words = ["a", "odd", "b", "bomb", "c", "odd", "d"];
    bench.write("events", words.map(|word| ("k", word.as_bytes())));
    let running = run(&copying(false), &bench.config, &Shutdown::new()).unwrap();
    wait_for_records(&running, "copy", 7);
    let (_, metrics) = running.metrics().next().unwrap();
    let reasons = metrics.dead_letters_by_reason();
    assert_eq!(
        reasons.into_iter().collect::<Vec<_>>(),
        [("failed".to_owned(), 2), ("panic".to_owned(), 1)]
    );
    assert_eq!(bench.read("copies", &Text).len(), 4);
    let mut rejects = bench.read("rejects", &Text);
    rejects.sort();
    let expected = [("k", "failed"), ("k", "failed"), ("k", "panic")];
    assert_eq!(
        rejects,
        expected.map(|(key, reason)| (key.to_owned(), reason.to_owned()))
    );
}

#[test]
fn promise_7_a_processor_that_always_fails_stops_with_a_clear_word_and_loses_nothing() {
    const COUNT: usize = 20;
    let Some(bench) = Bench::new("broken") else {
        return;
    };
    bench.create_topics(&copying(true));
    let events = [("a", b"x".as_slice()); COUNT];
    bench.write("events", events);
    let error = run(&copying(true), &bench.config, &Shutdown::new())
        .unwrap()
        .wait()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("phase copy failed on 3 records in a row"),
        "{error}"
    );
    assert!(error.contains("it never works"), "{error}");
    assert!(bench.read("copies", &Text).is_empty());
    // At most the two before the third were put aside; mended, it takes the rest.
    let aside = bench.read("rejects", &Text).len();
    assert!(aside <= 2, "{aside}");
    let running = run(&copying(false), &bench.config, &Shutdown::new()).unwrap();
    wait_for_records(&running, "copy", (COUNT - aside) as u64);
    assert_eq!(bench.read("copies", &Text).len() + aside, COUNT);
    assert_eq!(bench.read("rejects", &Text).len(), aside);
}
