//! The catalogue against a real broker: `SIDELINE_TEST_KAFKA=127.0.0.1:9092 cargo test -p
//! sideline-topics --test broker`. With `SIDELINE_TEST_REGISTRY=http://127.0.0.1:8081` schemas are
//! registered too.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests fail as tests do"
)]

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_avro::Registry;
use sideline_topics::{ApplyError, Catalogue, Cluster, PhaseName, Reader, TopicId};

const WAIT: Duration = Duration::from_secs(20);

struct Trial {
    config: ClientConfig,
    admin: AdminClient<DefaultClientContext>,
    cluster: Cluster,
    catalogue: Catalogue,
    has_registry: bool,
}

/// A catalogue of its own on the broker of the environment; `None`, said aloud, without one.
fn trial() -> Option<Trial> {
    let Ok(brokers) = std::env::var("SIDELINE_TEST_KAFKA") else {
        println!("skipped: set SIDELINE_TEST_KAFKA to a broker's address to run this test");
        return None;
    };
    let registry = std::env::var("SIDELINE_TEST_REGISTRY").ok();
    let registry = registry.map(|url| Registry::new(&url).expect("a registry client"));
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    let environment = format!("t{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
    Some(Trial {
        has_registry: registry.is_some(),
        cluster: Cluster::new(&config, registry).expect("a client"),
        admin: config.create().expect("a client"),
        catalogue: Catalogue::new("nba", Some(&environment)).expect("a name"),
        config,
    })
}

impl Trial {
    async fn set(&self, topic: &str, config: &str, value: &str) {
        let alter = AlterConfig::new(ResourceSpecifier::Topic(topic)).set(config, value);
        let answers = self
            .admin
            .alter_configs(&[alter], &AdminOptions::new())
            .await
            .expect("an answer");
        for answer in answers {
            answer.expect("altered");
        }
        let give_up = Instant::now() + WAIT;
        while self.setting(topic, config).await.as_deref() != Some(value) {
            assert!(Instant::now() < give_up, "{config} of {topic} never shown");
            tokio::task::yield_now().await;
        }
    }

    async fn setting(&self, topic: &str, config: &str) -> Option<String> {
        let wanted = [ResourceSpecifier::Topic(topic)];
        let answers = self.admin.describe_configs(&wanted, &AdminOptions::new());
        let resource = answers.await.expect("an answer").remove(0);
        let resource = resource.expect("settings");
        resource.get(config).and_then(|entry| entry.value.clone())
    }

    fn committed(&self, group: &str, topic: &str) -> Vec<Offset> {
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition_range(topic, 0, 3);
        let offsets = self
            .consumer(group)
            .committed_offsets(wanted, WAIT)
            .expect("offsets");
        offsets
            .elements()
            .iter()
            .map(rdkafka::topic_partition_list::TopicPartitionListElem::offset)
            .collect()
    }

    fn commit(&self, group: &str, topic: &str, offset: i64) {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, 0, Offset::Offset(offset))
            .expect("an entry");
        self.consumer(group)
            .commit(&list, CommitMode::Sync)
            .expect("a commit");
    }

    fn consumer(&self, group: &str) -> BaseConsumer {
        let mut config = self.config.clone();
        config.set("group.id", group).create().expect("a consumer")
    }

    async fn remove(&self) {
        let topics = self
            .catalogue
            .topics()
            .iter()
            .map(|topic| topic.name.as_str());
        let changelogs = self.catalogue.changelogs().iter();
        let names: Vec<&str> = topics
            .chain(changelogs.map(|changelog| changelog.name.as_str()))
            .collect();
        let removed = self.admin.delete_topics(&names, &AdminOptions::new()).await;
        removed.expect("an answer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_applied_once_and_then_agrees() {
    let Some(trial) = trial() else { return };
    let plan = trial.cluster.plan(&trial.catalogue).await.expect("a plan");
    let catalogue = &trial.catalogue;
    let topics = catalogue.topics().len() + catalogue.changelogs().len();
    assert_eq!(plan.topics.len(), topics);
    assert!(plan.refusals.is_empty() && plan.configs.is_empty());

    let applied = trial.cluster.apply(&plan).await.expect("applied");
    assert_eq!(applied.topics, topics);
    // One per group, input and partition.
    let inputs = catalogue.groups().iter().flat_map(|group| &group.inputs);
    let partitions: i32 = inputs
        .map(|input| catalogue.topic(*input).settings.partitions)
        .sum();
    assert_eq!(applied.offsets, usize::try_from(partitions).unwrap());
    let again = trial.cluster.plan(&trial.catalogue).await.expect("a plan");
    assert!(again.is_empty(), "{again:#?}");

    let raw = &trial.catalogue.group(Reader::Phase(PhaseName::Raw)).name;
    let lines = trial.catalogue.name(TopicId::Lines);
    assert_eq!(trial.committed(raw, lines), [Offset::Offset(0); 4]);
    if trial.has_registry {
        let ids = trial
            .cluster
            .schema_ids(&trial.catalogue)
            .await
            .expect("ids");
        assert!(TopicId::all().all(|topic| ids.of(topic) > 0));
    }
    trial.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drifted_cluster_is_mended_and_what_people_set_stays() {
    let Some(trial) = trial() else { return };
    trial
        .cluster
        .apply_catalogue(&trial.catalogue)
        .await
        .expect("applied");
    let lines = trial.catalogue.name(TopicId::Lines).to_owned();
    // The client sets all of a topic's settings at once: the catalogue's are gone now.
    trial.set(&lines, "max.compaction.lag.ms", "86400000").await;
    let changed = trial.cluster.plan(&trial.catalogue).await.expect("a plan");
    let cleanup = changed
        .refusals
        .iter()
        .find(|refusal| refusal.config == "cleanup.policy");
    assert!(cleanup.is_some(), "{changed:#?}");
    trial.set(&lines, "cleanup.policy", "compact,delete").await;

    let applied = trial
        .cluster
        .apply_catalogue(&trial.catalogue)
        .await
        .expect("applied");
    assert!(applied.configs > 3, "{applied:?}");
    let again = trial.cluster.plan(&trial.catalogue).await.expect("a plan");
    assert!(again.is_empty(), "{again:#?}");
    trial.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_not_the_catalogues_survive_a_change() {
    let Some(trial) = trial() else { return };
    trial
        .cluster
        .apply_catalogue(&trial.catalogue)
        .await
        .expect("applied");
    let runs = trial.catalogue.name(TopicId::Runs).to_owned();
    trial.set(&runs, "compression.type", "lz4").await;
    trial
        .cluster
        .apply_catalogue(&trial.catalogue)
        .await
        .expect("applied");
    let compression = trial.setting(&runs, "compression.type").await;
    assert_eq!(compression.as_deref(), Some("lz4"));
    assert!(
        trial
            .cluster
            .plan(&trial.catalogue)
            .await
            .expect("a plan")
            .is_empty()
    );
    trial.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_would_lose_records_changes_nothing() {
    let Some(trial) = trial() else { return };
    trial
        .cluster
        .apply_catalogue(&trial.catalogue)
        .await
        .expect("applied");
    let contexts = trial.catalogue.name(TopicId::PlayerContexts).to_owned();
    trial.set(&contexts, "retention.ms", "-1").await;
    let plan = trial.cluster.plan(&trial.catalogue).await.expect("a plan");
    assert!(!plan.configs.is_empty());
    let error = trial.cluster.apply(&plan).await.expect_err("refused");
    assert!(matches!(&error, ApplyError::Refused(_)), "{error}");
    assert!(error.to_string().contains(&contexts), "{error}");
    assert_eq!(
        trial.cluster.plan(&trial.catalogue).await.expect("a plan"),
        plan
    );
    trial.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_of_groups_are_kept_and_a_forgotten_one_is_left_to_its_changelog() {
    let Some(trial) = trial() else { return };
    trial
        .cluster
        .apply_catalogue(&trial.catalogue)
        .await
        .expect("applied");
    let ledger = trial
        .catalogue
        .group(Reader::Phase(PhaseName::Ledger))
        .name
        .clone();
    let candidates = trial.catalogue.name(TopicId::Candidates).to_owned();
    trial.commit(&ledger, &candidates, 3);
    trial
        .cluster
        .apply_catalogue(&trial.catalogue)
        .await
        .expect("applied");
    assert_eq!(trial.committed(&ledger, &candidates)[0], Offset::Offset(3));

    let changelog = &trial.catalogue.changelog(PhaseName::Ledger).name;
    let producer: BaseProducer = trial.config.create().expect("a producer");
    let record = BaseRecord::to(changelog).key("position").payload("4");
    producer
        .send(record)
        .map_err(|(error, _)| error)
        .expect("queued");
    producer.flush(WAIT).expect("sent");
    let forgotten = trial
        .admin
        .delete_groups(&[&ledger], &AdminOptions::new())
        .await;
    forgotten.expect("an answer")[0].as_ref().expect("deleted");
    let plan = trial.cluster.plan(&trial.catalogue).await.expect("a plan");
    assert!(plan.is_empty(), "{plan:#?}");
    trial.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_named() {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", "127.0.0.1:1")
        .set("log_level", "0");
    let cluster = Cluster::new(&config, None).expect("a client");
    let catalogue = Catalogue::new("nba", None).expect("a name");
    let error = cluster.plan(&catalogue).await.expect_err("no broker");
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}
