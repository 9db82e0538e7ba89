//! How often a table is written to, and when a failed insert is tried again.

use std::time::{Duration, Instant};

/// Predictions: at most 50 inserts a second. Each insert makes a part on disk, which the server
/// merges in the background; at 50 a second merging keeps up by far.
pub(crate) const PREDICTIONS_INTERVAL: Duration = Duration::from_millis(20);

/// Other tables: at most 2 inserts a second. Nobody waits for them within a fraction of a second.
pub(crate) const OTHERS_INTERVAL: Duration = Duration::from_millis(500);

/// After each insert the server is left a quarter of the time that it took, to merge: a slow one gets
/// larger inserts instead of more.
const REST_SHARE: u32 = 4;

/// First wait after a failed insert: a restarted server is found quickly.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);

/// Longest wait between tries: a server that is away for hours is asked every five seconds.
pub(crate) const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// When the next insert into one table may start.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    interval: Duration,
    next_at: Option<Instant>,
    failures: u32,
}

impl Pace {
    /// At most one insert per `interval`, the first at once.
    pub(crate) const fn every(interval: Duration) -> Self {
        Self {
            interval,
            next_at: None,
            failures: 0,
        }
    }

    /// How long from `now` until the next insert may start; zero when it may.
    pub(crate) fn wait(&self, now: Instant) -> Duration {
        match self.next_at {
            Some(next_at) => next_at.saturating_duration_since(now),
            None => Duration::ZERO,
        }
    }

    /// An insert that started at `started` went well, and ended at `ended`.
    pub(crate) fn succeeded(&mut self, started: Instant, ended: Instant) {
        self.failures = 0;
        let took = ended.saturating_duration_since(started);
        self.next_at = Some(started + self.interval.max(took + took / REST_SHARE));
    }

    /// An insert failed at `now`; the next wait is twice as long as the one before, within a bound.
    pub(crate) fn failed(&mut self, now: Instant) -> Duration {
        let wait = backoff(self.failures).max(self.interval);
        self.failures = self.failures.saturating_add(1);
        self.next_at = Some(now + wait);
        wait
    }
}

/// The wait after so many failures in a row.
pub(crate) fn backoff(failures: u32) -> Duration {
    BACKOFF_FIRST
        .saturating_mul(2_u32.saturating_pow(failures))
        .min(BACKOFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_table_is_written_at_once_and_a_busy_one_at_its_pace() {
        let start = Instant::now();
        let mut pace = Pace::every(PREDICTIONS_INTERVAL);
        assert_eq!(pace.wait(start), Duration::ZERO);
        let after = |millis| start + Duration::from_millis(millis);
        pace.succeeded(start, after(8));
        assert_eq!(pace.wait(after(15)), Duration::from_millis(5));
        assert_eq!(pace.wait(after(1_000)), Duration::ZERO);
    }

    #[test]
    fn a_slow_server_is_left_a_quarter_of_the_time_to_rest() {
        let start = Instant::now();
        let mut pace = Pace::every(PREDICTIONS_INTERVAL);
        let ended = start + Duration::from_millis(36);
        pace.succeeded(start, ended);
        assert_eq!(pace.wait(ended), Duration::from_millis(9));
    }

    #[test]
    fn the_wait_after_failures_grows_within_its_bound_and_starts_anew() {
        let now = Instant::now();
        let mut pace = Pace::every(PREDICTIONS_INTERVAL);
        let waits: Vec<u64> = (0..8)
            .map(|_| u64::try_from(pace.failed(now).as_millis()).unwrap())
            .collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        pace.succeeded(now, now);
        assert_eq!(pace.failed(now), Duration::from_millis(100));
    }
}
