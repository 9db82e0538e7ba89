//! How a player has done against the market's lines: tonight's, and those his past games closed at.

use sideline_avro::form::StatForm;

use super::registry::{Inputs, Reading, Source};
use crate::decimals::{VALUE, round_to};

const NO_LINE: &str = "no_line";
const NO_GAMES: &str = "no_games";
const NO_PAST_LINES: &str = "no_past_lines";

/// Last games he played in a row over tonight's consensus line, 0 or more; a push neither counts nor
/// ends the streak. From his game log.
pub(super) fn over_streak(inputs: &Inputs<'_>) -> Reading {
    streak(inputs, |stat| stat.over_streak)
}

/// The same under it.
pub(super) fn under_streak(inputs: &Inputs<'_>) -> Reading {
    streak(inputs, |stat| stat.under_streak)
}

fn streak(inputs: &Inputs<'_>, of: fn(&StatForm) -> Option<i32>) -> Reading {
    let games = inputs.stat.and_then(of).map(f64::from);
    let reason = if inputs.line.is_none() {
        NO_LINE
    } else {
        NO_GAMES
    };
    Reading::of(games, Source::History, reason)
}

/// Tonight's consensus minus the closing consensus of the prop in the game he played before, in units
/// of the prop. Unknown when that game had no line; an earlier one does not stand in.
pub(super) fn line_vs_previous(inputs: &Inputs<'_>) -> Reading {
    let Some(line) = inputs.line else {
        return Reading::of(None, Source::Market, NO_LINE);
    };
    let previous = inputs.stat.and_then(|stat| stat.previous_line);
    let ahead = previous.map(|previous| round_to(line.consensus - previous, VALUE));
    Reading::of(ahead, Source::Market, "no_line_in_game_before")
}

/// Share over their own closing line of the last 10 games that had one, 0 to 1; pushes are in
/// neither part of the share.
pub(super) fn over_share_last_10(inputs: &Inputs<'_>) -> Reading {
    let share = inputs.stat.and_then(|stat| stat.over_share_last_10);
    Reading::of(share, Source::History, NO_PAST_LINES)
}

/// Mean of stat minus own closing line, last 5 games that had one, in units of the prop.
pub(super) fn margin_last_5(inputs: &Inputs<'_>) -> Reading {
    let margin = inputs.stat.and_then(|stat| stat.margin_vs_line_last_5);
    Reading::of(margin, Source::History, NO_PAST_LINES)
}

#[cfg(test)]
mod tests {
    use sideline_avro::form::PropLine;

    use super::*;
    use crate::features::registry::golden::{missing, of_prop};

    fn stat() -> StatForm {
        StatForm {
            over_streak: Some(3),
            under_streak: Some(0),
            previous_line: Some(22.5),
            over_share_last_10: Some(0.7),
            margin_vs_line_last_5: Some(-1.3),
            ..StatForm::default()
        }
    }

    fn line() -> PropLine {
        PropLine {
            consensus: 24.25,
            ..PropLine::default()
        }
    }

    #[test]
    fn they_are_read_from_form_and_tonights_line() {
        let of = |read| of_prop(read, Some(&stat()), Some(&line())).value;
        assert_eq!(of(over_streak), Some(3.0));
        assert_eq!(of(under_streak), Some(0.0));
        assert_eq!(of(line_vs_previous), Some(1.75));
        assert_eq!(of(over_share_last_10), Some(0.7));
        assert_eq!(of(margin_last_5), Some(-1.3));
    }

    #[test]
    fn what_is_missing_says_why() {
        let without_line = |read| of_prop(read, Some(&stat()), None);
        assert_eq!(without_line(line_vs_previous), missing("no_line"));
        let nothing = StatForm::default();
        let of = |read| of_prop(read, Some(&nothing), Some(&line()));
        assert_eq!(of(over_streak), missing("no_games"));
        assert_eq!(of(line_vs_previous), missing("no_line_in_game_before"));
        assert_eq!(of(over_share_last_10), missing("no_past_lines"));
        assert_eq!(of(margin_last_5), missing("no_past_lines"));
        assert_eq!(
            of_prop(under_streak, Some(&nothing), None),
            missing("no_line")
        );
    }
}
