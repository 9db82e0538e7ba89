//! The topics as the broker has them, looked up once: a deployment never changes their
//! partition counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdkafka::consumer::{BaseConsumer, Consumer};
use sideline_runtime_core::{Phase, Topology};

use crate::checkpoint::Binding;
use crate::client;
use crate::config::{Config, REQUEST_TIMEOUT};
use crate::error::RuntimeError;

/// A topic as the broker has it.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub(crate) kafka_name: String,
    pub(crate) partitions: i32,
}

/// Every topic the topology touches, by the name the topology uses.
#[derive(Debug)]
pub(crate) struct Layout {
    topics: BTreeMap<Arc<str>, Topic>,
    /// Partitions of each phase's changelog.
    changelogs: BTreeMap<&'static str, i32>,
    /// The id the cluster gave itself.
    cluster: String,
}

impl Layout {
    /// Asks the broker, and checks that the topology can run on what it has.
    pub(crate) fn load(topology: &Topology, config: &Config) -> Result<Self, RuntimeError> {
        let (counts, cluster) = fetch_counts(config)?;
        let mut topics = BTreeMap::new();
        for name in topology.topics() {
            let kafka_name = config.kafka_topic(&name);
            let partitions = count_of(&counts, &kafka_name)?;
            topics.insert(
                name,
                Topic {
                    kafka_name,
                    partitions,
                },
            );
        }
        let mut layout = Self {
            topics,
            changelogs: BTreeMap::new(),
            cluster,
        };
        for phase in topology.phases() {
            let changelog = config.changelog(phase.name());
            let partitions = count_of(&counts, &changelog)?;
            layout.check_phase(phase, &changelog, partitions)?;
            layout.changelogs.insert(phase.name(), partitions);
        }
        Ok(layout)
    }

    /// What the checkpoints of a phase belong to.
    pub(crate) fn binding(&self, phase: &Phase, changelog: String) -> Binding {
        Binding {
            cluster: self.cluster.clone(),
            changelog,
            partitions: self.changelogs.get(phase.name()).copied().unwrap_or(0),
        }
    }

    /// The topics of a phase's outputs, in its order.
    ///
    /// # Panics
    /// Never for a phase of the topology this was loaded for: each of its topics was looked up.
    pub(crate) fn outputs(&self, phase: &Phase) -> Vec<Topic> {
        let topics = phase.output_topics();
        topics.map(|name| self.topics[name].clone()).collect()
    }

    /// A task is one partition number across all inputs, so their counts must be one.
    fn check_phase(
        &self,
        phase: &Phase,
        changelog: &str,
        expected: i32,
    ) -> Result<(), RuntimeError> {
        for name in phase.input_topics() {
            let topic = &self.topics[name];
            if topic.partitions != expected {
                return Err(RuntimeError::Layout(format!(
                    "phase {} reads {} with {} partitions, but its changelog {changelog} has \
                     {expected}; all inputs of a phase and its changelog need the same number",
                    phase.name(),
                    topic.kafka_name,
                    topic.partitions
                )));
            }
        }
        Ok(())
    }
}

fn fetch_counts(config: &Config) -> Result<(BTreeMap<String, i32>, String), RuntimeError> {
    let failed = |source| RuntimeError::Kafka {
        doing: format!("asking {} for its topics", config.brokers),
        source,
    };
    let client: BaseConsumer = client::base(config).create().map_err(failed)?;
    let metadata = client
        .fetch_metadata(None, REQUEST_TIMEOUT)
        .map_err(failed)?;
    let topics = metadata.topics().iter();
    let counts = topics.map(|topic| (topic.name().to_owned(), topic.partitions().len() as i32));
    let cluster = client.client().fetch_cluster_id(REQUEST_TIMEOUT);
    Ok((counts.collect(), cluster.unwrap_or_default()))
}

fn count_of(counts: &BTreeMap<String, i32>, topic: &str) -> Result<i32, RuntimeError> {
    match counts.get(topic) {
        Some(count) if *count > 0 => Ok(*count),
        _ => Err(RuntimeError::Layout(format!(
            "the broker has no topic {topic}; create the topics of the catalogue first"
        ))),
    }
}
