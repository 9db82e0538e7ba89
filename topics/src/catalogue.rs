//! Topics, changelogs and consumer groups of one league.
//!
//! ```
//! use sideline_topics::{Catalogue, TopicId};
//!
//! let staging = Catalogue::new("nba", Some("staging"))?;
//! assert_eq!(staging.topic(TopicId::Lines).name, "staging-nba-lines");
//! # Ok::<(), sideline_topics::CatalogueError>(())
//! ```

use std::fmt;

use serde::Serialize;
use sideline_avro::SchemaName;

use crate::settings::Settings;
use crate::table::{CHANGELOG_REASON, READERS, ROWS, Row};

/// Longest topic or group name Kafka takes is 249 characters; ours add at most 40.
const PREFIX_CHARS_MAX: usize = 64;

/// Every topic of a league, changelogs apart. The table in `table.rs` says what each holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "each is described by its row of the table, which docs/producing.md shows"
)]
pub enum TopicId {
    Injuries,
    Lineups,
    Lines,
    GameLines,
    BoxScores,
    Games,
    Rosters,
    PlayerUpdateTrigger,
    Aliases,
    ShotZones,
    Referees,
    RolloutControl,
    ChampionControl,
    ClockControl,
    TeamResults,
    TeamFacts,
    PlayerFacts,
    PlayerContexts,
    Touches,
    PlayerGames,
    PlayerFeatures,
    Candidates,
    Predictions,
    Outcomes,
    Graded,
    Runs,
    DeadLetters,
}

impl TopicId {
    /// Every topic, in the order of the flow.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.id)
    }

    /// The ingress topics: what producers write and phase raw reads.
    pub fn ingress() -> impl Iterator<Item = Self> {
        let rows = ROWS.iter().filter(|row| row.kind == TopicKind::Ingress);
        rows.map(|row| row.id)
    }

    /// Name without league and environment, for example `game-lines`.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        self.row().suffix
    }

    /// The schema of its values.
    #[must_use]
    pub fn schema(self) -> SchemaName {
        self.row().schema
    }

    /// What decides the partition of its records.
    #[must_use]
    pub fn partition_key(self) -> PartitionKey {
        self.row().partition_key
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.suffix())
    }
}

/// What a topic is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TopicKind {
    /// What producers publish: the log everything can be made again from.
    Ingress,
    /// What operators set.
    Control,
    /// The accepted facts, the last word of each.
    Facts,
    /// What one phase tells the next.
    BetweenPhases,
    /// What the pipeline says to the world.
    Results,
}

/// What is hashed to find a record's partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionKey {
    /// The player's player_lookup.
    PlayerLookup,
    /// The team's code.
    Team,
    /// The home team's code.
    HomeTeam,
    /// The normalised form of the alias.
    Alias,
    /// The correlation id.
    CorrelationId,
    /// The record's key, as producers do by default.
    RecordKey,
}

impl PartitionKey {
    /// As a person reads it.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::PlayerLookup => "player_lookup",
            Self::Team => "team code",
            Self::HomeTeam => "home team's code",
            Self::Alias => "lookup of the alias",
            Self::CorrelationId => "correlation id",
            Self::RecordKey => "record key",
        }
    }
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// Which it is.
    pub id: TopicId,
    /// Its full name, for example `nba-lines`.
    pub name: String,
    /// What it is for.
    pub kind: TopicKind,
    /// Pattern of its record keys.
    pub key: &'static str,
    /// What decides the partition of a record.
    pub partition_key: PartitionKey,
    /// Schema of its values.
    #[serde(serialize_with = "schema_as_text")]
    pub schema: SchemaName,
    /// Its settings.
    pub settings: Settings,
    /// What it holds, and why it is kept as it is.
    pub reason: &'static str,
}

impl Topic {
    /// The registry's subject of its values.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{}-value", self.name)
    }
}

/// The phases, in the order of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PhaseName {
    /// Checks events, resolves names, drops what says nothing new.
    Raw,
    /// One task per team: the box scores of its games, and what its next opponents hear of it.
    Results,
    /// One task per team: roster, injuries, lineup, schedule.
    Team,
    /// One task per player: form and market before a game.
    Player,
    /// Features.
    Features,
    /// The systems' candidates.
    Systems,
    /// The one writer of versions.
    Ledger,
    /// Says when an update is complete.
    Completion,
    /// Joins what was said with what happened.
    Grading,
}

impl PhaseName {
    /// All phases, in the order of the flow.
    pub const ALL: [Self; 9] = [
        Self::Raw,
        Self::Results,
        Self::Team,
        Self::Player,
        Self::Features,
        Self::Systems,
        Self::Ledger,
        Self::Completion,
        Self::Grading,
    ];

    /// Its name in topics and groups.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Results => "results",
            Self::Team => "team",
            Self::Player => "player",
            Self::Features => "features",
            Self::Systems => "systems",
            Self::Ledger => "ledger",
            Self::Completion => "completion",
            Self::Grading => "grading",
        }
    }
}

impl fmt::Display for PhaseName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Who reads topics with a consumer group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reader {
    /// A phase.
    Phase(PhaseName),
    /// The warehouse's sink.
    Sink,
}

impl fmt::Display for Reader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phase(phase) => out.write_str(phase.as_str()),
            Self::Sink => out.write_str("sink"),
        }
    }
}

/// One consumer group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its full name, for example `nba-sideline-raw`.
    pub name: String,
    /// Whose it is.
    pub reader: Reader,
    /// The topics it reads, all partitions of each.
    pub inputs: Vec<TopicId>,
}

/// The changelog of one phase: its stores and its position in the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changelog {
    /// The phase.
    pub phase: PhaseName,
    /// Its full name, for example `nba-sideline-raw-changelog`.
    pub name: String,
    /// Its settings.
    pub settings: Settings,
    /// What it holds, and why it is kept as it is.
    pub reason: &'static str,
}

/// What is wrong with a league's or environment's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{what} {name:?} cannot begin the names of topics: use 1 to {PREFIX_CHARS_MAX} lower-case letters, digits and hyphens, beginning with a letter, for example {example}"
)]
pub struct CatalogueError {
    what: &'static str,
    name: String,
    example: &'static str,
}

/// Topics, changelogs and groups of one league in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    league: String,
    environment: Option<String>,
    topics: Vec<Topic>,
    changelogs: Vec<Changelog>,
    groups: Vec<Group>,
}

impl Catalogue {
    /// The catalogue of `league` (for example `nba`), in an environment if one is named.
    ///
    /// # Errors
    /// When a name cannot be part of a topic's.
    pub fn new(league: &str, environment: Option<&str>) -> Result<Self, CatalogueError> {
        check_name("league", league, "nba")?;
        let prefix = match environment {
            Some(environment) => {
                check_name("environment", environment, "staging")?;
                format!("{environment}-{league}-")
            }
            None => format!("{league}-"),
        };
        let changelog = |phase: PhaseName| Changelog {
            phase,
            name: format!("{prefix}sideline-{phase}-changelog"),
            settings: Settings::changelog(),
            reason: CHANGELOG_REASON,
        };
        let group = |(reader, inputs): &(Reader, &[TopicId])| Group {
            name: format!("{prefix}sideline-{reader}"),
            reader: *reader,
            inputs: inputs.to_vec(),
        };
        Ok(Self {
            league: league.to_owned(),
            environment: environment.map(str::to_owned),
            topics: ROWS.iter().map(|row| row.topic(&prefix)).collect(),
            changelogs: PhaseName::ALL.map(changelog).into(),
            groups: READERS.iter().map(group).collect(),
        })
    }

    /// The league's name, for example `nba`.
    #[must_use]
    pub fn league(&self) -> &str {
        &self.league
    }

    /// The environment's name, if it has one.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        self.environment.as_deref()
    }

    /// Every topic, in the order of the flow; changelogs apart.
    #[must_use]
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// One topic.
    #[must_use]
    pub fn topic(&self, id: TopicId) -> &Topic {
        &self.topics[id as usize]
    }

    /// Full name of one topic.
    #[must_use]
    pub fn name(&self, id: TopicId) -> &str {
        &self.topic(id).name
    }

    /// The topic of this full name, if it is one of ours.
    #[must_use]
    pub fn topic_by_name(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.name == name)
    }

    /// Every changelog, one per phase.
    #[must_use]
    pub fn changelogs(&self) -> &[Changelog] {
        &self.changelogs
    }

    /// The changelog of one phase.
    #[must_use]
    pub fn changelog(&self, phase: PhaseName) -> &Changelog {
        &self.changelogs[phase as usize]
    }

    /// Every consumer group.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The consumer group of one reader.
    #[must_use]
    pub fn group(&self, reader: Reader) -> &Group {
        let place = match reader {
            Reader::Phase(phase) => phase as usize,
            Reader::Sink => PhaseName::ALL.len(),
        };
        &self.groups[place]
    }
}

fn check_name(what: &'static str, name: &str, example: &'static str) -> Result<(), CatalogueError> {
    let is_good = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.len() <= PREFIX_CHARS_MAX
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_good {
        return Ok(());
    }
    Err(CatalogueError {
        what,
        name: name.to_owned(),
        example,
    })
}

fn schema_as_text<S: serde::Serializer>(schema: &SchemaName, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(schema.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn nba() -> Catalogue {
        Catalogue::new("nba", None).unwrap()
    }

    #[test]
    fn every_id_has_its_row_and_every_schema_its_topic() {
        let catalogue = nba();
        for (place, topic) in catalogue.topics().iter().enumerate() {
            assert_eq!(topic.id as usize, place, "{}", topic.name);
            assert_eq!(catalogue.topic(topic.id), topic);
            assert_eq!(catalogue.topic_by_name(&topic.name), Some(topic));
        }
        let schemas: BTreeSet<_> = catalogue
            .topics()
            .iter()
            .map(|topic| topic.schema)
            .collect();
        assert_eq!(schemas, SchemaName::ALL.iter().copied().collect());
    }

    #[test]
    fn every_phase_has_its_group_and_its_changelog() {
        let catalogue = nba();
        for phase in PhaseName::ALL {
            assert_eq!(catalogue.changelog(phase).phase, phase);
            let group = catalogue.group(Reader::Phase(phase));
            assert_eq!(group.reader, Reader::Phase(phase));
            assert_eq!(group.name, format!("nba-sideline-{phase}"));
        }
        assert_eq!(catalogue.group(Reader::Sink).name, "nba-sideline-sink");
        assert_eq!(
            catalogue.changelog(PhaseName::Ledger).name,
            "nba-sideline-ledger-changelog"
        );
    }

    #[test]
    fn raw_reads_every_ingress_topic_and_only_those() {
        let catalogue = nba();
        let inputs = &catalogue.group(Reader::Phase(PhaseName::Raw)).inputs;
        assert_eq!(*inputs, TopicId::ingress().collect::<Vec<_>>());
    }

    #[test]
    fn what_one_phase_reads_together_has_one_partition_count() {
        // A task owns partition n of all its inputs and of its changelog. The sink has no tasks.
        let catalogue = nba();
        for group in catalogue.groups() {
            let Reader::Phase(phase) = group.reader else {
                continue;
            };
            let counts: BTreeSet<_> = group
                .inputs
                .iter()
                .map(|id| catalogue.topic(*id).settings.partitions)
                .collect();
            assert_eq!(counts.len(), 1, "{}", group.name);
            let changelog = catalogue.changelog(phase).settings.partitions;
            assert!(counts.contains(&changelog), "{}", group.name);
        }
    }

    #[test]
    fn an_environment_prefixes_everything() {
        let staging = Catalogue::new("nba", Some("staging")).unwrap();
        let names = staging.topics().iter().map(|topic| &topic.name);
        let changelogs = staging.changelogs().iter();
        let names = names.chain(changelogs.map(|changelog| &changelog.name));
        for name in names.chain(staging.groups().iter().map(|group| &group.name)) {
            assert!(name.starts_with("staging-nba-"), "{name}");
        }
    }

    #[test]
    fn names_that_topics_cannot_begin_with_are_refused() {
        for name in ["", "NBA", "n b", "-nba", "a/b", "9"] {
            assert!(Catalogue::new(name, None).is_err(), "{name}");
            assert!(Catalogue::new("nba", Some(name)).is_err(), "{name}");
        }
    }
}
