//! What the engine promises of one task: atomic records, order, dead letters, restoring.

#![expect(
    clippy::panic,
    reason = "a handler that panics is what one of the tests is about"
)]

use std::sync::Arc;

use sideline_runtime_core::{
    Codec, CodecError, ErrorClass, FAILURES_IN_A_ROW_MAX, Phase, Place, ProcessError, RawRecord,
    Task, TaskError, Text, VALUE_BYTES_MAX,
};

/// A text codec whose registry is away for the word `away`.
struct Flaky;

impl Codec<String> for Flaky {
    fn encode(&self, value: &String, out: &mut Vec<u8>) -> Result<(), CodecError> {
        Text.encode(value, out)
    }

    fn decode(&self, bytes: &[u8]) -> Result<String, CodecError> {
        match bytes {
            b"away" => Err(CodecError::transient(
                "registry_away",
                "no answer within 5 s",
            )),
            _ => Text.decode(bytes),
        }
    }
}

/// Keeps the last word per key, forwards it, and does what some words ask for.
fn task() -> Task {
    let mut phase = Phase::builder("words");
    let words = phase.store::<String>("last");
    let out = phase.output("out", Text);
    let rejects = phase.output("rejects", Text);
    phase.on_dead_letter(move |letter, ctx| {
        ctx.forward(&rejects, "all", &letter.key_lossy(), &letter.reason)
    });
    phase.input("in", Flaky, move |record, ctx| {
        let key = record.key_str()?;
        let Some(word) = &record.value else {
            ctx.delete(&words, key)?;
            return ctx.forward_tombstone(&out, key, key);
        };
        ctx.put(&words, key, word)?;
        ctx.put(&words, key, &format!("{word}!"))?;
        ctx.forward(&out, key, key, word)?;
        match word.as_str() {
            "bad" => Err(ProcessError::bad_input("bad_word", "the word is bad")
                .field("w")
                .into()),
            "half" => {
                ctx.dead_letter(ProcessError::bad_input(
                    "half_word",
                    "half of it is missing",
                ));
                Ok(())
            }
            "huge" => ctx.forward(&out, key, key, &"x".repeat(VALUE_BYTES_MAX + 1)),
            "panic" => panic!("asked for"),
            "fail" => Err(ProcessError::failed("a sum came out as no number")),
            _ => Ok(()),
        }
    });
    Task::new(Arc::new(phase.build()), 3)
}

fn record(key: &str, value: Option<&str>) -> RawRecord {
    RawRecord {
        key: key.as_bytes().to_vec(),
        value: value.map(|value| value.as_bytes().to_vec()),
        headers: vec![("trace".into(), b"1".to_vec())],
        place: Place {
            topic: "in".into(),
            partition: 3,
            offset: 42,
        },
        timestamp_ms: 7,
    }
}

fn content(task: &Task) -> Vec<(String, Vec<u8>)> {
    task.entries()
        .map(|(_, key, value)| (key.to_owned(), value.to_vec()))
        .collect()
}

#[test]
fn effects_are_the_outputs_in_order_and_each_changed_key_once() {
    let mut task = task();
    let effects = task.process(&record("k", Some("one"))).unwrap();
    assert_eq!(effects.outputs.len(), 1);
    assert_eq!(effects.outputs[0].value.as_deref(), Some(b"one".as_slice()));
    let stored = ("last", "k", Some(b"\x04one!".as_slice()));
    assert_eq!(task.changes().collect::<Vec<_>>(), [stored]);
    let gone = task.process(&record("k", None)).unwrap();
    assert_eq!(gone.outputs[0].value, None);
    assert_eq!(task.changes().collect::<Vec<_>>(), [("last", "k", None)]);
}

#[test]
fn promise_7_bad_input_leaves_no_trace_but_its_dead_letter() {
    let mut task = task();
    let effects = task.process(&record("k", Some("bad"))).unwrap();
    assert!(content(&task).is_empty() && task.changes().next().is_none());
    let topics: Vec<&str> = effects
        .outputs
        .iter()
        .map(|output| &*output.topic)
        .collect();
    assert_eq!(topics, ["rejects"]);
    let letter = &effects.dead_letters[0];
    assert_eq!(
        (letter.reason.as_str(), letter.field.as_deref()),
        ("bad_word", Some("w"))
    );
    assert_eq!(letter.value.as_deref(), Some(b"bad".as_slice()));
    assert_eq!(
        (letter.place.to_string().as_str(), letter.class),
        ("in[3]@42", ErrorClass::Permanent)
    );
}

#[test]
fn promise_7_undecodable_bytes_and_keys_become_dead_letters() {
    let mut task = task();
    let garbled = RawRecord {
        value: Some(vec![0xff]),
        ..record("k", None)
    };
    assert_eq!(
        task.process(&garbled).unwrap().dead_letters[0].reason,
        "not_utf8"
    );
    let framed = RawRecord {
        key: vec![0, 0xff],
        ..record("k", Some("one"))
    };
    assert_eq!(
        task.process(&framed).unwrap().dead_letters[0].reason,
        "key_not_utf8"
    );
}

#[test]
fn promise_7_values_too_large_to_write_become_dead_letters() {
    let effects = task().process(&record("k", Some("huge"))).unwrap();
    assert_eq!(effects.dead_letters[0].reason, "value_too_large");
    assert_eq!(effects.outputs.len(), 1);
}

#[test]
fn a_complaint_lets_the_record_go_on() {
    let mut task = task();
    let effects = task.process(&record("k", Some("half"))).unwrap();
    let topics: Vec<&str> = effects
        .outputs
        .iter()
        .map(|output| &*output.topic)
        .collect();
    assert_eq!(
        (topics.as_slice(), task.changes().count()),
        (["out", "rejects"].as_slice(), 1)
    );
    assert_eq!(effects.dead_letters[0].class, ErrorClass::Partial);
}

#[test]
fn a_registry_that_is_away_is_no_bad_input() {
    let mut task = task();
    let error = task.process(&record("k", Some("away"))).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient);
    assert!(error.to_string().contains("in[3]@42"), "{error}");
}

#[test]
fn a_panic_is_a_dead_letter_and_several_in_a_row_stop_the_task() {
    let mut task = task();
    for _ in 1..FAILURES_IN_A_ROW_MAX {
        let effects = task.process(&record("k", Some("panic"))).unwrap();
        assert_eq!(effects.dead_letters[0].reason, "panic");
    }
    task.process(&record("k", Some("fine"))).unwrap();
    for _ in 1..FAILURES_IN_A_ROW_MAX {
        task.process(&record("k", Some("panic"))).unwrap();
    }
    let before = content(&task);
    let error = task.process(&record("k", Some("panic"))).unwrap_err();
    assert!(matches!(error, TaskError::FailedInARow { .. }), "{error}");
    assert_eq!(content(&task), before);
}

#[test]
fn promise_4_rollback_takes_back_every_record_since_the_commit() {
    let mut task = task();
    task.process(&record("a", Some("one"))).unwrap();
    task.commit();
    let committed = content(&task);
    task.process(&record("a", None)).unwrap();
    task.process(&record("b", Some("two"))).unwrap();
    task.rollback();
    assert_eq!(content(&task), committed);
}

#[test]
fn a_task_restored_from_its_changes_is_the_same_task() {
    let mut first = task();
    let mut second = task();
    for (key, value) in [
        ("a", Some("1")),
        ("b", Some("2")),
        ("a", None),
        ("c", Some("bad")),
    ] {
        first.process(&record(key, value)).unwrap();
        for (store, key, value) in first.changes() {
            assert!(second.restore(store, key, value));
        }
        first.commit();
    }
    assert_eq!(content(&second), content(&first));
    assert_eq!(second.memory_bytes(), first.memory_bytes());
    assert!(!second.restore("no-such-store", "a", None));
}

#[test]
fn a_handler_that_fails_is_told_from_a_record_that_is_bad() {
    let mut task = task();
    let effects = task.process(&record("k", Some("fail"))).unwrap();
    assert_eq!(effects.dead_letters[0].reason, "failed");
    assert_eq!(
        effects.dead_letters[0].message,
        "a sum came out as no number"
    );
    // Bad input, however much of it, stops nobody, and does not excuse the handler either.
    for _ in 0..10 {
        task.process(&record("k", Some("bad"))).unwrap();
    }
    task.process(&record("k", Some("panic"))).unwrap();
    let error = task.process(&record("k", Some("fail"))).unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("words failed on 3 records in a row, last at in[3]@42"),
        "{told}"
    );
}

#[test]
fn handles_of_another_phase_are_refused() {
    let mut other = Phase::builder("other");
    let foreign = other.store::<String>("last");
    let mut phase = Phase::builder("mine");
    phase.store::<String>("last");
    phase.on_dead_letter(|_, _| Ok(()));
    phase.input("in", Text, move |_, ctx| ctx.get(&foreign, "k").map(|_| ()));
    let error = Task::new(Arc::new(phase.build()), 0)
        .process(&record("k", Some("x")))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("phase mine used the handle store last of phase other")
    );
}

#[test]
fn records_of_a_topic_nobody_reads_are_refused() {
    let mut stray = record("k", Some("x"));
    stray.place.topic = "elsewhere".into();
    let error = task().process(&stray).unwrap_err();
    assert_eq!(
        error.to_string(),
        "phase words has no input elsewhere; its inputs are in"
    );
}
