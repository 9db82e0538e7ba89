//! Where a player shoots from, and how that meets what the opponent allows there.
//!
//! His zone is the paint from 40 % of his shots on, else three-point range from 40 %, else the
//! mid-range from 35 %; a balanced shooter is taken by the paint. Mismatch = 100 x (share of shots the
//! opponent's opponents made from that zone - the league's) x min(usage / 0.5, 1); beyond 5 either way
//! times 1.2; kept within -10 to 10. Above 0 the opponent is weak where he shoots.
//!
//! Worked example: 45 % of his shots come from the paint, where the opponent allows 0.62 and the league
//! 0.58, and he uses 0.25 of the possessions: 100 x 0.04 x 0.5 = 2.
//!
//! Until a source tells of shots by zone the features have their defaults, which say so, and are left
//! out of the quality.

use sideline_avro::context::ByZone;
use sideline_avro::form::{Form, PlayerGame};

use super::registry::{Reading, Source};
use crate::decimals::{AVERAGE, round_to};

/// Nobody has told from where he shot.
const NO_SHOT_ZONES: &str = "no_shot_zones";
/// Nobody has told from where the opponent's opponents shot.
const NO_OPPONENT_ZONES: &str = "no_opponent_zones";

/// Share of shots made in the league, for as long as too few teams are known.
const LEAGUE: ByZone = ByZone {
    paint: 0.580,
    mid_range: 0.410,
    three: 0.355,
};
/// Share of his shots that makes a zone his, and the same for the mid-range.
const PRIMARY_SHARE: f64 = 0.40;
const PRIMARY_MID_RANGE_SHARE: f64 = 0.35;
/// Share of the possessions from which on a mismatch counts in full.
const FULL_USAGE: f64 = 0.5;
/// Beyond this a mismatch is a strong one,
const STRONG: f64 = 5.0;
/// and counts for more.
const STRONG_FACTOR: f64 = 1.2;
const MISMATCH_MAX: f64 = 10.0;

/// One zone's share out of the three.
type Zone = fn(&ByZone) -> f64;

/// Share of his shots from one zone, 0 to 1.
fn share(game: &PlayerGame, zone: Zone) -> Reading {
    let shares = game.form.zone_shares.as_ref();
    Reading::of(shares.map(zone), Source::History, NO_SHOT_ZONES)
}

/// Share of his shots from the paint, last 10 games.
pub(super) fn paint_share(game: &PlayerGame) -> Reading {
    share(game, |by| by.paint)
}

/// Share of his shots from mid-range, last 10 games.
pub(super) fn mid_range_share(game: &PlayerGame) -> Reading {
    share(game, |by| by.mid_range)
}

/// Share of his shots from three-point range, last 10 games.
pub(super) fn three_share(game: &PlayerGame) -> Reading {
    share(game, |by| by.three)
}

/// Share of his goals that no pass led to, last 10 games.
pub(super) fn self_created_rate(game: &PlayerGame) -> Reading {
    let rate = game.form.self_created_rate;
    Reading::of(rate, Source::History, "no_assisted_goals")
}

/// How the opponent's weakness by zone meets the player's habits, -10 to 10.
pub(super) fn mismatch(game: &PlayerGame) -> Reading {
    match mismatch_of(&game.form) {
        Ok(score) => Reading::of(Some(score), Source::Calculated, ""),
        Err(reason) => Reading::of(None, Source::Missing, reason),
    }
}

/// The score, or what is not known of it.
fn mismatch_of(form: &Form) -> Result<f64, &'static str> {
    let shares = form.zone_shares.as_ref().ok_or(NO_SHOT_ZONES)?;
    let opponent = form.opponent_form.as_ref();
    let allowed = opponent.and_then(|team| team.zones_allowed.as_ref());
    let allowed = allowed.ok_or(NO_OPPONENT_ZONES)?;
    let usage = form.usage_last_10.ok_or("usage_unknown")?;
    let zone = primary(shares);
    let league = form.league_zones.as_ref().unwrap_or(&LEAGUE);
    let weakness = 100.0 * (zone(allowed) - zone(league));
    // Rounded before it is compared: 0.65 - 0.60 is a little more than 0.05.
    let score = round_to(weakness * (usage / FULL_USAGE).min(1.0), AVERAGE);
    let strengthened = if score.abs() > STRONG {
        score * STRONG_FACTOR
    } else {
        score
    };
    Ok(round_to(
        strengthened.clamp(-MISMATCH_MAX, MISMATCH_MAX),
        AVERAGE,
    ))
}

fn primary(shares: &ByZone) -> Zone {
    if shares.paint >= PRIMARY_SHARE {
        |by| by.paint
    } else if shares.three >= PRIMARY_SHARE {
        |by| by.three
    } else if shares.mid_range >= PRIMARY_MID_RANGE_SHARE {
        |by| by.mid_range
    } else {
        |by| by.paint
    }
}

#[cfg(test)]
mod tests {
    use sideline_avro::context::TeamForm;

    use super::*;

    fn by(paint: f64, mid_range: f64, three: f64) -> ByZone {
        ByZone {
            paint,
            mid_range,
            three,
        }
    }

    /// A shooter against a team that allows 0.62, 0.45 and 0.32, in a league nobody knows yet.
    fn form(shares: ByZone, usage: f64) -> Form {
        let opponent = TeamForm {
            zones_allowed: Some(by(0.62, 0.45, 0.32)),
            ..TeamForm::default()
        };
        Form {
            zone_shares: Some(shares),
            opponent_form: Some(opponent),
            usage_last_10: Some(usage),
            ..Form::default()
        }
    }

    #[test]
    fn golden_the_worked_example_of_the_module_and_the_other_zones() {
        assert_eq!(mismatch_of(&form(by(0.45, 0.15, 0.40), 0.25)), Ok(2.0));
        // 100 x (0.32 - 0.355) x 0.5 = -1.75
        assert_eq!(mismatch_of(&form(by(0.39, 0.21, 0.40), 0.25)), Ok(-1.75));
        // 100 x (0.45 - 0.41) x 0.5 = 2
        assert_eq!(mismatch_of(&form(by(0.30, 0.35, 0.35), 0.25)), Ok(2.0));
        // Balanced: the paint, 100 x 0.04 x 0.3 / 0.5 = 2.4
        assert_eq!(mismatch_of(&form(by(0.36, 0.30, 0.34), 0.30)), Ok(2.4));
    }

    #[test]
    fn golden_a_strong_mismatch_counts_for_more_and_stays_within_ten() {
        let against = |paint: f64, usage: f64| {
            let mut form = form(by(0.5, 0.2, 0.3), usage);
            form.league_zones = Some(by(0.60, 0.40, 0.36));
            form.opponent_form.as_mut().unwrap().zones_allowed = Some(by(paint, 0.4, 0.36));
            mismatch_of(&form).unwrap()
        };
        // 5 is not beyond 5; 6 is, and becomes 7.2. From a usage of 0.5 on all of it counts.
        assert_eq!((against(0.65, 0.5), against(0.66, 0.5)), (5.0, 7.2));
        assert_eq!(against(0.66, 0.8), 7.2);
        // -9 x 1.2 = -10.8
        assert_eq!(against(0.51, 0.5), -10.0);
    }

    #[test]
    fn edge_case_a_side_that_is_missing_is_named() {
        let whole = form(by(0.45, 0.15, 0.40), 0.25);
        let nobody = Form {
            zone_shares: None,
            ..whole.clone()
        };
        assert_eq!(mismatch_of(&nobody), Err("no_shot_zones"));
        let no_defence = Form {
            opponent_form: Some(TeamForm::default()),
            ..whole.clone()
        };
        assert_eq!(mismatch_of(&no_defence), Err("no_opponent_zones"));
        let no_usage = Form {
            usage_last_10: None,
            ..whole
        };
        assert_eq!(mismatch_of(&no_usage), Err("usage_unknown"));
    }

    fn read(form: Form, read: fn(&PlayerGame) -> Reading) -> (Option<f64>, Option<&'static str>) {
        let game = PlayerGame {
            form,
            ..PlayerGame::default()
        };
        let reading = read(&game);
        (reading.value, reading.reason)
    }

    #[test]
    fn golden_shares_and_goals_of_his_own_making_are_read_as_they_are_and_missing_with_a_reason() {
        let told = Form {
            self_created_rate: Some(0.0),
            ..form(by(0.45, 0.0, 0.55), 0.25)
        };
        assert_eq!(read(told.clone(), paint_share), (Some(0.45), None));
        assert_eq!(read(told.clone(), mid_range_share), (Some(0.0), None));
        assert_eq!(read(told.clone(), three_share), (Some(0.55), None));
        assert_eq!(read(told, self_created_rate), (Some(0.0), None));
        for feature in [paint_share, mid_range_share, three_share] {
            let missing = (None, Some(NO_SHOT_ZONES));
            assert_eq!(read(Form::default(), feature), missing);
        }
        let missing = (None, Some("no_assisted_goals"));
        assert_eq!(read(Form::default(), self_created_rate), missing);
    }
}
