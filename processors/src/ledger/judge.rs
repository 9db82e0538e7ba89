//! What becomes of a candidate, given the last version of its key.

use sideline_avro::candidates::Candidate;

use super::LastVersion;
use super::content::Content;
use crate::decimals::{VALUE, round_to};
use crate::props::prop;

/// The verdict on a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It says what the last version says.
    Unchanged,
    /// Only the line moved, and not far enough to be news.
    Held,
    /// Its system has no model and has never had one: there is nothing to keep.
    Speechless,
    /// It came at or after tip-off.
    TooLate,
    /// It makes a version, for this reason.
    Changed(&'static str),
}

/// Compares a candidate with the last version of its key.
pub(super) fn judge(
    last: Option<&LastVersion>,
    candidate: &Candidate,
    content: &Content,
) -> Judgement {
    let Some(last) = last else {
        return Judgement::Changed("first");
    };
    if last.content == content.full {
        return Judgement::Unchanged;
    }
    if last.bare != content.bare {
        return Judgement::Changed("prediction");
    }
    match line_news(last, candidate) {
        Some(news) => Judgement::Changed(news),
        None => Judgement::Held,
    }
}

/// Why a line alone is worth a version: it is the first, it was withdrawn, the recommendation
/// turned, or it moved strictly more than the prop's threshold from the one the last version saw.
fn line_news(last: &LastVersion, candidate: &Candidate) -> Option<&'static str> {
    let (before, now) = match (last.line, candidate.line) {
        (None, None) => return None,
        (None, Some(_)) => return Some("first_line"),
        (Some(_), None) => return Some("line_withdrawn"),
        (Some(before), Some(now)) => (before, now),
    };
    if candidate.recommendation != last.recommendation {
        return Some("recommendation");
    }
    let threshold = prop(&candidate.prop).map_or(0.0, |prop| prop.line_threshold);
    (round_to((now - before).abs(), VALUE) > threshold).then_some("line")
}

#[cfg(test)]
mod tests {
    use sideline_avro::candidates::CandidateSet;
    use sideline_avro::words::Recommendation;

    use super::*;

    fn candidate(line: Option<f64>) -> Candidate {
        Candidate {
            prop: "points".into(),
            predicted: Some(28.0),
            line,
            edge: line.map(|line| 28.0 - line),
            recommendation: Recommendation::Pass,
            ..Candidate::default()
        }
    }

    fn last(candidate: &Candidate) -> LastVersion {
        let content = Content::of(&CandidateSet::default(), candidate);
        LastVersion {
            version: 3,
            content: content.full,
            bare: content.bare,
            predicted: candidate.predicted,
            line: candidate.line,
            recommendation: candidate.recommendation,
            system_version: String::new(),
            feature_version: String::new(),
        }
    }

    fn verdict(before: &Candidate, now: &Candidate) -> Judgement {
        judge(
            Some(&last(before)),
            now,
            &Content::of(&CandidateSet::default(), now),
        )
    }

    #[test]
    fn promise_2_equal_content_makes_no_new_version() {
        let same = candidate(Some(27.5));
        assert_eq!(verdict(&same, &same.clone()), Judgement::Unchanged);
    }

    #[test]
    fn a_line_must_move_strictly_more_than_its_threshold() {
        let before = candidate(Some(27.5));
        assert_eq!(verdict(&before, &candidate(Some(29.5))), Judgement::Held);
        assert_eq!(verdict(&before, &candidate(Some(25.5))), Judgement::Held);
        assert_eq!(
            verdict(&before, &candidate(Some(29.75))),
            Judgement::Changed("line")
        );
    }

    #[test]
    fn a_first_line_a_withdrawal_and_a_turned_recommendation_are_news() {
        let (none, some) = (candidate(None), candidate(Some(27.5)));
        assert_eq!(verdict(&none, &some), Judgement::Changed("first_line"));
        assert_eq!(verdict(&some, &none), Judgement::Changed("line_withdrawn"));
        let turned = Candidate {
            recommendation: Recommendation::Over,
            ..candidate(Some(27.0))
        };
        assert_eq!(
            verdict(&some, &turned),
            Judgement::Changed("recommendation")
        );
    }

    #[test]
    fn another_value_is_a_version_whatever_the_line_did() {
        let before = candidate(Some(27.5));
        let now = Candidate {
            predicted: Some(28.01),
            ..candidate(Some(27.5))
        };
        assert_eq!(verdict(&before, &now), Judgement::Changed("prediction"));
    }

    #[test]
    fn without_a_version_anything_is_the_first() {
        let now = candidate(None);
        let content = Content::of(&CandidateSet::default(), &now);
        assert_eq!(judge(None, &now, &content), Judgement::Changed("first"));
    }
}
