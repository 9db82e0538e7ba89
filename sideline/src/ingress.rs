//! Any ingress event, ready to be sent: topic, key, partition, time and bytes.

use std::sync::Arc;

use sideline_avro::events::{
    AliasEvent, BoxScoreEvent, GameEvent, GameLineEvent, InjuryStatusEvent, LineEvent, LineupEvent,
    PlayerUpdateTriggerEvent, RefereesEvent, RosterEvent, ShotZonesEvent,
};
use sideline_avro::time::Timestamp;
use sideline_avro::{WireError, WireWriter};
use sideline_topics::{IngressEvent, SchemaIds, TopicId};

/// One event of any kind.
#[derive(Clone, Debug)]
pub enum IngressRecord {
    /// An injury status.
    Injury(InjuryStatusEvent),
    /// A lineup.
    Lineup(LineupEvent),
    /// A line.
    Line(LineEvent),
    /// A game line.
    GameLine(GameLineEvent),
    /// A box score line.
    BoxScore(BoxScoreEvent),
    /// A game.
    Game(GameEvent),
    /// A registration or a roster move.
    Roster(RosterEvent),
    /// A forced update.
    Trigger(PlayerUpdateTriggerEvent),
    /// Another name of a player.
    Alias(AliasEvent),
    /// From where a player shot in a game.
    ShotZones(ShotZonesEvent),
    /// The referees of a game.
    Referees(RefereesEvent),
}

/// Calls one expression on whichever event it is.
macro_rules! on_event {
    ($record:expr, $event:ident => $body:expr) => {
        match $record {
            IngressRecord::Injury($event) => $body,
            IngressRecord::Lineup($event) => $body,
            IngressRecord::Line($event) => $body,
            IngressRecord::GameLine($event) => $body,
            IngressRecord::BoxScore($event) => $body,
            IngressRecord::Game($event) => $body,
            IngressRecord::Roster($event) => $body,
            IngressRecord::Trigger($event) => $body,
            IngressRecord::Alias($event) => $body,
            IngressRecord::ShotZones($event) => $body,
            IngressRecord::Referees($event) => $body,
        }
    };
}

fn topic_of<E: IngressEvent>(_event: &E) -> TopicId {
    E::TOPIC
}

impl IngressRecord {
    /// The topic it belongs to.
    #[must_use]
    pub fn topic(&self) -> TopicId {
        on_event!(self, event => topic_of(event))
    }

    /// Its record key.
    #[must_use]
    pub fn record_key(&self) -> String {
        on_event!(self, event => event.record_key())
    }

    /// What its partition is computed from.
    #[must_use]
    pub fn partition_key(&self) -> &str {
        on_event!(self, event => event.partition_key())
    }

    /// When it was known.
    #[must_use]
    pub fn known_at(&self) -> Timestamp {
        on_event!(self, event => event.known_at())
    }

    /// The producer's id for the change.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        on_event!(self, event => event.correlation_id())
    }
}

/// The writers of all ingress events.
#[derive(Debug)]
pub struct IngressWriters {
    injury: WireWriter<InjuryStatusEvent>,
    lineup: WireWriter<LineupEvent>,
    line: WireWriter<LineEvent>,
    game_line: WireWriter<GameLineEvent>,
    box_score: WireWriter<BoxScoreEvent>,
    game: WireWriter<GameEvent>,
    roster: WireWriter<RosterEvent>,
    trigger: WireWriter<PlayerUpdateTriggerEvent>,
    alias: WireWriter<AliasEvent>,
    shot_zones: WireWriter<ShotZonesEvent>,
    referees: WireWriter<RefereesEvent>,
}

impl IngressWriters {
    /// Writers that frame values with the ids of their topics.
    #[must_use]
    pub fn new(ids: &SchemaIds) -> Arc<Self> {
        Arc::new(Self {
            injury: WireWriter::new(ids.of(TopicId::Injuries)),
            lineup: WireWriter::new(ids.of(TopicId::Lineups)),
            line: WireWriter::new(ids.of(TopicId::Lines)),
            game_line: WireWriter::new(ids.of(TopicId::GameLines)),
            box_score: WireWriter::new(ids.of(TopicId::BoxScores)),
            game: WireWriter::new(ids.of(TopicId::Games)),
            roster: WireWriter::new(ids.of(TopicId::Rosters)),
            trigger: WireWriter::new(ids.of(TopicId::PlayerUpdateTrigger)),
            alias: WireWriter::new(ids.of(TopicId::Aliases)),
            shot_zones: WireWriter::new(ids.of(TopicId::ShotZones)),
            referees: WireWriter::new(ids.of(TopicId::Referees)),
        })
    }

    /// The framed bytes of an event.
    ///
    /// # Errors
    /// The event does not fit its schema.
    pub fn encode(&self, record: &IngressRecord) -> Result<Vec<u8>, WireError> {
        match record {
            IngressRecord::Injury(event) => self.injury.to_vec(event),
            IngressRecord::Lineup(event) => self.lineup.to_vec(event),
            IngressRecord::Line(event) => self.line.to_vec(event),
            IngressRecord::GameLine(event) => self.game_line.to_vec(event),
            IngressRecord::BoxScore(event) => self.box_score.to_vec(event),
            IngressRecord::Game(event) => self.game.to_vec(event),
            IngressRecord::Roster(event) => self.roster.to_vec(event),
            IngressRecord::Trigger(event) => self.trigger.to_vec(event),
            IngressRecord::Alias(event) => self.alias.to_vec(event),
            IngressRecord::ShotZones(event) => self.shot_zones.to_vec(event),
            IngressRecord::Referees(event) => self.referees.to_vec(event),
        }
    }
}
