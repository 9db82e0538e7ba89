//! Keeping what grades are worked out from.

use sideline_avro::cause::Cause;
use sideline_avro::facts::PlayerFact;
use sideline_avro::predictions::Prediction;
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, ProcessError};
use sideline_topics::keys;

use super::Grading;
use super::versions::{self, Kept, Matchup};
use crate::fact_key::FactKey;
use crate::player::{Quote, statement};

/// Quotes kept per book, game and prop. Only each book's last one before tip-off counts here; the
/// others stand by for a retraction, and for a tip-off that is moved forward.
const QUOTES_PER_BOOK_MAX: usize = 16;
/// Statements kept per box score: a correction a day for two weeks, and room.
const STATEMENTS_PER_ROW_MAX: usize = 16;

/// Whose record it is, and what caused it.
pub(super) struct Subject {
    pub(super) player: String,
    pub(super) cause: Cause,
}

/// What a fact can change.
pub(super) enum Reach {
    /// The closing line of a prop.
    Line { game_id: String, prop: String },
    /// What happened in a game.
    BoxScore { game_id: String },
    /// No grade.
    Nothing,
}

impl Grading {
    /// Stores a version; true when it is the first of its game, or has the game otherwise than those
    /// before.
    pub(super) fn keep_version(
        &self,
        prediction: &Prediction,
        ctx: &mut Context<'_>,
    ) -> Result<bool, ProcessError> {
        let (player, game_id) = (&prediction.player_lookup, &prediction.game_id);
        let key = keys::graded_key(player, game_id, &prediction.candidate.prop);
        let mut kept = ctx.get(&self.versions, &key)?.unwrap_or_default();
        versions::insert(&mut kept, Kept::of(prediction));
        ctx.put(&self.versions, &key, &kept)?;
        // A version that empties a game nobody knows any more has no tip-off of its own.
        if prediction.tip_off <= Timestamp::default() {
            return Ok(false);
        }
        let game = keys::player_game_key(player, game_id);
        let known = ctx.get(&self.games, &game)?;
        let told = Matchup::of(prediction);
        if known.as_ref().is_some_and(|known| *known >= told) {
            return Ok(false);
        }
        ctx.put(&self.games, &game, &told)?;
        Ok(known.is_none_or(|known| !known.is_same_game(&told)))
    }

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
                prop,
                book,
                ..
            }) => {
                let key = format!("{player}/{game_id}/{prop}/{book}");
                let mut quotes = ctx.get(&self.quotes, &key)?.unwrap_or_default();
                let quote = fact.line.as_ref().map(Quote::of);
                quotes.insert(statement(fact, quote), QUOTES_PER_BOOK_MAX);
                ctx.put(&self.quotes, &key, &quotes)?;
                Ok(Reach::Line { game_id, prop })
            }
            Some(FactKey::BoxScore { game_id, .. }) => {
                let key = keys::player_game_key(player, &game_id);
                let mut row = ctx.get(&self.rows, &key)?.unwrap_or_default();
                row.insert(
                    statement(fact, fact.box_score.clone()),
                    STATEMENTS_PER_ROW_MAX,
                );
                ctx.put(&self.rows, &key, &row)?;
                Ok(Reach::BoxScore { game_id })
            }
            // What else is told to players changes what is predicted, not what happened; what is
            // no fact of players at all, phase player refuses.
            _ => Ok(Reach::Nothing),
        }
    }

    /// Remembers the newest moment at which anything of a player was known.
    pub(super) fn note(
        &self,
        player: &str,
        known_at: Timestamp,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        if self.newest_of(player, ctx)? < known_at {
            ctx.put(&self.newest, player, &known_at)?;
        }
        Ok(())
    }

    /// The newest moment at which anything of a player was known.
    pub(super) fn newest_of(
        &self,
        player: &str,
        ctx: &Context<'_>,
    ) -> Result<Timestamp, ProcessError> {
        Ok(ctx.get(&self.newest, player)?.unwrap_or_default())
    }
}
