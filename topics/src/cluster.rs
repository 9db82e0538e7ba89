//! A running broker and its schema registry.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, ConfigSource, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::FromClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_avro::registry::SubjectState;
use sideline_avro::{Registry, RegistryError};

use crate::catalogue::{Catalogue, Group, Reader, TopicId};

/// Longest wait for one request to the broker. A broker that answers at all answers in milliseconds;
/// one that starts needs a few seconds.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a broker may take to become its groups' coordinator after a start: it reads 50
/// partitions of small records, which takes seconds at most.
const COORDINATOR_WAIT: Duration = Duration::from_secs(20);

/// Pause between two tries.
const COORDINATOR_LOOK: Duration = Duration::from_millis(100);

/// A broker, and a schema registry if one is given.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) config: ClientConfig,
    pub(crate) admin: Arc<AdminClient<DefaultClientContext>>,
    pub(crate) registry: Option<Registry>,
}

/// Why broker or registry could not be asked or told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// The broker gave no answer, or refused.
    #[error("{what} failed at the broker {brokers}: {message}")]
    Broker {
        /// What was tried.
        what: String,
        /// Its address.
        brokers: String,
        /// What happened.
        message: String,
    },
    /// The registry gave no answer, or refused.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Schema ids were asked for without a registry.
    #[error("no schema registry is configured, and without one no record can be written")]
    NoRegistry,
    /// A topic has no schema yet.
    #[error("{subject} has not the schema {schema} of this build: run `sideline topics apply`")]
    NotRegistered {
        /// The subject.
        subject: String,
        /// The schema.
        schema: &'static str,
    },
}

/// Schema id of each topic's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaIds(BTreeMap<TopicId, u32>);

impl SchemaIds {
    /// The ids of [`sideline_avro::FixedSchemas::all`]: for runs in process, without a registry.
    #[must_use]
    pub fn offline() -> Self {
        let id = |topic: TopicId| (topic, sideline_avro::FixedSchemas::id_of(topic.schema()));
        Self(TopicId::all().map(id).collect())
    }

    /// The id that values of `topic` are framed with.
    #[must_use]
    pub fn of(&self, topic: TopicId) -> u32 {
        // Complete by construction: see `Cluster::schema_ids`.
        self.0.get(&topic).copied().unwrap_or_default()
    }
}

/// What a broker and a registry have of a catalogue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed {
    pub(crate) topics: BTreeMap<String, ObservedTopic>,
    pub(crate) groups: BTreeMap<String, ObservedGroup>,
    /// `None` without a registry.
    pub(crate) subjects: Option<BTreeMap<String, SubjectState>>,
}

/// A topic that is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObservedTopic {
    pub(crate) partitions: i32,
    /// Settings in force, by name.
    pub(crate) configs: BTreeMap<String, String>,
    /// Those of them that were set on the topic itself.
    pub(crate) own: BTreeMap<String, String>,
}

/// A consumer group's committed offsets.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObservedGroup {
    pub(crate) committed: BTreeMap<(String, i32), i64>,
    /// True when the phase's changelog holds records: it has run before.
    pub(crate) has_run: bool,
}

impl Cluster {
    /// A client of the broker that `config` names (`bootstrap.servers`, and security settings if it
    /// has any). Asks nothing yet.
    ///
    /// # Errors
    /// When the settings are no valid client configuration.
    pub fn new(config: &ClientConfig, registry: Option<Registry>) -> Result<Self, ClusterError> {
        let admin = AdminClient::from_config(config)
            .map_err(|error| broker(config, "making a client", &error))?;
        Ok(Self {
            config: config.clone(),
            admin: Arc::new(admin),
            registry,
        })
    }

    /// The schema ids to write with, one per topic of the catalogue.
    ///
    /// # Errors
    /// [`ClusterError::NotRegistered`] before the first apply, and when the registry is away.
    pub async fn schema_ids(&self, catalogue: &Catalogue) -> Result<SchemaIds, ClusterError> {
        let Some(registry) = &self.registry else {
            return Err(ClusterError::NoRegistry);
        };
        let mut subjects = subjects(registry, catalogue).await?;
        let mut ids = BTreeMap::new();
        for topic in catalogue.topics() {
            let subject = topic.subject();
            let state = subjects.remove(&subject).unwrap_or_default();
            let Some(id) = state.id else {
                let schema = topic.schema.as_str();
                return Err(ClusterError::NotRegistered { subject, schema });
            };
            ids.insert(topic.id, id);
        }
        Ok(SchemaIds(ids))
    }

    /// What there is of the catalogue. Changes nothing.
    pub(crate) async fn observe(&self, catalogue: &Catalogue) -> Result<Observed, ClusterError> {
        let partitions = self.partition_counts().await?;
        let names: Vec<String> = names_of(catalogue)
            .filter(|name| partitions.contains_key(*name))
            .map(str::to_owned)
            .collect();
        let mut topics = self.describe(&names).await?;
        for (name, topic) in &mut topics {
            topic.partitions = partitions.get(name).copied().unwrap_or_default();
        }
        let groups = self.groups(catalogue, partitions).await?;
        let subjects = match &self.registry {
            Some(registry) => Some(subjects(registry, catalogue).await?),
            None => None,
        };
        Ok(Observed {
            topics,
            groups,
            subjects,
        })
    }

    /// Partition count of every topic there is.
    pub(crate) async fn partition_counts(&self) -> Result<BTreeMap<String, i32>, ClusterError> {
        let admin = Arc::clone(&self.admin);
        let read = move || {
            let metadata = admin.inner().fetch_metadata(None, REQUEST_TIMEOUT)?;
            let topics = metadata.topics().iter();
            Ok(topics
                .map(|topic| (topic.name().to_owned(), topic.partitions().len() as i32))
                .collect())
        };
        self.blocking("reading the list of topics", read).await
    }

    /// Settings of topics that are there.
    pub(crate) async fn describe(
        &self,
        names: &[String],
    ) -> Result<BTreeMap<String, ObservedTopic>, ClusterError> {
        let what = "reading the settings of topics";
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let wanted: Vec<ResourceSpecifier<'_>> = names
            .iter()
            .map(|name| ResourceSpecifier::Topic(name))
            .collect();
        let answers = self.admin.describe_configs(&wanted, &options()).await;
        let answers = answers.map_err(|error| broker(&self.config, what, &error))?;
        let mut topics = BTreeMap::new();
        for (name, answer) in names.iter().zip(answers) {
            let resource = answer.map_err(|code| broker(&self.config, what, &code))?;
            let mut topic = ObservedTopic::default();
            for entry in resource.entries {
                let Some(value) = entry.value else { continue };
                if entry.source == ConfigSource::DynamicTopic {
                    topic.own.insert(entry.name.clone(), value.clone());
                }
                topic.configs.insert(entry.name, value);
            }
            topics.insert(name.clone(), topic);
        }
        Ok(topics)
    }

    /// Committed offsets of every group, all asked for at once: a client per group is what it costs.
    async fn groups(
        &self,
        catalogue: &Catalogue,
        partitions: BTreeMap<String, i32>,
    ) -> Result<BTreeMap<String, ObservedGroup>, ClusterError> {
        let catalogue = Arc::new(catalogue.clone());
        let partitions = Arc::new(partitions);
        let reads = catalogue.groups().iter().map(|group| {
            let (config, group) = (self.config.clone(), group.clone());
            let (catalogue, partitions) = (Arc::clone(&catalogue), Arc::clone(&partitions));
            let what = format!("reading the offsets of group {}", group.name);
            let read = move || {
                let observed = observe_group(&config, &catalogue, &group, &partitions)?;
                Ok((group.name, observed))
            };
            async move { self.blocking(&what, read).await }
        });
        let groups = try_join_all(reads).await?;
        Ok(groups.into_iter().collect())
    }

    /// Runs calls of the Kafka client that block, away from the async threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce() -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, ClusterError> {
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(broker(&self.config, what, &error)),
            Err(error) => Err(broker(&self.config, what, &error)),
        }
    }
}

/// Names of topics and changelogs.
fn names_of(catalogue: &Catalogue) -> impl Iterator<Item = &str> {
    let topics = catalogue.topics().iter().map(|topic| topic.name.as_str());
    let changelogs = catalogue.changelogs().iter();
    topics.chain(changelogs.map(|changelog| changelog.name.as_str()))
}

fn observe_group(
    config: &ClientConfig,
    catalogue: &Catalogue,
    group: &Group,
    partitions: &BTreeMap<String, i32>,
) -> Result<ObservedGroup, KafkaError> {
    let consumer = consumer_of(config, &group.name)?;
    let mut wanted = TopicPartitionList::new();
    for id in &group.inputs {
        let name = catalogue.name(*id);
        for partition in 0..partitions.get(name).copied().unwrap_or_default() {
            wanted.add_partition(name, partition);
        }
    }
    let mut observed = ObservedGroup::default();
    if wanted.count() > 0 {
        for element in committed_offsets(&consumer, &wanted)?.elements() {
            if let Offset::Offset(offset) = element.offset() {
                let place = (element.topic().to_owned(), element.partition());
                observed.committed.insert(place, offset);
            }
        }
    }
    if let Reader::Phase(phase) = group.reader {
        let changelog = &catalogue.changelog(phase).name;
        for partition in 0..partitions.get(changelog).copied().unwrap_or_default() {
            let (_, end) = consumer.fetch_watermarks(changelog, partition, REQUEST_TIMEOUT)?;
            observed.has_run |= end > 0;
        }
    }
    Ok(observed)
}

/// The group's offsets. A broker that has just started again is not its groups' coordinator before
/// it has read what they committed, and says so until then.
fn committed_offsets(
    consumer: &BaseConsumer,
    wanted: &TopicPartitionList,
) -> Result<TopicPartitionList, KafkaError> {
    let deadline = Instant::now() + COORDINATOR_WAIT;
    loop {
        let error = match consumer.committed_offsets(wanted.clone(), REQUEST_TIMEOUT) {
            Ok(offsets) => return Ok(offsets),
            Err(error) => error,
        };
        let is_starting = matches!(
            error.rdkafka_error_code(),
            Some(
                RDKafkaErrorCode::NotCoordinator
                    | RDKafkaErrorCode::CoordinatorNotAvailable
                    | RDKafkaErrorCode::CoordinatorLoadInProgress
            )
        );
        if !is_starting || Instant::now() > deadline {
            return Err(error);
        }
        std::thread::sleep(COORDINATOR_LOOK);
    }
}

/// A consumer that only asks for and commits offsets; it never joins its group.
pub(crate) fn consumer_of(config: &ClientConfig, group: &str) -> Result<BaseConsumer, KafkaError> {
    config
        .clone()
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        // Read committed, the broker would hold its answer back while a transaction is pending: up to
        // 10 s after a phase was killed in one, which is longer than a request may take.
        .set("isolation.level", "read_uncommitted")
        .create()
}

/// What the registry has of every topic, all asked for at once.
async fn subjects(
    registry: &Registry,
    catalogue: &Catalogue,
) -> Result<BTreeMap<String, SubjectState>, ClusterError> {
    let looks = catalogue.topics().iter().map(|topic| async move {
        let subject = topic.subject();
        let state = registry.look(&subject, topic.schema).await?;
        Ok::<_, ClusterError>((subject, state))
    });
    Ok(try_join_all(looks).await?.into_iter().collect())
}

pub(crate) fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(REQUEST_TIMEOUT))
        .operation_timeout(Some(REQUEST_TIMEOUT))
}

pub(crate) fn broker(
    config: &ClientConfig,
    what: &str,
    error: &dyn std::fmt::Display,
) -> ClusterError {
    let brokers = config.get("bootstrap.servers").unwrap_or("(none given)");
    ClusterError::Broker {
        what: what.to_owned(),
        brokers: brokers.to_owned(),
        message: error.to_string(),
    }
}
