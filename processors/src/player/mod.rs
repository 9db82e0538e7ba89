//! Phase `player`: a player's form and market before each game a change can matter to.

mod against;
mod closings;
mod form;
mod keeping;
mod market;
mod outlook;
mod prices;
mod settled;
mod shots;
mod similar;
mod stat;
mod told;

use sideline_avro::context::PlayerContext;
use sideline_avro::facts::{BoxScore, PlayerFact, ShotZones};
use sideline_avro::form::PlayerGame;
use sideline_runtime_core::{Context, Output, Phase, ProcessError, Record, Store};
use sideline_topics::{PhaseName, TopicId};

use self::closings::Closings;
pub(crate) use self::form::Log;
use self::keeping::Reach;
pub(crate) use self::keeping::statement;
pub(crate) use self::market::{Quote, market};
use self::outlook::Change;
use self::told::Told;
use crate::causes::passed;
use crate::codec::Codecs;
use crate::dead_letters::{Correlated, DeadLetters};
use crate::topology::Wiring;
use crate::truth::History;
use crate::view::{self, View};

/// The phase's name.
pub(crate) const NAME: &str = PhaseName::Player.as_str();

/// The path of what reaches a player without his team.
pub(crate) const DIRECT: &str = "direct";

/// Stores and outputs. All keys begin with the player.
#[derive(Clone, Copy)]
pub(crate) struct Player {
    /// By player: what he has seen of the log.
    views: Store<View>,
    /// By player, game and team: what the team told him last, without its cause.
    contexts: Store<PlayerContext>,
    /// By player: of all games, what other games ask for.
    told: Store<Told>,
    /// By player and game.
    rows: Store<History<BoxScore>>,
    /// By player and prop.
    closings: Store<Closings>,
    /// By player and game.
    shots: Store<History<ShotZones>>,
    /// By player, game, prop and book.
    quotes: Store<History<Quote>>,
    games: Output<PlayerGame>,
}

impl Correlated for PlayerFact {
    fn correlation_id(&self) -> Option<&str> {
        Some(&self.cause.correlation_id)
    }
}

impl Correlated for PlayerContext {
    fn correlation_id(&self) -> Option<&str> {
        Some(&self.cause.correlation_id)
    }
}

/// Builds the phase.
pub(crate) fn phase<C: Codecs>(wiring: &Wiring<'_, C>) -> Phase {
    let mut builder = Phase::builder(NAME);
    let player = Player {
        views: builder.store("views"),
        contexts: builder.store("contexts"),
        told: builder.store("told"),
        rows: builder.store("rows"),
        closings: builder.store("closings"),
        shots: builder.store("shots"),
        quotes: builder.store("quotes"),
        games: wiring.output(&mut builder, TopicId::PlayerGames),
    };
    let mut letters = DeadLetters::to(wiring.output(&mut builder, TopicId::DeadLetters));
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::PlayerFacts,
        move |record, ctx| player.on_fact(record, ctx),
    );
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::PlayerContexts,
        move |record, ctx| player.on_context(record, ctx),
    );
    letters.install(&mut builder);
    builder.build()
}

impl Player {
    fn on_fact(
        &self,
        record: &Record<PlayerFact>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let Some(fact) = &record.value else {
            return Ok(());
        };
        let reach = self.keep_fact(fact, ctx)?;
        let change = Change {
            cause: passed(&fact.cause, crate::raw::NAME, record.timestamp_ms),
            view: self.seen(&fact.player_lookup, &fact.view, ctx)?,
            player: fact.player_lookup.clone(),
            path: DIRECT.to_owned(),
        };
        let games = match reach {
            Reach::Line {
                game_id,
                prop,
                settled,
            } => {
                let mut games = vec![self.after_line(&change, &game_id, &prop, ctx)?];
                if let Some(tip_off) = settled {
                    games.extend(self.open_games_after(&change, tip_off, ctx)?);
                }
                games
            }
            Reach::GamesAfter(moment) => self.games_after(&change, moment, ctx)?,
        };
        self.forward(games, ctx)
    }

    fn on_context(
        &self,
        record: &Record<PlayerContext>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let Some(context) = &record.value else {
            return Ok(());
        };
        let other_past_since = self.keep_context(context, ctx)?;
        let change = Change {
            cause: passed(&context.cause, crate::team::NAME, record.timestamp_ms),
            view: self.seen(&context.player_lookup, &context.view, ctx)?,
            player: context.player_lookup.clone(),
            path: context.path.clone(),
        };
        let mut games = vec![self.after_context(&change, &context.game_id, ctx)?];
        if let Some(since) = other_past_since {
            let later = self.open_games_after(&change, since, ctx)?;
            let is_told = |game: &PlayerGame| game.matchup.game_id == context.game_id;
            games.extend(later.into_iter().filter(|game| !is_told(game)));
        }
        self.forward(games, ctx)
    }

    /// Joins what the player has seen with what has come now.
    fn seen(&self, player: &str, new: &View, ctx: &mut Context<'_>) -> Result<View, ProcessError> {
        let mut seen = ctx.get(&self.views, player)?.unwrap_or_default();
        view::join(&mut seen, new);
        ctx.put(&self.views, player, &seen)?;
        Ok(seen)
    }

    /// Every record says how many there are, so that the completion knows when all have reported.
    fn forward(
        &self,
        mut games: Vec<PlayerGame>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let parts = i32::try_from(games.len()).unwrap_or(i32::MAX);
        for game in &mut games {
            game.matchup.parts = parts;
            let player = game.matchup.player_lookup.clone();
            let key = format!("{player}/{}", game.matchup.game_id);
            ctx.forward(&self.games, &player, &key, game)?;
        }
        Ok(())
    }
}
