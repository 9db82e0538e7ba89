//! From the league's hidden side to rows of a season.

use sideline_season::{
    AbsenceRow, BoxScoreRow, GameRow, LineupRow, PlayerRow, SeasonType, Stint, TeamRow,
};

use crate::box_math::Line;
use crate::calendar::{Fixture, moment};
use crate::league::{League, Player};

/// Games over which an absence averages a player's minutes.
const GAMES_AVERAGED_MAX: usize = 10;

/// Last place on the depth chart whose absence is told: as in a real season's data, only that of
/// players with a part in the rotation.
const TOLD_DEPTH_MAX: usize = 8;

/// What is remembered of a player from game to game.
#[derive(Debug, Clone, Default)]
pub(crate) struct Past {
    minutes: Vec<f64>,
    missed_in_a_row: u16,
}

impl Past {
    pub(crate) fn played(&mut self, minutes: f64) {
        self.minutes.push(minutes);
        self.missed_in_a_row = 0;
    }

    pub(crate) const fn games(&self) -> usize {
        self.minutes.len()
    }
}

pub(crate) fn season_label(start: jiff::civil::Date) -> String {
    let year = if start.month() >= 7 {
        start.year()
    } else {
        start.year() - 1
    };
    format!("{year}-{:02}", (year + 1) % 100)
}

pub(crate) fn team_rows(league: &League) -> Vec<TeamRow> {
    league
        .teams
        .iter()
        .map(|team| TeamRow {
            team: team.name.code.clone(),
            name: team.name.name.clone(),
            conference: if team.is_western { "West" } else { "East" }.to_owned(),
            division: String::new(),
            team_id: team.id.to_string(),
        })
        .collect()
}

/// A player with one stint: his team's whole calendar.
pub(crate) fn player_row(
    league: &League,
    fixtures: &[Fixture],
    player: &Player,
    games: usize,
) -> PlayerRow {
    let mut dates = fixtures
        .iter()
        .filter(|fixture| fixture.sides.iter().any(|side| side.team == player.team))
        .map(|fixture| fixture.date);
    let first = dates.next();
    let stint = first.map(|first_date| Stint {
        team: league.teams[player.team].name.code.clone(),
        first_date,
        last_date: dates.next_back().unwrap_or(first_date),
    });
    PlayerRow {
        player_id: player.id,
        name: player.name.name.clone(),
        slug: player.name.slug.clone(),
        games: games as u16,
        stints: stint.into_iter().collect(),
        position: player.position.as_str().to_owned(),
    }
}

pub(crate) fn game_row(
    league: &League,
    fixture: &Fixture,
    season: &str,
    points: [u32; 2],
) -> GameRow {
    let [home, away] = fixture
        .sides
        .map(|side| league.teams[side.team].name.code.clone());
    GameRow {
        game_id: fixture.game_id.clone(),
        season: season.to_owned(),
        season_type: SeasonType::Regular,
        tip_off_utc: fixture.tip_off,
        tip_off_known: true,
        game_date: fixture.date,
        home,
        away,
        home_points: Some(points[0] as u16),
        away_points: Some(points[1] as u16),
        has_box: true,
    }
}

pub(crate) fn box_score_row(
    league: &League,
    fixture: &Fixture,
    side: usize,
    line: &Line,
) -> BoxScoreRow {
    let player = &league.players[line.player];
    let code = |side: usize| league.teams[fixture.sides[side].team].name.code.clone();
    BoxScoreRow {
        game_id: fixture.game_id.clone(),
        game_date: fixture.date,
        player_id: player.id,
        slug: player.name.slug.clone(),
        team: code(side),
        opponent: code(1 - side),
        home: fixture.sides[side].is_home,
        minutes: line.minutes(),
        fgm: (line.twos + line.threes) as u16,
        fga: line.shots as u16,
        fg3m: line.threes as u16,
        fg3a: line.threes_tried as u16,
        ftm: line.free_throws as u16,
        fta: line.free_throws_tried as u16,
        oreb: line.offensive_rebounds as u16,
        dreb: line.defensive_rebounds as u16,
        reb: (line.offensive_rebounds + line.defensive_rebounds) as u16,
        ast: line.assists as u16,
        stl: line.steals as u16,
        blk: line.blocks as u16,
        tov: line.turnovers as u16,
        pf: line.fouls as u16,
        pts: line.points() as u16,
        plus_minus: Some(line.plus_minus as i16),
        started: Some(line.is_starter),
    }
}

/// A team's five, as told at a moment.
pub(crate) fn lineup_rows<'five>(
    league: &'five League,
    fixture: &'five Fixture,
    starters: Vec<usize>,
    (is_confirmed, at_us): (bool, i64),
) -> impl Iterator<Item = LineupRow> + 'five {
    starters
        .into_iter()
        .zip(1..)
        .map(move |(player, lineup_position)| {
            let player = &league.players[player];
            LineupRow {
                game_id: fixture.game_id.clone(),
                team: league.teams[player.team].name.code.clone(),
                slug: player.name.slug.clone(),
                lineup_position,
                is_confirmed,
                known_at_utc: moment(at_us),
            }
        })
}

/// The row of a player on the inactive list; none when he has no part in the rotation.
pub(crate) fn absence_row(
    league: &League,
    fixture: &Fixture,
    player: usize,
    past: &mut Past,
) -> Option<AbsenceRow> {
    past.missed_in_a_row += 1;
    let player = &league.players[player];
    if player.depth > TOLD_DEPTH_MAX {
        return None;
    }
    let last = &past.minutes[past.minutes.len().saturating_sub(GAMES_AVERAGED_MAX)..];
    let average = last.iter().sum::<f64>() / last.len().max(1) as f64;
    Some(AbsenceRow {
        game_id: fixture.game_id.clone(),
        game_date: fixture.date,
        player_id: player.id,
        slug: player.name.slug.clone(),
        team: league.teams[player.team].name.code.clone(),
        avg_minutes: (average * 100.0).round() / 100.0,
        games_averaged: last.len() as u16,
        missed_in_a_row: past.missed_in_a_row,
    })
}
