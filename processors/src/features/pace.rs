//! How fast the game will be, beside what the player is used to.
//!
//! Expected pace = own + opponent - league; difference = expected - own; all possessions per 48
//! minutes over the last 10 games. Score = difference / 2, kept within -3 to 3; positive is faster.
//!
//! Worked example: own 98, opponent 103, league 99.5: expected 101.5, difference 3.5, score 1.75.

use sideline_avro::form::{Form, PlayerGame};

use super::registry::{Reading, Source};
use crate::decimals::{AVERAGE, round_to};

const SCORE_MAX: f64 = 3.0;

pub(super) fn score(game: &PlayerGame) -> Reading {
    let score = pace_difference(&game.form)
        .map(|faster| round_to((faster / 2.0).clamp(-SCORE_MAX, SCORE_MAX), AVERAGE));
    Reading::of(score, Source::Team, "pace_unknown")
}

pub(super) fn difference(game: &PlayerGame) -> Reading {
    Reading::of(pace_difference(&game.form), Source::Team, "pace_unknown")
}

fn pace_difference(form: &Form) -> Option<f64> {
    let own = form.team_form.pace_last_10?;
    let opponent = form.opponent_form.as_ref()?.pace_last_10?;
    let expected = own + opponent - form.league_pace?;
    Some(round_to(expected - own, AVERAGE))
}

#[cfg(test)]
mod tests {
    use sideline_avro::context::TeamForm;

    use super::*;

    fn form(own: f64, opponent: f64, league: Option<f64>) -> Form {
        let of = |pace| TeamForm {
            pace_last_10: Some(pace),
            ..TeamForm::default()
        };
        Form {
            team_form: of(own),
            opponent_form: Some(of(opponent)),
            league_pace: league,
            ..Form::default()
        }
    }

    #[test]
    fn the_worked_example_of_the_module() {
        assert_eq!(pace_difference(&form(98.0, 103.0, Some(99.5))), Some(3.5));
        assert_eq!(
            pace_difference(&form(98.0, 97.5, Some(99.5))),
            Some(-2.0),
            "slower"
        );
    }

    #[test]
    fn what_is_not_known_stays_unknown() {
        assert_eq!(pace_difference(&form(98.0, 103.0, None)), None);
        assert_eq!(pace_difference(&Form::default()), None);
    }
}
