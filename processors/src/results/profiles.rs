//! Telling a team's next opponents what its games say of it.

use std::collections::BTreeMap;

use sideline_avro::facts::{OpponentProfile, TeamFact};
use sideline_runtime_core::{Context, ProcessError};

use super::keeping::Reach;
use super::{Head, Results, Telling};
use crate::fingerprint;
use crate::fixtures::{Calendar, Slot};
use crate::team_form::team_form;

/// The next games of a team whose opponents are told: an opponent may have to play the last of them
/// next while this team still plays the others before it. Four games are a week; an opponent that
/// rests longer hears of it one game later.
const PROFILED_GAMES: usize = 4;

impl Results {
    /// Works out the profiles a fact reaches, tells those that changed, one record per opponent,
    /// and answers with whom.
    pub(super) fn tell_opponents(
        &self,
        telling: &Telling<'_>,
        (reach, head): (&Reach, &mut Head),
        ctx: &mut Context<'_>,
    ) -> Result<Vec<String>, ProcessError> {
        let team = &telling.fact.team;
        let calendar = ctx.get(&self.calendars, team)?.unwrap_or_default();
        let told_until = calendar.horizon(head.newest, PROFILED_GAMES);
        let mut profiles: BTreeMap<String, Vec<OpponentProfile>> = BTreeMap::new();
        for slot in calendar.slots() {
            let is_told = slot.tip_off <= told_until;
            let was_told = slot.tip_off <= head.told_until;
            let is_reached = slot.tip_off > reach.since || is_told != was_told;
            if !is_reached && slot.game_id != reach.own_game {
                continue;
            }
            let is_wanted = is_told && slot.off.is_none();
            for (opponent, profile) in self.changed(team, (&calendar, slot, is_wanted), ctx)? {
                profiles.entry(opponent).or_default().push(profile);
            }
        }
        head.told_until = told_until;
        let mut targets = Vec::with_capacity(profiles.len());
        for (opponent, profiles) in profiles {
            targets.push(format!("team/{opponent}:{team}"));
            self.tell(&profile_fact(telling, opponent, profiles), ctx)?;
        }
        Ok(targets)
    }

    /// What must be told anew of one game, to the opponent, and to whom was taken for it before.
    fn changed(
        &self,
        team: &str,
        (calendar, slot, is_wanted): (&Calendar, &Slot, bool),
        ctx: &mut Context<'_>,
    ) -> Result<Vec<(String, OpponentProfile)>, ProcessError> {
        let prefix = format!("{team}/{}/", slot.game_id);
        let told = ctx.range(&self.told, &prefix)?;
        let mut changed = Vec::new();
        let opponent = is_wanted.then_some(&slot.opponent);
        for (key, _) in &told {
            let told_before = &key[prefix.len()..];
            if opponent.is_some_and(|opponent| opponent == told_before) {
                continue;
            }
            ctx.delete(&self.told, key)?;
            let gone = OpponentProfile {
                game_id: slot.game_id.clone(),
                form: None,
            };
            changed.push((told_before.to_owned(), gone));
        }
        let Some(opponent) = opponent else {
            return Ok(changed);
        };
        let profile = OpponentProfile {
            game_id: slot.game_id.clone(),
            form: Some(team_form(calendar, slot)),
        };
        let content = fingerprint::of(&profile);
        let key = format!("{prefix}{opponent}");
        if told.iter().any(|known| *known == (key.clone(), content)) {
            return Ok(changed);
        }
        ctx.put(&self.told, &key, &content)?;
        changed.push((opponent.clone(), profile));
        Ok(changed)
    }
}

fn profile_fact(
    telling: &Telling<'_>,
    opponent: String,
    profiles: Vec<OpponentProfile>,
) -> TeamFact {
    let onward = telling.onward();
    let team = &telling.fact.team;
    let games: Vec<&str> = profiles.iter().map(|one| one.game_id.as_str()).collect();
    TeamFact {
        fact: format!("profile/{team}/{}", games.join(",")),
        team: opponent,
        told_by: team.clone(),
        profiles,
        is_retracted: false,
        game: None,
        played: None,
        shot_zones: None,
        totals: Vec::new(),
        ..onward
    }
}
