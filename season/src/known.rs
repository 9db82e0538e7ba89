//! What the rows of one table may name in another.

use std::collections::{HashMap, HashSet};

use crate::error::Fault;
use crate::league_rows::{GameRow, PlayerRow, TeamRow};

/// Teams, games and players of a season, by what other tables call them.
#[derive(Debug, Default)]
pub struct Known {
    teams: HashSet<String>,
    games: HashMap<String, (String, String)>,
    players: HashMap<String, u64>,
}

impl Known {
    /// Remembers the teams.
    pub fn add_teams(&mut self, teams: &[TeamRow]) {
        self.teams.extend(teams.iter().map(|row| row.team.clone()));
    }

    /// Remembers the games.
    pub fn add_games(&mut self, games: &[GameRow]) {
        self.games.extend(
            games
                .iter()
                .map(|row| (row.game_id.clone(), (row.home.clone(), row.away.clone()))),
        );
    }

    /// Remembers the players.
    pub fn add_players(&mut self, players: &[PlayerRow]) {
        self.players
            .extend(players.iter().map(|row| (row.slug.clone(), row.player_id)));
    }

    /// The team is in teams.
    ///
    /// # Errors
    /// A fault of `column` when it is not.
    pub fn team(&self, column: &'static str, team: &str) -> Result<(), Fault> {
        if self.teams.contains(team) {
            return Ok(());
        }
        Err(Fault::new(column, team, "a team of teams"))
    }

    /// The game is in games.
    ///
    /// # Errors
    /// A fault of `game_id` when it is not.
    pub fn game(&self, game_id: &str) -> Result<(), Fault> {
        if self.games.contains_key(game_id) {
            return Ok(());
        }
        Err(Fault::new("game_id", game_id, "a game_id of games"))
    }

    /// The team plays in the game.
    ///
    /// # Errors
    /// A fault of `game_id` or `team`.
    pub fn team_in_game(&self, game_id: &str, team: &str) -> Result<(), Fault> {
        self.game(game_id)?;
        let Some((home, away)) = self.games.get(game_id) else {
            return Ok(());
        };
        if team == home || team == away {
            return Ok(());
        }
        Err(Fault::new(
            "team",
            team,
            format!("{away} or {home}, who play game {game_id}"),
        ))
    }

    /// The slug is in players.
    ///
    /// # Errors
    /// A fault of `slug` when it is not.
    pub fn slug(&self, slug: &str) -> Result<u64, Fault> {
        self.players
            .get(slug)
            .copied()
            .ok_or_else(|| Fault::new("slug", slug, "a slug of players"))
    }

    /// The slug is in players and has this id there.
    ///
    /// # Errors
    /// A fault of `slug` or `player_id`.
    pub fn player(&self, slug: &str, player_id: u64) -> Result<(), Fault> {
        let expected = self.slug(slug)?;
        if expected == player_id {
            return Ok(());
        }
        Err(Fault::new(
            "player_id",
            player_id.to_string(),
            format!("{expected}, the player_id of {slug}"),
        ))
    }
}
