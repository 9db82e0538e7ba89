//! From an ingress record to a claim: one statement about one fact, checked, names normalised.

use serde::{Deserialize, Serialize};
use sideline_avro::cause::{Cause, ChangeType, EventKind, TriggerSource};
use sideline_avro::facts::{
    BoxScore, Game, GameLine, Injury, Line, Lineup, Referees, RosterMove, ShotZones,
};
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{BadInput, ProcessError, Record};
use sideline_topics::correlation_id;

use super::checks;
use super::events::{RawEvent, Stamp};
use super::words;
use crate::fact_key::{FactKey, IngressKey, unparseable_key};
use crate::names::player_lookup;
use crate::truth::Said;

/// Header with the real time at which our own producers sent the event, in microseconds.
const PUBLISHED_AT_HEADER: &str = "published_at";

/// What an event says, as it is told on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Body {
    Injury(Injury),
    Lineup(Lineup),
    Line(Line),
    GameLine {
        home: String,
        line: GameLine,
    },
    BoxScore(BoxScore),
    Game(Game),
    Roster(RosterMove),
    Forced {
        reason: Option<String>,
    },
    /// The registered player an alias stands for, and his team.
    Alias {
        player: String,
        team: Option<String>,
    },
    ShotZones(ShotZones),
    Referees(Referees),
}

/// One statement about one fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) fact: FactKey,
    /// With source, place and times. The old value is not known yet.
    pub(crate) cause: Cause,
    pub(crate) said: Said<Body>,
    /// What decided the partition of the record; none when only the value could tell.
    pub(crate) partition_key: Option<String>,
    /// Teams that the event names, also one that takes the fact back: so it reaches them whichever
    /// comes first.
    pub(crate) teams: Vec<String>,
}

impl Claim {
    /// The claim about the player that the name in it stands for.
    pub(super) fn about(mut self, player: &str) -> Self {
        self.fact = self.fact.with_player(player);
        self.cause.fact = self.fact.to_string();
        self.fact.subject().clone_into(&mut self.cause.subject);
        match &mut self.said {
            Said::Stated(Body::Injury(injury)) => player.clone_into(&mut injury.player_lookup),
            Said::Stated(Body::Roster(roster)) => player.clone_into(&mut roster.player_lookup),
            _ => {}
        }
        self
    }
}

/// The claim of a record.
///
/// # Errors
/// The first thing wrong with it, for the dead letter.
pub(super) fn claim_of<E: RawEvent>(record: &Record<E>) -> Result<Claim, BadInput> {
    let Ok(text) = std::str::from_utf8(&record.key) else {
        return Err(unparseable_key(&record.key_lossy()));
    };
    let key = IngressKey::parse(text)?;
    let Some(event) = &record.value else {
        return tombstone::<E>(record, key);
    };
    let stamp = event.stamp();
    let player = event.named_player().map(player_lookup).unwrap_or_default();
    if event.named_player().is_some() && player.is_empty() {
        return Err(nameless(event.named_player().unwrap_or_default()));
    }
    checks::known_at(stamp.known_at, stamp.ingested_at)?;
    event.check()?;
    agree(event, &stamp, &key, &player)?;
    let partition_key = match &key.fact {
        FactKey::Alias { alias } => alias.clone(),
        _ => event.partition_team().unwrap_or(&player).to_owned(),
    };
    let said = match stamp.kind {
        EventKind::Assert => Said::Stated(event.body(player)),
        EventKind::Retract => Said::Retracted,
    };
    let mut cause = event_cause(record, event);
    cause.fact = key.fact.to_string();
    key.fact.subject().clone_into(&mut cause.subject);
    cause.new_value = words::of_said(&said);
    Ok(Claim {
        fact: key.fact,
        cause,
        said,
        partition_key: Some(partition_key),
        teams: event.teams(),
    })
}

/// A tombstone deletes the statement its key names. It says neither when nor by whom it was sent,
/// so the record's timestamp stands for the time of appending.
fn tombstone<E: RawEvent>(record: &Record<E>, key: IngressKey) -> Result<Claim, BadInput> {
    if !is_of_topic(E::CHANGE, &key.fact) {
        return Err(unparseable_key(&record.key_lossy()));
    }
    let mut cause = place_cause(record);
    cause.change_type = E::CHANGE;
    // The statement's own record has this key too; its deletion is another change.
    let deletion = [record.key.as_slice(), b"|deleted"].concat();
    cause.correlation_id = correlation_id(None, &record.place.topic, &deletion);
    cause.trigger_source = TriggerSource::Kafka;
    cause.known_at = key.known_at;
    cause.ingested_at = key
        .known_at
        .max(Timestamp::from_millis(record.timestamp_ms));
    cause.source.clone_from(&key.source);
    cause.fact = key.fact.to_string();
    key.fact.subject().clone_into(&mut cause.subject);
    let partition_key = match &key.fact {
        FactKey::Lineup { team, .. } => Some(team.clone()),
        FactKey::Alias { alias } => Some(alias.clone()),
        fact => fact.player().map(str::to_owned),
    };
    Ok(Claim {
        fact: key.fact,
        cause,
        said: Said::Deleted,
        partition_key,
        teams: Vec::new(),
    })
}

fn is_of_topic(change: ChangeType, fact: &FactKey) -> bool {
    let kind = match fact {
        FactKey::Injury { .. } => ChangeType::InjuryStatus,
        FactKey::Lineup { .. } => ChangeType::Lineup,
        FactKey::Line { .. } | FactKey::GameLine { .. } => ChangeType::LineMovement,
        FactKey::BoxScore { .. } | FactKey::ShotZones { .. } => ChangeType::BoxScore,
        FactKey::Game { .. } | FactKey::Referees { .. } => ChangeType::Schedule,
        FactKey::Roster { .. } | FactKey::Alias { .. } => ChangeType::Roster,
        FactKey::Trigger { .. } => ChangeType::Forced,
    };
    kind == change
}

/// The key and the value must be about the same fact, source and time: the key decides what
/// compaction keeps, the value what is believed.
fn agree<E: RawEvent>(
    event: &E,
    stamp: &Stamp<'_>,
    key: &IngressKey,
    player: &str,
) -> Result<(), BadInput> {
    let expected = || event.fact(player.to_owned());
    if !event.agrees_with(&key.fact, player) {
        return Err(disagrees("fact", &key.fact, &expected()));
    }
    if key.source != stamp.source {
        return Err(disagrees("source", &key.source, &stamp.source));
    }
    if key.known_at != stamp.known_at {
        return Err(disagrees("known_at", &key.known_at.0, &stamp.known_at.0));
    }
    Ok(())
}

fn disagrees(
    field: &str,
    in_key: &impl std::fmt::Display,
    in_value: &impl std::fmt::Display,
) -> BadInput {
    let message = format!("the key says {field} {in_key}, the value {in_value}");
    let fault = ProcessError::bad_input("key_disagrees", message).field(field);
    fault.hint(
        "make the key from the value: fact|source|known_at, with player_lookup for the player",
    )
}

fn nameless(name: &str) -> BadInput {
    let message = format!("the player {name:?} has no letter or digit that can be told");
    let fault = ProcessError::bad_input("player_name_empty", message).field("player");
    fault.hint("send the player's name in Latin letters, or his player_lookup")
}

/// As much of the cause as can be told of a record that may be at fault; none without a value.
pub(super) fn cause_of<E: RawEvent>(record: &Record<E>) -> Option<Cause> {
    let event = record.value.as_ref()?;
    let mut cause = event_cause(record, event);
    if let Ok(key) = IngressKey::parse(&record.key_lossy()) {
        cause.fact = key.fact.to_string();
        key.fact.subject().clone_into(&mut cause.subject);
    }
    Some(cause)
}

fn event_cause<E: RawEvent>(record: &Record<E>, event: &E) -> Cause {
    let stamp = event.stamp();
    Cause {
        correlation_id: correlation_id(event.correlation_id(), &record.place.topic, &record.key),
        change_type: E::CHANGE,
        trigger_source: stamp.trigger_source,
        trigger_user: stamp.trigger_user.map(str::to_owned),
        source: stamp.source.to_owned(),
        known_at: stamp.known_at,
        ingested_at: stamp.ingested_at,
        published_at: published_at(record),
        ..place_cause(record)
    }
}

fn place_cause<E>(record: &Record<E>) -> Cause {
    Cause {
        topic: record.place.topic.to_string(),
        partition: record.place.partition,
        offset: record.place.offset,
        ..Cause::default()
    }
}

fn published_at<E>(record: &Record<E>) -> Option<Timestamp> {
    let (_, value) = record
        .headers
        .iter()
        .find(|(name, _)| name == PUBLISHED_AT_HEADER)?;
    std::str::from_utf8(value).ok()?.parse().ok().map(Timestamp)
}
