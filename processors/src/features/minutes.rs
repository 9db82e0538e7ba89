//! Minutes: what he has been playing, and what he is expected to play.

use sideline_avro::form::{Form, PlayerGame};

use super::averages::step;
use super::registry::{Reading, Source};
use crate::decimals::{MINUTES, round_to};

/// What a player gains from absent teammates never takes him beyond this.
const PROJECTED_MINUTES_MAX: f64 = 42.0;

pub(super) fn average_last_10(game: &PlayerGame) -> Reading {
    Reading::of(game.form.minutes_last_10, Source::Minutes, "no_games")
}

/// Mean minutes of the games behind the season's average.
pub(super) fn average_season(game: &PlayerGame) -> Reading {
    Reading::of(
        game.form.minutes_season,
        Source::Minutes,
        "no_games_this_season",
    )
}

/// Last 10 against the season, in steps of a tenth and a fifth: -2, -1, 0, 1, 2.
pub(super) fn change(game: &PlayerGame) -> Reading {
    let form = &game.form;
    let season = form.minutes_season.filter(|minutes| *minutes > 0.0);
    let change = form
        .minutes_last_10
        .zip(season)
        .map(|(recent, season)| (recent - season) / season);
    Reading::of(
        change.map(|change| step(change, 0.10, 0.20)),
        Source::Calculated,
        "no_games_this_season",
    )
}

/// Minutes played in the last 7 days.
pub(super) fn load_last_7_days(game: &PlayerGame) -> Reading {
    Reading::of(Some(game.form.minutes_last_7_days), Source::Minutes, "")
}

pub(super) fn deviation_last_10(game: &PlayerGame) -> Reading {
    Reading::of(
        game.form.minutes_std_last_10,
        Source::Minutes,
        "fewer_than_2_games",
    )
}

/// Minutes he is expected to play: those of the role a lineup gives him, without one his mean of the
/// last 10 games (without any, of the season), and what he gains from teammates who are out, up to 42, and never less than his own mean. 0 when
/// nothing is known of him.
pub(super) fn projected_minutes(form: &Form) -> f64 {
    let known = form.role_minutes.or(form.minutes_last_10);
    let Some(own) = known.or(form.minutes_season) else {
        return 0.0;
    };
    let most = PROJECTED_MINUTES_MAX.max(own);
    round_to((own + form.minutes_gained).min(most), MINUTES)
}

/// Mean minutes of the games the averages come from.
pub(super) fn window_minutes(form: &Form) -> Option<f64> {
    form.minutes_last_10.or(form.minutes_season)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(own: Option<f64>, gained: f64) -> Form {
        Form {
            minutes_last_10: own,
            minutes_gained: gained,
            ..Form::default()
        }
    }

    #[test]
    fn gained_minutes_are_added_up_to_a_limit() {
        assert_eq!(projected_minutes(&form(Some(30.0), 6.25)), 36.25);
        assert_eq!(projected_minutes(&form(Some(38.0), 6.0)), 42.0);
        assert_eq!(projected_minutes(&form(Some(43.5), 0.0)), 43.5);
        assert_eq!(projected_minutes(&form(None, 6.0)), 0.0);
    }
}
