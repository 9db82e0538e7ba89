//! The sums of a box score: points that reach the score, plus-minus that adds up to the margin.

use crate::chance::Chance;

/// A player's line of a box score.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    /// Index of the player.
    pub(crate) player: usize,
    pub(crate) is_starter: bool,
    /// Minutes, in hundredths.
    pub(crate) hundredths: i64,
    pub(crate) shots: u32,
    pub(crate) threes_tried: u32,
    pub(crate) threes: u32,
    pub(crate) twos: u32,
    pub(crate) free_throws_tried: u32,
    pub(crate) free_throws: u32,
    pub(crate) offensive_rebounds: u32,
    pub(crate) defensive_rebounds: u32,
    pub(crate) assists: u32,
    pub(crate) steals: u32,
    pub(crate) blocks: u32,
    pub(crate) turnovers: u32,
    pub(crate) fouls: u32,
    pub(crate) plus_minus: i64,
}

impl Line {
    pub(crate) fn minutes(&self) -> f64 {
        self.hundredths as f64 / 100.0
    }

    pub(crate) const fn points(&self) -> u32 {
        2 * self.twos + 3 * self.threes + self.free_throws
    }

    const fn missed_twos(&self) -> u32 {
        self.shots - self.threes_tried - self.twos
    }
}

/// Turns misses into hits, or hits into misses, until the side has scored `points`. Who is changed
/// is drawn by how often he tried, so no player gains or loses on average.
pub(crate) fn reach_points(chance: &mut Chance, lines: &mut [Line], points: u32) {
    let scored: u32 = lines.iter().map(Line::points).sum();
    let mut gap = i64::from(points) - i64::from(scored);
    while gap != 0 {
        let step = match gap {
            2.. => change(chance, lines, (Line::missed_twos, |line| line.twos += 1), 2),
            ..=-2 => change(chance, lines, (|line| line.twos, |line| line.twos -= 1), -2),
            _ => 0,
        };
        let step = if step == 0 {
            change_by_one(chance, lines, gap.signum())
        } else {
            step
        };
        if step == 0 {
            // Nobody is on the floor; a side without players scores nothing.
            break;
        }
        gap -= step;
    }
}

type Change = (fn(&Line) -> u32, fn(&mut Line));

/// Changes one line, drawn by weight; how many points that made, or 0 when no line has weight.
fn change(chance: &mut Chance, lines: &mut [Line], (weight, apply): Change, points: i64) -> i64 {
    let weights: Vec<f64> = lines.iter().map(|line| f64::from(weight(line))).collect();
    let Some(index) = chance.pick(&weights) else {
        return 0;
    };
    apply(&mut lines[index]);
    points
}

fn change_by_one(chance: &mut Chance, lines: &mut [Line], sign: i64) -> i64 {
    if sign > 0 {
        let missed: Change = (
            |line| line.free_throws_tried - line.free_throws,
            |line| line.free_throws += 1,
        );
        if change(chance, lines, missed, 1) == 1 {
            return 1;
        }
        let extra: Change = (
            |line| line.shots + 1,
            |line| {
                line.free_throws_tried += 1;
                line.free_throws += 1;
            },
        );
        return change(chance, lines, extra, 1);
    }
    let hit: Change = (|line| line.free_throws, |line| line.free_throws -= 1);
    if change(chance, lines, hit, -1) == -1 {
        return -1;
    }
    // Without a free throw to take back, a three becomes a two, or a two one from the line.
    let long: Change = (
        |line| line.threes,
        |line| {
            line.threes -= 1;
            line.threes_tried -= 1;
            line.twos += 1;
        },
    );
    if change(chance, lines, long, -1) == -1 {
        return -1;
    }
    let fouled: Change = (
        |line| line.twos,
        |line| {
            line.twos -= 1;
            line.free_throws_tried += 1;
            line.free_throws += 1;
        },
    );
    change(chance, lines, fouled, -1)
}

/// Plus-minus by minutes, with a spread, and a sum of five times the margin.
pub(crate) fn share_plus_minus(
    chance: &mut Chance,
    lines: &mut [Line],
    margin: i64,
    game_minutes: f64,
) {
    for line in lines.iter_mut() {
        let share = (line.minutes() / game_minutes).min(1.0);
        // Nobody and a man who never leaves the floor have no spread; half the game has most.
        let spread = 19.0 * (share * (1.0 - share)).sqrt();
        line.plus_minus = chance.around(margin as f64 * share, spread).round() as i64;
    }
    let mut gap = 5 * margin - lines.iter().map(|line| line.plus_minus).sum::<i64>();
    // Minutes are the weight again; every step takes one point off the gap.
    let weights: Vec<f64> = lines.iter().map(Line::minutes).collect();
    while gap != 0 {
        let Some(index) = chance.pick(&weights) else {
            break;
        };
        lines[index].plus_minus += gap.signum();
        gap -= gap.signum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;

    #[test]
    fn any_score_is_reached_with_sound_counts() {
        for points in [0, 1, 2, 7, 55, 113, 190] {
            let mut chance = Chance::new(u64::from(points), Stream::Games);
            let shooter = Line {
                hundredths: 2400,
                shots: 9,
                threes_tried: 4,
                threes: 2,
                twos: 2,
                free_throws_tried: 2,
                free_throws: 1,
                ..Line::default()
            };
            let mut lines = vec![shooter; 10];
            reach_points(&mut chance, &mut lines, points);
            share_plus_minus(&mut chance, &mut lines, -13, 48.0);
            assert_eq!(lines.iter().map(Line::points).sum::<u32>(), points);
            assert_eq!(lines.iter().map(|line| line.plus_minus).sum::<i64>(), -65);
            for line in lines {
                assert!(line.threes <= line.threes_tried);
                assert!(line.twos + line.threes_tried <= line.shots);
                assert!(line.free_throws <= line.free_throws_tried);
            }
        }
    }
}
