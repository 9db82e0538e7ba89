//! What stands around a game: both teams' form, the league's pace and zones, the market, the lineup,
//! the referees.

use std::collections::{BTreeMap, BTreeSet};

use sideline_avro::context::{ByZone, TeamForm};
use sideline_avro::facts::{Game, GameLine};
use sideline_runtime_core::{Context, ProcessError};

use super::Team;
use super::market::{GameMarket, game_market};
use super::picture::{Sheet, Surroundings};
use crate::calendar::season_start;
use crate::decimals::{FINE, VALUE, mean_to};
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
        let met = self.met((team, &sheet.calendar, slot), ctx)?;
        Ok(Surroundings {
            starters: self.starters(team, game, ctx)?,
            opponent_form: self.profile(team, slot, ctx)?,
            league_pace: league_pace(&met, team, &form),
            league_zones: league_zones(&met),
            market: self.market(team, game, ctx)?,
            referees: self.crew((team, slot), ctx)?,
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

    /// The opponents of its last 30 games, this one included, each as it was before the newest of
    /// those games: the league as the team has seen it. A sum over all thirty teams would make every
    /// result of the night news to every player of the league.
    fn met<'c>(
        &self,
        (team, calendar, slot): (&str, &'c Calendar, &Slot),
        ctx: &Context<'_>,
    ) -> Result<BTreeMap<&'c str, TeamForm>, ProcessError> {
        let season = season_start(slot.game_date);
        let met = calendar.slots().iter().rev().filter(|one| {
            one.tip_off <= slot.tip_off && one.off.is_none() && one.game_date >= season
        });
        let mut forms: BTreeMap<&str, TeamForm> = BTreeMap::new();
        for one in met.take(LEAGUE_GAMES) {
            if forms.contains_key(one.opponent.as_str()) {
                continue;
            }
            let profile = self.profile(team, one, ctx)?;
            if let Some(form) = profile.filter(|form| form.pace_last_10.is_some()) {
                forms.insert(&one.opponent, form);
            }
        }
        Ok(forms)
    }

    /// Who referees the game, as known before its tip-off.
    fn crew(
        &self,
        (team, slot): (&str, &Slot),
        ctx: &Context<'_>,
    ) -> Result<Vec<String>, ProcessError> {
        let crews = ctx.get(&self.referees, &format!("{team}/{}", slot.game_id))?;
        let crew = crews
            .as_ref()
            .and_then(|crews| crews.value_as_of(slot.tip_off));
        Ok(crew.map(|crew| crew.names.clone()).unwrap_or_default())
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

/// Mean over the teams met and the team itself.
fn league_pace(met: &BTreeMap<&str, TeamForm>, team: &str, form: &TeamForm) -> Option<f64> {
    // By the teams' codes, so that they are always added up in one order.
    let mut paces: BTreeMap<&str, f64> = BTreeMap::new();
    for (met, form) in met.iter().chain([(&team, form)]) {
        paces.extend(form.pace_last_10.map(|pace| (*met, pace)));
    }
    let paces: Vec<f64> = paces.into_values().collect();
    league_mean(&paces, VALUE)
}

/// Mean over the teams met. What the team itself allows is told to its opponents alone.
fn league_zones(met: &BTreeMap<&str, TeamForm>) -> Option<ByZone> {
    let allowed: Vec<ByZone> = met.values().filter_map(|form| form.zones_allowed).collect();
    let mean = |of: fn(&ByZone) -> f64| {
        let rates: Vec<f64> = allowed.iter().map(of).collect();
        league_mean(&rates, FINE)
    };
    Some(ByZone {
        paint: mean(|by| by.paint)?,
        mid_range: mean(|by| by.mid_range)?,
        three: mean(|by| by.three)?,
    })
}

/// None below 5 teams.
fn league_mean(values: &[f64], decimals: i32) -> Option<f64> {
    if values.len() < LEAGUE_TEAMS_MIN {
        return None;
    }
    mean_to(values, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_teams_speak_for_the_league_and_four_do_not() {
        let team = |paint: f64| TeamForm {
            pace_last_10: Some(100.0 * paint),
            zones_allowed: Some(ByZone {
                paint,
                mid_range: 0.4,
                three: paint - 0.2,
            }),
            ..TeamForm::default()
        };
        let names = ["ATL", "BKN", "CHI", "DAL"];
        let mut met: BTreeMap<&str, TeamForm> =
            names.into_iter().map(|name| (name, team(0.6))).collect();
        let own = team(0.5);
        // 4 x 60 and its own 50; of the zones its own are not among them.
        assert_eq!(league_pace(&met, "BOS", &own), Some(58.0));
        assert_eq!(league_zones(&met), None);
        met.insert("DEN", team(0.55));
        let zones = league_zones(&met).unwrap();
        // (4 x 0.6 + 0.55) / 5
        assert_eq!(
            (zones.paint, zones.mid_range, zones.three),
            (0.59, 0.4, 0.39)
        );
    }
}
