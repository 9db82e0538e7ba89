//! Phase `raw`: validates what producers say, resolves names, and tells it on by team and player.
//!
//! State is kept per player, game and fact, all of which share the partition of the events they
//! come from. Whatever is refused becomes a dead letter, and its update completes as failed.

mod accept;
mod aliases;
mod checks;
mod claim;
mod events;
mod news;
mod parking;
mod words;

use sideline_avro::context::Touch;
use sideline_avro::facts::{PlayerFact, TeamFact};
use sideline_avro::schemas::AvroRecord;
use sideline_runtime_core::{
    BadInput, Context, Output, Phase, PhaseBuilder, ProcessError, Record, Store,
};
use sideline_topics::{PhaseName, TopicId, keys};

use self::accept::Registration;
use self::claim::{Claim, cause_of, claim_of};
use self::events::RawEvent;
use self::news::FactState;
use crate::codec::Codecs;
use crate::dead_letters::DeadLetters;
use crate::topology::Wiring;
use crate::truth::History;

/// The phase's name.
pub(crate) const NAME: &str = PhaseName::Raw.as_str();

/// Stores and outputs of the phase.
#[derive(Clone)]
pub(crate) struct Raw {
    /// Per player_lookup: registered, and with which teams.
    players: Store<Registration>,
    /// Per fact: who said what, and who was told.
    facts: Store<FactState>,
    /// Per player or game, what a team that learns of him later must be told.
    backlog: Store<Claim>,
    /// What was said of players nobody has registered.
    parked: Store<Claim>,
    /// Per alias: whom it stands for.
    aliases: Store<History<String>>,
    team_results: Output<TeamFact>,
    team_facts: Output<TeamFact>,
    player_facts: Output<PlayerFact>,
    touches: Output<Touch>,
    /// Partitions of the ingress topics.
    partitions: i32,
}

/// Builds the phase.
pub(crate) fn phase<C: Codecs>(wiring: &Wiring<'_, C>) -> Phase {
    let mut builder = Phase::builder(NAME);
    let raw = Raw {
        players: builder.store("players"),
        facts: builder.store("facts"),
        backlog: builder.store("backlog"),
        parked: builder.store("parked"),
        aliases: builder.store("aliases"),
        team_results: wiring.output(&mut builder, TopicId::TeamResults),
        team_facts: wiring.output(&mut builder, TopicId::TeamFacts),
        player_facts: wiring.output(&mut builder, TopicId::PlayerFacts),
        touches: wiring.output(&mut builder, TopicId::Touches),
        partitions: wiring
            .catalogue
            .topic(TopicId::Injuries)
            .settings
            .partitions,
    };
    // Names are resolved against registrations, and Kafka keeps no order between topics.
    builder.read_first(wiring.catalogue.name(TopicId::Rosters));
    let rejects = wiring.output(&mut builder, TopicId::DeadLetters);
    let letters = DeadLetters::to(rejects);
    Inputs {
        wiring,
        builder,
        letters,
        raw,
    }
    .read_all()
}

struct Inputs<'w, C> {
    wiring: &'w Wiring<'w, C>,
    builder: PhaseBuilder,
    letters: DeadLetters,
    raw: Raw,
}

impl<C: Codecs> Inputs<'_, C> {
    /// Rosters first: a driver that serves inputs in their order then knows the players.
    fn read_all(mut self) -> Phase {
        use sideline_avro::events as event;
        self.read::<event::RosterEvent>(TopicId::Rosters);
        self.read::<event::GameEvent>(TopicId::Games);
        self.read::<event::InjuryStatusEvent>(TopicId::Injuries);
        self.read::<event::LineupEvent>(TopicId::Lineups);
        self.read::<event::LineEvent>(TopicId::Lines);
        self.read::<event::GameLineEvent>(TopicId::GameLines);
        self.read::<event::BoxScoreEvent>(TopicId::BoxScores);
        self.read::<event::PlayerUpdateTriggerEvent>(TopicId::PlayerUpdateTrigger);
        self.read::<event::AliasEvent>(TopicId::Aliases);
        self.read::<event::ShotZonesEvent>(TopicId::ShotZones);
        self.read::<event::RefereesEvent>(TopicId::Referees);
        self.letters.install(&mut self.builder);
        self.builder.build()
    }

    fn read<E: RawEvent + AvroRecord>(&mut self, topic: TopicId) {
        let raw = self.raw.clone();
        self.wiring.input(
            &mut self.builder,
            &mut self.letters,
            topic,
            move |record, ctx| raw.handle::<E>(record, ctx),
        );
    }
}

impl Raw {
    fn handle<E: RawEvent>(
        &self,
        record: &Record<E>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let accepted = match claim_of(record) {
            Ok(claim) => self.take(&claim, ctx)?,
            Err(fault) => Err(fault),
        };
        match accepted {
            Ok(()) => Ok(()),
            Err(fault) => self.refuse(record, fault, ctx),
        }
    }

    /// Puts the record aside and lets its update complete as failed. A tombstone with a key that
    /// is none of ours has no update to complete.
    fn refuse<E: RawEvent>(
        &self,
        record: &Record<E>,
        fault: BadInput,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let reason = fault.reason.clone();
        ctx.dead_letter(fault);
        let Some(cause) = cause_of(record) else {
            return Ok(());
        };
        self.touch(
            Touch {
                cause,
                failed_reason: Some(reason),
                ..Touch::default()
            },
            ctx,
        )
    }

    /// Says whom the event reaches.
    fn touch(&self, mut touch: Touch, ctx: &mut Context<'_>) -> Result<(), ProcessError> {
        NAME.clone_into(&mut touch.origin);
        let correlation_id = touch.cause.correlation_id.clone();
        let key = keys::touch_key(&correlation_id, NAME);
        ctx.forward(&self.touches, &correlation_id, &key, &touch)
    }
}
