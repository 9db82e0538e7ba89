//! Figures, for people: `cargo test -p sideline-runtime-kafka --test broker -- --ignored
//! --nocapture --test-threads 1`, with `SIDELINE_TEST_KAFKA` set.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_runtime_core::{Phase, Text, Topology, partition_for};
use sideline_runtime_kafka::{Running, Shutdown, run};

use crate::bench::{Bench, PARTITIONS, counting, eventually, wait_for_records, with_rejects};

const HOPS: [(&str, &str, &str); 3] =
    [("one", "in", "a"), ("two", "a", "b"), ("three", "b", "out")];

/// Three phases in a chain; each counts per key and hands the value on.
fn chain() -> Topology {
    Topology::new(HOPS.map(|(name, input, output)| {
        let mut phase = Phase::builder(name);
        let counts = phase.store::<u64>("counts");
        let out = phase.output(output, Text);
        with_rejects(&mut phase);
        phase.input(input, Text, move |record, ctx| {
            let key = record.key_str()?;
            let count = ctx.get(&counts, key)?.unwrap_or(0) + 1;
            ctx.put(&counts, key, &count)?;
            match &record.value {
                Some(value) => ctx.forward(&out, key, key, value),
                None => Ok(()),
            }
        });
        phase.build()
    }))
}

fn now_micros() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_micros()
}

fn start(bench: &Bench, topology: &Topology) -> Running {
    let began_at = Instant::now();
    let running = run(topology, &bench.config, &Shutdown::new()).unwrap();
    eventually("every phase is ready", || running.is_ready());
    println!("ready after {:?}", began_at.elapsed());
    running
}

fn reader(bench: &Bench, topic: &str) -> BaseConsumer {
    let mut config = bench.client();
    config
        .set("group.id", "measure")
        .set("isolation.level", "read_committed");
    let reader: BaseConsumer = config.create().unwrap();
    let mut list = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        let topic = format!("{}{topic}", bench.config.prefix);
        list.add_partition_offset(&topic, partition, Offset::Beginning)
            .unwrap();
    }
    reader.assign(&list).unwrap();
    reader
}

/// Sends `count` records that carry their time, `pause` apart.
fn send_paced(bench: &Bench, count: usize, pause: Duration) {
    let producer: BaseProducer = bench.client().set("linger.ms", "0").create().unwrap();
    let topic = format!("{}in", bench.config.prefix);
    for number in 0..count {
        let key = format!("key-{}", number % 97);
        let value = now_micros().to_string();
        let partition = partition_for(key.as_bytes(), PARTITIONS);
        let record = BaseRecord::to(&topic)
            .partition(partition)
            .key(&key)
            .payload(&value);
        producer.send(record).unwrap();
        producer.poll(Duration::ZERO);
        std::thread::sleep(pause);
    }
    producer.flush(Duration::from_secs(10)).unwrap();
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    fields[11..13]
        .iter()
        .map(|ticks| ticks.parse::<f64>().unwrap() / 100.0)
        .sum()
}

#[test]
#[ignore = "measures, for people"]
fn latency_of_three_hops_at_50_events_a_second() {
    let Some(bench) = Bench::new("latency") else {
        return;
    };
    let topology = chain();
    bench.create_topics(&topology);
    let running = start(&bench, &topology);
    let (idle_cpu, idle_at) = (cpu_seconds(), Instant::now());
    std::thread::sleep(Duration::from_secs(5));
    let idle = (cpu_seconds() - idle_cpu) / idle_at.elapsed().as_secs_f64();
    println!("idle: {:.1} % of a core for three phases", idle * 100.0);

    const COUNT: usize = 1000;
    const WARM_UP: usize = 100;
    let out = reader(&bench, "out");
    let mut latencies = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| send_paced(&bench, COUNT, Duration::from_millis(20)));
        while latencies.len() < COUNT {
            if let Some(Ok(record)) = out.poll(Duration::from_secs(1)) {
                let sent = std::str::from_utf8(record.payload().unwrap()).unwrap();
                latencies.push(now_micros() - sent.parse::<u128>().unwrap());
            }
        }
    });
    let mut warm = latencies.split_off(WARM_UP);
    warm.sort_unstable();
    let at = |share: f64| warm[(warm.len() as f64 * share) as usize] as f64 / 1000.0;
    println!(
        "three hops: p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms",
        at(0.5),
        at(0.9),
        at(0.99)
    );
    tell_commits(&running);
}

fn tell_commits(running: &Running) {
    for (name, metrics) in running.metrics() {
        let commits = metrics.commits.load(Ordering::Relaxed);
        println!("{name}: {commits} commits; {:?}", metrics.commit_seconds);
    }
}

#[test]
#[ignore = "measures, for people"]
fn throughput_and_restore_of_one_phase() {
    const COUNT: usize = 400_000;
    const KEYS: usize = 100_000;
    let Some(bench) = Bench::new("throughput") else {
        return;
    };
    let topology = Topology::new([counting("only", "in", "out")]);
    bench.create_topics(&topology);
    let keys: Vec<String> = (0..COUNT)
        .map(|number| format!("key-{}", number % KEYS))
        .collect();
    bench.write(
        "in",
        keys.iter()
            .map(|key| (key.as_str(), b"1712345678901234".as_slice())),
    );
    let running = start(&bench, &topology);
    let began_at = Instant::now();
    wait_for_records(&running, "only", COUNT as u64);
    let seconds = began_at.elapsed().as_secs_f64();
    println!("{:.0} records/s", COUNT as f64 / seconds);
    tell_commits(&running);
    running.stop();
    running.wait().unwrap();

    let running = start(&bench, &topology);
    let metrics = running.metrics().next().unwrap().1;
    let millis = metrics.restore_micros.load(Ordering::Relaxed) as f64 / 1000.0;
    let records = metrics.restored_records.load(Ordering::Relaxed);
    println!("restored {records} changelog records in {millis:.0} ms");
}
