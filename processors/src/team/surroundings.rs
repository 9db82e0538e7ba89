//! What stands around a game: both teams' form, the league's pace, the market, the lineup.

use std::collections::{BTreeMap, BTreeSet};

use sideline_avro::context::TeamForm;
use sideline_avro::facts::{Game, GameLine};
use sideline_runtime_core::{Context, ProcessError};

use super::Team;
use super::market::{GameMarket, game_market};
use super::picture::{Sheet, Surroundings};
use crate::calendar::season_start;
use crate::decimals::{VALUE, round_to};
use crate::fixtures::{Calendar, Slot};
use crate::team_form::{blowout_share, team_form};
use crate::truth::History;

/// Games whose opponents speak for the league: by then a team has met nearly everybody.
const LEAGUE_GAMES: usize = 30;
/// Teams, its own included, below which their mean is not the league's.
const LEAGUE_TEAMS_MIN: usize = 5;

impl Team {
    /// Everything around a game that is the same for all players of the team.
    pub(super) fn surroundings(
        &self,
        sheet: &Sheet,
        (slot, game): (&Slot, &Game),
        ctx: &Context<'_>,
    ) -> Result<Surroundings, ProcessError> {
        let team = &sheet.team;
        let form = team_form(&sheet.calendar, slot);
        Ok(Surroundings {
            starters: self.starters(team, game, ctx)?,
            opponent_form: self.profile(team, slot, ctx)?,
            league_pace: self.league_pace((team, &sheet.calendar, slot), &form, ctx)?,
            market: self.market(team, game, ctx)?,
            form,
            blowout_share: blowout_share(&sheet.calendar, slot),
        })
    }

    /// The starters named before tip-off; none without a lineup. A name that is an alias stands for
    /// its player.
    fn starters(
        &self,
        team: &str,
        game: &Game,
        ctx: &Context<'_>,
    ) -> Result<Option<BTreeSet<String>>, ProcessError> {
        let lineup = ctx.get(&self.lineups, &format!("{team}/{}", game.game_id))?;
        let Some(named) = lineup
            .as_ref()
            .and_then(|said| said.value_as_of(game.tip_off))
        else {
            return Ok(None);
        };
        let mut starters = BTreeSet::new();
        for name in &named.starters {
            let alias = ctx.get(&self.aliases, &format!("{team}/{name}"))?;
            let player = alias
                .as_ref()
                .and_then(|said| said.value_as_of(game.tip_off));
            starters.insert(player.unwrap_or(name).clone());
        }
        Ok(Some(starters))
    }

    /// What the opponent of a game told of itself.
    fn profile(
        &self,
        team: &str,
        slot: &Slot,
        ctx: &Context<'_>,
    ) -> Result<Option<TeamForm>, ProcessError> {
        let key = format!("{team}/{}/{}", slot.game_id, slot.opponent);
        ctx.get(&self.profiles, &key)
    }

    /// The league's pace as the team has seen it: the mean over itself and the opponents of its last
    /// 30 games, this one included, each as it was before the newest of those games. A sum over all
    /// thirty teams would make every result of the night news to every player of the league.
    fn league_pace(
        &self,
        (team, calendar, slot): (&str, &Calendar, &Slot),
        form: &TeamForm,
        ctx: &Context<'_>,
    ) -> Result<Option<f64>, ProcessError> {
        let season = season_start(slot.game_date);
        let met = calendar.slots().iter().rev().filter(|one| {
            one.tip_off <= slot.tip_off && one.off.is_none() && one.game_date >= season
        });
        let mut paces: BTreeMap<&str, f64> = BTreeMap::new();
        for one in met.take(LEAGUE_GAMES) {
            if paces.contains_key(one.opponent.as_str()) {
                continue;
            }
            let profile = self.profile(team, one, ctx)?;
            if let Some(pace) = profile.and_then(|profile| profile.pace_last_10) {
                paces.insert(&one.opponent, pace);
            }
        }
        paces.extend(form.pace_last_10.map(|pace| (team, pace)));
        if paces.len() < LEAGUE_TEAMS_MIN {
            return Ok(None);
        }
        let total: f64 = paces.values().sum();
        Ok(Some(round_to(total / paces.len() as f64, VALUE)))
    }

    fn market(
        &self,
        team: &str,
        game: &Game,
        ctx: &Context<'_>,
    ) -> Result<GameMarket, ProcessError> {
        let prefix = format!("{team}/{}/", game.game_id);
        let books = ctx.range(&self.game_lines, &prefix)?;
        let books: Vec<History<GameLine>> = books.into_iter().map(|(_, book)| book).collect();
        Ok(game_market(&books, game.home == team, game.tip_off))
    }
}
