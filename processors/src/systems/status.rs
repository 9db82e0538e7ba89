//! What an injury status does to what the systems say. One table:
//!
//! | status | value | confidence | side |
//! |---|---|---|---|
//! | OUT | none | 0 | none: `player_out` |
//! | DOUBTFUL | kept, should he play | half | none: `doubtful` |
//! | QUESTIONABLE | kept | 0.8 of it | kept |
//! | PROBABLE | kept | 0.95 of it | kept |
//! | AVAILABLE | kept | kept | kept |
//!
//! What his status means to his teammates' minutes is the team's to say.

use sideline_avro::words::{InjuryStatus, Recommendation};

use super::rules::no_value;
use super::{PropInput, Verdict};
use crate::decimals::{FINE, round_to};

const DOUBTFUL: f64 = 0.5;
const QUESTIONABLE: f64 = 0.8;
const PROBABLE: f64 = 0.95;

/// What is said of a player who is out: a version without a value, not silence, so that nobody takes
/// the last one for what is still expected of him.
pub(super) fn player_out(input: &PropInput<'_>) -> Verdict {
    no_value(input, "player_out")
}

/// The verdict under a status other than out.
pub(super) fn under(status: InjuryStatus, verdict: Verdict) -> Verdict {
    let share = match status {
        InjuryStatus::Doubtful => DOUBTFUL,
        InjuryStatus::Questionable => QUESTIONABLE,
        InjuryStatus::Probable => PROBABLE,
        InjuryStatus::Available | InjuryStatus::Unknown | InjuryStatus::Out => return verdict,
    };
    let takes_a_side = matches!(
        verdict.recommendation,
        Recommendation::Over | Recommendation::Under
    );
    let (recommendation, reason) = if status == InjuryStatus::Doubtful && takes_a_side {
        (Recommendation::Pass, "doubtful")
    } else {
        (verdict.recommendation, verdict.reason)
    };
    Verdict {
        confidence: round_to(verdict.confidence * share, FINE),
        recommendation,
        reason,
        ..verdict
    }
}

#[cfg(test)]
mod tests {
    use super::super::case::Case;
    use super::super::moving_average::MovingAverage;
    use super::*;
    use crate::features::Name;

    fn says() -> Verdict {
        let case = Case::new("points").line(15.5).history(&[
            (Name::AverageLast5, 20.0),
            (Name::AverageLast10, 20.0),
            (Name::AverageSeason, 20.0),
            (Name::GamesInLast7Days, 3.0),
        ]);
        case.of(&MovingAverage::fitted())
    }

    #[test]
    fn each_status_has_its_stated_effect() {
        let before = says();
        assert_eq!(
            (before.confidence, before.recommendation),
            (0.6, Recommendation::Over)
        );
        let at = |status| {
            let verdict = under(status, says());
            (
                verdict.predicted == before.predicted,
                verdict.confidence,
                verdict.recommendation,
                verdict.reason,
            )
        };
        let over = Recommendation::Over;
        assert_eq!(
            at(InjuryStatus::Doubtful),
            (true, 0.3, Recommendation::Pass, "doubtful")
        );
        assert_eq!(at(InjuryStatus::Questionable), (true, 0.48, over, "edge"));
        assert_eq!(at(InjuryStatus::Probable), (true, 0.57, over, "edge"));
        assert_eq!(at(InjuryStatus::Available), (true, 0.6, over, "edge"));
    }

    #[test]
    fn who_is_out_gets_a_verdict_without_a_value() {
        let case = Case::new("points").line(15.5);
        let verdict = player_out(&case.input());
        assert_eq!((verdict.predicted, verdict.reason), (None, "player_out"));
        assert_eq!(verdict.recommendation, Recommendation::Pass);
    }
}
