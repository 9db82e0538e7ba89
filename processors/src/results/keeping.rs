//! Keeping a team's games and lines, and telling them on once the game is over.

use std::collections::BTreeMap;

use serde::Serialize;
use sideline_avro::cause::Cause;
use sideline_avro::facts::{Played, TeamFact};
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, ProcessError};

use super::totals::totals;
use super::zones::zones;
use super::{Results, Rows, TOTALS_FACT, Telling};
use crate::fact_key::FactKey;
use crate::fixtures::{Slot, affected_since, slot_of};
use crate::truth::{History, Said, Statement, said_of, statement_of};

/// Statements kept per game, and per line and shooter of a game: as many as phase raw keeps per
/// fact.
pub(super) const STATEMENTS_MAX: usize = 256;

/// What became of a fact.
pub(super) struct Kept {
    /// The team's own phase was told.
    pub(super) is_told_on: bool,
    /// Which games it can matter to; none when it is held back.
    pub(super) reach: Option<Reach>,
}

/// Which games a fact can matter to.
pub(super) struct Reach {
    /// Games that tip off after this moment.
    pub(super) since: Timestamp,
    /// And this one.
    pub(super) own_game: String,
    /// Newest known_at that counts now.
    pub(super) newest: Timestamp,
}

impl Results {
    /// Stores a fact, and tells it on unless it is held back.
    pub(super) fn keep(
        &self,
        telling: &Telling<'_>,
        ctx: &mut Context<'_>,
    ) -> Result<Kept, ProcessError> {
        match FactKey::parse(&telling.fact.fact) {
            Some(FactKey::Game { game_id }) => self.keep_game(telling, game_id, ctx),
            Some(FactKey::BoxScore { game_id, player }) => {
                self.keep_row(telling, (game_id, player), ctx)
            }
            Some(FactKey::ShotZones { game_id, player }) => {
                self.keep_zones(telling, (game_id, player), ctx)
            }
            _ => Err(unexpected(telling.fact)),
        }
    }

    fn keep_game(
        &self,
        telling: &Telling<'_>,
        game_id: String,
        ctx: &mut Context<'_>,
    ) -> Result<Kept, ProcessError> {
        let (fact, team) = (telling.fact, &telling.fact.team);
        let key = format!("{team}/{game_id}");
        let mut history = ctx.get(&self.games, &key)?.unwrap_or_default();
        let said = said_of(fact.is_retracted, fact.game.clone());
        history.insert(statement_of(fact, said), STATEMENTS_MAX);
        ctx.put(&self.games, &key, &history)?;
        let mut onward = telling.onward();
        let Some(mut slot) = slot_of(team, &history) else {
            self.tell(&onward, ctx)?;
            return Ok(Kept {
                is_told_on: true,
                reach: None,
            });
        };
        let mut newest = fact.known_at;
        if slot.final_at.is_some() {
            let rows = ctx.get(&self.rows, &key)?.unwrap_or_default();
            let shooters = self.shooters(&key, ctx)?;
            slot.totals = totals(team, &rows);
            slot.zones = zones(team, &rows, &shooters);
            newest = newest.max(newest_of(&rows)).max(newest_of(&shooters));
            if ctx.get(&self.released, &key)?.is_none() {
                self.release(telling, &rows, ctx)?;
                ctx.put(&self.released, &key, &())?;
            }
        }
        let mut calendar = ctx.get(&self.calendars, team)?.unwrap_or_default();
        let since = affected_since(fact.known_at, calendar.slot(&game_id), &slot);
        onward.totals.clone_from(&slot.totals);
        if calendar.slot(&game_id) != Some(&slot) {
            calendar.set(slot);
            ctx.put(&self.calendars, team, &calendar)?;
        }
        self.tell(&onward, ctx)?;
        Ok(Kept {
            is_told_on: true,
            reach: Some(Reach {
                since,
                own_game: game_id,
                newest,
            }),
        })
    }

    /// Tells the lines that were held back. Nobody waits for them: the end of the game follows.
    fn release(
        &self,
        telling: &Telling<'_>,
        rows: &Rows,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let team = &telling.fact.team;
        for (player, row) in rows.iter().filter(|(_, row)| is_of(team, row)) {
            for statement in row.statements() {
                let fact = line_fact(telling, player, statement);
                self.tell(&fact, ctx)?;
            }
        }
        Ok(())
    }

    fn keep_row(
        &self,
        telling: &Telling<'_>,
        (game_id, player): (String, String),
        ctx: &mut Context<'_>,
    ) -> Result<Kept, ProcessError> {
        let (fact, team) = (telling.fact, &telling.fact.team);
        let key = format!("{team}/{game_id}");
        let mut rows = ctx.get(&self.rows, &key)?.unwrap_or_default();
        let said = said_of(fact.is_retracted, fact.played.clone());
        let row = rows.entry(player).or_default();
        row.insert(statement_of(fact, said), STATEMENTS_MAX);
        let is_ours = is_of(team, row);
        ctx.put(&self.rows, &key, &rows)?;
        let mut calendar = ctx.get(&self.calendars, team)?.unwrap_or_default();
        let slot = calendar.slot(&game_id).cloned();
        let ended = slot.filter(|slot| slot.final_at.is_some());
        let is_released = ctx.get(&self.released, &key)?.is_some();
        let mut onward = telling.onward();
        if let Some(slot) = &ended {
            onward.totals = totals(team, &rows);
            calendar.set(Slot {
                totals: onward.totals.clone(),
                zones: zones(team, &rows, &self.shooters(&key, ctx)?),
                ..slot.clone()
            });
            ctx.put(&self.calendars, team, &calendar)?;
        }
        if is_released {
            if !is_ours {
                onward.fact = format!("{TOTALS_FACT}{game_id}");
                onward.played = None;
            }
            self.tell(&onward, ctx)?;
        }
        Ok(Kept {
            is_told_on: is_released,
            reach: ended.map(|_| Reach {
                since: fact.known_at,
                own_game: game_id,
                newest: fact.known_at,
            }),
        })
    }
}

/// Newest known_at of what was said of a game's players.
fn newest_of<T: Serialize + PartialEq>(players: &BTreeMap<String, History<T>>) -> Timestamp {
    let statements = players.values().flat_map(History::statements);
    let known = statements.map(|one| one.known_at);
    known.fold(Timestamp(i64::MIN), Timestamp::max)
}

/// True when the line is one of the team's own; a line that was only ever taken back is nobody's,
/// and counts as its own.
fn is_of(team: &str, row: &History<Played>) -> bool {
    let mut stated = row.statements().iter().filter_map(Statement::value);
    stated.next().is_none_or(|played| played.team == team)
}

/// A line that was held back, as a fact.
fn line_fact(telling: &Telling<'_>, player: &str, statement: &Statement<Played>) -> TeamFact {
    let game = &telling.fact.fact;
    let game_id = game.strip_prefix("game/").unwrap_or(game);
    let fact = FactKey::BoxScore {
        game_id: game_id.to_owned(),
        player: player.to_owned(),
    };
    TeamFact {
        cause: Cause {
            fact: fact.to_string(),
            source: statement.source.clone(),
            offset: statement.offset,
            known_at: statement.known_at,
            ..telling.onward().cause
        },
        view: telling.view.clone(),
        team: telling.fact.team.clone(),
        fact: fact.to_string(),
        source: statement.source.clone(),
        known_at: statement.known_at,
        ingested_at: telling.fact.ingested_at,
        is_retracted: statement.said == Said::Retracted,
        played: statement.value().cloned(),
        is_briefing: true,
        ..TeamFact::default()
    }
}

fn unexpected(fact: &TeamFact) -> ProcessError {
    let message = format!(
        "phase results was told of {:?}, which is no fact of games",
        fact.fact
    );
    let fault = ProcessError::bad_input("unexpected_fact", message).field("fact");
    fault
        .hint("only phase raw writes team results: find out who else wrote this one")
        .into()
}
