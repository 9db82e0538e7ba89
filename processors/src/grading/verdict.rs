//! How one version did.

use sideline_avro::graded::{Grade, Verdict};
use sideline_avro::words::{InjuryStatus, Recommendation};

use super::versions::Kept;
use crate::decimals::{VALUE, round_to};

/// Errors up to these count as near, in units of the prop.
const NEAR: f64 = 3.0;
const FAIR: f64 = 5.0;

/// What is known of a prop after the game.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// What he did; none when he did not play.
    pub(super) actual: Option<f64>,
    /// The closing line.
    pub(super) closing_line: Option<f64>,
}

/// How a version did. Errors are those of its value; margins are distances from a line.
///
/// 25 predicted, 27 scored, a line of 25.5: the error is 2 (signed -2), the margins are -0.5 and
/// 1.5; it said UNDER, which was wrong.
pub(super) fn grade(kept: &Kept, known: Known, is_last: bool) -> Grade {
    let verdict = verdict(kept, known.actual);
    let judged = known.actual.filter(|_| verdict != Verdict::Withdrawn);
    let signed_error = difference(kept.predicted, judged);
    let absolute_error = signed_error.map(f64::abs);
    Grade {
        system_id: kept.system_id.clone(),
        system_version: kept.system_version.clone(),
        version: kept.version,
        is_last,
        effective_at: kept.effective_at,
        status: kept.status,
        predicted: kept.predicted,
        line: kept.line,
        recommendation: kept.recommendation,
        confidence: kept.confidence,
        spread: kept.spread,
        probability_over: kept.probability_over,
        verdict,
        void_reason: (verdict == Verdict::Void).then(|| void_reason(kept.status).to_owned()),
        absolute_error,
        signed_error,
        is_within_3: absolute_error.map(|error| error <= NEAR),
        is_within_5: absolute_error.map(|error| error <= FAIR),
        predicted_margin: difference(kept.predicted, kept.line),
        actual_margin: difference(known.actual, kept.line),
        predicted_margin_closing: difference(kept.predicted, known.closing_line),
    }
}

/// `one - other`, where both are known.
pub(super) fn difference(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    let (one, other) = one.zip(other)?;
    Some(round_to(one - other, VALUE))
}

fn verdict(kept: &Kept, actual: Option<f64>) -> Verdict {
    if kept.is_withdrawn {
        return Verdict::Withdrawn;
    }
    let Some(actual) = actual else {
        return Verdict::Void;
    };
    let is_over = match kept.recommendation {
        Recommendation::Over => true,
        Recommendation::Under => false,
        Recommendation::Pass => return Verdict::Pass,
        Recommendation::NoLine | Recommendation::Unknown => return Verdict::NoLine,
    };
    match kept.line {
        None => Verdict::NoLine,
        Some(line) if actual == line => Verdict::Push,
        Some(line) if (actual > line) == is_over => Verdict::Correct,
        Some(_) => Verdict::Wrong,
    }
}

/// Why a bet is void, from the status that the version itself captured: what became known later
/// says nothing about what could be known.
const fn void_reason(status: InjuryStatus) -> &'static str {
    match status {
        InjuryStatus::Out | InjuryStatus::Doubtful => "dnp_injury_confirmed",
        InjuryStatus::Questionable | InjuryStatus::Probable => "dnp_late_scratch",
        InjuryStatus::Available | InjuryStatus::Unknown => "dnp_unknown",
    }
}

#[cfg(test)]
mod tests {
    use sideline_avro::time::Timestamp;

    use super::*;

    fn said(recommendation: Recommendation, predicted: f64, line: Option<f64>) -> Kept {
        Kept {
            system_id: "moving_average".into(),
            system_version: "1".into(),
            version: 1,
            effective_at: Timestamp::default(),
            status: InjuryStatus::Available,
            predicted: Some(predicted),
            line,
            recommendation,
            confidence: 0.6,
            spread: None,
            probability_over: None,
            is_withdrawn: false,
        }
    }

    fn after(kept: &Kept, actual: Option<f64>) -> Grade {
        let closing_line = Some(26.0);
        grade(
            kept,
            Known {
                actual,
                closing_line,
            },
            true,
        )
    }

    #[test]
    fn over_is_correct_above_the_line() {
        // 28 predicted, 31 scored: 3 too low, so within 3. 28 - 25.5 = 2.5, 31 - 25.5 = 5.5,
        // 28 - 26 = 2.
        let grade = after(&said(Recommendation::Over, 28.0, Some(25.5)), Some(31.0));
        assert_eq!(grade.verdict, Verdict::Correct);
        assert_eq!(
            (grade.absolute_error, grade.signed_error),
            (Some(3.0), Some(-3.0))
        );
        assert_eq!(
            (grade.is_within_3, grade.is_within_5),
            (Some(true), Some(true))
        );
        assert_eq!(
            (grade.predicted_margin, grade.actual_margin),
            (Some(2.5), Some(5.5))
        );
        assert_eq!(grade.predicted_margin_closing, Some(2.0));
    }

    #[test]
    fn under_is_wrong_above_the_line() {
        // 22.4 predicted, 27 scored: 4.6 too low, within 5 and not within 3.
        let grade = after(&said(Recommendation::Under, 22.4, Some(25.5)), Some(27.0));
        assert_eq!(grade.verdict, Verdict::Wrong);
        assert_eq!(grade.absolute_error, Some(4.6));
        assert_eq!(
            (grade.is_within_3, grade.is_within_5),
            (Some(false), Some(true))
        );
    }

    #[test]
    fn a_line_that_is_hit_exactly_is_a_push_either_way() {
        for recommendation in [Recommendation::Over, Recommendation::Under] {
            let grade = after(&said(recommendation, 29.0, Some(26.0)), Some(26.0));
            assert_eq!(grade.verdict, Verdict::Push);
            assert_eq!(grade.absolute_error, Some(3.0));
            assert_eq!(grade.actual_margin, Some(0.0));
        }
    }

    #[test]
    fn pass_and_no_line_are_no_bets_and_still_have_their_error() {
        let pass = after(&said(Recommendation::Pass, 26.0, Some(25.5)), Some(20.0));
        assert_eq!(
            (pass.verdict, pass.absolute_error),
            (Verdict::Pass, Some(6.0))
        );
        assert_eq!(pass.is_within_5, Some(false));
        let no_line = after(&said(Recommendation::NoLine, 26.0, None), Some(20.0));
        assert_eq!(
            (no_line.verdict, no_line.absolute_error),
            (Verdict::NoLine, Some(6.0))
        );
        assert_eq!(
            (no_line.predicted_margin, no_line.actual_margin),
            (None, None)
        );
    }

    #[test]
    fn void_has_no_error_and_names_its_reason_by_the_status_it_captured() {
        let reasons = [
            (InjuryStatus::Out, "dnp_injury_confirmed"),
            (InjuryStatus::Doubtful, "dnp_injury_confirmed"),
            (InjuryStatus::Questionable, "dnp_late_scratch"),
            (InjuryStatus::Probable, "dnp_late_scratch"),
            (InjuryStatus::Available, "dnp_unknown"),
        ];
        for (status, reason) in reasons {
            let kept = Kept {
                status,
                ..said(Recommendation::Over, 28.0, Some(25.5))
            };
            let grade = after(&kept, None);
            assert_eq!(grade.verdict, Verdict::Void);
            assert_eq!(grade.void_reason.as_deref(), Some(reason));
            assert_eq!((grade.absolute_error, grade.is_within_3), (None, None));
        }
    }

    #[test]
    fn a_version_that_took_the_prediction_back_is_not_judged() {
        let kept = Kept {
            predicted: None,
            is_withdrawn: true,
            ..said(Recommendation::NoLine, 0.0, None)
        };
        assert_eq!(after(&kept, None).verdict, Verdict::Withdrawn);
        assert_eq!(after(&kept, Some(20.0)).verdict, Verdict::Withdrawn);
    }
}
