//! How fresh a player is: 100 is fresh, 0 is spent.
//!
//! 100; -15 on a back-to-back, else +5 after three days of rest; -10 from 4 games in 7 days; -10 beyond
//! 240 minutes in 7 days; -8 when those games averaged more than 35 minutes; -12 from 2 back-to-backs
//! in 14 days, -5 for one; kept within 0 to 100. The published rule also docks age, which no source
//! tells us.
//!
//! Worked example: a back-to-back, his fourth game in 7 days, 150 minutes in them, his second
//! back-to-back in 14 days: 100 - 15 - 10 - 8 - 12 = 55 (150 / 4 = 37.5 minutes a game).

use sideline_avro::form::{Form, PlayerGame};

use super::registry::{Reading, Source};

const MINUTES_7_DAYS_MAX: f64 = 240.0;
const MEAN_MINUTES_MAX: f64 = 35.0;

pub(super) fn score(game: &PlayerGame) -> Reading {
    Reading::of(freshness(&game.form), Source::Calculated, "no_games")
}

/// None for a player who has never played.
fn freshness(form: &Form) -> Option<f64> {
    let days_rest = form.days_rest?;
    let games = f64::from(form.games_in_last_7_days);
    let mut score: f64 = 100.0;
    if days_rest <= 0 {
        score -= 15.0;
    } else if days_rest >= 3 {
        score += 5.0;
    }
    if games >= 4.0 {
        score -= 10.0;
    }
    if form.minutes_last_7_days > MINUTES_7_DAYS_MAX {
        score -= 10.0;
    }
    if games > 0.0 && form.minutes_last_7_days / games > MEAN_MINUTES_MAX {
        score -= 8.0;
    }
    score -= match form.back_to_backs_last_14_days {
        0 => 0.0,
        1 => 5.0,
        _ => 12.0,
    };
    Some(score.clamp(0.0, 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(days_rest: Option<i32>, games: i32, minutes: f64, back_to_backs: i32) -> Form {
        Form {
            days_rest,
            games_in_last_7_days: games,
            minutes_last_7_days: minutes,
            back_to_backs_last_14_days: back_to_backs,
            ..Form::default()
        }
    }

    #[test]
    fn the_worked_example_of_the_module() {
        assert_eq!(freshness(&form(Some(0), 4, 150.0, 2)), Some(55.0));
    }

    #[test]
    fn a_rested_player_is_fresh_and_never_fresher_than_100() {
        assert_eq!(freshness(&form(Some(3), 1, 30.0, 0)), Some(100.0));
        assert_eq!(freshness(&form(Some(1), 3, 96.0, 1)), Some(95.0));
        assert_eq!(
            freshness(&form(Some(0), 7, 260.0, 3)),
            Some(100.0 - 15.0 - 10.0 - 10.0 - 8.0 - 12.0)
        );
    }

    #[test]
    fn who_has_never_played_has_no_score() {
        assert_eq!(freshness(&form(None, 0, 0.0, 0)), None);
    }
}
