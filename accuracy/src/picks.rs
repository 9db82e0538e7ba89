//! How often over and under were right.

use serde::Serialize;
use sideline_avro::graded::Verdict;

use crate::interval::{Interval, wilson};

/// What became of what a system said about lines. The hit rate has one denominator, correct and
/// wrong; all else is counted beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Picks {
    /// OVER or UNDER, and right.
    pub correct: usize,
    /// OVER or UNDER, and not.
    pub wrong: usize,
    /// OVER or UNDER, and the line was hit exactly.
    pub pushes: usize,
    /// The player did not play.
    pub voids: usize,
    /// PASS.
    pub passes: usize,
    /// No line to say anything about.
    pub no_lines: usize,
    /// correct / (correct + wrong), 0 to 1; none without either.
    pub hit_rate: Option<f64>,
    /// Its 95 % interval after Wilson.
    pub hit_rate_interval: Option<Interval>,
}

impl Picks {
    /// Counts verdicts.
    #[must_use]
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut picks = Self::default();
        for verdict in verdicts {
            let counter = match verdict {
                Verdict::Correct => &mut picks.correct,
                Verdict::Wrong => &mut picks.wrong,
                Verdict::Push => &mut picks.pushes,
                Verdict::Void => &mut picks.voids,
                Verdict::Pass => &mut picks.passes,
                Verdict::NoLine => &mut picks.no_lines,
                Verdict::Withdrawn | Verdict::Unknown => continue,
            };
            *counter += 1;
        }
        let decided = picks.correct + picks.wrong;
        picks.hit_rate = (decided > 0).then(|| picks.correct as f64 / decided as f64);
        picks.hit_rate_interval = wilson(picks.correct, decided);
        picks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushes_voids_passes_and_missing_lines_are_beside_the_hit_rate_and_not_in_it() {
        use Verdict::{Correct, NoLine, Pass, Push, Void, Withdrawn, Wrong};
        let picks = Picks::of([
            Correct, Correct, Correct, Wrong, Push, Void, Void, Pass, NoLine, Withdrawn,
        ]);
        assert_eq!((picks.correct, picks.wrong), (3, 1));
        assert_eq!(
            (picks.pushes, picks.voids, picks.passes, picks.no_lines),
            (1, 2, 1, 1)
        );
        assert_eq!(picks.hit_rate, Some(0.75));
    }

    #[test]
    fn without_a_decided_pick_there_is_no_hit_rate() {
        let picks = Picks::of([Verdict::Push, Verdict::Void]);
        assert_eq!((picks.hit_rate, picks.hit_rate_interval), (None, None));
    }
}
