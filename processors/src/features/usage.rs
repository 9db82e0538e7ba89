//! Possessions a player uses, and takes over from teammates who are out.
//!
//! Spike = 0.3 x (projected - recent usage) in percentage points, what he takes over; above 0 times
//! 1.15 with one star out and 1.30 with more; kept within -3 to 3.
//!
//! Worked example: he takes over 0.04 of the possessions and one star is out: 0.3 x 4 x 1.15 = 1.38.

use sideline_avro::form::{Form, PlayerGame};

use super::registry::{Reading, Source};
use crate::decimals::{AVERAGE, round_to};

const SPIKE_MAX: f64 = 3.0;

pub(super) fn spike(game: &PlayerGame) -> Reading {
    Reading::of(spike_of(&game.form), Source::Calculated, "usage_unknown")
}

/// None as long as nothing is known of what he uses himself.
fn spike_of(form: &Form) -> Option<f64> {
    form.usage_last_10?;
    let spike = 0.3 * form.usage_gained * 100.0;
    let stars = match form.star_teammates_out {
        ..=0 => 1.0,
        1 => 1.15,
        _ => 1.30,
    };
    let strengthened = if spike > 0.0 { spike * stars } else { spike };
    Some(round_to(strengthened.clamp(-SPIKE_MAX, SPIKE_MAX), AVERAGE))
}

pub(super) fn gained(game: &PlayerGame) -> Reading {
    let gained = game.form.usage_gained;
    Reading::of(Some(gained), Source::Calculated, "")
}

pub(super) fn last_10(game: &PlayerGame) -> Reading {
    Reading::of(game.form.usage_last_10, Source::History, "usage_unknown")
}

pub(super) fn star_teammates_out(game: &PlayerGame) -> Reading {
    let stars = f64::from(game.form.star_teammates_out);
    Reading::of(Some(stars), Source::Calculated, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(gained: f64, stars: i32) -> Form {
        Form {
            usage_last_10: Some(0.22),
            usage_gained: gained,
            star_teammates_out: stars,
            ..Form::default()
        }
    }

    #[test]
    fn the_worked_example_of_the_module() {
        assert_eq!(spike_of(&form(0.04, 1)), Some(1.38));
        assert_eq!(spike_of(&form(0.04, 0)), Some(1.2));
    }

    #[test]
    fn it_is_bounded_and_unknown_without_a_game() {
        assert_eq!(spike_of(&form(0.2, 2)), Some(3.0));
        assert_eq!(spike_of(&form(0.0, 2)), Some(0.0));
        assert_eq!(spike_of(&Form::default()), None);
    }
}
