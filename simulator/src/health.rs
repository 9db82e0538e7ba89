//! Who cannot play, for how long, and when the world is told.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use sideline_season::{
    InjuryRow, InjuryStatus, inactive_list_known_at_us, injury_move_known_at_us,
};

use crate::calendar::{Fixture, Side};
use crate::chance::Chance;
use crate::league::{League, ROSTER_SIZE};

/// Chance of an injury in a game played, for the rotation and for the deep bench. With
/// [`games_missed`] it keeps about a sixth of the rotation out, as in a real season.
const INJURY_CHANCE: f64 = 0.075;
const DEEP_BENCH_INJURY_CHANCE: f64 = 0.02;

/// Last place on the depth chart that counts as rotation.
const ROTATION_DEPTH: usize = 9;

/// Chance that one of the first three rests on the second day of two.
const REST_CHANCE: f64 = 0.06;

/// Chance that a healthy man of the rotation is listed out the day before and cleared on the day.
const FALSE_ALARM_CHANCE: f64 = 0.012;

/// Chance that a team with a free day before the game tells on it, rather than on the game's day, who
/// is out or back: reports are due on the evening before, and most keep to it.
const TOLD_BEFORE_CHANCE: f64 = 0.8;

/// Most players out at once: nine must be left, since eight are the least a team may dress.
const OUT_MAX: usize = ROSTER_SIZE - 9;

/// Longest absence in games: a whole season.
const GAMES_MISSED_MAX: u32 = 82;

const REASONS: [&str; 16] = [
    "left_ankle_sprain",
    "right_ankle_sprain",
    "left_ankle_soreness",
    "right_knee_soreness",
    "left_knee_sprain",
    "left_hamstring_strain",
    "right_hamstring_tightness",
    "lower_back_soreness",
    "left_calf_strain",
    "right_foot_soreness",
    "right_wrist_sprain",
    "left_shoulder_sprain",
    "head_concussion_protocol",
    "right_groin_strain",
    "illness",
    "left_quad_contusion",
];

/// What a player's status became, and from when the world knew it.
#[derive(Debug, Clone, Copy)]
struct Move {
    known_at_us: i64,
    is_out: bool,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// Team games he still misses.
    games_left: u32,
    /// Whether the injury list says that he is out.
    is_listed: bool,
    reason: &'static str,
    moves: Vec<Move>,
}

/// The health of all players.
#[derive(Debug)]
pub(crate) struct Health {
    states: Vec<State>,
    pub(crate) rows: Vec<InjuryRow>,
}

impl Health {
    /// A league in which some are hurt from the start.
    pub(crate) fn at_start(chance: &mut Chance, league: &League, opening_day: Date) -> Self {
        let states = vec![State::default(); league.players.len()];
        let mut health = Self {
            states,
            rows: Vec::new(),
        };
        for player in 0..league.players.len() {
            if chance.happens(0.05) {
                let games = 3 + games_missed(chance);
                let told = before(opening_day, chance.between(5, 20) as i32);
                if health.hurt(chance, league, player, games) {
                    health.list(league, player, told);
                }
            }
        }
        health
    }

    /// Who misses the game for one side. What the world is told of it is written down.
    pub(crate) fn absent(
        &mut self,
        chance: &mut Chance,
        league: &League,
        (fixture, side): (&Fixture, Side),
    ) -> Vec<usize> {
        let mut absent = Vec::new();
        for player in League::roster(side.team) {
            if self.states[player].games_left == 0 {
                self.rest_or_return(chance, league, (fixture, side), player);
            }
            if self.states[player].games_left > 0 {
                self.tell_out(chance, league, (fixture, side), player);
                absent.push(player);
            }
        }
        for player in &absent {
            let left = &mut self.states[*player].games_left;
            *left = left.saturating_sub(1);
        }
        absent
    }

    /// Draws who got hurt in a game.
    pub(crate) fn after_game(&mut self, chance: &mut Chance, league: &League, played: &[usize]) {
        for player in played {
            let is_rotation = league.players[*player].depth <= ROTATION_DEPTH;
            let risk = if is_rotation {
                INJURY_CHANCE
            } else {
                DEEP_BENCH_INJURY_CHANCE
            };
            if chance.happens(risk) {
                let games = games_missed(chance);
                self.hurt(chance, league, *player, games);
            }
        }
    }

    /// Whether the world believes at this moment that the player is out of the game, going by the
    /// injury list and, half an hour before tip-off, by the inactive list.
    pub(crate) fn is_believed_out(&self, player: usize, at_us: i64) -> bool {
        let moves = &self.states[player].moves;
        let known = moves.partition_point(|entry| entry.known_at_us <= at_us);
        known.checked_sub(1).is_some_and(|last| moves[last].is_out)
    }

    /// Moments after `from_us` and up to `to_us` at which something was told of a team's players.
    pub(crate) fn news(&self, team: usize, from_us: i64, to_us: i64) -> Vec<i64> {
        let mut moments: Vec<i64> = League::roster(team)
            .flat_map(|player| self.states[player].moves.iter())
            .map(|entry| entry.known_at_us)
            .filter(|at_us| (from_us + 1..=to_us).contains(at_us))
            .collect();
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    /// Hurts a player, unless too many of his team are out already.
    fn hurt(&mut self, chance: &mut Chance, league: &League, player: usize, games: u32) -> bool {
        let reason = REASONS[chance.below(REASONS.len())];
        if !self.can_miss(league.players[player].team) {
            return false;
        }
        let state = &mut self.states[player];
        state.games_left = state.games_left.max(games);
        state.reason = reason;
        true
    }

    fn can_miss(&self, team: usize) -> bool {
        let out = League::roster(team).filter(|player| self.states[*player].games_left > 0);
        out.count() < OUT_MAX
    }

    /// A healthy man before a game: he may rest, come back from the list, or raise a false alarm.
    fn rest_or_return(
        &mut self,
        chance: &mut Chance,
        league: &League,
        (fixture, side): (&Fixture, Side),
        player: usize,
    ) {
        let person = &league.players[player];
        if self.states[player].is_listed {
            let is_early = side.gap_days.unwrap_or(2) > 1 && chance.happens(TOLD_BEFORE_CHANCE);
            let told = if is_early {
                before(fixture.date, 1)
            } else {
                fixture.date
            };
            self.clear(league, player, told);
        } else if side.is_back_to_back()
            && person.depth < 3
            && self.can_miss(side.team)
            && chance.happens(REST_CHANCE)
        {
            self.states[player].games_left = 1;
            self.states[player].reason = "rest";
        } else if !side.is_back_to_back()
            && person.depth <= ROTATION_DEPTH
            && chance.happens(FALSE_ALARM_CHANCE)
        {
            self.states[player].reason = REASONS[chance.below(REASONS.len())];
            self.list(league, player, before(fixture.date, 1));
            self.clear(league, player, fixture.date);
        }
    }

    /// Tells that a player misses this game, unless the list says so already.
    fn tell_out(
        &mut self,
        chance: &mut Chance,
        league: &League,
        (fixture, side): (&Fixture, Side),
        player: usize,
    ) {
        if self.states[player].is_listed {
            return;
        }
        let is_short = self.states[player].games_left == 1;
        if chance.happens(if is_short { 0.33 } else { 0.15 }) {
            self.scratch(player, fixture.tip_off);
            return;
        }
        let days_before = match side.gap_days {
            Some(gap) if gap > 1 && chance.happens(TOLD_BEFORE_CHANCE) => {
                chance.between(1, i64::from(gap) - 1)
            }
            _ => 0,
        };
        let told = before(fixture.date, days_before as i32);
        self.list(league, player, told);
    }

    /// A late scratch: out from half an hour before tip-off, and no word of the next game.
    fn scratch(&mut self, player: usize, tip_off: Timestamp) {
        let known_at_us = inactive_list_known_at_us(tip_off);
        let moves = &mut self.states[player].moves;
        moves.push(Move {
            known_at_us,
            is_out: true,
        });
        moves.push(Move {
            known_at_us: tip_off.as_microsecond(),
            is_out: false,
        });
    }

    fn list(&mut self, league: &League, player: usize, date: Date) {
        self.states[player].is_listed = true;
        let designation = match self.states[player].games_left {
            0..=3 => "DTD",
            4..=30 => "OUT_INDEFINITELY",
            _ => "OUT_FOR_SEASON",
        };
        self.note(league, player, date, (InjuryStatus::Out, designation));
    }

    fn clear(&mut self, league: &League, player: usize, date: Date) {
        self.states[player].is_listed = false;
        self.note(league, player, date, (InjuryStatus::Available, ""));
    }

    fn note(
        &mut self,
        league: &League,
        player: usize,
        reported_date: Date,
        (status, designation): (InjuryStatus, &str),
    ) {
        let person = &league.players[player];
        let state = &mut self.states[player];
        let known_at_us = injury_move_known_at_us(reported_date);
        state.moves.push(Move {
            known_at_us,
            is_out: status == InjuryStatus::Out,
        });
        self.rows.push(InjuryRow {
            player_id: person.id,
            slug: person.name.slug.clone(),
            team: league.teams[person.team].name.code.clone(),
            status,
            designation: designation.to_owned(),
            reason: state.reason.to_owned(),
            reported_date,
        });
    }
}

fn before(date: Date, days: i32) -> Date {
    date.saturating_sub(Span::new().days(days))
}

/// Team games an injury costs. Half cost one, a sixth two, and the rest has a heavy tail: a real
/// season's spells that reach a second game are 47 %, a third 31 %, a tenth 8 %.
fn games_missed(chance: &mut Chance) -> u32 {
    match chance.unit() {
        draw if draw < 0.53 => 1,
        draw if draw < 0.69 => 2,
        _ => (2 + chance.around(1.3, 1.1).exp().ceil() as u32).min(GAMES_MISSED_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;

    #[test]
    fn absences_have_a_heavy_tail() {
        let mut chance = Chance::new(1, Stream::Health);
        let spells: Vec<u32> = (0..10_000).map(|_| games_missed(&mut chance)).collect();
        let share = |least: u32| {
            spells.iter().filter(|games| **games >= least).count() as f64 / spells.len() as f64
        };
        assert!((share(2) - 0.47).abs() < 0.02, "{}", share(2));
        assert!((share(10) - 0.08).abs() < 0.03, "{}", share(10));
        assert!(share(30) > 0.005, "{}", share(30));
    }
}
