//! The registry before a real Kafka: what clients rely on, restarts, and a second writer.
//!
//! `SIDELINE_TEST_KAFKA` names a broker (for example `127.0.0.1:9092`); without it the tests say
//! that they skip.

#![cfg(test)]

mod cases;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use rdkafka::ClientConfig;
use rdkafka::Message;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use reqwest::Method;
use schema_registry_converter::async_impl::avro::{AvroDecoder, AvroEncoder};
use schema_registry_converter::async_impl::schema_registry::SrSettings;
use schema_registry_converter::schema_registry_common::{
    SchemaType, SubjectNameStrategy, SuppliedSchema,
};
use sideline_registry::{Config, Error, serve};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long a registry may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// Hang-ups at growing distances from the request, over twice the time that a write takes.
const HANG_UPS: u32 = 80;

fn kafka() -> Option<String> {
    let kafka = std::env::var("SIDELINE_TEST_KAFKA").ok();
    if kafka.is_none() {
        println!("SKIPPED: set SIDELINE_TEST_KAFKA to a broker's address to run this test");
    }
    kafka
}

/// A topic of its own for each test and run.
fn fresh_topic(test: &str) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    format!("_schemas_{test}_{}_{}", std::process::id(), now.as_nanos())
}

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), Error>>,
}

impl Running {
    async fn start(kafka: &str, topic: &str) -> Running {
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, is_ready) = oneshot::channel();
        let config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            kafka: kafka.to_owned(),
            topic: topic.to_owned(),
        };
        let mut ended = tokio::spawn(serve(
            config,
            move |address| ready.send(address).unwrap(),
            async move { drop(stopped.await) },
        ));
        let address = tokio::time::timeout(PATIENCE, async {
            tokio::select! {
                address = is_ready => address.unwrap(),
                end = &mut ended => panic!("the registry ended at its start: {end:?}"),
            }
        });
        Running {
            address: address.await.unwrap(),
            stop,
            ended,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(PATIENCE, self.ended)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}

/// What a compacted copy of the topic would hold.
fn compacted(kafka: &str, topic: &str) -> BTreeMap<String, Option<String>> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", kafka)
        .set("group.id", "registry-test")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let (_, end) = consumer.fetch_watermarks(topic, 0, PATIENCE).unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic, 0, Offset::Beginning)
        .unwrap();
    consumer.assign(&from).unwrap();
    let mut records = BTreeMap::new();
    loop {
        let message = consumer
            .poll(PATIENCE)
            .expect("the topic has more records")
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        records.insert(text(message.key().unwrap()), message.payload().map(text));
        if message.offset() + 1 == end {
            return records;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_cases_hold_and_a_restart_changes_nothing() {
    let Some(kafka) = kafka() else { return };
    let topic = fresh_topic("cases");
    let registry = Running::start(&kafka, &topic).await;
    cases::run(&registry.url()).await;
    let before = cases::reads(&registry.url()).await;
    registry.stop().await;

    let registry = Running::start(&kafka, &topic).await;
    assert_eq!(cases::reads(&registry.url()).await, before);
    registry.stop().await;

    let records = compacted(&kafka, &topic);
    let live: Vec<&str> = records
        .iter()
        .filter(|(_, value)| value.is_some())
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(
        live,
        [
            r#"{"keytype":"DELETE_SUBJECT","subject":"a/b é","magic":0}"#,
            r#"{"keytype":"DELETE_SUBJECT","subject":"other-value","magic":0}"#,
            r#"{"keytype":"SCHEMA","subject":"board-value","version":1,"magic":1}"#,
            r#"{"keytype":"SCHEMA","subject":"line-value","version":1,"magic":1}"#,
            r#"{"keytype":"SCHEMA","subject":"line-value","version":3,"magic":1}"#,
        ]
    );
    for gone in [
        r#"{"keytype":"CONFIG","subject":"line-value","magic":0}"#,
        r#"{"keytype":"MODE","subject":"line-value","magic":0}"#,
        r#"{"keytype":"NOOP","magic":0}"#,
        r#"{"keytype":"SCHEMA","subject":"line-value","version":2,"magic":1}"#,
        r#"{"keytype":"SCHEMA","subject":"other-value","version":1,"magic":1}"#,
    ] {
        assert_eq!(records.get(gone), Some(&None), "{gone} is a tombstone");
    }
    let first = &records[r#"{"keytype":"SCHEMA","subject":"line-value","version":1,"magic":1}"#];
    let text = cases::A1.replace('"', "\\\"");
    let value = format!(
        r#"{{"subject":"line-value","version":1,"id":1,"schema":"{text}","deleted":false}}"#
    );
    assert_eq!(first.as_deref(), Some(value.as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_registry_on_the_topic_stops_the_first() {
    let Some(kafka) = kafka() else { return };
    let topic = fresh_topic("foreign");
    let first = Running::start(&kafka, &topic).await;
    let second = Running::start(&kafka, &topic).await;
    let end = tokio::time::timeout(PATIENCE, first.ended)
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(end, Err(Error::ForeignWriter { .. })), "{end:?}");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_get_one_id_each() {
    let Some(kafka) = kafka() else { return };
    let topic = fresh_topic("many");
    let registry = Running::start(&kafka, &topic).await;
    let mut calls = Vec::new();
    for number in 0..40 {
        let url = registry.url();
        calls.push(tokio::spawn(async move {
            // Each schema is posted twice, under two subjects.
            let name = number / 2;
            let schema = format!(r#"{{"type":"fixed","name":"F{name}","size":4}}"#);
            let path = format!("/subjects/s{number}/versions");
            let body = serde_json::json!({ "schema": schema });
            let registry = cases::Registry::new(&url);
            let call = registry.call(Method::POST, &path, Some(body));
            let (status, answer) = call.await;
            assert_eq!(status, 200, "{answer}");
            (name, answer["id"].as_i64().unwrap())
        }));
    }
    let mut ids = BTreeMap::new();
    for call in calls {
        let (name, id) = call.await.unwrap();
        assert_eq!(*ids.entry(name).or_insert(id), id, "one schema, one id");
    }
    let mut given: Vec<i64> = ids.into_values().collect();
    given.sort_unstable();
    assert_eq!(given, (1..=20).collect::<Vec<i64>>());
    registry.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rust_client_writes_and_reads_through_it() {
    let Some(kafka) = kafka() else { return };
    let registry = Running::start(&kafka, &fresh_topic("rust")).await;
    let settings = SrSettings::new(registry.url());
    let schema = cases::A1.to_owned();
    let supplied = SuppliedSchema::new(Some("t.Line".to_owned()), SchemaType::Avro, schema);
    let strategy =
        SubjectNameStrategy::TopicNameStrategyWithSchema("line".to_owned(), false, supplied);
    let line = vec![("v", apache_avro::types::Value::Double(18.5))];
    let writer = AvroEncoder::new(settings.clone());
    let bytes = writer.encode(line.clone(), strategy).await.unwrap();
    assert_eq!(bytes[..5], [0, 0, 0, 0, 1]);
    let latest = SubjectNameStrategy::TopicNameStrategy("line".to_owned(), false);
    let follower = AvroEncoder::new(settings.clone());
    assert_eq!(follower.encode(line, latest).await.unwrap(), bytes);
    let decoded = AvroDecoder::new(settings)
        .decode(Some(&bytes))
        .await
        .unwrap();
    let line = vec![("v".to_owned(), apache_avro::types::Value::Double(18.5))];
    assert_eq!(decoded.value, apache_avro::types::Value::Record(line));
    registry.stop().await;
}

async fn end_of(kafka: &str, topic: &str) -> Error {
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        kafka: kafka.to_owned(),
        topic: topic.to_owned(),
    };
    let end = serve(
        config,
        |_| panic!("it must not start"),
        std::future::pending(),
    );
    tokio::time::timeout(PATIENCE, end)
        .await
        .unwrap()
        .unwrap_err()
}

async fn create(kafka: &str, topic: &str, policy: &str) {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", kafka)
        .create()
        .unwrap();
    let wanted = NewTopic::new(topic, 1, TopicReplication::Fixed(1)).set("cleanup.policy", policy);
    admin
        .create_topics(&[wanted], &AdminOptions::new())
        .await
        .unwrap()[0]
        .as_ref()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_would_lose_schemas_is_refused() {
    let Some(kafka) = kafka() else { return };
    let topic = fresh_topic("policy");
    create(&kafka, &topic, "delete").await;
    let end = end_of(&kafka, &topic).await;
    assert!(matches!(end, Error::Topic { .. }), "{end:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_with_more_than_avro_is_refused() {
    let Some(kafka) = kafka() else { return };
    let topic = fresh_topic("json");
    create(&kafka, &topic, "compact").await;
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", &kafka)
        .create()
        .unwrap();
    let key = r#"{"keytype":"SCHEMA","subject":"a","version":1,"magic":1}"#;
    let value = r#"{"subject":"a","version":1,"id":1,"schemaType":"JSON","schema":"{}"}"#;
    let record = FutureRecord::to(&topic).key(key).payload(value);
    producer.send(record, PATIENCE).await.unwrap();
    let end = end_of(&kafka, &topic).await;
    assert!(matches!(end, Error::Unsupported { .. }), "{end:?}");
}

/// Sends a registration and hangs up after `patience`, mostly in the middle of the write.
fn hang_up(address: SocketAddr, name: &str, patience: Duration) {
    let schema = format!(r#"{{\"type\":\"fixed\",\"name\":\"{name}\",\"size\":4}}"#);
    let body = format!(r#"{{"schema":"{schema}"}}"#);
    let request = format!(
        "POST /subjects/{name}/versions HTTP/1.1\r\nHost: r\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = std::net::TcpStream::connect(address).unwrap();
    connection.set_nodelay(true).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let sent = Instant::now();
    while sent.elapsed() < patience {
        std::hint::spin_loop();
    }
}

/// A client that goes away leaves its record on the way. The next decision must know it, or two
/// schemas get one id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answered_id_stands_for_its_text_although_others_hang_up() {
    let Some(kafka) = kafka() else { return };
    let registry = Running::start(&kafka, &fresh_topic("hangup")).await;
    let asked = cases::Registry::new(&registry.url());
    for round in 0..HANG_UPS {
        let address = registry.address;
        // From the arrival of the request to its answer are about two milliseconds.
        let patience = Duration::from_micros(u64::from(round) * 50);
        let gone = move || hang_up(address, &format!("Gone{round}"), patience);
        tokio::task::spawn_blocking(gone).await.unwrap();
        let text = format!(r#"{{"type":"fixed","name":"Here{round}","size":4}}"#);
        let path = format!("/subjects/here{round}/versions");
        let body = serde_json::json!({ "schema": text });
        let (status, answer) = asked.call(Method::POST, &path, Some(body)).await;
        assert_eq!(status, 200, "round {round}: {answer}");
        let by_id = format!("/schemas/ids/{}", answer["id"]);
        let (_, stored) = asked.call(Method::GET, &by_id, None).await;
        assert_eq!(stored["schema"], text.as_str(), "round {round}: {answer}");
    }
    registry.stop().await;
}

#[tokio::test]
async fn a_port_in_use_is_said_in_one_sentence() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Config {
        listen: holder.local_addr().unwrap(),
        kafka: "127.0.0.1:1".to_owned(),
        topic: "_schemas".to_owned(),
    };
    let end = serve(config, |_| panic!("it listens"), std::future::pending()).await;
    let message = end.unwrap_err().to_string();
    assert!(
        message.contains(&holder.local_addr().unwrap().to_string()),
        "{message}"
    );
    assert!(
        message.contains("stop") && message.contains("another"),
        "{message}"
    );
}
