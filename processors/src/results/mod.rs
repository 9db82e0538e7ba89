//! Phase `results`: a team's games, both sides' box score lines, and its opponents' shots by zone,
//! until they are one change.
//!
//! Lines are held back until the end of their game is known: then phase `team` is told of them, and
//! of the end, as one change; lines that come later are told at once. And what the team's games say
//! of it goes to its next opponents, keyed by the team that is told, so that the topology stays
//! without a circle. The profile told for a game is made from what was known before that game's
//! tip-off, whichever has arrived.

mod keeping;
mod profiles;
mod totals;
mod zones;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sideline_avro::context::Touch;
use sideline_avro::facts::{Game, Played, TeamFact};
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, Output, Phase, ProcessError, Record, Store};
use sideline_topics::{PhaseName, TopicId, keys};

use self::zones::Shooters;
use crate::causes::passed;
use crate::codec::Codecs;
use crate::dead_letters::DeadLetters;
use crate::fingerprint::Fingerprint;
use crate::fixtures::Calendar;
use crate::topology::Wiring;
use crate::truth::History;
use crate::view::{self, View};

/// The phase's name.
pub(crate) const NAME: &str = PhaseName::Results.as_str();

/// The fact of a team that is told of a game's sums alone, followed by the game's id.
pub(crate) const TOTALS_FACT: &str = "totals/";

/// All lines of one game, both sides'.
type Rows = BTreeMap<String, History<Played>>;

/// Stores and outputs. All keys begin with the team's code, as one task hosts several teams.
#[derive(Clone, Copy)]
pub(crate) struct Results {
    heads: Store<Head>,
    calendars: Store<Calendar>,
    /// By team and game.
    games: Store<History<Game>>,
    /// By team and game.
    rows: Store<Rows>,
    /// By team and game: present once its lines were told on.
    released: Store<()>,
    /// By team and game: from where its opponents shot.
    shooters: Store<Shooters>,
    /// By team, game and opponent: hash of the profile told last.
    told: Store<Fingerprint>,
    team_facts: Output<TeamFact>,
    touches: Output<Touch>,
}

/// Where a team stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    view: View,
    /// Newest known_at of the facts that count.
    newest: Timestamp,
    /// Tip-off of the last game whose opponent was told.
    told_until: Timestamp,
}

impl Default for Head {
    fn default() -> Self {
        let never = Timestamp(i64::MIN);
        Self {
            view: View::new(),
            newest: never,
            told_until: never,
        }
    }
}

/// The fact that is worked off, as it is told on.
struct Telling<'f> {
    fact: &'f TeamFact,
    timestamp_ms: i64,
    view: View,
}

impl Telling<'_> {
    /// A fact to tell on, with the cause, times and view of the one that is worked off.
    fn onward(&self) -> TeamFact {
        TeamFact {
            cause: passed(&self.fact.cause, crate::raw::NAME, self.timestamp_ms),
            view: self.view.clone(),
            ..self.fact.clone()
        }
    }
}

/// Builds the phase.
pub(crate) fn phase<C: Codecs>(wiring: &Wiring<'_, C>) -> Phase {
    let mut builder = Phase::builder(NAME);
    let results = Results {
        heads: builder.store("heads"),
        calendars: builder.store("calendars"),
        games: builder.store("games"),
        rows: builder.store("rows"),
        released: builder.store("released"),
        shooters: builder.store("shooters"),
        told: builder.store("told"),
        team_facts: wiring.output(&mut builder, TopicId::TeamFacts),
        touches: wiring.output(&mut builder, TopicId::Touches),
    };
    let mut letters = DeadLetters::to(wiring.output(&mut builder, TopicId::DeadLetters));
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::TeamResults,
        move |record, ctx| results.handle(record, ctx),
    );
    letters.install(&mut builder);
    builder.build()
}

impl Results {
    fn handle(&self, record: &Record<TeamFact>, ctx: &mut Context<'_>) -> Result<(), ProcessError> {
        let Some(fact) = &record.value else {
            return Ok(());
        };
        let team = &fact.team;
        let mut head = ctx.get(&self.heads, team)?.unwrap_or_default();
        view::join(&mut head.view, &fact.view);
        let telling = Telling {
            fact,
            timestamp_ms: record.timestamp_ms,
            view: head.view.clone(),
        };
        let kept = self.keep(&telling, ctx)?;
        if let Some(reach) = &kept.reach {
            head.newest = head.newest.max(reach.newest);
        }
        if fact.is_briefing {
            return ctx.put(&self.heads, team, &head);
        }
        let mut targets = Vec::new();
        if kept.is_told_on {
            targets.push(format!("team/{team}"));
        }
        if let Some(reach) = &kept.reach {
            let told = self.tell_opponents(&telling, (reach, &mut head), ctx)?;
            targets.extend(told);
        }
        ctx.put(&self.heads, team, &head)?;
        let origin = format!("{NAME}/{team}");
        let cause = passed(&fact.cause, crate::raw::NAME, record.timestamp_ms);
        let correlation_id = cause.correlation_id.clone();
        let key = keys::touch_key(&correlation_id, &origin);
        let touch = Touch {
            cause,
            origin,
            targets,
            ..Touch::default()
        };
        ctx.forward(&self.touches, &correlation_id, &key, &touch)
    }

    /// Tells a team.
    fn tell(&self, fact: &TeamFact, ctx: &mut Context<'_>) -> Result<(), ProcessError> {
        let key = format!("{}/{}|{}", fact.team, fact.fact, fact.source);
        ctx.forward(&self.team_facts, &fact.team, &key, fact)
    }
}
