//! The league's hidden side: teams with pace and strength, players with roles and skills.
//!
//! Figures are those of the professional game of the 2020s: a team has about 99 possessions, 89
//! shots, 44 rebounds, 27 assists; its ten-man rotation plays the minutes of [`DEPTH_MINUTES`].

use std::collections::BTreeSet;
use std::ops::Range;

use crate::chance::Chance;
use crate::names::{PlayerName, TeamName, player_name, team_names};

/// Players on a roster.
pub(crate) const ROSTER_SIZE: usize = 15;

/// Minutes by place on the depth chart of those who can play; their sum is 240.
pub(crate) const DEPTH_MINUTES: [f64; ROSTER_SIZE] = [
    33.5, 32.2, 30.8, 29.2, 27.3, 23.2, 20.5, 17.2, 13.2, 7.2, 3.2, 1.5, 0.7, 0.3, 0.0,
];

/// Positions by place on the depth chart: five starters, then their relief.
const POSITIONS: [Position; ROSTER_SIZE] = {
    use Position::{Center as C, Forward as F, Guard as G};
    [G, F, G, C, F, G, F, C, G, F, G, C, F, G, F]
};

/// First id of a player: an own range, above any real league's.
const FIRST_PLAYER_ID: u64 = 99_000_001;

/// First id of a team, in an own range too.
const FIRST_TEAM_ID: u64 = 9_926_000_001;

/// Where a player plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Guard,
    Forward,
    Center,
}

impl Position {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Guard => "G",
            Self::Forward => "F",
            Self::Center => "C",
        }
    }

    /// The figure of the three that belongs to this position.
    const fn of(self, figures: [f64; 3]) -> f64 {
        match self {
            Self::Guard => figures[0],
            Self::Forward => figures[1],
            Self::Center => figures[2],
        }
    }
}

/// What a player does with his minutes. Weights are per minute and relative: what the team has of
/// a thing is shared out by them among those who play.
#[derive(Debug, Clone)]
pub(crate) struct Skill {
    pub(crate) shots: f64,
    /// Share of his shots that are three-pointers, 0 to 1.
    pub(crate) three_share: f64,
    /// Free throws per shot.
    pub(crate) free_throws: f64,
    pub(crate) two_hit: f64,
    pub(crate) three_hit: f64,
    pub(crate) free_throw_hit: f64,
    pub(crate) offensive_rebounds: f64,
    pub(crate) defensive_rebounds: f64,
    pub(crate) assists: f64,
    pub(crate) steals: f64,
    pub(crate) blocks: f64,
    pub(crate) turnovers: f64,
    pub(crate) fouls: f64,
}

/// A player with all that is hidden of him.
#[derive(Debug, Clone)]
pub(crate) struct Player {
    pub(crate) id: u64,
    pub(crate) name: PlayerName,
    pub(crate) team: usize,
    pub(crate) position: Position,
    /// Place on his team's depth chart, 0 being the first.
    pub(crate) depth: usize,
    /// Order in which the coach starts players: mostly the depth chart, with sixth men.
    pub(crate) start_order: usize,
    pub(crate) skill: Skill,
    /// Logarithm of his share of shots against his skill; drifts from game to game.
    pub(crate) form: f64,
    /// Logarithm of his minutes against his place; drifts from game to game.
    pub(crate) role: f64,
}

/// A team with all that is hidden of it. Factors are relative to the league, 1 being its average.
#[derive(Debug, Clone)]
pub(crate) struct Team {
    pub(crate) id: u64,
    pub(crate) name: TeamName,
    pub(crate) is_western: bool,
    /// Possessions per 48 minutes when both teams play this pace.
    pub(crate) pace: f64,
    pub(crate) offence: f64,
    /// Points its opponents score.
    pub(crate) defence: f64,
    /// Rebounds its opponents get.
    pub(crate) rebounds_allowed: f64,
    /// Assists its opponents get.
    pub(crate) assists_allowed: f64,
    /// Share of threes among its opponents' shots.
    pub(crate) threes_allowed: f64,
}

/// Teams and players; a team's players stand together.
#[derive(Debug, Clone)]
pub(crate) struct League {
    pub(crate) teams: Vec<Team>,
    pub(crate) players: Vec<Player>,
}

impl League {
    pub(crate) fn invent(chance: &mut Chance, team_count: usize) -> Self {
        let names = team_names(chance, team_count);
        let teams: Vec<Team> = names
            .into_iter()
            .enumerate()
            .map(|(index, name)| invent_team(chance, index, name))
            .collect();
        let mut taken = BTreeSet::new();
        let mut players = Vec::with_capacity(teams.len() * ROSTER_SIZE);
        for team in 0..teams.len() {
            // One team in three starts a lesser man and brings a better one from the bench.
            let has_sixth_man = chance.happens(0.33);
            for (depth, position) in POSITIONS.into_iter().enumerate() {
                let name = player_name(chance, &mut taken);
                players.push(Player {
                    id: FIRST_PLAYER_ID + players.len() as u64,
                    name,
                    team,
                    position,
                    depth,
                    start_order: start_order(depth, has_sixth_man),
                    skill: invent_skill(chance, position, depth),
                    form: chance.around(0.0, 0.07),
                    role: chance.around(0.0, 0.12),
                });
            }
        }
        Self { teams, players }
    }

    /// Indices of a team's players.
    pub(crate) const fn roster(team: usize) -> Range<usize> {
        team * ROSTER_SIZE..(team + 1) * ROSTER_SIZE
    }
}

const fn start_order(depth: usize, has_sixth_man: bool) -> usize {
    match depth {
        4 if has_sixth_man => 5,
        5 if has_sixth_man => 4,
        _ => depth,
    }
}

fn invent_team(chance: &mut Chance, index: usize, name: TeamName) -> Team {
    Team {
        id: FIRST_TEAM_ID + index as u64,
        name,
        is_western: index % 2 == 1,
        pace: chance.around(99.5, 1.9),
        offence: chance.around(1.0, 0.02),
        defence: chance.around(1.0, 0.022),
        rebounds_allowed: chance.around(1.0, 0.03),
        assists_allowed: chance.around(1.0, 0.04),
        threes_allowed: chance.around(1.0, 0.05),
    }
}

fn invent_skill(chance: &mut Chance, position: Position, depth: usize) -> Skill {
    // From about +2 for a first man to -1 for a fifteenth; a team's best is not always its first.
    let talent = 1.9 - 0.21 * depth as f64 + chance.around(0.0, 0.45);
    let spread =
        |chance: &mut Chance, figures: [f64; 3], sd: f64| position.of(figures) * chance.factor(sd);
    Skill {
        shots: (0.22 * talent).exp() * spread(chance, [1.0, 0.97, 0.9], 0.22),
        three_share: (position.of([0.47, 0.44, 0.17]) + chance.around(0.0, 0.12)).clamp(0.0, 0.8),
        free_throws: (0.1 * talent).exp() * spread(chance, [0.21, 0.21, 0.28], 0.3),
        two_hit: position.of([0.515, 0.535, 0.6]) + 0.01 * talent + chance.around(0.0, 0.025),
        three_hit: 0.352 + 0.004 * talent + chance.around(0.0, 0.025),
        free_throw_hit: (position.of([0.81, 0.77, 0.69]) + chance.around(0.0, 0.06)).min(0.93),
        offensive_rebounds: spread(chance, [0.45, 0.9, 2.4], 0.3),
        defensive_rebounds: (0.05 * talent).exp() * spread(chance, [0.78, 1.05, 1.75], 0.22),
        assists: (0.22 * talent).exp() * spread(chance, [1.55, 0.8, 0.7], 0.38),
        steals: spread(chance, [1.12, 1.0, 0.85], 0.18),
        blocks: spread(chance, [0.5, 0.9, 2.3], 0.4),
        turnovers: (0.24 * talent).exp() * spread(chance, [1.15, 0.87, 1.0], 0.28),
        fouls: spread(chance, [0.9, 1.0, 1.35], 0.2),
    }
}

impl Player {
    /// One game's drift of form and role.
    pub(crate) fn drift(&mut self, chance: &mut Chance) {
        self.form = 0.9 * self.form + chance.around(0.0, 0.03);
        self.role = 0.93 * self.role + chance.around(0.0, 0.05);
    }
}
