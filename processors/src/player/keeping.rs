//! Keeping a player's facts, and telling which of his games each can matter to.

use sideline_avro::cause::Cause;
use sideline_avro::context::PlayerContext;
use sideline_avro::facts::PlayerFact;
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, ProcessError};

use super::Player;
use super::form::{Defences, defence};
use super::market::Quote;
use crate::fact_key::FactKey;
use crate::truth::{Said, Statement};
use crate::view::View;

/// Quotes kept per book, game and prop: a line that moves every quarter of an hour from the
/// morning to tip-off. Beyond it the oldest are forgotten; only the opening line can then differ.
const QUOTES_PER_BOOK_MAX: usize = 64;
/// Statements kept per box score, and per game of his shots: a correction a day for two weeks, and
/// room.
const STATEMENTS_PER_ROW_MAX: usize = 16;

/// The games a fact can matter to.
pub(super) enum Reach {
    /// One game and prop.
    Line { game_id: String, prop: String },
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
                Ok(Reach::Line {
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
    /// When the defence he met there is another one than was known, tells since when: his later
    /// games are compared by it, those later than the game was before it moved among them.
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
        let key = format!("{player}/{game_id}/{team}");
        let since = if self.keep_defence(context, ctx)? {
            let before = ctx.get(&self.contexts, &key)?;
            let moved_from = before.map_or(context.tip_off, |before| before.tip_off);
            Some(moved_from.min(context.tip_off))
        } else {
            None
        };
        ctx.put(&self.contexts, &key, &kept)?;
        Ok(since)
    }

    /// Of a past game only the opponent's defence is asked for again, at every change and for all
    /// past games: a small entry of its own spares reading their whole contexts.
    fn keep_defence(
        &self,
        context: &PlayerContext,
        ctx: &mut Context<'_>,
    ) -> Result<bool, ProcessError> {
        let mut defences = self.defences(&context.player_lookup, ctx)?;
        let game = format!("{}/{}", context.game_id, context.team);
        let known = defences.get(&game).copied();
        match defence(context) {
            now if now == known => return Ok(false),
            Some(rating) => defences.insert(game, rating),
            None => defences.remove(&game),
        };
        ctx.put(&self.defences, &context.player_lookup, &defences)?;
        Ok(true)
    }

    /// The defences he has met, as his teams told him.
    pub(super) fn defences(
        &self,
        player: &str,
        ctx: &Context<'_>,
    ) -> Result<Defences, ProcessError> {
        Ok(ctx.get(&self.defences, player)?.unwrap_or_default())
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
