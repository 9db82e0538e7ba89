//! Where Kafka is, and which of its topics the warehouse reads.

use std::collections::BTreeMap;
use std::fmt;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use serde::{Deserialize, Serialize};
use sideline_topics::{Catalogue, Reader, TopicId};

use crate::error::WarehouseError;

/// Where Kafka is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KafkaConfig {
    /// Bootstrap servers, for example `127.0.0.1:9092`.
    pub brokers: String,
    /// Further librdkafka settings (security and the like); they win over our own.
    pub settings: BTreeMap<String, String>,
}

impl KafkaConfig {
    /// A cluster that asks for no login.
    #[must_use]
    pub fn new(brokers: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            settings: BTreeMap::new(),
        }
    }

    /// Our settings for one client, the given ones over them.
    pub(crate) fn client(&self, ours: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        for (name, value) in ours {
            config.set(*name, *value);
        }
        for (name, value) in &self.settings {
            config.set(name, value);
        }
        config
    }
}

/// Names of the topics the sink reads, and of its consumer group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkTopics {
    /// The versions.
    pub predictions: String,
    /// What became of each change.
    pub outcomes: String,
    /// How predictions did.
    pub graded: String,
    /// The envelopes.
    pub runs: String,
    /// The refused records; the sink also writes what it cannot read to it.
    pub dead_letters: String,
    /// Whom each event reaches: says which events were accepted.
    pub touches: String,
    /// The books' lines.
    pub lines: String,
    /// Box scores.
    pub box_scores: String,
    /// Schedule and results.
    pub games: String,
    /// Registrations of players.
    pub rosters: String,
    /// Which system is champion of each prop.
    pub champions: String,
    /// The consumer group.
    pub group: String,
}

impl SinkTopics {
    /// The topics of one league and environment.
    #[must_use]
    pub fn of(catalogue: &Catalogue) -> Self {
        let name = |id| catalogue.name(id).to_owned();
        Self {
            predictions: name(TopicId::Predictions),
            outcomes: name(TopicId::Outcomes),
            graded: name(TopicId::Graded),
            runs: name(TopicId::Runs),
            dead_letters: name(TopicId::DeadLetters),
            touches: name(TopicId::Touches),
            lines: name(TopicId::Lines),
            box_scores: name(TopicId::BoxScores),
            games: name(TopicId::Games),
            rosters: name(TopicId::Rosters),
            champions: name(TopicId::ChampionControl),
            group: catalogue.group(Reader::Sink).name.clone(),
        }
    }
}

/// Place of a record in its topic.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Place {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.partition, self.offset)
    }
}

/// An error that says what was asked of Kafka.
pub(crate) fn cannot(action: impl Into<String>, source: KafkaError) -> WarehouseError {
    WarehouseError::Kafka {
        action: action.into(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promise_10_the_sink_reads_what_the_catalogue_says() {
        let catalogue = Catalogue::new("nba", Some("staging")).unwrap();
        let topics = SinkTopics::of(&catalogue);
        assert_eq!(topics.dead_letters, "staging-nba-dead-letters");
        assert_eq!(topics.group, "staging-nba-sideline-sink");
        let names = crate::tables::names(&topics);
        let mut read: Vec<&str> = names.iter().map(|(_, topic)| topic.as_str()).collect();
        let inputs = catalogue.group(Reader::Sink).inputs.iter();
        let mut told: Vec<&str> = inputs.map(|id| catalogue.name(*id)).collect();
        read.sort_unstable();
        told.sort_unstable();
        assert_eq!(read, told);
    }
}
