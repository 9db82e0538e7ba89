//! Chance, all of it from the seed. Each part of the league draws from a stream of its own, so that
//! another number of books, say, changes no game.
//!
//! The draws are built here from raw random words, so that a new version of a distribution library
//! cannot change a league that a seed stands for.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A part of the league that draws on its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// Teams, players, skills.
    League = 1,
    /// Who plays whom and when.
    Calendar = 2,
    /// Injuries and rest.
    Health = 3,
    /// What happens on the floor.
    Games = 4,
    /// Books and their lines.
    Books = 5,
    /// When lineups are told.
    Lineups = 6,
}

/// A source of chance.
#[derive(Debug)]
pub(crate) struct Chance {
    rng: ChaCha8Rng,
}

impl Chance {
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream as u64);
        Self { rng }
    }

    /// Uniform in 0 (included) to 1 (excluded).
    pub(crate) fn unit(&mut self) -> f64 {
        // The upper 53 bits fill the mantissa exactly.
        (self.rng.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// True with this probability.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform whole number below `bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.unit() * bound as f64) as usize
    }

    /// Uniform whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.unit() * (high - low + 1) as f64) as i64
    }

    /// Standard normal, by the transform of Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Normal with this mean and standard deviation.
    pub(crate) fn around(&mut self, mean: f64, sd: f64) -> f64 {
        mean + sd * self.normal()
    }

    /// Log-normal with mean 1; `sd` is that of its logarithm.
    pub(crate) fn factor(&mut self, sd: f64) -> f64 {
        (sd * self.normal() - sd * sd / 2.0).exp()
    }

    /// Successes of `trials` trials.
    pub(crate) fn binomial(&mut self, trials: u32, probability: f64) -> u32 {
        (0..trials)
            .map(|_| u32::from(self.happens(probability)))
            .sum()
    }

    /// Poisson, by multiplying uniforms: for means of some dozens at most.
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        let floor = (-mean).exp();
        let mut product = self.unit();
        let mut count = 0;
        while product > floor {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// A whole number around `mean`, not below 0.
    pub(crate) fn count(&mut self, mean: f64, sd: f64) -> u32 {
        self.around(mean, sd).round().max(0.0) as u32
    }

    /// An index, each with its weight; none when no weight is above 0.
    pub(crate) fn pick(&mut self, weights: &[f64]) -> Option<usize> {
        let total: f64 = weights.iter().sum();
        let mut left = self.unit() * total;
        let mut last = None;
        for (index, weight) in weights.iter().enumerate() {
            if *weight > 0.0 {
                last = Some(index);
                left -= weight;
                if left < 0.0 {
                    break;
                }
            }
        }
        last
    }

    /// Shares `total` single things out among the weights.
    pub(crate) fn share_out(&mut self, total: u32, weights: &[f64]) -> Vec<u32> {
        let mut shares = vec![0; weights.len()];
        for _ in 0..total {
            if let Some(index) = self.pick(weights) {
                shares[index] += 1;
            }
        }
        shares
    }

    /// Puts the items into a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_and_sd(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>();
        (mean, (square / values.len() as f64).sqrt())
    }

    fn close(actual: f64, expected: f64, allowed: f64) {
        assert!(
            (actual - expected).abs() < allowed,
            "{actual} instead of {expected}"
        );
    }

    #[test]
    fn draws_have_the_moments_they_promise() {
        let mut chance = Chance::new(7, Stream::Games);
        let mut draw = |what: fn(&mut Chance) -> f64| {
            let values: Vec<f64> = (0..20_000).map(|_| what(&mut chance)).collect();
            mean_and_sd(&values)
        };
        let normal = draw(|chance| chance.around(3.0, 2.0));
        close(normal.0, 3.0, 0.06);
        close(normal.1, 2.0, 0.06);
        close(draw(|chance| chance.factor(0.4)).0, 1.0, 0.02);
        let poisson = draw(|chance| f64::from(chance.poisson(4.0)));
        close(poisson.0, 4.0, 0.08);
        close(poisson.1, 2.0, 0.05);
        close(
            draw(|chance| f64::from(chance.binomial(10, 0.3))).0,
            3.0,
            0.06,
        );
        close(draw(|chance| chance.between(2, 4) as f64).0, 3.0, 0.03);
    }

    #[test]
    fn nothing_is_lost_when_things_are_shared_out() {
        let mut chance = Chance::new(7, Stream::Games);
        let shares = chance.share_out(100, &[0.0, 1.0, 3.0]);
        assert_eq!((shares[0], shares.iter().sum::<u32>()), (0, 100));
        assert_eq!(chance.pick(&[0.0, 0.0]), None);
    }

    #[test]
    fn streams_of_one_seed_differ() {
        let first = Chance::new(7, Stream::Games).unit();
        assert_ne!(
            first.to_bits(),
            Chance::new(7, Stream::Books).unit().to_bits()
        );
        assert_eq!(
            first.to_bits(),
            Chance::new(7, Stream::Games).unit().to_bits()
        );
    }
}
