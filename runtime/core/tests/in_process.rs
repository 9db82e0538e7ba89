//! What the driver in process promises: one seed, one run; and no order across partitions, no
//! crash, changes where it ends.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![expect(
    clippy::panic,
    reason = "a handler that panics is what a test is about"
)]

use std::collections::BTreeMap;

use sideline_runtime_core::{
    Context, Feed, InProcess, InProcessError, InProcessOptions, Phase, PhaseBuilder, Postcard,
    ProcessError, Text, Topology, TopologyError,
};

fn with_rejects(phase: &mut PhaseBuilder) {
    let rejects = phase.output("rejects", Text);
    phase.on_dead_letter(move |letter, ctx| {
        ctx.forward(
            &rejects,
            &letter.key_lossy(),
            &letter.key_lossy(),
            &letter.message,
        )
    });
}

/// Splits lines into words, counts the words: two phases, two ingress topics.
fn topology() -> Topology {
    let mut split = Phase::builder("split");
    let words = split.output("words", Text);
    with_rejects(&mut split);
    let forward_words = move |line: &str, ctx: &mut Context<'_>| -> Result<(), ProcessError> {
        line.split(' ')
            .try_for_each(|word| ctx.forward(&words, word, word, &word.to_owned()))
    };
    for topic in ["lines", "titles"] {
        split.input(topic, Text, move |line, ctx| match &line.value {
            Some(text) => forward_words(text, ctx),
            None => Ok(()),
        });
    }

    let mut count = Phase::builder("count");
    let counts = count.store::<u32>("counts");
    let totals = count.output("totals", Postcard::<u32>::new());
    with_rejects(&mut count);
    count.input("words", Text, move |record, ctx| {
        let word = record.key_str()?;
        let total = ctx.get(&counts, word)?.unwrap_or(0) + 1;
        ctx.put(&counts, word, &total)?;
        ctx.forward(&totals, word, word, &total)
    });
    Topology::new([count.build(), split.build()])
}

fn run(seed: Option<u64>) -> InProcess {
    let options = InProcessOptions {
        seed,
        ..InProcessOptions::default()
    };
    let mut run = InProcess::with_options(&topology(), &["lines", "titles"], options).unwrap();
    for (number, line) in ["a b", "b c", "c a b", "d"].into_iter().enumerate() {
        let topic = if number % 2 == 0 { "lines" } else { "titles" };
        run.feed(
            topic,
            Feed::new(format!("p{number}"), "k", line).at_ms(number as i64),
        )
        .unwrap();
    }
    run
}

fn totals(run: &InProcess) -> BTreeMap<String, u32> {
    run.latest("totals", &Postcard::new()).unwrap()
}

#[test]
fn promise_5_whichever_partition_is_served_first_the_end_is_the_same() {
    let mut plain = run(None);
    assert_eq!(plain.run_until_idle().unwrap(), 4 + 8);
    let expected = totals(&plain);
    assert_eq!(expected["b"], 3);
    for seed in 0..50 {
        let mut shuffled = run(Some(seed));
        shuffled.run_until_idle().unwrap();
        assert_eq!(totals(&shuffled), expected, "seed {seed}");
    }
}

#[test]
fn one_seed_gives_one_run() {
    let log = |seed| {
        let mut run = run(Some(seed));
        run.run_until_idle().unwrap();
        run.records("words", &Text).unwrap()
    };
    assert_eq!(log(7), log(7));
    assert!(
        (0..50).any(|seed| log(seed) != log(7)),
        "seeds do not shuffle anything"
    );
}

#[test]
fn promise_1_a_crash_between_any_two_records_changes_nothing() {
    let mut whole = run(None);
    let steps = whole.run_until_idle().unwrap();
    for crash_after in 0..steps {
        let mut crashed = run(None);
        for _ in 0..crash_after {
            crashed.step().unwrap();
        }
        crashed.crash_and_restore("split").unwrap();
        crashed.crash_and_restore("count").unwrap();
        crashed.run_until_idle().unwrap();
        let logs = |run: &InProcess| run.records("totals", &Postcard::<u32>::new()).unwrap();
        assert_eq!(
            logs(&crashed),
            logs(&whole),
            "crash after {crash_after} records"
        );
    }
}

#[test]
fn records_carry_the_time_of_their_cause_and_their_place() {
    let mut run = run(None);
    run.run_until_idle().unwrap();
    let words = run.records("words", &Text).unwrap();
    let d = words.iter().find(|record| record.key == b"d").unwrap();
    assert_eq!((d.timestamp_ms, &*d.place.topic), (3, "words"));
}

#[test]
fn bad_input_is_seen_in_the_topic_and_in_the_list() {
    let mut run = run(None);
    run.feed(
        "lines",
        Feed::new("p", "bad", vec![0xff]).header("trace", "1"),
    )
    .unwrap();
    run.feed("lines", Feed::tombstone("p", "gone")).unwrap();
    run.run_until_idle().unwrap();
    assert_eq!(run.dead_letters().len(), 1);
    assert_eq!(
        run.dead_letters()[0].headers,
        [("trace".to_owned(), b"1".to_vec())]
    );
    assert_eq!(run.values("rejects", &Text).unwrap().len(), 1);
}

#[test]
fn wrong_topics_phases_and_topologies_are_named() {
    let mut run = run(None);
    let stray = run.feed("line", Feed::new("p", "k", "v")).unwrap_err();
    assert!(
        stray
            .to_string()
            .contains("neither reads nor writes line; its topics are lines,")
    );
    assert!(run.crash_and_restore("counts").is_err());
    let refused = InProcess::new(&topology(), &["lines"]).err().unwrap();
    let InProcessError::Topology(TopologyError::NobodyWrites { topic, .. }) = refused else {
        panic!("{refused}")
    };
    assert_eq!(topic, "titles");
}

/// Counts words; breaks on some, and on every word while `is_broken`.
fn breaking(is_broken: bool) -> Topology {
    let mut phase = Phase::builder("break");
    let counts = phase.store::<u32>("counts");
    let totals = phase.output("totals", Postcard::<u32>::new());
    with_rejects(&mut phase);
    phase.input("words", Text, move |record, ctx| {
        let word = record.key_str()?;
        let total = ctx.get(&counts, word)?.unwrap_or(0) + 1;
        ctx.put(&counts, word, &total)?;
        ctx.forward(&totals, word, word, &total)?;
        match word {
            _ if is_broken => Err(ProcessError::failed("it never works")),
            "odd" => Err(ProcessError::failed("it does not work for odd ones")),
            "bomb" => panic!("boom"),
            _ => Ok(()),
        }
    });
    Topology::new([phase.build()])
}

#[test]
fn promise_7_a_record_that_breaks_its_processor_is_put_aside_and_the_others_go_on() {
    let mut run = InProcess::new(&breaking(false), &["words"]).unwrap();
    for word in ["a", "odd", "a", "bomb", "b", "odd", "a"] {
        run.feed("words", Feed::new("all", word, word)).unwrap();
    }
    run.run_until_idle().unwrap();
    assert_eq!(
        totals(&run),
        BTreeMap::from([("a".into(), 3), ("b".into(), 1)])
    );
    let mut rejects = run.values("rejects", &Text).unwrap();
    rejects.sort();
    let odd = "it does not work for odd ones";
    assert_eq!(rejects, [odd, odd, "the handler panicked: boom"]);
}

#[test]
fn promise_7_a_processor_that_always_fails_stops_with_a_clear_word_and_keeps_no_trace() {
    let mut run = InProcess::new(&breaking(true), &["words"]).unwrap();
    for _ in 0..5 {
        run.feed("words", Feed::new("a", "a", "a")).unwrap();
    }
    let told = run.run_until_idle().unwrap_err().to_string();
    assert!(
        told.contains("break failed on 3 records in a row, last at words["),
        "{told}"
    );
    assert!(told.contains("it never works"), "{told}");
    assert!(totals(&run).is_empty());
}
