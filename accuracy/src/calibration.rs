//! Whether probabilities are what they say: of all overs given 70 %, 70 % should come.

use serde::Serialize;

use crate::interval::{Interval, wilson};
use crate::sample::Sample;

/// Bins of equal width from 0 to 1.
pub const BINS: usize = 10;

/// The predictions whose probability of the over fell into one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bin {
    /// Lower bound of the probability, belonging to the bin.
    pub from: f64,
    /// Upper bound, belonging to the next bin (1 to the last).
    pub to: f64,
    /// Predictions in it.
    pub count: usize,
    /// Their mean probability; none when there are none.
    pub mean_probability: Option<f64>,
    /// Share of them that went over.
    pub share_over: Option<f64>,
    /// Its 95 % interval after Wilson.
    pub share_over_interval: Option<Interval>,
}

/// Calibration of one system on one prop.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Mean of (probability - happened)², happened being 1 for over and 0 for under. 0 is perfect;
    /// saying 0.5 every time gives 0.25.
    pub brier: f64,
    /// Predictions with a probability, a line and a result other than a push.
    pub count: usize,
    /// Ten bins by probability.
    pub bins: Vec<Bin>,
}

/// Sums of one bin.
#[derive(Clone, Copy, Default)]
struct Tally {
    count: usize,
    overs: usize,
    probability: f64,
}

impl Calibration {
    /// Of all samples that gave a probability on a line and did not hit it exactly; none without
    /// any.
    ///
    /// 0.8 on what went over and 0.3 on what went under: (0.04 + 0.09) / 2 = 0.065.
    #[must_use]
    pub fn of<'s>(samples: impl IntoIterator<Item = &'s Sample>) -> Option<Self> {
        let mut tallies = [Tally::default(); BINS];
        let (mut count, mut squares) = (0_usize, 0.0);
        for (probability, is_over) in samples.into_iter().filter_map(forecast) {
            let happened = if is_over { 1.0 } else { 0.0 };
            count += 1;
            squares += (probability - happened) * (probability - happened);
            let place = ((probability * BINS as f64) as usize).min(BINS - 1);
            tallies[place].count += 1;
            tallies[place].overs += usize::from(is_over);
            tallies[place].probability += probability;
        }
        if count == 0 {
            return None;
        }
        let bins = tallies.iter().enumerate();
        Some(Self {
            brier: squares / count as f64,
            count,
            bins: bins.map(|(place, tally)| tally.bin(place)).collect(),
        })
    }
}

/// The probability given, and whether it went over the line it was given on.
fn forecast(sample: &Sample) -> Option<(f64, bool)> {
    let probability = sample.probability_over?;
    let (line, actual) = sample.line.zip(sample.actual)?;
    let is_usable = (0.0..=1.0).contains(&probability) && actual != line;
    is_usable.then_some((probability, actual > line))
}

impl Tally {
    fn bin(self, place: usize) -> Bin {
        let mean = |total: f64| (self.count > 0).then(|| total / self.count as f64);
        Bin {
            from: place as f64 / BINS as f64,
            to: (place + 1) as f64 / BINS as f64,
            count: self.count,
            mean_probability: mean(self.probability),
            share_over: mean(self.overs as f64),
            share_over_interval: wilson(self.overs, self.count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(probability: f64, actual: f64) -> Sample {
        Sample {
            line: Some(20.5),
            actual: Some(actual),
            probability_over: Some(probability),
            ..Sample::default()
        }
    }

    #[test]
    fn the_brier_score_is_the_mean_squared_distance_from_what_happened() {
        let calibration = Calibration::of(&[said(0.8, 25.0), said(0.3, 12.0)]).unwrap();
        assert!((calibration.brier - 0.065).abs() < 1e-12);
        assert_eq!((calibration.count, calibration.bins.len()), (2, BINS));
    }

    #[test]
    fn a_bin_has_its_lower_bound_and_the_last_one_has_1_too() {
        let samples = [
            said(0.7, 25.0),
            said(0.79, 12.0),
            said(1.0, 25.0),
            said(0.0, 12.0),
        ];
        let bins = Calibration::of(&samples).unwrap().bins;
        let counts: Vec<usize> = bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [1, 0, 0, 0, 0, 0, 0, 2, 0, 1]);
        assert_eq!(bins[7].share_over, Some(0.5));
        assert!((bins[7].mean_probability.unwrap() - 0.745).abs() < 1e-12);
        assert_eq!(bins[1].share_over, None);
    }

    #[test]
    fn a_push_a_void_and_a_missing_probability_are_no_part_of_it() {
        let void = Sample {
            actual: None,
            ..said(0.6, 0.0)
        };
        let silent = Sample {
            probability_over: None,
            ..said(0.6, 25.0)
        };
        assert_eq!(Calibration::of(&[said(0.6, 20.5), void, silent]), None);
    }
}
