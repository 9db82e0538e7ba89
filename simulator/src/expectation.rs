//! What a side is expected to do, given who can play: minutes by the depth chart, and what the team
//! has of each thing shared out by minutes and skill. The games are drawn around these very
//! figures, so they are the best anyone could know.

use crate::calendar::Side;
use crate::league::{DEPTH_MINUTES, League, Player, ROSTER_SIZE};

/// Minutes of a team in a game without overtime.
pub(crate) const TEAM_MINUTES: f64 = 240.0;

/// Most minutes anyone is expected to play: coaches spare the rest.
const EXPECTED_MINUTES_MAX: f64 = 38.5;

/// Below this many expected minutes a player may not be used at all; he plays with a chance of his
/// minutes over this figure, and then as many minutes.
const SURE_MINUTES: f64 = 7.0;

/// How much of a man's minutes is his own standing; the rest is the place he moves up to.
const OWN_STANDING: f64 = 0.45;

/// What home advantage and tired legs do to scoring, and to the minutes of the first six.
const HOME_FACTOR: f64 = 1.008;
const AWAY_FACTOR: f64 = 0.992;
const TIRED_SCORING: f64 = 0.984;
const TIRED_MINUTES: f64 = 0.97;

/// Share of minutes the rotation loses, and the bench wins twice, in an average game because it is
/// decided early. In a single game it depends on the margin.
pub(crate) const AVERAGE_BLOWOUT: f64 = 0.03;

/// Per 48 minutes, at league pace.
const SHOTS: f64 = 88.5;
const DEFENSIVE_REBOUNDS: f64 = 33.0;
const OFFENSIVE_REBOUNDS: f64 = 11.0;
const ASSISTS_PER_HIT: f64 = 0.635;
const STEALS: f64 = 8.3;
const BLOCKS: f64 = 4.9;
const TURNOVERS: f64 = 13.8;
const FOULS: f64 = 18.7;
const LEAGUE_PACE: f64 = 99.5;

/// What a player is expected to do if he plays.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Expected {
    /// Chance that he is used at all, 0 to 1.
    pub(crate) plays: f64,
    pub(crate) minutes: f64,
    pub(crate) shots: f64,
    pub(crate) twos: f64,
    pub(crate) threes: f64,
    pub(crate) free_throws: f64,
    pub(crate) rebounds: f64,
    pub(crate) assists: f64,
    pub(crate) steals: f64,
    pub(crate) blocks: f64,
    pub(crate) turnovers: f64,
}

impl Expected {
    pub(crate) fn points(&self) -> f64 {
        2.0 * self.twos + 3.0 * self.threes + self.free_throws
    }

    pub(crate) fn points_rebounds_assists(&self) -> f64 {
        self.points() + self.rebounds + self.assists
    }
}

/// Who takes which share of what a team has of one thing, per minute.
type Weight = fn(&Player) -> f64;

/// What a team has of each thing in a game without overtime.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Totals {
    pub(crate) shots: f64,
    pub(crate) points: f64,
    pub(crate) offensive_rebounds: f64,
    pub(crate) defensive_rebounds: f64,
    pub(crate) steals: f64,
    pub(crate) blocks: f64,
    pub(crate) turnovers: f64,
    pub(crate) fouls: f64,
}

/// One side of a game before it is played.
#[derive(Debug, Clone)]
pub(crate) struct Outlook {
    /// Those who can play, as indices of players, in order of the depth chart.
    pub(crate) able: Vec<usize>,
    /// What each of them is expected to do if he plays.
    pub(crate) expected: Vec<Expected>,
    pub(crate) totals: Totals,
    /// Factor on every share that hits, from strength, venue and rest.
    pub(crate) scoring: f64,
}

impl Outlook {
    /// What the player is expected to do; none when he cannot play.
    pub(crate) fn of(&self, player: usize) -> Option<&Expected> {
        self.able
            .iter()
            .position(|able| *able == player)
            .map(|place| &self.expected[place])
    }

    /// The five who start, in the coach's order.
    pub(crate) fn starters(&self, league: &League) -> Vec<usize> {
        let mut order = self.able.clone();
        order.sort_by_key(|player| league.players[*player].start_order);
        order.truncate(5);
        order
    }
}

/// The outlook of `side` against `opponent` when `able` can play.
pub(crate) fn compute_outlook(
    league: &League,
    side: Side,
    opponent: Side,
    able: Vec<usize>,
) -> Outlook {
    let own = &league.teams[side.team];
    let other = &league.teams[opponent.team];
    let pace = (own.pace + other.pace - LEAGUE_PACE) / LEAGUE_PACE;
    let venue = if side.is_home {
        HOME_FACTOR
    } else {
        AWAY_FACTOR
    };
    let legs = if side.is_back_to_back() {
        TIRED_SCORING
    } else {
        1.0
    };
    let scoring = own.offence * other.defence * venue * legs;
    let mut totals = Totals {
        shots: SHOTS * pace,
        points: 0.0,
        offensive_rebounds: OFFENSIVE_REBOUNDS * pace,
        defensive_rebounds: DEFENSIVE_REBOUNDS * pace * other.rebounds_allowed,
        steals: STEALS * pace,
        blocks: BLOCKS * pace,
        turnovers: TURNOVERS * pace,
        fouls: FOULS,
    };
    let people: Vec<&Player> = able.iter().map(|player| &league.players[*player]).collect();
    let minutes = expected_minutes(&people, side.is_back_to_back());
    let mut expected: Vec<Expected> = minutes.iter().map(|minutes| by_use(*minutes)).collect();
    share_shots(
        &people,
        &mut expected,
        (totals.shots, scoring, other.threes_allowed),
    );
    share_rest(&people, &mut expected, &totals, other.assists_allowed);
    totals.points = expected
        .iter()
        .map(|expected| expected.plays * expected.points())
        .sum::<f64>();
    Outlook {
        able,
        expected,
        totals,
        scoring,
    }
}

fn by_use(minutes: f64) -> Expected {
    let plays = (minutes / SURE_MINUTES).min(1.0);
    let minutes = if plays > 0.0 { minutes / plays } else { 0.0 };
    Expected {
        plays,
        minutes,
        ..Expected::default()
    }
}

/// Expected minutes of those who can play, by the depth chart; their sum is [`TEAM_MINUTES`].
fn expected_minutes(people: &[&Player], is_tired: bool) -> Vec<f64> {
    let weights: Vec<f64> = people
        .iter()
        .enumerate()
        .map(|(place, player)| {
            let own = DEPTH_MINUTES[player.depth];
            let standing = OWN_STANDING * own + (1.0 - OWN_STANDING) * DEPTH_MINUTES[place];
            let legs = if is_tired && place < 6 {
                TIRED_MINUTES
            } else {
                1.0
            };
            standing * player.role.exp() * legs * blowout_factor(standing, AVERAGE_BLOWOUT)
        })
        .collect();
    fill_minutes(&weights, TEAM_MINUTES, EXPECTED_MINUTES_MAX)
}

/// Factor on minutes when a share of the rotation's goes to the bench. `standing` is in minutes.
pub(crate) fn blowout_factor(standing: f64, share: f64) -> f64 {
    if standing >= 18.0 {
        1.0 - share
    } else {
        1.0 + 2.0 * share
    }
}

/// Scales weights to minutes that sum to `total`, none above `most`. With fewer than
/// `total / most` players all play equally long.
pub(crate) fn fill_minutes(weights: &[f64], total: f64, most: f64) -> Vec<f64> {
    let mut minutes = weights.to_vec();
    let mut is_full = vec![false; weights.len()];
    // Each round fills at least one more player or ends, so there are no more rounds than players.
    for _ in 0..=ROSTER_SIZE {
        let full = is_full.iter().filter(|full| **full).count() as f64 * most;
        let open: f64 = weights
            .iter()
            .zip(&is_full)
            .filter(|(_, full)| !**full)
            .map(|(weight, _)| weight)
            .sum();
        if open <= 0.0 {
            break;
        }
        let scale = (total - full) / open;
        let mut is_done = true;
        for (index, weight) in weights.iter().enumerate() {
            if is_full[index] {
                continue;
            }
            minutes[index] = weight * scale;
            if minutes[index] > most {
                minutes[index] = most;
                is_full[index] = true;
                is_done = false;
            }
        }
        if is_done {
            break;
        }
    }
    minutes
}

/// Weight per minute of a player's shots.
pub(crate) fn shot_weight(player: &Player) -> f64 {
    player.skill.shots * player.form.exp()
}

/// The share of a player's shots that are threes against this defence.
pub(crate) fn three_share(player: &Player, threes_allowed: f64) -> f64 {
    (player.skill.three_share * threes_allowed).min(0.9)
}

fn share_shots(
    people: &[&Player],
    expected: &mut [Expected],
    (shots, scoring, threes_allowed): (f64, f64, f64),
) {
    let taken = shared(people, expected, (shots, shot_weight));
    for ((player, expected), shots) in people.iter().zip(expected).zip(taken) {
        let skill = &player.skill;
        let threes = shots * three_share(player, threes_allowed);
        expected.shots = shots;
        expected.threes = threes * skill.three_hit * scoring;
        expected.twos = (shots - threes) * skill.two_hit * scoring;
        expected.free_throws = shots * skill.free_throws * skill.free_throw_hit;
    }
}

fn share_rest(
    people: &[&Player],
    expected: &mut [Expected],
    totals: &Totals,
    assists_allowed: f64,
) {
    let hits: f64 = expected
        .iter()
        .map(|expected| expected.plays * (expected.twos + expected.threes))
        .sum();
    let assists = hits * assist_share(assists_allowed);
    let things: [(f64, Weight); 6] = [
        (totals.offensive_rebounds, |player| {
            player.skill.offensive_rebounds
        }),
        (totals.defensive_rebounds, |player| {
            player.skill.defensive_rebounds
        }),
        (assists, |player| player.skill.assists),
        (totals.steals, |player| player.skill.steals),
        (totals.blocks, |player| player.skill.blocks),
        (totals.turnovers, |player| player.skill.turnovers),
    ];
    let [offensive, defensive, assists, steals, blocks, turnovers] =
        things.map(|thing| shared(people, expected, thing));
    for (place, expected) in expected.iter_mut().enumerate() {
        expected.rebounds = offensive[place] + defensive[place];
        expected.assists = assists[place];
        expected.steals = steals[place];
        expected.blocks = blocks[place];
        expected.turnovers = turnovers[place];
    }
}

/// The share of hits that come from an assist.
pub(crate) fn assist_share(assists_allowed: f64) -> f64 {
    (ASSISTS_PER_HIT * assists_allowed).min(0.95)
}

/// What each gets of `total` if he plays.
fn shared(people: &[&Player], expected: &[Expected], (total, weight): (f64, Weight)) -> Vec<f64> {
    let sum: f64 = people
        .iter()
        .zip(expected)
        .map(|(player, expected)| expected.plays * expected.minutes * weight(player))
        .sum();
    people
        .iter()
        .zip(expected)
        .map(|(player, expected)| total * expected.minutes * weight(player) / sum)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    fn sides() -> [Side; 2] {
        let side = |team| Side {
            team,
            is_home: team == 0,
            gap_days: Some(2),
        };
        [side(0), side(1)]
    }

    fn outlook(league: &League, able: Vec<usize>) -> Outlook {
        let [home, away] = sides();
        compute_outlook(league, home, away, able)
    }

    #[test]
    fn minutes_and_shots_add_up_to_the_teams() {
        let league = League::invent(&mut Chance::new(5, Stream::League), 2);
        let outlook = outlook(&league, (0..ROSTER_SIZE).collect());
        let sum = |what: fn(&Expected) -> f64| {
            outlook
                .expected
                .iter()
                .map(|one| one.plays * what(one))
                .sum::<f64>()
        };
        assert!((sum(|one| one.minutes) - TEAM_MINUTES).abs() < 1e-9);
        assert!((sum(|one| one.shots) - outlook.totals.shots).abs() < 1e-9);
        assert!(
            (95.0..135.0).contains(&outlook.totals.points),
            "{}",
            outlook.totals.points
        );
    }

    #[test]
    fn minutes_and_shots_rise_when_a_teammate_is_out() {
        let league = League::invent(&mut Chance::new(5, Stream::League), 2);
        let whole = outlook(&league, (0..ROSTER_SIZE).collect());
        let without_first = outlook(&league, (1..ROSTER_SIZE).collect());
        let points = |outlook: &Outlook| -> f64 {
            (1..9)
                .map(|player| outlook.of(player).map_or(0.0, Expected::points))
                .sum()
        };
        for player in 1..9 {
            let (before, after) = (whole.of(player).unwrap(), without_first.of(player).unwrap());
            assert!(after.minutes > before.minutes, "minutes of {player}");
            assert!(after.points() > before.points(), "points of {player}");
        }
        assert!(points(&without_first) > 1.05 * points(&whole));
    }

    #[test]
    fn nobody_is_filled_beyond_the_most() {
        let minutes = fill_minutes(&[90.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 240.0, 40.0);
        assert!((minutes.iter().sum::<f64>() - 240.0).abs() < 1e-9);
        assert!(minutes.iter().all(|minutes| *minutes <= 40.0));
        let few = fill_minutes(&[3.0, 1.0], 240.0, 40.0);
        assert_eq!(few, [40.0, 40.0]);
    }
}
