//! Telling players what a fact changed for them.

use std::collections::{BTreeMap, BTreeSet};

use sideline_avro::context::PlayerContext;
use sideline_avro::facts::{Game, TeamFact};
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, ProcessError};

use super::keeping::Reach;
use super::picture::{Picture, Sheet, not_playing};
use super::{Head, Team, path, writer};
use crate::causes::passed;
use crate::fingerprint::{self, Fingerprint};
use crate::fixtures::{Slot, game_of};

/// A game is no longer, or not yet again, the next one.
const NOT_NEXT_GAME: &str = "not_next_game";
/// He belonged to the team since its last game, and does no more.
const LEFT_TEAM: &str = "left_team";

/// What all contexts of one fact share.
struct Telling<'f> {
    fact: &'f TeamFact,
    timestamp_ms: i64,
    head: &'f Head,
}

impl Team {
    /// Works out the games a fact reaches, tells whoever must hear, and answers with whom: once
    /// per player and game.
    pub(super) fn tell_players(
        &self,
        fact: &TeamFact,
        timestamp_ms: i64,
        (reach, head): (&Reach, &mut Head),
        ctx: &mut Context<'_>,
    ) -> Result<Vec<String>, ProcessError> {
        let calendar = ctx.get(&self.calendars, &fact.team)?.unwrap_or_default();
        let open_until = calendar.open_until(head.newest);
        if reach.newest.is_none() && reach.since >= open_until.max(head.opened_until) {
            // A profile for a game that is not open yet.
            return Ok(Vec::new());
        }
        let mut sheet = Sheet::load(self, &fact.team, calendar, ctx)?;
        let slots = sheet.calendar.slots().to_vec();
        let mut targets = Vec::new();
        for slot in slots {
            let is_own = reach.own_game.as_deref() == Some(&slot.game_id);
            let is_open = slot.tip_off <= open_until;
            let was_open = slot.tip_off <= head.opened_until;
            let is_reached = if is_open {
                slot.tip_off > reach.since || !was_open
            } else {
                was_open
            };
            let is_barred = reach
                .only_game
                .as_ref()
                .is_some_and(|only| *only != slot.game_id)
                && is_open == was_open;
            if !is_own && (!is_reached || is_barred) {
                continue;
            }
            let told = self.told_of(&slot, &fact.team, ctx)?;
            let contexts = if is_open && slot.off.is_none() {
                self.contexts(&mut sheet, &slot, &told, ctx)?
            } else {
                self.withdrawals(&slot, &fact.team, &told, ctx)?
            };
            let is_next = slot.tip_off == open_until && slot.tip_off > head.newest;
            let subject = reach.subject.as_deref().filter(|_| is_next);
            let telling = Telling {
                fact,
                timestamp_ms,
                head,
            };
            targets.extend(self.send(&telling, contexts, (&told, subject), ctx)?);
        }
        head.opened_until = open_until;
        Ok(targets)
    }

    /// Who was told of a game, and what, as a hash.
    fn told_of(
        &self,
        slot: &Slot,
        team: &str,
        ctx: &Context<'_>,
    ) -> Result<BTreeMap<String, Fingerprint>, ProcessError> {
        let prefix = format!("{team}/{}/", slot.game_id);
        let told = ctx.range(&self.told, &prefix)?.into_iter();
        Ok(told
            .map(|(key, content)| (key[prefix.len()..].to_owned(), content))
            .collect())
    }

    fn game(
        &self,
        slot: &Slot,
        team: &str,
        ctx: &Context<'_>,
    ) -> Result<Option<Game>, ProcessError> {
        let history = ctx.get(&self.games, &format!("{team}/{}", slot.game_id))?;
        Ok(history.as_ref().and_then(game_of).cloned())
    }

    /// What everybody is told of a game that will be played.
    fn contexts(
        &self,
        sheet: &mut Sheet,
        slot: &Slot,
        told: &BTreeMap<String, Fingerprint>,
        ctx: &Context<'_>,
    ) -> Result<Vec<PlayerContext>, ProcessError> {
        let Some(game) = self.game(slot, &sheet.team, ctx)? else {
            return Ok(Vec::new());
        };
        sheet.prepare(self, slot, ctx)?;
        let played = self.who_played(slot, &sheet.team, ctx)?;
        let surroundings = self.surroundings(sheet, (slot, &game), ctx)?;
        let opponent_form = surroundings.opponent_form.clone();
        let picture = sheet.picture(&game, surroundings);
        let mut contexts: Vec<PlayerContext> = picture
            .members()
            .map(|player| picture.of_member(player))
            .collect();
        for player in strangers(&picture, told, &played) {
            let has_played = played.contains(player);
            contexts.push(PlayerContext {
                opponent_form: opponent_form.clone().filter(|_| has_played),
                ..not_playing(&game, &sheet.team, player, LEFT_TEAM)
            });
        }
        Ok(contexts)
    }

    /// Who has a line in the box score of an ended game. He is told whom he met there also when the
    /// roster did not have him with the team: his later games are compared by it.
    fn who_played(
        &self,
        slot: &Slot,
        team: &str,
        ctx: &Context<'_>,
    ) -> Result<BTreeSet<String>, ProcessError> {
        if slot.final_at.is_none() {
            return Ok(BTreeSet::new());
        }
        let rows = ctx.get(&self.played, &format!("{team}/{}", slot.game_id))?;
        Ok(rows.unwrap_or_default().into_keys().collect())
    }

    /// What those who were told of it are told of a game that is off, or no longer next.
    fn withdrawals(
        &self,
        slot: &Slot,
        team: &str,
        told: &BTreeMap<String, Fingerprint>,
        ctx: &Context<'_>,
    ) -> Result<Vec<PlayerContext>, ProcessError> {
        let Some(game) = self.game(slot, team, ctx)? else {
            return Ok(Vec::new());
        };
        let reason = slot.off.map_or(NOT_NEXT_GAME, |off| off.word());
        Ok(told
            .keys()
            .map(|player| not_playing(&game, team, player, reason))
            .collect())
    }

    /// Sends the contexts that changed, and the subject's in any case.
    fn send(
        &self,
        telling: &Telling<'_>,
        contexts: Vec<PlayerContext>,
        (told, subject): (&BTreeMap<String, Fingerprint>, Option<&str>),
        ctx: &mut Context<'_>,
    ) -> Result<Vec<String>, ProcessError> {
        let team = &telling.fact.team;
        let mut targets = Vec::new();
        for mut context in contexts {
            // Cause, view and times are not set yet, so this is the content alone.
            let content = fingerprint::of(&context);
            let player = context.player_lookup.clone();
            let is_same = told.get(&player) == Some(&content);
            if is_same && subject != Some(player.as_str()) {
                continue;
            }
            if !is_same {
                let key = format!("{team}/{}/{player}", context.game_id);
                ctx.put(&self.told, &key, &content)?;
            }
            telling.stamp(&mut context);
            let key = format!("{player}/{}", context.game_id);
            ctx.forward(&self.contexts, &player, &key, &context)?;
            targets.push(format!("player/{player}/{}", context.path));
        }
        Ok(targets)
    }
}

/// Who has left since the last game, was told of this one or played in it, and is no member.
fn strangers<'p>(
    picture: &'p Picture<'_>,
    told: &'p BTreeMap<String, Fingerprint>,
    played: &'p BTreeSet<String>,
) -> BTreeSet<&'p str> {
    let mut strangers: BTreeSet<&str> = picture.leavers.clone();
    strangers.extend(told.keys().map(String::as_str));
    strangers.extend(played.iter().map(String::as_str));
    for member in picture.members() {
        strangers.remove(member);
    }
    strangers
}

impl Telling<'_> {
    fn stamp(&self, context: &mut PlayerContext) {
        context.path = path(self.fact);
        context.cause = passed(&self.fact.cause, writer(self.fact), self.timestamp_ms);
        context.view = self.head.view.clone();
        context.ingested_at = self.fact.ingested_at;
        let known = [self.head.newest, self.fact.known_at].into_iter();
        let used = known.filter(|known_at| *known_at < context.tip_off).max();
        context.as_of = used.unwrap_or(Timestamp(context.tip_off.0.saturating_sub(1)));
    }
}
