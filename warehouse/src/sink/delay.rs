//! How far behind Kafka versions can be asked for.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// Versions that count: a quarter of an hour at 100 a second. Some megabytes at most.
const VERSIONS_MAX: usize = 100_000;

/// Time from Kafka's append of a version to ClickHouse's acknowledgement, after which every SELECT
/// sees it, in milliseconds. Each version counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SinkDelay {
    /// Versions counted: the last ones stored since the sink's start, at most 100,000.
    pub versions: usize,
    /// Half were at most this.
    pub p50_ms: i64,
    /// 99 of 100 were at most this.
    pub p99_ms: i64,
    /// The longest.
    pub max_ms: i64,
}

/// Delays of the last versions, and how often each number of milliseconds is among them: so that a
/// look at the status, which is under the same lock as storing, does not sort them.
#[derive(Debug, Default)]
pub(crate) struct Delays {
    last_ms: VecDeque<i64>,
    counts: BTreeMap<i64, usize>,
}

impl Delays {
    pub(crate) fn note(&mut self, delay_ms: i64) {
        if self.last_ms.len() == VERSIONS_MAX {
            self.forget_first();
        }
        self.last_ms.push_back(delay_ms);
        *self.counts.entry(delay_ms).or_default() += 1;
    }

    fn forget_first(&mut self) {
        let first = self.last_ms.pop_front();
        let Some((first, count)) = first.and_then(|ms| Some((ms, self.counts.get_mut(&ms)?)))
        else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            self.counts.remove(&first);
        }
    }

    pub(crate) fn told(&self) -> SinkDelay {
        SinkDelay {
            versions: self.last_ms.len(),
            p50_ms: self.percentile(50),
            p99_ms: self.percentile(99),
            max_ms: self.percentile(100),
        }
    }

    fn percentile(&self, percent: usize) -> i64 {
        let mut left = (self.last_ms.len() * percent).div_ceil(100);
        for (&delay_ms, &count) in &self.counts {
            if count >= left {
                return delay_ms;
            }
            left -= count;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(of: impl IntoIterator<Item = i64>) -> Delays {
        let mut delays = Delays::default();
        of.into_iter().for_each(|delay_ms| delays.note(delay_ms));
        delays
    }

    #[test]
    fn delays_are_told_by_percentile_whatever_their_order() {
        let told = delays((1..=100).rev()).told();
        assert_eq!((told.p50_ms, told.p99_ms, told.max_ms), (50, 99, 100));
        assert_eq!(delays([]).told(), SinkDelay::default());
        assert_eq!(delays([7]).told().p99_ms, 7);
        let most_are_equal = delays([3, 3, 3, 90]).told();
        assert_eq!((most_are_equal.p50_ms, most_are_equal.p99_ms), (3, 90));
    }

    #[test]
    fn only_the_last_versions_count() {
        let mut delays = delays((0..10).map(|_| 5_000));
        (0..VERSIONS_MAX).for_each(|_| delays.note(20));
        let told = delays.told();
        assert_eq!((told.versions, told.max_ms), (VERSIONS_MAX, 20));
        assert_eq!(delays.counts.len(), 1);
    }
}
