//! How far values were from what happened.

use serde::Serialize;

/// Errors up to these count as near, in units of the prop.
const NEAR: f64 = 3.0;
const FAIR: f64 = 5.0;

/// Errors of a set of values, in units of the prop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Errors {
    /// Values that were compared, one per player and game.
    pub games: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean of value minus what happened: positive when too much was predicted.
    pub bias: f64,
    /// Share of values off by 3 at most, 0 to 1.
    pub within_3: f64,
    /// Share of values off by 5 at most, 0 to 1.
    pub within_5: f64,
}

impl Errors {
    /// Errors of pairs of value and what happened; none of no pairs.
    ///
    /// 20 and 24, 20 and 18: absolute errors 4 and 2, so mae 3, bias (-4 + 2) / 2 = -1, rmse the
    /// root of (16 + 4) / 2, half within 3, all within 5.
    #[must_use]
    pub fn of(pairs: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let mut games = 0_usize;
        let (mut absolute, mut squared, mut signed) = (0.0, 0.0, 0.0);
        let (mut near, mut fair) = (0_usize, 0_usize);
        for (value, actual) in pairs {
            let error = value - actual;
            games += 1;
            absolute += error.abs();
            squared += error * error;
            signed += error;
            near += usize::from(error.abs() <= NEAR);
            fair += usize::from(error.abs() <= FAIR);
        }
        if games == 0 {
            return None;
        }
        let count = games as f64;
        Some(Self {
            games,
            mae: absolute / count,
            rmse: (squared / count).sqrt(),
            bias: signed / count,
            within_3: near as f64 / count,
            within_5: fair as f64 / count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_means_over_games() {
        let errors = Errors::of([(20.0, 24.0), (20.0, 18.0)]).unwrap();
        assert_eq!((errors.games, errors.mae, errors.bias), (2, 3.0, -1.0));
        assert_eq!((errors.within_3, errors.within_5), (0.5, 1.0));
        assert_eq!(errors.rmse, 10.0_f64.sqrt());
    }

    #[test]
    fn of_no_games_there_is_no_error_rather_than_0() {
        assert_eq!(Errors::of([]), None);
    }
}
