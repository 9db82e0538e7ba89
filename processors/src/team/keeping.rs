//! Keeping a team's facts, and telling which games each can matter to.

use serde::Serialize;
use sideline_avro::facts::TeamFact;
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, ProcessError};

use super::Team;
use super::status::Status;
use super::stints::Stint;
use crate::fact_key::{FactKey, StatusScope};
use crate::fixtures::{Slot, affected_since, slot_of};
use crate::results::TOTALS_FACT;
use crate::truth::{History, Statement, said_of, statement_of};

/// Statements kept per game, roster, lineup, box score, game line and crew: as many as phase raw
/// keeps per fact.
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
    /// No other game than this one.
    pub(super) only_game: Option<String>,
    /// Whose fact it is: he hears of his next game also when nothing changed for him.
    pub(super) subject: Option<String>,
    /// Newest known_at that counts now; none when the team's own time does not go on.
    pub(super) newest: Option<Timestamp>,
}

impl Team {
    /// Stores a fact under its key.
    pub(super) fn keep(
        &self,
        fact: &TeamFact,
        ctx: &mut Context<'_>,
    ) -> Result<Effect, ProcessError> {
        if !fact.told_by.is_empty() {
            return self.keep_profiles(fact, ctx);
        }
        if let Some(game_id) = fact.fact.strip_prefix(TOTALS_FACT) {
            return self.keep_totals(fact, game_id, ctx);
        }
        let Some(key) = FactKey::parse(&fact.fact) else {
            return Err(unexpected(fact));
        };
        let team = &fact.team;
        match key {
            FactKey::Injury { player, scope } => self.keep_status(fact, &player, scope, ctx),
            FactKey::Roster { player } => {
                let said = said_of(fact.is_retracted, fact.roster.as_ref().map(Stint::of));
                let key = format!("{team}/{player}");
                insert(&self.stints, &key, statement_of(fact, said), ctx)?;
                Ok(Effect::Reaches(Reach {
                    subject: Some(player),
                    ..reach(fact)
                }))
            }
            FactKey::Lineup { game_id, .. } => {
                let said = said_of(fact.is_retracted, fact.lineup.clone());
                let key = format!("{team}/{game_id}");
                insert(&self.lineups, &key, statement_of(fact, said), ctx)?;
                Ok(Effect::Reaches(reach(fact)))
            }
            FactKey::GameLine { game_id, book } => {
                let said = said_of(fact.is_retracted, fact.game_line.clone());
                let key = format!("{team}/{game_id}/{book}");
                insert(&self.game_lines, &key, statement_of(fact, said), ctx)?;
                Ok(Effect::Reaches(Reach {
                    only_game: Some(game_id),
                    ..reach(fact)
                }))
            }
            FactKey::Referees { game_id } => self.keep_crew(fact, game_id, ctx),
            FactKey::BoxScore { game_id, player } => self.keep_row(fact, &game_id, player, ctx),
            FactKey::Game { game_id } => self.keep_game(fact, game_id, ctx),
            FactKey::Alias { alias } => {
                let said = said_of(fact.is_retracted, fact.alias_of.clone());
                let key = format!("{team}/{alias}");
                insert(&self.aliases, &key, statement_of(fact, said), ctx)?;
                Ok(Effect::Reaches(reach(fact)))
            }
            FactKey::Line { .. } | FactKey::Trigger { .. } | FactKey::ShotZones { .. } => {
                Err(unexpected(fact))
            }
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
        let said = said_of(fact.is_retracted, status);
        log.insert(scope, statement_of(fact, said));
        ctx.put(&self.statuses, &key, &log)?;
        Ok(Effect::Reaches(Reach {
            subject: Some(player.to_owned()),
            ..reach(fact)
        }))
    }

    fn keep_crew(
        &self,
        fact: &TeamFact,
        game_id: String,
        ctx: &mut Context<'_>,
    ) -> Result<Effect, ProcessError> {
        let key = format!("{}/{game_id}", fact.team);
        let said = said_of(fact.is_retracted, fact.referees.clone());
        insert(&self.referees, &key, statement_of(fact, said), ctx)?;
        Ok(Effect::Reaches(Reach {
            only_game: Some(game_id),
            ..reach(fact)
        }))
    }

    /// A line comes before the end of its game, as a briefing, or after it, as a correction that
    /// reaches the players by itself.
    fn keep_row(
        &self,
        fact: &TeamFact,
        game_id: &str,
        player: String,
        ctx: &mut Context<'_>,
    ) -> Result<Effect, ProcessError> {
        let key = format!("{}/{game_id}", fact.team);
        let mut rows = ctx.get(&self.played, &key)?.unwrap_or_default();
        let said = said_of(fact.is_retracted, fact.played.clone());
        rows.entry(player)
            .or_default()
            .insert(statement_of(fact, said), STATEMENTS_MAX);
        ctx.put(&self.played, &key, &rows)?;
        Ok(match self.keep_totals(fact, game_id, ctx)? {
            Effect::Reaches(reach) => Effect::Reaches(Reach {
                own_game: Some(game_id.to_owned()),
                ..reach
            }),
            Effect::Silent => Effect::Silent,
        })
    }

    /// Sums of an ended game.
    fn keep_totals(
        &self,
        fact: &TeamFact,
        game_id: &str,
        ctx: &mut Context<'_>,
    ) -> Result<Effect, ProcessError> {
        let mut calendar = ctx.get(&self.calendars, &fact.team)?.unwrap_or_default();
        let Some(slot) = calendar.slot(game_id).cloned() else {
            return Ok(Effect::Silent);
        };
        if slot.final_at.is_none() {
            return Ok(Effect::Silent);
        }
        if slot.totals != fact.totals && !fact.totals.is_empty() {
            calendar.set(Slot {
                totals: fact.totals.clone(),
                ..slot
            });
            ctx.put(&self.calendars, &fact.team, &calendar)?;
        }
        Ok(Effect::Reaches(reach(fact)))
    }

    /// What an opponent's games say of it. It tells of a game with this team, and of the league's
    /// pace before each later one; it does not make this team's time go on.
    fn keep_profiles(
        &self,
        fact: &TeamFact,
        ctx: &mut Context<'_>,
    ) -> Result<Effect, ProcessError> {
        let calendar = ctx.get(&self.calendars, &fact.team)?.unwrap_or_default();
        let mut since: Option<Timestamp> = None;
        for profile in &fact.profiles {
            let key = format!("{}/{}/{}", fact.team, profile.game_id, fact.told_by);
            match &profile.form {
                Some(form) => ctx.put(&self.profiles, &key, form)?,
                None => ctx.delete(&self.profiles, &key)?,
            }
            if let Some(slot) = calendar.slot(&profile.game_id) {
                let before = Timestamp(slot.tip_off.0.saturating_sub(1));
                since = Some(since.map_or(before, |known| known.min(before)));
            }
        }
        Ok(since.map_or(Effect::Silent, |since| {
            Effect::Reaches(Reach {
                since,
                newest: None,
                ..reach(fact)
            })
        }))
    }

    fn keep_game(
        &self,
        fact: &TeamFact,
        game_id: String,
        ctx: &mut Context<'_>,
    ) -> Result<Effect, ProcessError> {
        let team = &fact.team;
        let key = format!("{team}/{game_id}");
        let said = said_of(fact.is_retracted, fact.game.clone());
        let history = insert(&self.games, &key, statement_of(fact, said), ctx)?;
        let Some(mut slot) = slot_of(team, &history) else {
            return Ok(Effect::Silent);
        };
        slot.totals.clone_from(&fact.totals);
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
            only_game: None,
            subject: None,
            newest: Some(newest),
        }))
    }
}

fn reach(fact: &TeamFact) -> Reach {
    Reach {
        since: fact.known_at,
        own_game: None,
        only_game: None,
        subject: None,
        newest: Some(fact.known_at),
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
