//! Keeping a team's facts, and telling which games each can matter to.

use serde::Serialize;
use sideline_avro::facts::TeamFact;
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, ProcessError};

use super::Team;
use super::picture::Stint;
use super::schedule::{Slot, slot_of};
use super::status::Status;
use crate::fact_key::{FactKey, StatusScope};
use crate::truth::{History, Said, Statement};

/// Statements kept per game, roster, lineup, box score and game line: as many as phase raw keeps
/// per fact.
const STATEMENTS_MAX: usize = 256;

/// Whether a fact can change what players were told.
pub(super) enum Effect {
    /// Kept for later: nobody is reached.
    Silent,
    /// Some games must be worked out anew.
    Reaches(Reach),
}

/// Which games, and who must hear in any case.
pub(super) struct Reach {
    /// Open games that tip off after this moment.
    pub(super) since: Timestamp,
    /// And this game, also when it is no longer open.
    pub(super) own_game: Option<String>,
    /// Whose fact it is: he hears of his next game also when nothing changed for him.
    pub(super) subject: Option<String>,
    /// Newest known_at that counts now.
    pub(super) newest: Timestamp,
}

impl Team {
    /// Stores a fact under its key.
    pub(super) fn keep(
        &self,
        fact: &TeamFact,
        ctx: &mut Context<'_>,
    ) -> Result<Effect, ProcessError> {
        let Some(key) = FactKey::parse(&fact.fact) else {
            return Err(unexpected(fact));
        };
        let team = &fact.team;
        match key {
            FactKey::Injury { player, scope } => self.keep_status(fact, &player, scope, ctx),
            FactKey::Roster { player } => {
                let said = said(fact, fact.roster.as_ref().map(Stint::of));
                let key = format!("{team}/{player}");
                insert(&self.stints, &key, statement(fact, said), ctx)?;
                Ok(Effect::Reaches(Reach {
                    subject: Some(player),
                    ..reach(fact)
                }))
            }
            FactKey::Lineup { game_id, .. } => {
                let said = said(fact, fact.lineup.clone());
                let key = format!("{team}/{game_id}");
                insert(&self.lineups, &key, statement(fact, said), ctx)?;
                Ok(Effect::Reaches(reach(fact)))
            }
            FactKey::GameLine { game_id, book } => {
                let said = said(fact, fact.game_line.clone());
                let key = format!("{team}/{game_id}/{book}");
                insert(&self.game_lines, &key, statement(fact, said), ctx)?;
                Ok(Effect::Silent)
            }
            FactKey::BoxScore { game_id, player } => self.keep_minutes(fact, &game_id, player, ctx),
            FactKey::Game { game_id } => self.keep_game(fact, game_id, ctx),
            FactKey::Line { .. } | FactKey::Trigger { .. } => Err(unexpected(fact)),
        }
    }

    fn keep_status(
        &self,
        fact: &TeamFact,
        player: &str,
        scope: StatusScope,
        ctx: &mut Context<'_>,
    ) -> Result<Effect, ProcessError> {
        let status = fact.injury.as_ref().map(|injury| Status {
            status: injury.status,
            reason: injury.reason.clone(),
        });
        let key = format!("{}/{player}", fact.team);
        let mut log = ctx.get(&self.statuses, &key)?.unwrap_or_default();
        log.insert(scope, statement(fact, said(fact, status)));
        ctx.put(&self.statuses, &key, &log)?;
        Ok(Effect::Reaches(Reach {
            subject: Some(player.to_owned()),
            ..reach(fact)
        }))
    }

    /// Minutes count once the end of their game is known: until then they neither matter nor make
    /// the team's time go on, so it is the end that reaches the players, once and not row by row.
    fn keep_minutes(
        &self,
        fact: &TeamFact,
        game_id: &str,
        player: String,
        ctx: &mut Context<'_>,
    ) -> Result<Effect, ProcessError> {
        let key = format!("{}/{game_id}", fact.team);
        let mut rows = ctx.get(&self.played, &key)?.unwrap_or_default();
        let said = said(fact, fact.played.clone());
        rows.entry(player)
            .or_default()
            .insert(statement(fact, said), STATEMENTS_MAX);
        ctx.put(&self.played, &key, &rows)?;
        let calendar = ctx.get(&self.calendars, &fact.team)?.unwrap_or_default();
        let is_over = calendar
            .slot(game_id)
            .is_some_and(|slot| slot.final_at.is_some());
        Ok(if is_over {
            Effect::Reaches(reach(fact))
        } else {
            Effect::Silent
        })
    }

    fn keep_game(
        &self,
        fact: &TeamFact,
        game_id: String,
        ctx: &mut Context<'_>,
    ) -> Result<Effect, ProcessError> {
        let team = &fact.team;
        let key = format!("{team}/{game_id}");
        let said = said(fact, fact.game.clone());
        let history = insert(&self.games, &key, statement(fact, said), ctx)?;
        let Some(slot) = slot_of(team, &history) else {
            return Ok(Effect::Silent);
        };
        let mut calendar = ctx.get(&self.calendars, team)?.unwrap_or_default();
        let before = calendar.slot(&game_id).cloned();
        let mut newest = fact.known_at;
        if slot.final_at.is_some() {
            let rows = ctx.get(&self.played, &key)?.unwrap_or_default();
            let statements = rows.values().flat_map(History::statements);
            newest = statements
                .map(|row| row.known_at)
                .fold(newest, Timestamp::max);
        }
        let since = affected_since(fact.known_at, before.as_ref(), &slot);
        if before.as_ref() != Some(&slot) {
            calendar.set(slot);
            ctx.put(&self.calendars, team, &calendar)?;
        }
        Ok(Effect::Reaches(Reach {
            since,
            own_game: Some(game_id),
            subject: None,
            newest,
        }))
    }
}

/// A game that is moved, ends or falls out changes what comes after its old and its new place.
fn affected_since(known_at: Timestamp, before: Option<&Slot>, now: &Slot) -> Timestamp {
    let just_before = |slot: &Slot| Timestamp(slot.tip_off.0.saturating_sub(1));
    let old_place = before.map_or(known_at, just_before);
    known_at.min(old_place).min(just_before(now))
}

fn reach(fact: &TeamFact) -> Reach {
    Reach {
        since: fact.known_at,
        own_game: None,
        subject: None,
        newest: fact.known_at,
    }
}

/// What a fact says, given the body it should have.
fn said<T>(fact: &TeamFact, body: Option<T>) -> Said<T> {
    match body {
        Some(body) => Said::Stated(body),
        None if fact.is_retracted => Said::Retracted,
        None => Said::Deleted,
    }
}

fn statement<T>(fact: &TeamFact, said: Said<T>) -> Statement<T> {
    Statement {
        source: fact.source.clone(),
        known_at: fact.known_at,
        offset: fact.cause.offset,
        said,
    }
}

fn insert<T: Serialize + serde::de::DeserializeOwned + PartialEq>(
    store: &sideline_runtime_core::Store<History<T>>,
    key: &str,
    statement: Statement<T>,
    ctx: &mut Context<'_>,
) -> Result<History<T>, ProcessError> {
    let mut history = ctx.get(store, key)?.unwrap_or_default();
    history.insert(statement, STATEMENTS_MAX);
    ctx.put(store, key, &history)?;
    Ok(history)
}

fn unexpected(fact: &TeamFact) -> ProcessError {
    let message = format!(
        "a team was told of {:?}, which is no fact of teams",
        fact.fact
    );
    let fault = ProcessError::bad_input("unexpected_fact", message).field("fact");
    fault
        .hint("only phase raw writes team facts: find out who else wrote this one")
        .into()
}
