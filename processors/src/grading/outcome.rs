//! What happened to a player in a game, as far as it is known.

use sideline_avro::facts::BoxScore;
use sideline_avro::time::Timestamp;

/// News of a player this long after a tip-off show that the game is over: a game takes two and a
/// half hours, its box score is known soon after, and the next morning's news come later still.
const OVER_AFTER_SECONDS: i64 = 12 * 3_600;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome<'r> {
    /// He played, and this is what he did.
    Played(&'r BoxScore),
    /// He did not play.
    DidNotPlay,
    /// Nothing is known yet.
    Open,
}

/// What happened, from his line of the box score, if there is one.
///
/// Most feeds list only those who played. So without a line it counts as known that he did not play
/// once something newer of him is known, see [`is_over`]; a line that comes later still takes its
/// place. A line with neither minutes nor points is that of a player who did not play.
pub(super) fn outcome(
    row: Option<&BoxScore>,
    tip_off: Timestamp,
    newest: Timestamp,
) -> Outcome<'_> {
    match row {
        Some(row) if row.did_not_play || (row.minutes <= 0.0 && row.pts == 0) => {
            Outcome::DidNotPlay
        }
        Some(row) => Outcome::Played(row),
        None if is_over(tip_off, newest) => Outcome::DidNotPlay,
        None => Outcome::Open,
    }
}

/// True when the newest news of a player came so long after a tip-off that the game is over.
pub(super) const fn is_over(tip_off: Timestamp, newest: Timestamp) -> bool {
    newest.seconds_since(tip_off) >= OVER_AFTER_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIP_OFF: Timestamp = Timestamp(0);

    fn hours(hours: i64) -> Timestamp {
        TIP_OFF.plus_seconds(hours * 3_600)
    }

    #[test]
    fn a_line_with_minutes_or_points_is_that_of_a_player_who_played() {
        let row = |minutes, pts| BoxScore {
            minutes,
            pts,
            ..BoxScore::default()
        };
        let (played, scored, neither) = (row(0.2, 0), row(0.0, 2), row(0.0, 0));
        let of = |row| outcome(Some(row), TIP_OFF, TIP_OFF);
        assert_eq!(of(&played), Outcome::Played(&played));
        assert_eq!(of(&scored), Outcome::Played(&scored));
        assert_eq!(of(&neither), Outcome::DidNotPlay);
        let listed = BoxScore {
            did_not_play: true,
            ..played.clone()
        };
        assert_eq!(of(&listed), Outcome::DidNotPlay);
    }

    #[test]
    fn without_a_line_he_did_not_play_once_newer_news_are_there() {
        assert_eq!(outcome(None, TIP_OFF, hours(11)), Outcome::Open);
        assert_eq!(outcome(None, TIP_OFF, hours(12)), Outcome::DidNotPlay);
    }
}
