//! The league's weeks, game after game in order of tip-off.

use std::path::Path;

use sideline_season::{AliasRow, Season, SeasonError, inactive_list_known_at_us, write_table};

use crate::belief::{Beliefs, on_day_us};
use crate::calendar::{Fixture, plan};
use crate::chance::{Chance, Stream};
use crate::game::play;
use crate::health::Health;
use crate::league::League;
use crate::market::{Board, Market};
use crate::record::{
    Past, absence_row, box_score_row, game_row, lineup_rows, player_row, season_label, team_rows,
};
use crate::settings::{LeagueSettings, SettingsError};
use crate::truth::{Expectation, tell};

/// An invented league: what the world saw of it, and what was hidden.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedLeague {
    /// What the world saw.
    pub season: Season,
    /// What was to be expected of every player who played, per prop.
    pub truth: Vec<Expectation>,
}

impl SimulatedLeague {
    /// Writes the season and, as `truth.csv.gz`, the hidden truth to a folder. The same league
    /// gives the same bytes.
    ///
    /// # Errors
    /// As [`Season::write`].
    pub fn write(&self, dir: &Path) -> Result<(), SeasonError> {
        self.season.write(dir)?;
        write_table(dir, &self.truth)
    }
}

/// Invents a league and plays its weeks, and one more evening.
///
/// # Errors
/// A setting outside what is allowed.
pub fn simulate(settings: &LeagueSettings) -> Result<SimulatedLeague, SettingsError> {
    settings.check()?;
    let mut simulation = Simulation::new(settings);
    let fixtures = {
        let mut chance = Chance::new(settings.seed, Stream::Calendar);
        plan(&mut chance, &simulation.league, settings)
    };
    for fixture in &fixtures {
        simulation.play(fixture);
    }
    Ok(simulation.finish(&fixtures))
}

struct Simulation {
    league: League,
    health: Health,
    market: Market,
    past: Vec<Past>,
    label: String,
    season: Season,
    truth: Vec<Expectation>,
    league_chance: Chance,
    health_chance: Chance,
    games_chance: Chance,
    books_chance: Chance,
    lineups_chance: Chance,
}

impl Simulation {
    fn new(settings: &LeagueSettings) -> Self {
        let chance = |stream| Chance::new(settings.seed, stream);
        let (mut league_chance, mut health_chance, mut books_chance) = (
            chance(Stream::League),
            chance(Stream::Health),
            chance(Stream::Books),
        );
        let league = League::invent(&mut league_chance, settings.teams as usize);
        let health = Health::at_start(&mut health_chance, &league, settings.start_date);
        let market = Market::open(&mut books_chance, &league, settings.books as usize);
        let past = vec![Past::default(); league.players.len()];
        let season = Season {
            teams: team_rows(&league),
            is_simulated: true,
            ..Season::default()
        };
        Self {
            league,
            health,
            market,
            past,
            label: season_label(settings.start_date),
            season,
            truth: Vec::new(),
            league_chance,
            health_chance,
            games_chance: chance(Stream::Games),
            books_chance,
            lineups_chance: chance(Stream::Lineups),
        }
    }

    fn play(&mut self, fixture: &Fixture) {
        self.tell_absences(fixture);
        let beliefs = Beliefs::of(&self.league, &self.health, fixture);
        self.tell_lineups(fixture, &beliefs);
        self.post_lines(fixture, &beliefs);
        self.play_game(fixture, &beliefs);
    }

    fn tell_absences(&mut self, fixture: &Fixture) {
        for side in fixture.sides {
            let drawn = self
                .health
                .absent(&mut self.health_chance, &self.league, (fixture, side));
            for player in drawn {
                let past = &mut self.past[player];
                self.season
                    .absences
                    .extend(absence_row(&self.league, fixture, player, past));
            }
        }
    }

    fn tell_lineups(&mut self, fixture: &Fixture, beliefs: &Beliefs) {
        for side in 0..2 {
            let minute = self.lineups_chance.between(9 * 60 + 30, 11 * 60 + 30);
            let morning_us = on_day_us(fixture, minute);
            let expected = beliefs.at(morning_us, side).starters(&self.league);
            let told = (false, morning_us);
            self.season
                .lineups
                .extend(lineup_rows(&self.league, fixture, expected, told));
            let confirmed = beliefs.last(side).starters(&self.league);
            let told = (true, inactive_list_known_at_us(fixture.tip_off));
            self.season
                .lineups
                .extend(lineup_rows(&self.league, fixture, confirmed, told));
        }
    }

    fn post_lines(&mut self, fixture: &Fixture, beliefs: &Beliefs) {
        let board = Board {
            league: &self.league,
            fixture,
            beliefs,
        };
        self.season
            .lines
            .extend(self.market.post_lines(&mut self.books_chance, &board));
        self.season
            .game_lines
            .extend(self.market.post_game_lines(&board));
    }

    fn play_game(&mut self, fixture: &Fixture, beliefs: &Beliefs) {
        let outlooks = [beliefs.last(0), beliefs.last(1)];
        let game = play(&mut self.games_chance, &self.league, fixture, outlooks);
        self.season
            .games
            .push(game_row(&self.league, fixture, &self.label, game.points));
        for (side, lines) in game.lines.iter().enumerate() {
            for line in lines {
                let slug = &self.league.players[line.player].name.slug;
                self.season
                    .box_scores
                    .push(box_score_row(&self.league, fixture, side, line));
                if let Some(expected) = outlooks[side].of(line.player) {
                    self.truth.extend(tell(&fixture.game_id, slug, expected));
                }
                self.past[line.player].played(line.minutes());
            }
            let played: Vec<usize> = lines.iter().map(|line| line.player).collect();
            self.health
                .after_game(&mut self.health_chance, &self.league, &played);
            for player in League::roster(fixture.sides[side].team) {
                self.league.players[player].drift(&mut self.league_chance);
            }
        }
    }

    /// Puts the tables into the order in which their files are sorted.
    fn finish(mut self, fixtures: &[Fixture]) -> SimulatedLeague {
        let season = &mut self.season;
        season.players = self
            .league
            .players
            .iter()
            .zip(&self.past)
            .map(|(player, past)| player_row(&self.league, fixtures, player, past.games()))
            .collect();
        season.aliases = self
            .league
            .players
            .iter()
            .filter_map(|player| {
                let variant = player.name.bare_slug.clone()?;
                Some(AliasRow {
                    variant,
                    slug: player.name.slug.clone(),
                })
            })
            .collect();
        season.aliases.sort_by(|a, b| a.variant.cmp(&b.variant));
        season.injuries = self.health.rows;
        // Stable, so that moves of one day keep the order in which they were made.
        season.injuries.sort_by_key(|row| row.reported_date);
        season.lines.sort_by(|a, b| {
            let key = |row: &sideline_season::LineRow| (row.player_id, row.prop.as_str());
            (&a.game_id, key(a), &a.book, a.as_of_utc).cmp(&(
                &b.game_id,
                key(b),
                &b.book,
                b.as_of_utc,
            ))
        });
        SimulatedLeague {
            season: self.season,
            truth: self.truth,
        }
    }
}
