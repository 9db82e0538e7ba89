//! Accepting a claim: is it news, whom does it concern, what are they told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sideline_avro::cause::Cause;
use sideline_avro::context::Touch;
use sideline_avro::facts::{BoxScore, Played, PlayerFact, TeamFact};
use sideline_runtime_core::{BadInput, Context, ProcessError, partition_for};

use super::Raw;
use super::claim::{Body, Claim};
use super::news::{FactState, assess};
use super::parking::unknown_player;
use crate::fact_key::FactKey;
use crate::truth::Said;
use crate::{results, team, view};

/// A registered player.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Registration {
    /// Every team he was ever said to belong to.
    teams: BTreeSet<String>,
}

impl Raw {
    /// Takes a claim, or says what is wrong with it.
    pub(super) fn take(
        &self,
        claim: &Claim,
        ctx: &mut Context<'_>,
    ) -> Result<Result<(), BadInput>, ProcessError> {
        if let Err(fault) = self.check_partition(claim) {
            return Ok(Err(fault));
        }
        if let FactKey::Alias { alias } = &claim.fact {
            return self.take_alias(alias, claim, ctx);
        }
        let Some(named) = claim.fact.player() else {
            self.accept(claim, ctx)?;
            return Ok(Ok(()));
        };
        if matches!(claim.fact, FactKey::Roster { .. }) {
            self.accept(claim, ctx)?;
            self.unpark(named, None, ctx)?;
            return Ok(Ok(()));
        }
        if ctx.get(&self.players, named)?.is_some() {
            self.accept(claim, ctx)?;
            return Ok(Ok(()));
        }
        if let Some(player) = self.stands_for(named, ctx)? {
            self.accept(&claim.clone().about(&player), ctx)?;
            return Ok(Ok(()));
        }
        let is_parked = self.park(named, claim, ctx)?;
        Ok(Err(unknown_player(named, is_parked)))
    }

    /// State is per partition: a record in the wrong one would find nobody it is about.
    fn check_partition(&self, claim: &Claim) -> Result<(), BadInput> {
        let Some(partition_key) = &claim.partition_key else {
            return Ok(());
        };
        let right = partition_for(partition_key.as_bytes(), self.partitions);
        if right == claim.cause.partition {
            return Ok(());
        }
        let seen = claim.cause.partition;
        let message =
            format!("the record is in partition {seen}, {partition_key} belongs to {right}");
        Err(ProcessError::bad_input("wrong_partition", message).field("partition").hint(format!(
            "send it to partition {right}: murmur2 of {partition_key} modulo {}, not of the key",
            self.partitions
        )))
    }

    /// Takes a claim about somebody known.
    pub(super) fn accept(&self, claim: &Claim, ctx: &mut Context<'_>) -> Result<(), ProcessError> {
        let fact = claim.cause.fact.clone();
        let mut state = ctx.get(&self.facts, &fact)?.unwrap_or_default();
        let mut news = assess(claim, &mut state);
        if news.is_resend {
            let cause = claim.cause.clone();
            return self.touch(
                Touch {
                    cause,
                    is_unchanged: true,
                    ..Touch::default()
                },
                ctx,
            );
        }
        if let FactKey::Injury { player, .. } = &claim.fact {
            news.old_value = self.last_status(player, claim, ctx)?;
        }
        let teams = self.concerned_teams(claim, &state, ctx)?;
        let mut cause = claim.cause.clone();
        cause.old_value = news.old_value;
        let newcomers: BTreeSet<String> = teams.difference(&state.told).cloned().collect();
        self.brief(claim, &newcomers, ctx)?;
        let targets = self.tell(claim, &cause, &teams, ctx)?;
        state.told = teams;
        ctx.put(&self.facts, &fact, &state)?;
        let targets = if news.is_repeat { Vec::new() } else { targets };
        let is_unchanged = news.is_repeat;
        self.touch(
            Touch {
                cause,
                targets,
                is_unchanged,
                ..Touch::default()
            },
            ctx,
        )
    }

    /// The status his sources gave him last before this one, over all dates and games: that is
    /// what a person means by the value before.
    fn last_status(
        &self,
        player: &str,
        claim: &Claim,
        ctx: &Context<'_>,
    ) -> Result<Option<String>, ProcessError> {
        let known_at = claim.cause.known_at;
        let told = ctx.range(&self.backlog, &format!("player/{player}/injury/"))?;
        let earlier = told.into_iter().map(|(_, one)| one.cause);
        let last = earlier
            .filter(|one| one.known_at <= known_at)
            .max_by_key(|one| one.known_at);
        Ok(last.and_then(|cause| cause.new_value))
    }

    /// Every team that must hear of it. Teams told before hear of corrections too, so that none is
    /// left with what is no longer said.
    fn concerned_teams(
        &self,
        claim: &Claim,
        state: &FactState,
        ctx: &mut Context<'_>,
    ) -> Result<BTreeSet<String>, ProcessError> {
        let mut teams = state.told.clone();
        teams.extend(claim.teams.iter().cloned());
        match &claim.said {
            Said::Stated(Body::Lineup(lineup)) => teams.extend([lineup.team.clone()]),
            Said::Stated(Body::Game(game)) => {
                teams.extend([game.home.clone(), game.away.clone()]);
            }
            Said::Stated(Body::Alias { team, .. }) => teams.extend(team.clone()),
            Said::Stated(Body::GameLine { home, .. }) => teams.extend([home.clone()]),
            _ => {}
        }
        match &claim.fact {
            FactKey::Injury { player, .. } => {
                teams.extend(ctx.get(&self.players, player)?.unwrap_or_default().teams);
            }
            FactKey::Roster { player } => {
                let team = match &claim.said {
                    Said::Stated(Body::Roster(roster)) => roster.team.clone(),
                    _ => None,
                };
                teams.extend(self.register(player, team, ctx)?);
            }
            FactKey::Lineup { team, .. } => teams.extend([team.clone()]),
            // They name the home team alone: the game itself has told who visits.
            FactKey::GameLine { game_id, .. } | FactKey::Referees { game_id } => {
                let game = FactKey::Game {
                    game_id: game_id.clone(),
                };
                let game = ctx.get(&self.facts, &game.to_string())?;
                teams.extend(game.unwrap_or_default().told);
            }
            _ => {}
        }
        Ok(teams)
    }

    /// Registers the player, and his team when one is named.
    pub(super) fn register(
        &self,
        player: &str,
        team: Option<String>,
        ctx: &mut Context<'_>,
    ) -> Result<BTreeSet<String>, ProcessError> {
        let mut registration = ctx.get(&self.players, player)?.unwrap_or_default();
        registration.teams.extend(team);
        ctx.put(&self.players, player, &registration)?;
        Ok(registration.teams)
    }

    /// Tells teams and player, and answers with whom the event reaches.
    fn tell(
        &self,
        claim: &Claim,
        cause: &Cause,
        teams: &BTreeSet<String>,
        ctx: &mut Context<'_>,
    ) -> Result<Vec<String>, ProcessError> {
        let mut targets = Vec::new();
        let phase = team_phase(&claim.fact);
        for team in teams {
            let fact = team_fact(team, claim, cause.clone());
            self.tell_team(&fact, claim, ctx)?;
            targets.push(format!("{phase}/{team}"));
        }
        if let Some(scope) = backlog_scope(&claim.fact) {
            let known_at = claim.cause.known_at.0;
            let key = format!(
                "{scope}{}|{}|{known_at:020}",
                claim.fact, claim.cause.source
            );
            ctx.put(&self.backlog, &key, claim)?;
        }
        if let Some(player) = self.tell_player(claim, cause, ctx)? {
            targets.push(format!("player/{player}/direct"));
        }
        Ok(targets)
    }

    /// Tells teams that hear of a player or game for the first time what others were told before,
    /// so that in the end all know the same, whatever came first.
    fn brief(
        &self,
        claim: &Claim,
        newcomers: &BTreeSet<String>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let (FactKey::Roster { .. } | FactKey::Game { .. }) = &claim.fact else {
            return Ok(());
        };
        let Some(scope) = backlog_scope(&claim.fact) else {
            return Ok(());
        };
        if newcomers.is_empty() {
            return Ok(());
        }
        let backlog = ctx.range(&self.backlog, &scope)?;
        for team in newcomers {
            for (_, earlier) in &backlog {
                let fact = TeamFact {
                    is_briefing: true,
                    ..team_fact(team, earlier, earlier.cause.clone())
                };
                self.tell_team(&fact, earlier, ctx)?;
            }
        }
        Ok(())
    }

    fn tell_team(
        &self,
        fact: &TeamFact,
        claim: &Claim,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let output = if team_phase(&claim.fact) == results::NAME {
            &self.team_results
        } else {
            &self.team_facts
        };
        let key = format!("{}/{}|{}", fact.team, fact.fact, fact.source);
        ctx.forward(output, &fact.team, &key, fact)
    }

    fn tell_player(
        &self,
        claim: &Claim,
        cause: &Cause,
        ctx: &mut Context<'_>,
    ) -> Result<Option<String>, ProcessError> {
        let (FactKey::Line { player, .. }
        | FactKey::BoxScore { player, .. }
        | FactKey::ShotZones { player, .. }
        | FactKey::Trigger { player, .. }) = &claim.fact
        else {
            return Ok(None);
        };
        let mut fact = PlayerFact {
            cause: cause.clone(),
            view: view::of_place(&cause.topic, cause.partition, cause.offset),
            player_lookup: player.clone(),
            fact: cause.fact.clone(),
            source: cause.source.clone(),
            known_at: cause.known_at,
            ingested_at: cause.ingested_at,
            is_retracted: claim.said == Said::Retracted,
            is_forced: matches!(claim.fact, FactKey::Trigger { .. }),
            ..PlayerFact::default()
        };
        match &claim.said {
            Said::Stated(Body::Line(line)) => fact.line = Some(line.clone()),
            Said::Stated(Body::BoxScore(row)) => fact.box_score = Some(row.clone()),
            Said::Stated(Body::ShotZones(row)) => fact.shot_zones = Some(row.clone()),
            _ => {}
        }
        let key = format!("{}|{}", fact.fact, fact.source);
        ctx.forward(&self.player_facts, player, &key, &fact)?;
        Ok(Some(player.clone()))
    }
}

/// The phase that hears of a team's fact first: games, lines and shots go by way of the results,
/// where they become one change.
fn team_phase(fact: &FactKey) -> &'static str {
    match fact {
        FactKey::Game { .. } | FactKey::BoxScore { .. } | FactKey::ShotZones { .. } => {
            results::NAME
        }
        _ => team::NAME,
    }
}

fn team_fact(team: &str, claim: &Claim, cause: Cause) -> TeamFact {
    let mut fact = TeamFact {
        view: view::of_place(&cause.topic, cause.partition, cause.offset),
        team: team.to_owned(),
        fact: cause.fact.clone(),
        source: cause.source.clone(),
        known_at: cause.known_at,
        ingested_at: cause.ingested_at,
        is_retracted: claim.said == Said::Retracted,
        cause,
        ..TeamFact::default()
    };
    if let Said::Stated(body) = &claim.said {
        put_body(&mut fact, body, claim);
    }
    fact
}

/// What later teams must be told of: a player's rosters and injuries, a game's lines and referees.
fn backlog_scope(fact: &FactKey) -> Option<String> {
    match fact {
        FactKey::Injury { player, .. } | FactKey::Roster { player } => {
            Some(format!("player/{player}/"))
        }
        FactKey::GameLine { game_id, .. }
        | FactKey::Game { game_id }
        | FactKey::Referees { game_id } => Some(format!("game/{game_id}/")),
        _ => None,
    }
}

fn put_body(fact: &mut TeamFact, body: &Body, claim: &Claim) {
    match body {
        Body::Injury(injury) => fact.injury = Some(injury.clone()),
        Body::Lineup(lineup) => fact.lineup = Some(lineup.clone()),
        Body::Game(game) => fact.game = Some(game.clone()),
        Body::GameLine { line, .. } => fact.game_line = Some(line.clone()),
        Body::Roster(roster) => fact.roster = Some(roster.clone()),
        Body::BoxScore(row) => fact.played = claim.fact.player().map(|player| played(row, player)),
        Body::ShotZones(row) => fact.shot_zones = Some(row.clone()),
        Body::Referees(crew) => fact.referees = Some(crew.clone()),
        Body::Alias { player, .. } => fact.alias_of = Some(player.clone()),
        Body::Line(_) | Body::Forced { .. } => {}
    }
}

fn played(row: &BoxScore, player: &str) -> Played {
    Played {
        game_id: row.game_id.clone(),
        player_lookup: player.to_owned(),
        game_date: row.game_date,
        minutes: row.minutes,
        started: row.started,
        did_not_play: row.did_not_play,
        team: row.team.clone(),
        pts: row.pts,
        fga: row.fga,
        fta: row.fta,
        oreb: row.oreb,
        tov: row.tov,
    }
}
