//! Keeping a player's facts, and telling which of his games each can matter to.

use sideline_avro::cause::Cause;
use sideline_avro::context::PlayerContext;
use sideline_avro::facts::PlayerFact;
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, ProcessError};

use super::Player;
use super::form::all_props;
use super::market::Quote;
use super::told::{Told, Word};
use crate::fact_key::FactKey;
use crate::props::prop;
use crate::truth::{History, Said, Statement};
use crate::view::View;

/// Quotes kept per book, game and prop: a line that moves every quarter of an hour from the
/// morning to tip-off. Beyond it the oldest are forgotten; only the opening line can then differ.
const QUOTES_PER_BOOK_MAX: usize = 64;
/// Statements kept per box score, and per game of his shots: a correction a day for two weeks, and
/// room.
const STATEMENTS_PER_ROW_MAX: usize = 16;

/// The games a fact can matter to.
pub(super) enum Reach {
    /// One game and prop. When it is a late quote that gives the game another closing line, all
    /// games after its tip-off as well.
    Line {
        game_id: String,
        prop: String,
        settled: Option<Timestamp>,
    },
    /// All that tip off after the moment at which it was known.
    GamesAfter(Timestamp),
}

impl Player {
    /// Stores a fact under its key.
    pub(super) fn keep_fact(
        &self,
        fact: &PlayerFact,
        ctx: &mut Context<'_>,
    ) -> Result<Reach, ProcessError> {
        let player = &fact.player_lookup;
        match FactKey::parse(&fact.fact) {
            Some(FactKey::Line {
                game_id,
                prop: name,
                book,
                ..
            }) => {
                let key = format!("{player}/{game_id}/{name}/{book}");
                let mut quotes = ctx.get(&self.quotes, &key)?.unwrap_or_default();
                let quote = fact.line.as_ref().map(Quote::of);
                quotes.insert(statement(fact, quote), QUOTES_PER_BOOK_MAX);
                ctx.put(&self.quotes, &key, &quotes)?;
                let props: Vec<_> = prop(&name).into_iter().collect();
                Ok(Reach::Line {
                    settled: self.settle(player, &game_id, &props, ctx)?,
                    game_id,
                    prop: name,
                })
            }
            Some(FactKey::BoxScore { game_id, .. }) => {
                let key = format!("{player}/{game_id}");
                let mut row = ctx.get(&self.rows, &key)?.unwrap_or_default();
                row.insert(
                    statement(fact, fact.box_score.clone()),
                    STATEMENTS_PER_ROW_MAX,
                );
                ctx.put(&self.rows, &key, &row)?;
                // Later games see the closing lines by way of the row, and so not before it is known.
                self.settle(player, &game_id, &all_props(), ctx)?;
                Ok(Reach::GamesAfter(fact.known_at))
            }
            Some(FactKey::ShotZones { game_id, .. }) => {
                let key = format!("{player}/{game_id}");
                let mut shots = ctx.get(&self.shots, &key)?.unwrap_or_default();
                shots.insert(
                    statement(fact, fact.shot_zones.clone()),
                    STATEMENTS_PER_ROW_MAX,
                );
                ctx.put(&self.shots, &key, &shots)?;
                Ok(Reach::GamesAfter(fact.known_at))
            }
            Some(FactKey::Trigger { .. }) => Ok(Reach::GamesAfter(fact.known_at)),
            _ => Err(unexpected(fact)),
        }
    }

    /// Stores what a team said last of a game. Its cause and view travel with the record alone.
    /// When other games now see another past, tells since when: another defence that he met there,
    /// or another closing line, as the game began at another time. That is games between its old and
    /// its new place, and all that tip off after its box score was known, wherever it stands now.
    pub(super) fn keep_context(
        &self,
        context: &PlayerContext,
        ctx: &mut Context<'_>,
    ) -> Result<Option<Timestamp>, ProcessError> {
        let kept = PlayerContext {
            cause: Cause::default(),
            view: View::new(),
            ..context.clone()
        };
        let (player, game_id, team) = (&context.player_lookup, &context.game_id, &context.team);
        ctx.put(&self.contexts, &format!("{player}/{game_id}/{team}"), &kept)?;
        let mut told = self.told(player, ctx)?;
        let word = Word::of(context);
        let began = told.tip_off(game_id);
        let before = told.keep(game_id, word.clone());
        if before.as_ref() == Some(&word) {
            return Ok(None);
        }
        ctx.put(&self.told, player, &told)?;
        let moved_from = before.as_ref().map_or(word.tip_off, |known| known.tip_off);
        let is_other_time = began != told.tip_off(game_id);
        let is_settled =
            is_other_time && self.settle(player, game_id, &all_props(), ctx)?.is_some();
        let is_other_past = is_settled || before.and_then(|known| known.defence) != word.defence;
        if !is_other_past {
            return Ok(None);
        }
        let row = ctx.get(&self.rows, &format!("{player}/{game_id}"))?;
        let row = row.as_ref().map(History::statements).and_then(<[_]>::first);
        let places = [moved_from, word.tip_off].into_iter();
        Ok(places.chain(row.map(|row| row.known_at)).min())
    }

    /// What his teams told him of all games.
    pub(super) fn told(&self, player: &str, ctx: &Context<'_>) -> Result<Told, ProcessError> {
        Ok(ctx.get(&self.told, player)?.unwrap_or_default())
    }
}

/// A fact as one statement about it; none stands for what was taken back.
pub(crate) fn statement<T>(fact: &PlayerFact, body: Option<T>) -> Statement<T> {
    let said = match body {
        Some(body) => Said::Stated(body),
        None if fact.is_retracted => Said::Retracted,
        None => Said::Deleted,
    };
    Statement {
        source: fact.source.clone(),
        known_at: fact.known_at,
        offset: fact.cause.offset,
        said,
    }
}

fn unexpected(fact: &PlayerFact) -> ProcessError {
    let message = format!(
        "a player was told of {:?}, which is no fact of players",
        fact.fact
    );
    let fault = ProcessError::bad_input("unexpected_fact", message).field("fact");
    fault
        .hint("only phase raw writes player facts: find out who else wrote this one")
        .into()
}
