//! Features from the averages of a stat.

use sideline_avro::form::{PlayerGame, StatForm};

use super::registry::{Inputs, Reading, Source};
use crate::decimals::{AVERAGE, round_to};

/// He has not played a game that counts.
const NO_GAMES: &str = "no_games";
/// Standard deviations above the season from which on five games are a breakout.
const BREAKOUT_DEVIATIONS: f64 = 1.5;

pub(super) fn last_5(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.average_last_5);
    Reading::of(value, Source::History, NO_GAMES)
}

pub(super) fn last_10(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.average_last_10);
    Reading::of(value, Source::History, NO_GAMES)
}

/// Before his first game of a season, the last 10 stand in, which reach into the one before.
pub(super) fn season(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.average_season);
    if value.is_some() {
        return Reading::of(value, Source::History, NO_GAMES);
    }
    let last_10 = inputs.stat.and_then(|stat| stat.average_last_10);
    Reading::instead(last_10, "no_games_this_season")
}

pub(super) fn deviation_last_10(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.std_last_10);
    Reading::of(value, Source::History, "fewer_than_2_games")
}

pub(super) fn per_minute_last_10(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.per_minute_last_10);
    Reading::of(value, Source::History, NO_GAMES)
}

/// Mean of the last 3 games.
pub(super) fn last_3(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.average_last_3);
    Reading::of(value, Source::History, NO_GAMES)
}

/// The last 2 games against the 3 before, in steps: -2, -1, 0, 1, 2. Steps are 2 and 5 points, carried
/// over by the prop's ratio.
pub(super) fn recent_trend(inputs: &Inputs<'_>) -> Reading {
    let ratio = inputs.prop.points_ratio;
    let trend = inputs.stat.and_then(|stat| stat.recent_trend);
    let step = trend.map(|trend| step(trend / ratio, 2.0, 5.0));
    Reading::of(step, Source::Calculated, "fewer_than_5_games")
}

/// -2 to 2: beyond the far bound, beyond the near one, or neither.
pub(super) fn step(value: f64, near: f64, far: f64) -> f64 {
    let size = if value.abs() >= far {
        2.0
    } else if value.abs() >= near {
        1.0
    } else {
        return 0.0;
    };
    size * value.signum()
}

/// Change per game along a straight line through the last 10.
pub(super) fn slope(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.slope_last_10);
    Reading::of(value, Source::Calculated, "fewer_than_5_games")
}

/// Change per game along a straight line through the last 7, in units of the prop; from 5 games on.
pub(super) fn slope_last_7(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.slope_last_7);
    Reading::of(value, Source::Calculated, "fewer_than_5_games")
}

/// Last 5 against the season, in standard deviations, within -3 to 3.
pub(super) fn season_z_score(inputs: &Inputs<'_>) -> Reading {
    z_score(inputs, |stat| stat.average_last_5)
}

/// Last 3 against the season, in standard deviations of the last 10, within -3 to 3.
pub(super) fn last_3_z_score(inputs: &Inputs<'_>) -> Reading {
    z_score(inputs, |stat| stat.average_last_3)
}

fn z_score(inputs: &Inputs<'_>, recent: fn(&StatForm) -> Option<f64>) -> Reading {
    let value = inputs.stat.and_then(|stat| {
        let deviation = stat.std_last_10.filter(|deviation| *deviation > 0.0)?;
        let score = (recent(stat)? - stat.average_season?) / deviation;
        Some(round_to(score.clamp(-3.0, 3.0), AVERAGE))
    });
    Reading::of(value, Source::Calculated, "fewer_than_2_games")
}

/// 1 when his last 5 are above the season by more than 1.5 standard deviations of the last 10, else 0.
pub(super) fn breakout(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| {
        let bound = stat.average_season? + BREAKOUT_DEVIATIONS * stat.std_last_10?;
        Some(f64::from(u8::from(stat.average_last_5? > bound)))
    });
    Reading::of(value, Source::Calculated, "fewer_than_2_games")
}

/// Last games he played in a row below the season's average, 0 or more.
pub(super) fn games_below_average(inputs: &Inputs<'_>) -> Reading {
    let games = inputs.stat.and_then(|stat| stat.games_below_average);
    Reading::of(
        games.map(f64::from),
        Source::History,
        "no_games_this_season",
    )
}

pub(super) fn free_throw_share(game: &PlayerGame) -> Reading {
    let value = game.form.free_throw_share;
    let within = value.map(|share| share.clamp(0.0, 0.5));
    Reading::of(within, Source::Calculated, "fewer_than_5_games")
}

/// Against this opponent in the year before; the season's average stands in.
pub(super) fn versus_opponent(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.average_vs_opponent);
    if value.is_some() {
        return Reading::of(value, Source::Opponent, NO_GAMES);
    }
    let season = inputs.stat.and_then(|stat| stat.average_season);
    Reading::instead(season, "no_games_against_opponent")
}

pub(super) fn games_vs_opponent(game: &PlayerGame) -> Reading {
    let games = f64::from(game.form.games_vs_opponent);
    Reading::of(Some(games), Source::Calculated, NO_GAMES)
}

pub(super) fn similar_games(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.map(|stat| f64::from(stat.similar_games));
    Reading::of(value, Source::History, NO_GAMES)
}

pub(super) fn similar_average(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.similar_average);
    Reading::of(value, Source::History, "no_similar_games")
}

pub(super) fn similar_deviation(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.similar_deviation);
    Reading::of(value, Source::History, "no_similar_games")
}

pub(super) fn similarity(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| stat.similarity);
    Reading::of(value, Source::History, "no_similar_games")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::registry::golden::{missing, of_prop};

    /// A season of 20 with a standard deviation of 4.
    fn stat(last_5: f64, last_3: f64) -> StatForm {
        StatForm {
            average_last_5: Some(last_5),
            average_last_3: Some(last_3),
            average_season: Some(20.0),
            std_last_10: Some(4.0),
            slope_last_7: Some(1.143),
            games_below_average: Some(2),
            ..StatForm::default()
        }
    }

    #[test]
    fn a_breakout_is_more_than_one_and_a_half_deviations_above_the_season() {
        // 20 + 1.5 x 4 = 26
        let of = |last_5| of_prop(breakout, Some(&stat(last_5, 0.0)), None).value;
        assert_eq!((of(26.1), of(26.0)), (Some(1.0), Some(0.0)));
        let one_game = StatForm {
            average_last_5: Some(30.0),
            average_season: Some(30.0),
            ..StatForm::default()
        };
        let reading = of_prop(breakout, Some(&one_game), None);
        assert_eq!(reading, missing("fewer_than_2_games"));
    }

    #[test]
    fn three_games_against_the_season_are_told_in_deviations() {
        let of = |stat| of_prop(last_3_z_score, Some(&stat), None);
        assert_eq!(of(stat(0.0, 25.0)).value, Some(1.25), "5 / 4");
        assert_eq!(of(stat(0.0, 6.0)).value, Some(-3.0), "-3.5, kept within");
        let always_the_same = StatForm {
            std_last_10: Some(0.0),
            ..stat(20.0, 20.0)
        };
        assert_eq!(of(always_the_same), missing("fewer_than_2_games"));
        assert_eq!(
            of_prop(last_3_z_score, None, None),
            missing("fewer_than_2_games")
        );
    }

    #[test]
    fn slope_and_games_below_average_are_read_from_form() {
        let told = stat(20.0, 20.0);
        let of = |read, stat| of_prop(read, stat, None);
        assert_eq!(of(slope_last_7, Some(&told)).value, Some(1.143));
        assert_eq!(of(games_below_average, Some(&told)).value, Some(2.0));
        assert_eq!(of(slope_last_7, None), missing("fewer_than_5_games"));
        assert_eq!(
            of(games_below_average, None),
            missing("no_games_this_season")
        );
    }

    #[test]
    fn steps_have_two_sizes_and_a_sign() {
        let of = |value| step(value, 2.0, 5.0);
        assert_eq!(
            [of(-6.0), of(-2.0), of(1.9), of(2.0), of(5.0)],
            [-2.0, -1.0, 0.0, 1.0, 2.0]
        );
    }
}
