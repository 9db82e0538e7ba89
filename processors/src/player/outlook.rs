//! A player's outlook on one game: is he predicted, with which form, in which market.

use std::collections::BTreeMap;

use sideline_avro::cause::Cause;
use sideline_avro::context::PlayerContext;
use sideline_avro::facts::{BoxScore, ShotZones};
use sideline_avro::form::{Form, Matchup, PlayerGame, PropLine};
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, ProcessError};

use super::Player;
use super::closings::Closings;
use super::form::{Log, Surroundings, all_props};
use super::market::{Quote, lines_before, market};
use super::shots::Shots;
use super::told::Told;
use crate::props::{Prop, prop};
use crate::truth::History;
use crate::view::View;

/// There is no game to predict.
const NO_NEXT_GAME: &str = "no_next_game";
/// The line is for a game no team of his has as its next.
const NOT_NEXT_GAME: &str = "not_next_game";
/// The line was known at or after tip-off.
const AFTER_TIP_OFF: &str = "after_tip_off";
/// The line is on a prop that no system predicts.
const PROP_NOT_PREDICTED: &str = "prop_not_predicted";
/// Neither a line nor minutes nor a lineup speak for him.
const NOT_ELIGIBLE: &str = "not_eligible";

/// A change that has reached a player.
pub(super) struct Change {
    pub(super) cause: Cause,
    pub(super) view: View,
    pub(super) player: String,
    pub(super) path: String,
}

/// A player's books, by key `player/game/prop/book`.
pub(super) type Books = Vec<(String, History<Quote>)>;

/// What a change reads once of a player, for all games it reaches.
struct Past {
    /// His box scores, by key `player/game`.
    rows: Vec<(String, History<BoxScore>)>,
    told: Told,
    /// From where he shot, by key `player/game`.
    shots: Vec<(String, History<ShotZones>)>,
    /// By prop.
    closings: BTreeMap<&'static str, Closings>,
}

impl Past {
    /// The games he had played before this one.
    fn log(&self, context: &PlayerContext) -> Log<'_> {
        Log::before(&self.rows, context.game_date, context.tip_off)
    }

    /// From where he had shot before this one.
    fn shots(&self, context: &PlayerContext) -> Shots {
        Shots::before(&self.shots, context.game_date, context.tip_off)
    }
}

impl Player {
    /// What a line means for its game.
    pub(super) fn after_line(
        &self,
        change: &Change,
        game_id: &str,
        prop_name: &str,
        ctx: &Context<'_>,
    ) -> Result<PlayerGame, ProcessError> {
        let Some(context) = self.context(&change.player, game_id, ctx)? else {
            return Ok(change.skip_game(game_id, NOT_NEXT_GAME));
        };
        if change.cause.known_at >= context.tip_off {
            return Ok(change.skip_in(&context, AFTER_TIP_OFF));
        }
        let told = self.told(&change.player, ctx)?;
        let mut past = self.past(&change.player, (told, &[]), ctx)?;
        // The line that makes a player eligible does so for every prop, whichever it is on.
        let is_first = !stands_without_line(&context, &past.log(&context))
            && self.lines_seen(&context, ctx)? <= 1;
        let only = || prop(prop_name).into_iter().collect();
        let props: Vec<&'static Prop> = if is_first { all_props() } else { only() };
        if props.is_empty() {
            return Ok(change.skip(PROP_NOT_PREDICTED));
        }
        past.closings = self.closings(&change.player, &props, ctx)?;
        self.outlook(change, &context, (&past, &props), ctx)
    }

    /// What a team's word means for the game it is about.
    pub(super) fn after_context(
        &self,
        change: &Change,
        game_id: &str,
        ctx: &Context<'_>,
    ) -> Result<PlayerGame, ProcessError> {
        let Some(context) = self.context(&change.player, game_id, ctx)? else {
            return Ok(change.skip_game(game_id, NOT_NEXT_GAME));
        };
        let told = self.told(&change.player, ctx)?;
        let props = all_props();
        let past = self.past(&change.player, (told, &props), ctx)?;
        self.outlook(change, &context, (&past, &props), ctx)
    }

    /// What a fact of his own means for every game of his that tips off later; where there is
    /// none, a word that says so.
    pub(super) fn games_after(
        &self,
        change: &Change,
        moment: Timestamp,
        ctx: &Context<'_>,
    ) -> Result<Vec<PlayerGame>, ProcessError> {
        let games = self.open_games_after(change, moment, ctx)?;
        if games.is_empty() {
            return Ok(vec![change.skip(NO_NEXT_GAME)]);
        }
        Ok(games)
    }

    /// His outlook on every game that he has and that tips off after the moment.
    pub(super) fn open_games_after(
        &self,
        change: &Change,
        moment: Timestamp,
        ctx: &Context<'_>,
    ) -> Result<Vec<PlayerGame>, ProcessError> {
        let told = self.told(&change.player, ctx)?;
        let games: Vec<String> = told.games_after(moment).map(str::to_owned).collect();
        if games.is_empty() {
            return Ok(Vec::new());
        }
        let props = all_props();
        let past = self.past(&change.player, (told, &props), ctx)?;
        let mut outlooks = Vec::with_capacity(games.len());
        for game_id in &games {
            if let Some(context) = self.context(&change.player, game_id, ctx)? {
                outlooks.push(self.outlook(change, &context, (&past, &props), ctx)?);
            }
        }
        Ok(outlooks)
    }

    fn past(
        &self,
        player: &str,
        (told, props): (Told, &[&'static Prop]),
        ctx: &Context<'_>,
    ) -> Result<Past, ProcessError> {
        Ok(Past {
            rows: ctx.range(&self.rows, &format!("{player}/"))?,
            told,
            shots: ctx.range(&self.shots, &format!("{player}/"))?,
            closings: self.closings(player, props, ctx)?,
        })
    }

    /// What his teams say of a game. A player traded between the two of them has heard from both;
    /// the one he plays for counts.
    fn context(
        &self,
        player: &str,
        game_id: &str,
        ctx: &Context<'_>,
    ) -> Result<Option<PlayerContext>, ProcessError> {
        let told = ctx.range(&self.contexts, &format!("{player}/{game_id}/"))?;
        let words = told.into_iter().map(|(_, context)| context);
        Ok(words.reduce(|one, other| better(&one, other)))
    }

    fn outlook(
        &self,
        change: &Change,
        context: &PlayerContext,
        (past, props): (&Past, &[&'static Prop]),
        ctx: &Context<'_>,
    ) -> Result<PlayerGame, ProcessError> {
        if !context.is_playing {
            let reason = context
                .not_playing_reason
                .as_deref()
                .unwrap_or(NOT_NEXT_GAME);
            return Ok(change.skip_in(context, reason));
        }
        let log = past.log(context);
        let game = (change.player.as_str(), context.game_id.as_str());
        let books = self.books(game, props, ctx)?;
        let is_eligible = stands_without_line(context, &log)
            || books
                .iter()
                .any(|(_, quotes)| lines_before(quotes, context.tip_off) > 0)
            || self.lines_seen(context, ctx)? > 0;
        if !is_eligible {
            return Ok(change.skip_in(context, NOT_ELIGIBLE));
        }
        let lines = lines(&books, props, context.tip_off);
        let mut matchup = change.matchup(context);
        let newest_line = lines.iter().map(|line| line.line_as_of).max();
        let shots = past.shots(context);
        let cause_known_at = Some(change.cause.known_at);
        let used = [log.as_of, shots.as_of, newest_line, cause_known_at];
        let used = used.into_iter().flatten();
        let before_tip_off = used.filter(|at| *at < context.tip_off);
        matchup.as_of = before_tip_off.fold(context.as_of, Timestamp::max);
        let around = Surroundings {
            context,
            told: &past.told,
            closings: &past.closings,
            lines: &lines,
        };
        Ok(PlayerGame {
            cause: change.cause.clone(),
            view: change.view.clone(),
            matchup,
            props: props.iter().map(|prop| prop.name.to_owned()).collect(),
            form: Form {
                zone_shares: shots.zone_shares,
                self_created_rate: shots.self_created_rate,
                ..log.form(&around, props)
            },
            lines,
        })
    }

    /// The books on the props asked for. All props at once is one walk over the game's quotes.
    pub(super) fn books(
        &self,
        (player, game_id): (&str, &str),
        props: &[&'static Prop],
        ctx: &Context<'_>,
    ) -> Result<Books, ProcessError> {
        let of_game = format!("{player}/{game_id}/");
        match props {
            [only] => ctx.range(&self.quotes, &format!("{of_game}{}/", only.name)),
            _ => ctx.range(&self.quotes, &of_game),
        }
    }

    /// How many lines on him there were for this game before tip-off, on whatever prop.
    fn lines_seen(
        &self,
        context: &PlayerContext,
        ctx: &Context<'_>,
    ) -> Result<usize, ProcessError> {
        let game = (context.player_lookup.as_str(), context.game_id.as_str());
        let books = self.books(game, &[], ctx)?;
        Ok(books
            .iter()
            .map(|(_, quotes)| lines_before(quotes, context.tip_off))
            .sum())
    }
}

/// True for a player who is predicted whether or not there is a line on him.
fn stands_without_line(context: &PlayerContext, log: &Log<'_>) -> bool {
    context.is_starter == Some(true) || log.is_regular()
}

/// Of two teams' words on one game, that of the team he plays for, then the newer.
fn better(one: &PlayerContext, other: PlayerContext) -> PlayerContext {
    let rank = |context: &PlayerContext| (context.is_playing, context.as_of, context.team.clone());
    if rank(one) >= rank(&other) {
        one.clone()
    } else {
        other
    }
}

/// The market per prop, for those with a line.
pub(super) fn lines(books: &Books, props: &[&'static Prop], tip_off: Timestamp) -> Vec<PropLine> {
    let mut quoting: BTreeMap<&str, Vec<(&str, &History<Quote>)>> = BTreeMap::new();
    for (key, quotes) in books {
        let mut parts = key.rsplitn(3, '/');
        if let (Some(book), Some(prop)) = (parts.next(), parts.next()) {
            quoting.entry(prop).or_default().push((book, quotes));
        }
    }
    let of_prop = |prop: &&'static Prop| market(prop.name, quoting.get(prop.name)?, tip_off);
    props.iter().filter_map(of_prop).collect()
}

impl Change {
    /// Nothing to predict, in no game.
    pub(super) fn skip(&self, reason: &str) -> PlayerGame {
        self.skip_game("", reason)
    }

    fn skip_game(&self, game_id: &str, reason: &str) -> PlayerGame {
        let nowhere = PlayerContext {
            game_id: game_id.to_owned(),
            ..PlayerContext::default()
        };
        let mut game = self.skip_in(&nowhere, reason);
        game.matchup.as_of = self.cause.known_at;
        game.matchup.is_too_late = false;
        game
    }

    fn skip_in(&self, context: &PlayerContext, reason: &str) -> PlayerGame {
        let mut matchup = self.matchup(context);
        matchup.skip_reason = Some(reason.to_owned());
        PlayerGame {
            cause: self.cause.clone(),
            view: self.view.clone(),
            matchup,
            ..PlayerGame::default()
        }
    }

    fn matchup(&self, context: &PlayerContext) -> Matchup {
        Matchup {
            player_lookup: self.player.clone(),
            path: self.path.clone(),
            // Set when all records of the change are known.
            parts: 1,
            game_id: context.game_id.clone(),
            skip_reason: None,
            game_date: context.game_date,
            season_type: context.season_type,
            tip_off: context.tip_off,
            team: context.team.clone(),
            opponent: context.opponent.clone(),
            is_home: context.is_home,
            as_of: context.as_of,
            is_too_late: self.cause.ingested_at >= context.tip_off,
            status: context.status,
            status_reason: context.status_reason.clone(),
            teammates_out: context.teammates_out.clone(),
            is_starter: context.is_starter,
        }
    }
}
