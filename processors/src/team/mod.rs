//! Phase `team`: what a team's news means for each of its players before each of its open games.
//!
//! Open are the games up to and including the next one after the newest fact the team has seen.
//! A fact known at some moment can only matter to games that tip off later, so those of them that
//! are open are worked out anew; a player hears of it only when what he was told has changed.
//! Read in order that is one game per fact; a fact that comes late corrects the games it belongs
//! to as well, and the end is the same.

mod absences;
mod attendance;
mod gains;
mod keeping;
mod log;
mod market;
mod picture;
mod roles;
mod status;
mod stints;
mod surroundings;
mod telling;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sideline_avro::context::{PlayerContext, TeamForm, Touch};
use sideline_avro::facts::{Game, GameLine, Lineup, Played, Referees, TeamFact};
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, Output, Phase, ProcessError, Record, Store};
use sideline_topics::{PhaseName, TopicId, keys};

use self::keeping::{Effect, Reach};
use self::status::StatusLog;
use self::stints::Stint;
use crate::causes::passed;
use crate::codec::Codecs;
use crate::dead_letters::{Correlated, DeadLetters};
use crate::fingerprint::Fingerprint;
use crate::fixtures::Calendar;
use crate::topology::Wiring;
use crate::truth::History;
use crate::view::{self, View};

/// The phase's name.
pub(crate) const NAME: &str = PhaseName::Team.as_str();

/// Stores and outputs. All keys begin with the team's code, as one task hosts several teams.
#[derive(Clone, Copy)]
pub(crate) struct Team {
    heads: Store<Head>,
    calendars: Store<Calendar>,
    /// By team and game.
    games: Store<History<Game>>,
    /// By team and player.
    stints: Store<History<Stint>>,
    /// By team and player.
    statuses: Store<StatusLog>,
    /// By team and game.
    lineups: Store<History<Lineup>>,
    /// By team and alias: the player it stands for.
    aliases: Store<History<String>>,
    /// By team and game: its players' lines.
    played: Store<BTreeMap<String, History<Played>>>,
    /// By team, game and book.
    game_lines: Store<History<GameLine>>,
    /// By team and game.
    referees: Store<History<Referees>>,
    /// By team, game and opponent: what the opponent's games say of it.
    profiles: Store<TeamForm>,
    /// By team, game and player: hash of what he was told last.
    told: Store<Fingerprint>,
    contexts: Output<PlayerContext>,
    touches: Output<Touch>,
}

/// Where a team stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    view: View,
    /// Newest known_at of the facts that count.
    newest: Timestamp,
    /// Tip-off of the last game that was worked out.
    opened_until: Timestamp,
}

impl Default for Head {
    fn default() -> Self {
        let never = Timestamp(i64::MIN);
        Self {
            view: View::new(),
            newest: never,
            opened_until: never,
        }
    }
}

impl Correlated for TeamFact {
    fn correlation_id(&self) -> Option<&str> {
        Some(&self.cause.correlation_id)
    }
}

/// Builds the phase.
pub(crate) fn phase<C: Codecs>(wiring: &Wiring<'_, C>) -> Phase {
    let mut builder = Phase::builder(NAME);
    let team = Team {
        heads: builder.store("heads"),
        calendars: builder.store("calendars"),
        games: builder.store("games"),
        stints: builder.store("stints"),
        statuses: builder.store("statuses"),
        lineups: builder.store("lineups"),
        aliases: builder.store("aliases"),
        played: builder.store("played"),
        game_lines: builder.store("game_lines"),
        referees: builder.store("referees"),
        profiles: builder.store("profiles"),
        told: builder.store("told"),
        contexts: wiring.output(&mut builder, TopicId::PlayerContexts),
        touches: wiring.output(&mut builder, TopicId::Touches),
    };
    let mut letters = DeadLetters::to(wiring.output(&mut builder, TopicId::DeadLetters));
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::TeamFacts,
        move |record, ctx| team.handle(record, ctx),
    );
    letters.install(&mut builder);
    builder.build()
}

/// By which way a fact came to its team: two opponents may tell it of one event.
fn path(fact: &TeamFact) -> String {
    let team = &fact.team;
    if fact.told_by.is_empty() {
        return team.clone();
    }
    format!("{team}:{}", fact.told_by)
}

/// The phase that told the fact.
fn writer(fact: &TeamFact) -> &'static str {
    if fact.cause.trail.is_empty() {
        return crate::raw::NAME;
    }
    crate::results::NAME
}

impl Team {
    fn handle(&self, record: &Record<TeamFact>, ctx: &mut Context<'_>) -> Result<(), ProcessError> {
        let Some(fact) = &record.value else {
            return Ok(());
        };
        let team = &fact.team;
        let mut head = ctx.get(&self.heads, team)?.unwrap_or_default();
        view::join(&mut head.view, &fact.view);
        let effect = self.keep(fact, ctx)?;
        if let Effect::Reaches(Reach {
            newest: Some(newest),
            ..
        }) = &effect
        {
            head.newest = head.newest.max(*newest);
        }
        // A briefing comes before the fact that waits for an answer.
        if fact.is_briefing {
            return ctx.put(&self.heads, team, &head);
        }
        let targets = match &effect {
            Effect::Reaches(reach) => {
                self.tell_players(fact, record.timestamp_ms, (reach, &mut head), ctx)?
            }
            Effect::Silent => Vec::new(),
        };
        ctx.put(&self.heads, team, &head)?;
        let origin = format!("team/{}", path(fact));
        let cause = passed(&fact.cause, writer(fact), record.timestamp_ms);
        let key = keys::touch_key(&cause.correlation_id, &origin);
        let correlation_id = cause.correlation_id.clone();
        let touch = Touch {
            cause,
            origin,
            targets,
            ..Touch::default()
        };
        ctx.forward(&self.touches, &correlation_id, &key, &touch)
    }
}
