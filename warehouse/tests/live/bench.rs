//! Topics, a database and invented records for one test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use sideline_avro::events::RosterEvent;
use sideline_avro::predictions::{Outcome, OutcomeItem, OutcomeKind, Prediction};
use sideline_avro::runs::{PhaseRun, RunEnvelope, RunStatus};
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_avro::{AvroRecord, FixedSchemas, SchemaName, WireWriter};
use sideline_topics::Catalogue;
use sideline_warehouse::rebuild::RebuildConfig;
use sideline_warehouse::verify::VerifyConfig;
use sideline_warehouse::{
    ClickHouseConfig, KafkaConfig, Report, Secret, Sink, SinkConfig, SinkHandle, SinkTopics,
    Warehouse, verify,
};

/// Longest wait for anything that must come true.
const PATIENCE: Duration = Duration::from_secs(40);

const PARTITIONS: i32 = 4;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// What one test stands on.
pub(crate) struct Bench {
    pub(crate) kafka: KafkaConfig,
    pub(crate) topics: SinkTopics,
    pub(crate) clickhouse: ClickHouseConfig,
    producer: FutureProducer,
}

impl Bench {
    /// A bench, or none when the servers are not named.
    pub(crate) async fn new() -> Option<Self> {
        let (Ok(brokers), Ok(url)) = (
            std::env::var("SIDELINE_TEST_KAFKA"),
            std::env::var("SIDELINE_TEST_CLICKHOUSE"),
        ) else {
            eprintln!("skipped: set SIDELINE_TEST_KAFKA and SIDELINE_TEST_CLICKHOUSE");
            return None;
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("w{}x{number}", std::process::id());
        let topics = SinkTopics::of(&Catalogue::new("nba", Some(&name)).unwrap());
        let kafka = KafkaConfig::new(brokers);
        create_topics(&kafka, &topics).await;
        let producer = client(&kafka).create().unwrap();
        Some(Self {
            kafka,
            topics,
            clickhouse: database(url, &name),
            producer,
        })
    }

    pub(crate) fn warehouse(&self) -> Warehouse {
        Warehouse::new(self.clickhouse.clone()).unwrap()
    }

    pub(crate) fn sink_config(&self) -> SinkConfig {
        SinkConfig {
            kafka: self.kafka.clone(),
            topics: self.topics.clone(),
            instance: "test".into(),
            schemas: Arc::new(FixedSchemas::all()),
            dead_letter_schema_id: FixedSchemas::id_of(SchemaName::DeadLetter),
            clickhouse: self.clickhouse.clone(),
            fail_at: None,
        }
    }

    pub(crate) fn rebuild_config(&self) -> RebuildConfig {
        RebuildConfig {
            kafka: self.kafka.clone(),
            topics: self.topics.clone(),
            schemas: Arc::new(FixedSchemas::all()),
            clickhouse: self.clickhouse.clone(),
            is_dry_run: false,
            is_adopted: false,
        }
    }

    pub(crate) fn start_sink(&self) -> SinkHandle {
        Sink::start(&self.sink_config()).unwrap()
    }

    /// A check that gives the sink no time: the test has waited for it.
    pub(crate) async fn verify(&self) -> Report {
        let config = VerifyConfig {
            kafka: self.kafka.clone(),
            topics: self.topics.clone(),
            schemas: Arc::new(FixedSchemas::all()),
            clickhouse: self.clickhouse.clone(),
            settle: Duration::ZERO,
        };
        verify(config).await.unwrap()
    }

    pub(crate) async fn send<T: AvroRecord>(
        &self,
        topic: &str,
        partition: i32,
        key: &str,
        record: &T,
    ) {
        let bytes = framed(record);
        self.send_bytes(topic, partition, key, &bytes).await;
    }

    pub(crate) async fn send_bytes(&self, topic: &str, partition: i32, key: &str, bytes: &[u8]) {
        let record = FutureRecord::to(topic)
            .partition(partition)
            .key(key)
            .payload(bytes);
        self.producer.send(record, PATIENCE).await.unwrap();
    }

    pub(crate) async fn send_tombstone(&self, topic: &str, partition: i32, key: &str) {
        let record = FutureRecord::<_, [u8]>::to(topic)
            .partition(partition)
            .key(key);
        self.producer.send(record, PATIENCE).await.unwrap();
    }

    pub(crate) async fn send_versions(&self, versions: &[Prediction]) {
        let topic = &self.topics.predictions;
        for version in versions {
            let player = &version.player_lookup;
            self.send(topic, partition_of(player), player, version)
                .await;
        }
    }

    /// Writes the versions as fast as it can.
    pub(crate) async fn send_many(&self, versions: &[Prediction]) {
        for some in versions.chunks(5_000) {
            let values: Vec<Vec<u8>> = some.iter().map(framed).collect();
            let sends = some.iter().zip(&values).map(|(version, value)| {
                let record = FutureRecord::to(&self.topics.predictions)
                    .partition(partition_of(&version.player_lookup))
                    .key(&version.player_lookup)
                    .payload(value);
                self.producer.send_result(record).unwrap()
            });
            let sends: Vec<_> = sends.collect();
            for send in sends {
                send.await.unwrap().unwrap();
            }
        }
    }

    /// Writes the versions in one transaction, and commits or aborts it.
    pub(crate) async fn transact(&self, versions: &[Prediction], is_committed: bool) {
        let id = format!(
            "{}-{}",
            self.topics.group,
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let producer: FutureProducer = client(&self.kafka)
            .set("transactional.id", id)
            .create()
            .unwrap();
        let transactional = producer.clone();
        tokio::task::spawn_blocking(move || {
            transactional.init_transactions(PATIENCE).unwrap();
            transactional.begin_transaction().unwrap();
        })
        .await
        .unwrap();
        for version in versions {
            let bytes = framed(version);
            let record = FutureRecord::to(&self.topics.predictions)
                .partition(partition_of(&version.player_lookup))
                .key(&version.player_lookup)
                .payload(&bytes);
            producer.send(record, PATIENCE).await.unwrap();
        }
        tokio::task::spawn_blocking(move || match is_committed {
            true => producer.commit_transaction(PATIENCE).unwrap(),
            false => producer.abort_transaction(PATIENCE).unwrap(),
        })
        .await
        .unwrap();
    }

    /// Waits until the sink has put so many rows into a table since it was started.
    pub(crate) async fn wait_for_rows(&self, sink: &SinkHandle, table: &str, rows: u64) {
        self.wait_until(sink, |sink| {
            let status = sink.status();
            let found = status.tables.iter().find(|one| one.table == table).unwrap();
            found.rows >= rows
        })
        .await;
    }

    /// Waits until the table holds so many versions, whoever stored them.
    pub(crate) async fn wait_for_stored(&self, sink: &SinkHandle, versions: u64) {
        let deadline = Instant::now() + PATIENCE;
        while self.number("SELECT count() FROM history").await < versions {
            assert!(Instant::now() < deadline, "{:#?}", sink.status());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn wait_until(
        &self,
        sink: &SinkHandle,
        mut is_true: impl FnMut(&SinkHandle) -> bool,
    ) {
        let deadline = Instant::now() + PATIENCE;
        while !is_true(sink) {
            assert!(Instant::now() < deadline, "{:#?}", sink.status());
            assert!(!sink.is_finished(), "{:#?}", sink.status());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Stops the sink, and removes topics and database.
    pub(crate) async fn end(self, sink: Option<SinkHandle>) {
        if let Some(sink) = sink {
            stop(sink).await;
        }
        let drop_sql = format!("DROP DATABASE IF EXISTS {}", self.clickhouse.database);
        self.client().query(&drop_sql).execute().await.unwrap();
        let admin: AdminClient<DefaultClientContext> = client_config(&self.kafka);
        let names = names(&self.topics);
        admin
            .delete_topics(&names, &AdminOptions::new())
            .await
            .unwrap();
    }

    /// A client of the test's database.
    pub(crate) fn client(&self) -> clickhouse::Client {
        client_of(&self.clickhouse)
    }

    /// Runs one statement in the database of the test.
    pub(crate) async fn execute(&self, sql: &str) {
        self.client().query(sql).execute().await.unwrap();
    }

    /// One number from the database of the test.
    pub(crate) async fn number(&self, sql: &str) -> u64 {
        self.client().query(sql).fetch_one().await.unwrap()
    }
}

/// The database `test_<name>` of the server at `url`, with the login that the environment gives.
pub(crate) fn database(url: String, name: &str) -> ClickHouseConfig {
    let mut config = ClickHouseConfig::new(url, format!("test_{name}"));
    config.user = std::env::var("SIDELINE_TEST_CLICKHOUSE_USER").ok();
    let password = std::env::var("SIDELINE_TEST_CLICKHOUSE_PASSWORD").ok();
    config.password = password.map(Secret::new);
    config
}

/// A plain client of it.
pub(crate) fn client_of(config: &ClickHouseConfig) -> clickhouse::Client {
    let mut client = clickhouse::Client::default()
        .with_url(&config.url)
        .with_database(&config.database);
    if let Some(user) = &config.user {
        client = client.with_user(user);
    }
    match std::env::var("SIDELINE_TEST_CLICKHOUSE_PASSWORD") {
        Ok(password) => client.with_password(password),
        Err(_) => client,
    }
}

pub(crate) async fn stop(sink: SinkHandle) {
    sink.stop();
    tokio::task::spawn_blocking(move || sink.wait())
        .await
        .unwrap()
        .unwrap();
}

fn client(kafka: &KafkaConfig) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &kafka.brokers)
        .set("linger.ms", "0");
    config
}

fn client_config(kafka: &KafkaConfig) -> AdminClient<DefaultClientContext> {
    client(kafka).create().unwrap()
}

/// Topics the sink reads.
const TOPICS: usize = 11;

/// Partitions of all topics the sink reads.
pub(crate) const ALL_PARTITIONS: usize = TOPICS * PARTITIONS as usize;

fn names(topics: &SinkTopics) -> [&str; TOPICS] {
    [
        &topics.predictions,
        &topics.outcomes,
        &topics.graded,
        &topics.runs,
        &topics.dead_letters,
        &topics.touches,
        &topics.lines,
        &topics.box_scores,
        &topics.games,
        &topics.rosters,
        &topics.champions,
    ]
}

async fn create_topics(kafka: &KafkaConfig, topics: &SinkTopics) {
    let admin = client_config(kafka);
    let names = names(topics);
    let new = names.map(|name| {
        NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(1))
            .set("message.timestamp.type", "LogAppendTime")
    });
    for made in admin
        .create_topics(&new, &AdminOptions::new())
        .await
        .unwrap()
    {
        made.unwrap();
    }
}

fn framed<T: AvroRecord>(record: &T) -> Vec<u8> {
    let writer = WireWriter::new(FixedSchemas::id_of(T::SCHEMA));
    writer.to_vec(record).unwrap()
}

pub(crate) fn partition_of(player: &str) -> i32 {
    player.bytes().map(i32::from).sum::<i32>() % PARTITIONS
}

pub(crate) fn player(number: u32) -> String {
    format!("player{number}")
}

/// Versions 1 to `versions` of one prop of so many players, all told.
pub(crate) fn log(players: u32, versions: i64) -> Vec<Prediction> {
    (1..=versions)
        .flat_map(|number| (0..players).map(move |who| version(&player(who), number)))
        .collect()
}

pub(crate) fn version(player_lookup: &str, number: i64) -> Prediction {
    let mut version = Prediction {
        prediction_id: format!("{player_lookup}-{number}"),
        league: "nba".into(),
        player_lookup: player_lookup.into(),
        game_id: "0022400061".into(),
        game_date: LeagueDay(20_080),
        team: "LAL".into(),
        opponent: "DET".into(),
        is_home: true,
        version: number,
        supersedes_version: (number > 1).then(|| number - 1),
        build: "test".into(),
        view: BTreeMap::from([("nba-lines/0".to_owned(), number)]),
        effective_at: Timestamp(1_735_000_000_000_000 + number),
        tip_off: Timestamp(1_735_010_000_000_000),
        teammates_out: vec!["anthonydavis".into()],
        content_hash: format!("{number:032x}"),
        ..Prediction::default()
    };
    version.candidate.prop = "points".into();
    version.candidate.system_id = "ensemble".into();
    version.candidate.system_version = "1".into();
    version.candidate.predicted = Some(24.5);
    version.candidate.line = (number % 2 == 0).then_some(23.5);
    version.candidate.components = vec![sideline_avro::candidates::Component {
        name: "base".into(),
        value: 24.5,
    }];
    version.cause.correlation_id = format!("change-{number}");
    version.cause.topic = "nba-lines".into();
    version.cause.known_at = version.effective_at;
    version.cause.trail = vec![sideline_avro::cause::Hop {
        phase: "raw".into(),
        appended_at: version.effective_at,
    }];
    version
}

/// The outcome that tells of a version.
pub(crate) fn outcome_of(version: &Prediction) -> Outcome {
    Outcome {
        cause: version.cause.clone(),
        player_lookup: version.player_lookup.clone(),
        path: "direct".into(),
        parts: 1,
        game_id: version.game_id.clone(),
        game_date: Some(version.game_date),
        expected: 1,
        changed: 1,
        items: vec![OutcomeItem {
            prop: version.candidate.prop.clone(),
            system_id: version.candidate.system_id.clone(),
            kind: OutcomeKind::Changed,
            reason: None,
            version: Some(version.version),
        }],
        ..Outcome::default()
    }
}

pub(crate) fn envelope(correlation_id: &str) -> RunEnvelope {
    RunEnvelope {
        correlation_id: correlation_id.into(),
        phase: "completion".into(),
        processor_name: "sideline-completion".into(),
        execution_id: format!("{correlation_id}/completion"),
        expected: 1,
        changed: 1,
        prediction_version: Some(1),
        status: RunStatus::Partial,
        error_message: Some("the event was refused".into()),
        phases: vec![
            phase("raw", RunStatus::Failed, None),
            phase("ledger", RunStatus::Success, Some("sideline-raw")),
        ],
        metadata: BTreeMap::from([("path".to_owned(), "live".to_owned())]),
        ..RunEnvelope::default()
    }
}

fn phase(name: &str, status: RunStatus, parent: Option<&str>) -> PhaseRun {
    PhaseRun {
        phase: name.into(),
        processor_name: format!("sideline-{name}"),
        output_table: format!("{name}-out"),
        status,
        record_count: 3,
        entities_total: 2,
        timestamp: Timestamp(1_735_000_000_000_000),
        duration_seconds: parent.map(|_| 0.5),
        parent_processor: parent.map(str::to_owned),
        ..PhaseRun::default()
    }
}

pub(crate) fn registration(name: &str) -> RosterEvent {
    RosterEvent {
        player: name.into(),
        player_name: name.to_uppercase(),
        team: Some("LAL".into()),
        source: "nba_com".into(),
        known_at: Timestamp(1_735_000_000_000_000),
        ingested_at: Timestamp(1_735_000_000_000_000),
        ..RosterEvent::default()
    }
}
