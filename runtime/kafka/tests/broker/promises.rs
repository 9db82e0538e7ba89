//! The promises that need a real broker.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_runtime_core::{Codec, CodecError, Phase, Text, Topology};
use sideline_runtime_kafka::{
    Config, PhasePlan, RuntimeError, Shutdown, changelog_name, group_name, run,
};

use crate::bench::{
    Bench, PARTITIONS, counting, eventually, total_of, two_counters, wait_for_records, with_rejects,
};

const KEYS: usize = 7;

/// Writes `count` events spread over the keys.
pub(crate) fn write_events(bench: &Bench, count: usize) {
    let keys: Vec<String> = (0..count)
        .map(|number| format!("key-{}", number % KEYS))
        .collect();
    bench.write(
        "events",
        keys.iter().map(|key| (key.as_str(), b"x".as_slice())),
    );
}

/// Per key the counts are 1, 2, 3 … without gap or duplicate, and add up.
pub(crate) fn assert_exactly_once(bench: &Bench, count: usize) {
    let totals = bench.read("totals", &Text);
    assert_eq!(totals.len(), count);
    for number in 0..KEYS {
        let key = format!("key-{number}");
        let counts = totals.iter().filter(|(total_key, _)| *total_key == key);
        let counts: Vec<u64> = counts.map(|(_, count)| count.parse().unwrap()).collect();
        assert!(
            (1..)
                .zip(&counts)
                .all(|(expected, count)| expected == *count),
            "{key}: {counts:?}"
        );
    }
}

#[test]
fn promise_1_restarts_leave_no_gap_and_no_duplicate() {
    let Some(bench) = Bench::new("restarts") else {
        return;
    };
    let topology = two_counters();
    bench.create_topics(&topology);
    for round in 1..=3 {
        write_events(&bench, 300);
        let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
        wait_for_records(&running, "second", 300);
        assert!(running.is_ready());
        running.stop();
        running.wait().unwrap();
        assert_exactly_once(&bench, 300 * round);
    }
}

/// What the crashing child process runs; without its environment it is no test at all.
#[test]
fn crashing_child() {
    let Ok(prefix) = std::env::var("SIDELINE_CHILD_PREFIX") else {
        return;
    };
    let bench = Bench::existing(&std::env::var("SIDELINE_TEST_KAFKA").unwrap(), &prefix);
    let fail_at = std::env::var("SIDELINE_CHILD_FAIL_AT").ok();
    let fail_at = fail_at.map(|text| text.parse().unwrap());
    let threads = std::env::var("SIDELINE_CHILD_THREADS").unwrap();
    let plan = PhasePlan {
        threads: threads.parse().unwrap(),
        ..PhasePlan::default()
    };
    let config = Config {
        fail_at,
        phases: ["first", "second"]
            .map(|phase| (phase.to_owned(), plan))
            .into(),
        state_dir: std::env::var_os("SIDELINE_CHILD_STATE").map(PathBuf::from),
        checkpoint_interval: Duration::from_millis(20),
        ..bench.config
    };
    let running = run(&two_counters(), &config, &Shutdown::new()).unwrap();
    let wanted: u64 = std::env::var("SIDELINE_CHILD_RECORDS")
        .unwrap()
        .parse()
        .unwrap();
    wait_for_records(&running, "second", wanted);
    running.stop();
    running.wait().unwrap();
}

/// Runs a child until it crashes at a point, with checkpoints in a folder or without any.
pub(crate) fn run_child(bench: &Bench, fail_at: &str, state: Option<&Path>) -> ExitStatus {
    run_child_on_threads(bench, fail_at, state, 1)
}

/// The same with several threads for each phase.
pub(crate) fn run_child_on_threads(
    bench: &Bench,
    fail_at: &str,
    state: Option<&Path>,
    threads: u32,
) -> ExitStatus {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["promises::crashing_child", "--exact", "--quiet"]);
    child.env("SIDELINE_CHILD_PREFIX", &bench.config.prefix);
    child.env("SIDELINE_CHILD_FAIL_AT", fail_at);
    child.env("SIDELINE_CHILD_THREADS", threads.to_string());
    child.env("SIDELINE_CHILD_RECORDS", "100000");
    child.envs(state.map(|folder| ("SIDELINE_CHILD_STATE", folder)));
    child.output().unwrap().status
}

#[test]
fn promise_4_a_crash_at_any_point_of_a_transaction_changes_nothing() {
    let Some(bench) = Bench::new("crashes") else {
        return;
    };
    let topology = two_counters();
    bench.create_topics(&topology);
    let points = [
        "before_produce:5",
        "between_produce_and_offsets:1",
        "between_offsets_and_commit:1",
        "after_commit_before_apply:1",
    ];
    for (round, point) in points.into_iter().enumerate() {
        write_events(&bench, 200);
        let status = run_child(&bench, point, None);
        assert!(!status.success(), "the child should have crashed {point}");
        write_events(&bench, 10);
        let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
        let expected = 210 * (round + 1);
        eventually("all is counted", || {
            bench.read("totals", &Text).len() >= expected
        });
        running.stop();
        running.wait().unwrap();
        assert_exactly_once(&bench, expected);
    }
}

#[test]
fn promise_7_bad_input_goes_to_the_dead_letters_and_the_rest_goes_on() {
    let Some(bench) = Bench::new("rejects") else {
        return;
    };
    let topology = Topology::new([counting("only", "events", "totals")]);
    bench.create_topics(&topology);
    let good = b"x".as_slice();
    bench.write(
        "events",
        [("a", good), ("a", &[0xff]), ("a", good), ("b", &[0xfe])],
    );
    let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    wait_for_records(&running, "only", 4);
    assert_eq!(running.status()[0].dead_letters, 2);
    eventually("the lag is told", || {
        running.status()[0].lag_records == Some(0)
    });
    assert_eq!(bench.read("totals", &Text).len(), 2);
    let mut rejects = bench.read("rejects", &Text);
    rejects.sort();
    let expected = ["a", "b"].map(|key| (key.to_owned(), "not_utf8".to_owned()));
    assert_eq!(rejects, expected);
}

/// A codec whose registry is away until told otherwise.
struct Away(Arc<AtomicBool>);

impl Codec<String> for Away {
    fn encode(&self, value: &String, out: &mut Vec<u8>) -> Result<(), CodecError> {
        Text.encode(value, out)
    }

    fn decode(&self, bytes: &[u8]) -> Result<String, CodecError> {
        if self.0.load(Ordering::Relaxed) {
            return Err(CodecError::transient(
                "registry_away",
                "the registry does not answer",
            ));
        }
        Text.decode(bytes)
    }
}

/// A phase that copies its input, once the registry is there.
fn copying(is_away: &Arc<AtomicBool>) -> Topology {
    let mut phase = Phase::builder("copy");
    let copies = phase.output("copies", Text);
    with_rejects(&mut phase);
    phase.input("events", Away(Arc::clone(is_away)), move |record, ctx| {
        let key = record.key_str()?;
        ctx.forward(&copies, key, key, &key.to_owned())
    });
    Topology::new([phase.build()])
}

#[test]
fn a_registry_that_is_away_pauses_and_is_told() {
    let Some(bench) = Bench::new("away") else {
        return;
    };
    let is_away = Arc::new(AtomicBool::new(true));
    let topology = copying(&is_away);
    bench.create_topics(&topology);
    bench.write("events", [("a", b"x".as_slice()), ("b", b"x")]);
    let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    let reason = || {
        running.status()[0]
            .paused_reason
            .clone()
            .unwrap_or_default()
    };
    eventually("the pause is told", || {
        reason().contains("the registry does not answer")
    });
    is_away.store(false, Ordering::Relaxed);
    wait_for_records(&running, "copy", 2);
    assert_eq!(reason(), "");
    assert!(bench.read("rejects", &Text).is_empty());
}

#[test]
fn patience_ends_with_an_error_that_names_what_was_in_the_way() {
    let Some(bench) = Bench::new("patience") else {
        return;
    };
    let topology = copying(&Arc::new(AtomicBool::new(true)));
    bench.create_topics(&topology);
    bench.write("events", [("a", b"x".as_slice())]);
    let config = Config {
        patience: Duration::from_millis(300),
        ..bench.config.clone()
    };
    let error = run(&topology, &config, &Shutdown::new())
        .unwrap()
        .wait()
        .unwrap_err();
    assert!(
        matches!(error, RuntimeError::OutOfPatience { .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("the registry does not answer"),
        "{error}"
    );
}

/// Moves the group's offset of every partition, as a person with Kafka's tools could.
fn move_offsets(bench: &Bench, phase: &str, to: i64) {
    let mut config = bench.client();
    let consumer: BaseConsumer = config
        .set("group.id", group_name(&bench.config.prefix, phase))
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        let topic = format!("{}events", bench.config.prefix);
        list.add_partition_offset(&topic, partition, Offset::Offset(to))
            .unwrap();
    }
    // A static member that stopped keeps its place until its session times out; as long as the
    // group has members, offsets from outside are refused.
    eventually("the group is empty", || {
        consumer.commit(&list, CommitMode::Sync).is_ok()
    });
}

#[test]
fn offsets_moved_by_hand_are_refused_and_offset_0_begins_a_new_group() {
    let Some(bench) = Bench::new("moved") else {
        return;
    };
    let topology = Topology::new([counting("only", "events", "totals")]);
    bench.create_topics(&topology);
    move_offsets(&bench, "only", 0);
    write_events(&bench, 100);
    let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    wait_for_records(&running, "only", 100);
    running.stop();
    running.wait().unwrap();
    move_offsets(&bench, "only", 1);
    let error = run(&topology, &bench.config, &Shutdown::new())
        .unwrap()
        .wait()
        .unwrap_err();
    let RuntimeError::PositionsDisagree { group, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(group, "1");
}

#[test]
fn missing_topics_and_unequal_partitions_are_told_at_the_start() {
    let Some(bench) = Bench::new("layout") else {
        return;
    };
    let topology = two_counters();
    let refused = |topology: &Topology| {
        run(topology, &bench.config, &Shutdown::new())
            .err()
            .unwrap()
            .to_string()
    };
    assert!(refused(&topology).contains("the broker has no topic layout-"));
    bench.create_topics(&topology);
    let uneven = Topology::new([counting("third", "totals", "thirds")]);
    let prefix = &bench.config.prefix;
    bench.create(
        &[format!("{prefix}thirds"), changelog_name(prefix, "third")],
        2,
    );
    // A topic just made is not known at once; until it is, that is what the run says.
    let uneven_is_told = || refused(&uneven).contains("with 3 partitions, but its changelog");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !uneven_is_told() {
        assert!(Instant::now() < deadline, "{}", refused(&uneven));
    }
}

/// A phase that numbers its records, and writes what the broker refuses at the numbers that are huge.
pub(crate) fn numbering(is_huge: impl Fn(u64) -> bool + Send + Sync + 'static) -> Topology {
    let mut phase = Phase::builder("number");
    let last = phase.store::<u64>("last");
    let totals = phase.output("totals", Text);
    with_rejects(&mut phase);
    phase.input("events", Text, move |record, ctx| {
        let key = record.key_str()?;
        let number = ctx.get(&last, key)?.unwrap_or(0) + 1;
        ctx.put(&last, key, &number)?;
        let filler = if is_huge(number) {
            huge_text()
        } else {
            String::new()
        };
        ctx.forward(&totals, key, key, &format!("{number}{filler}"))
    });
    Topology::new([phase.build()])
}

/// 2 MB even when compressed: above what the topics of a test take, below what we send.
fn huge_text() -> String {
    let mut mixed = 1_u64;
    let mut letter = || {
        mixed ^= mixed << 13;
        mixed ^= mixed >> 7;
        mixed ^= mixed << 17;
        char::from(b' ' + (mixed % 90) as u8)
    };
    (0..2_000_000).map(|_| letter()).collect()
}

#[test]
fn promise_4_a_refused_transaction_is_taken_back_and_done_again() {
    let Some(bench) = Bench::new("refused") else {
        return;
    };
    let is_huge = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_huge);
    let topology = numbering(move |_| told.load(Ordering::Relaxed));
    bench.create_topics(&topology);
    let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    write_events(&bench, 100);
    wait_for_records(&running, "number", 100);
    is_huge.store(true, Ordering::Relaxed);
    write_events(&bench, 100);
    eventually("a transaction is refused", || {
        total_of(&running, |metrics| &metrics.aborts) > 0
    });
    is_huge.store(false, Ordering::Relaxed);
    wait_for_records(&running, "number", 200);
    assert_exactly_once(&bench, 200);
}

#[test]
fn what_the_broker_refuses_for_good_ends_with_its_reason() {
    let Some(bench) = Bench::new("refusing") else {
        return;
    };
    let topology = numbering(|_| true);
    bench.create_topics(&topology);
    write_events(&bench, 1);
    let config = Config {
        patience: Duration::from_secs(1),
        ..bench.config.clone()
    };
    let error = run(&topology, &config, &Shutdown::new())
        .unwrap()
        .wait()
        .unwrap_err();
    assert!(error.to_string().contains("size"), "{error}");
    assert!(bench.read("totals", &Text).is_empty());
}

#[test]
fn promise_1_a_second_instance_takes_its_share_and_hands_it_back() {
    let Some(bench) = Bench::new("shares") else {
        return;
    };
    let topology = two_counters();
    bench.create_topics(&topology);
    let counted = |count: usize| {
        eventually("all is counted", || {
            bench.read("totals", &Text).len() >= count
        });
        assert_exactly_once(&bench, count);
    };
    let first = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    write_events(&bench, 200);
    let other = Config {
        instance: "other".into(),
        ..bench.config.clone()
    };
    let second = run(&topology, &other, &Shutdown::new()).unwrap();
    write_events(&bench, 200);
    eventually("the second instance has its share", || {
        second
            .status()
            .iter()
            .all(|status| !status.assigned.is_empty())
    });
    write_events(&bench, 200);
    counted(600);
    first.stop();
    first.wait().unwrap();
    write_events(&bench, 200);
    // The first stays a member until its session times out; then the second has everything.
    counted(800);
}

#[test]
fn of_two_processes_with_one_instance_name_the_later_stays() {
    let Some(bench) = Bench::new("twice") else {
        return;
    };
    let topology = Topology::new([counting("only", "events", "totals")]);
    bench.create_topics(&topology);
    let first = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    eventually("the first is ready", || first.is_ready());
    let second = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    let error = first.wait().unwrap_err();
    assert!(
        matches!(error, RuntimeError::InstanceTaken { .. }),
        "{error}"
    );
    write_events(&bench, 100);
    wait_for_records(&second, "only", 100);
    assert_exactly_once(&bench, 100);
}

/// Writes an event every 20 ms for a minute and a half, for whoever stops, kills and restarts
/// the broker meanwhile.
#[test]
#[ignore = "needs somebody to maltreat the broker meanwhile"]
fn promise_1_holds_whatever_happens_to_the_broker() {
    const COUNT: usize = 4_500;
    let Some(bench) = Bench::new("maltreated") else {
        return;
    };
    let topology = two_counters();
    bench.create_topics(&topology);
    let running = run(&topology, &bench.config, &Shutdown::new()).unwrap();
    let keys: Vec<String> = (0..COUNT)
        .map(|number| format!("key-{}", number % KEYS))
        .collect();
    let paced = keys.iter().map(|key| {
        std::thread::sleep(Duration::from_millis(20));
        (key.as_str(), b"x".as_slice())
    });
    bench.write("events", paced);
    eventually("all is counted", || {
        bench.read("totals", &Text).len() >= COUNT
    });
    for (name, metrics) in running.metrics() {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (aborts, restarts) = (count(&metrics.aborts), count(&metrics.restarts));
        println!("{name}: {aborts} transactions taken back, {restarts} sessions begun anew");
    }
    assert_exactly_once(&bench, COUNT);
}
