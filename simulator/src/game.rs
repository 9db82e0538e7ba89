//! A game as it is played: a score around what both sides are expected to score, minutes around
//! the expected minutes, and every count of a box score shared out so that all its sums hold.

use crate::box_math::{Line, reach_points, share_plus_minus};
use crate::calendar::{Fixture, Side};
use crate::chance::Chance;
use crate::expectation::{
    AVERAGE_BLOWOUT, Expected, Outlook, TEAM_MINUTES, assist_share, blowout_factor, fill_minutes,
    shot_weight, three_share,
};
use crate::league::{League, Player, Skill};

/// Spread of scores: what both sides share (pace) and what is each side's own. Together they give
/// the 12.7 points by which a real team's score spreads, and a margin of 16.
const SHARED_SCORE_SD: f64 = 0.047;
const OWN_SCORE_SD: f64 = 10.3;

/// Of games decided by one point, the share that went to overtime after all; with the ties it
/// gives the real 5 %.
const OVERTIME_OF_CLOSE: f64 = 0.5;
const OVERTIME_POINTS: (f64, f64) = (11.0, 3.3);
const OVERTIME_TEAM_MINUTES: f64 = 25.0;

/// Overtimes after which the home side wins by a point: real games had six at most, once.
const OVERTIMES_MAX: u32 = 4;

/// Margin from which the bench plays more, and the share of minutes each point beyond costs.
const BLOWOUT_FROM: f64 = 14.0;
const BLOWOUT_SHARE: f64 = 0.0125;
const BLOWOUT_SHARE_MAX: f64 = 0.3;

/// Most minutes in a game without overtime; each overtime adds five.
const MINUTES_MAX: f64 = 44.0;

/// How a day's share of shots, and of the other things, spreads around the player's own.
const DAY_SHOTS_SD: f64 = 0.16;
const DAY_OTHER_SD: f64 = 0.16;

/// Fouls with which a player must leave.
const FOULS_MAX: u32 = 6;

/// A game that was played; sides as in the fixture.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) points: [u32; 2],
    pub(crate) lines: [Vec<Line>; 2],
}

/// Plays a game.
pub(crate) fn play(
    chance: &mut Chance,
    league: &League,
    fixture: &Fixture,
    outlooks: [&Outlook; 2],
) -> Played {
    let pace = chance.normal();
    let mut points = outlooks.map(|outlook| {
        let mean = outlook.totals.points * (1.0 + SHARED_SCORE_SD * pace);
        chance.count(mean, OWN_SCORE_SD)
    });
    let overtimes = play_overtimes(chance, &mut points);
    let margin = i64::from(points[0]) - i64::from(points[1]);
    let play_side = |chance: &mut Chance, side: usize| {
        let frame = Frame {
            league,
            outlook: outlooks[side],
            opponent: fixture.sides[1 - side],
            tempo: (1.0 + SHARED_SCORE_SD * pace).max(0.8),
            points: points[side],
            margin: if side == 0 { margin } else { -margin },
            overtimes,
        };
        frame.play(chance)
    };
    let home = play_side(chance, 0);
    let away = play_side(chance, 1);
    Played {
        points,
        lines: [home, away],
    }
}

/// Plays overtimes until the score is not level, and tells how many.
fn play_overtimes(chance: &mut Chance, points: &mut [u32; 2]) -> u32 {
    let is_close = points[0].abs_diff(points[1]) == 1;
    if is_close && chance.happens(OVERTIME_OF_CLOSE) {
        let level = points[0].max(points[1]);
        *points = [level, level];
    }
    let mut overtimes = 0;
    while points[0] == points[1] {
        if overtimes == OVERTIMES_MAX {
            points[0] += 1;
            break;
        }
        overtimes += 1;
        let (mean, sd) = OVERTIME_POINTS;
        for points in points.iter_mut() {
            *points += chance.count(mean, sd);
        }
    }
    overtimes
}

/// One side's frame: what is settled before its players are looked at.
struct Frame<'game> {
    league: &'game League,
    outlook: &'game Outlook,
    opponent: Side,
    tempo: f64,
    points: u32,
    margin: i64,
    overtimes: u32,
}

impl Frame<'_> {
    fn play(&self, chance: &mut Chance) -> Vec<Line> {
        let mut lines = self.draw_minutes(chance);
        self.draw_shots(chance, &mut lines);
        reach_points(chance, &mut lines, self.points);
        self.draw_rest(chance, &mut lines);
        share_plus_minus(chance, &mut lines, self.margin, self.game_minutes());
        lines
    }

    fn game_minutes(&self) -> f64 {
        (TEAM_MINUTES + OVERTIME_TEAM_MINUTES * f64::from(self.overtimes)) / 5.0
    }

    /// How long a game it was against one without overtime.
    fn length(&self) -> f64 {
        5.0 * self.game_minutes() / TEAM_MINUTES
    }

    fn player(&self, line: &Line) -> &Player {
        &self.league.players[line.player]
    }

    /// Who plays, who starts, and how long; in hundredths of minutes, so that sums are exact.
    fn draw_minutes(&self, chance: &mut Chance) -> Vec<Line> {
        let starters = self.outlook.starters(self.league);
        let beyond = self.margin.unsigned_abs() as f64 - BLOWOUT_FROM;
        let blowout = (beyond * BLOWOUT_SHARE).clamp(0.0, BLOWOUT_SHARE_MAX);
        let mut lines = Vec::new();
        let mut weights = Vec::new();
        for (player, expected) in self.outlook.able.iter().zip(&self.outlook.expected) {
            let is_starter = starters.contains(player);
            // A lopsided game empties the bench.
            if !is_starter && !chance.happens(expected.plays * (1.0 + 3.0 * blowout)) {
                continue;
            }
            weights.push(draw_minutes_weight(chance, expected, blowout));
            lines.push(Line {
                player: *player,
                is_starter,
                ..Line::default()
            });
        }
        let most = MINUTES_MAX + 5.0 * f64::from(self.overtimes);
        let minutes = fill_minutes(&weights, 5.0 * self.game_minutes(), most);
        let total = (500.0 * self.game_minutes()).round() as i64;
        let mut left = total;
        for (line, minutes) in lines.iter_mut().zip(minutes) {
            line.hundredths = ((minutes * 100.0).round() as i64).max(1);
            left -= line.hundredths;
        }
        // Rounding leaves a few hundredths; the man in the middle of the order takes them.
        let middle = lines.len() / 2;
        if let Some(line) = lines.get_mut(middle) {
            line.hundredths += left;
        }
        lines
    }

    fn draw_shots(&self, chance: &mut Chance, lines: &mut [Line]) {
        let defence = &self.league.teams[self.opponent.team];
        let shots = chance.count(self.outlook.totals.shots * self.tempo * self.length(), 3.5);
        let weights: Vec<f64> = lines
            .iter()
            .map(|line| {
                line.minutes() * shot_weight(self.player(line)) * chance.factor(DAY_SHOTS_SD)
            })
            .collect();
        // Most of what the score is above expectation comes from hitting more; the rest is settled
        // shot by shot afterwards.
        let expected = self.outlook.totals.points * self.tempo * self.length();
        let luck = 1.0 + 0.8 * (f64::from(self.points) / expected - 1.0);
        let hit = |share: f64| (share * self.outlook.scoring * luck).clamp(0.02, 0.95);
        for (line, shots) in lines.iter_mut().zip(chance.share_out(shots, &weights)) {
            let player = self.player(line);
            let skill = &player.skill;
            let threes_tried = chance.binomial(shots, three_share(player, defence.threes_allowed));
            line.shots = shots;
            line.threes_tried = threes_tried;
            line.threes = chance.binomial(threes_tried, hit(skill.three_hit));
            line.twos = chance.binomial(shots - threes_tried, hit(skill.two_hit));
            let trips = chance.poisson(f64::from(shots) * skill.free_throws / 2.0);
            line.free_throws_tried = 2 * trips;
            line.free_throws = chance.binomial(2 * trips, skill.free_throw_hit);
        }
    }

    fn draw_rest(&self, chance: &mut Chance, lines: &mut [Line]) {
        let totals = &self.outlook.totals;
        let hits: u32 = lines.iter().map(|line| line.twos + line.threes).sum();
        let defence = &self.league.teams[self.opponent.team];
        let assists = chance.binomial(hits, assist_share(defence.assists_allowed));
        self.share(chance, lines, assists, &ASSISTS);
        for (mean, count) in [
            (totals.offensive_rebounds, &OFFENSIVE_REBOUNDS),
            (totals.defensive_rebounds, &DEFENSIVE_REBOUNDS),
            (totals.steals, &STEALS),
            (totals.blocks, &BLOCKS),
            (totals.turnovers, &TURNOVERS),
            (totals.fouls, &FOULS),
        ] {
            let total = chance.count(mean * self.length(), count.sd);
            self.share(chance, lines, total, count);
        }
        for line in lines {
            line.fouls = line.fouls.min(FOULS_MAX);
        }
    }

    fn share(&self, chance: &mut Chance, lines: &mut [Line], total: u32, count: &Count) {
        let weights: Vec<f64> = lines
            .iter()
            .map(|line| {
                let skill = &self.player(line).skill;
                line.minutes() * (count.weight)(skill) * chance.factor(DAY_OTHER_SD)
            })
            .collect();
        for (line, share) in lines.iter_mut().zip(chance.share_out(total, &weights)) {
            *(count.field)(line) = share;
        }
    }
}

/// A count of the box score: how a team's total spreads, whose it is, and where it stands.
struct Count {
    sd: f64,
    weight: fn(&Skill) -> f64,
    field: fn(&mut Line) -> &mut u32,
}

/// Assists spread with the hits they lead to.
const ASSISTS: Count = Count {
    sd: 0.0,
    weight: |skill| skill.assists,
    field: |line| &mut line.assists,
};
const OFFENSIVE_REBOUNDS: Count = Count {
    sd: 3.3,
    weight: |skill| skill.offensive_rebounds,
    field: |line| &mut line.offensive_rebounds,
};
const DEFENSIVE_REBOUNDS: Count = Count {
    sd: 4.6,
    weight: |skill| skill.defensive_rebounds,
    field: |line| &mut line.defensive_rebounds,
};
const STEALS: Count = Count {
    sd: 2.9,
    weight: |skill| skill.steals,
    field: |line| &mut line.steals,
};
const BLOCKS: Count = Count {
    sd: 2.4,
    weight: |skill| skill.blocks,
    field: |line| &mut line.blocks,
};
const TURNOVERS: Count = Count {
    sd: 3.7,
    weight: |skill| skill.turnovers,
    field: |line| &mut line.turnovers,
};
const FOULS: Count = Count {
    sd: 4.0,
    weight: |skill| skill.fouls,
    field: |line| &mut line.fouls,
};

/// Minutes around the expected ones: the coach's day, foul trouble, a knock, an early decision.
fn draw_minutes_weight(chance: &mut Chance, expected: &Expected, blowout: f64) -> f64 {
    let spread = 0.075 + 1.9 / expected.minutes.max(5.0);
    let trouble = match chance.unit() {
        draw if draw < 0.035 => 0.75,
        draw if draw < 0.045 => 0.4,
        _ => 1.012,
    };
    let usual = blowout_factor(expected.minutes, AVERAGE_BLOWOUT);
    let today = blowout_factor(expected.minutes, blowout);
    expected.minutes * chance.factor(spread) * trouble * today / usual
}
