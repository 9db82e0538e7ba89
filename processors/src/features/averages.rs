//! Features from the averages of a stat.

use super::registry::{Inputs, Reading, Source};
use crate::decimals::{AVERAGE, round_to};

/// He has not played a game that counts.
const NO_GAMES: &str = "no_games";

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

/// Last 5 against the season, in standard deviations, within -3 to 3.
pub(super) fn season_z_score(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.stat.and_then(|stat| {
        let deviation = stat.std_last_10.filter(|deviation| *deviation > 0.0)?;
        let score = (stat.average_last_5? - stat.average_season?) / deviation;
        Some(round_to(score.clamp(-3.0, 3.0), AVERAGE))
    });
    Reading::of(value, Source::Calculated, "fewer_than_2_games")
}

pub(super) fn free_throw_share(inputs: &Inputs<'_>) -> Reading {
    let value = inputs.game.form.free_throw_share;
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

pub(super) fn games_vs_opponent(inputs: &Inputs<'_>) -> Reading {
    let games = f64::from(inputs.game.form.games_vs_opponent);
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
    use super::step;

    #[test]
    fn steps_have_two_sizes_and_a_sign() {
        let of = |value| step(value, 2.0, 5.0);
        assert_eq!(
            [of(-6.0), of(-2.0), of(1.9), of(2.0), of(5.0)],
            [-2.0, -1.0, 0.0, 1.0, 2.0]
        );
    }
}
