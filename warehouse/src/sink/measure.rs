//! What the sink measures of the rows it stores.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use sideline_avro::time::Timestamp;

/// Bounds of end-to-end times, in seconds: 25 ms is the least that three hops and an insert take,
/// 60 s is when an update is called partial.
const END_TO_END_SECONDS: [f64; 11] = [0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// A version whose event is older than a day was made from loaded data that carry no real time of
/// publishing: its age is no delay of ours and is not measured.
const END_TO_END_MAX_SECONDS: f64 = 86_400.0;

const MICROS_PER_SECOND: f64 = 1_000_000.0;

/// One label and its value.
pub type Label = [(&'static str, String); 1];

/// What the rows say that were stored since the start. Rows that come twice, after a crash, are
/// counted twice.
#[derive(Debug)]
pub struct SinkMetrics {
    /// Seconds from publishing (or, where nobody told that, appending) the event to ClickHouse's
    /// acknowledgement of its version, by `path`: `live`, `batch` and what else makes versions.
    pub end_to_end_seconds: Family<Label, Histogram, fn() -> Histogram>,
    /// Outcomes by `kind`, the terms of promise 9: `changed`, `unchanged`, `held`, `blocked`,
    /// `too_late`, `skipped`, `failed`.
    pub outcomes: Family<Label, Counter>,
    /// What the terms must add up to.
    pub outcomes_expected: Counter,
}

impl Default for SinkMetrics {
    fn default() -> Self {
        Self {
            end_to_end_seconds: Family::new_with_constructor(|| Histogram::new(END_TO_END_SECONDS)),
            outcomes: Family::default(),
            outcomes_expected: Counter::default(),
        }
    }
}

impl SinkMetrics {
    /// A version of this path was stored now, whose event was sent at that time.
    pub(crate) fn version(&self, path: &str, sent_at: Timestamp, now: Timestamp) {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
        let seconds = (now.0 - sent_at.0).max(0) as f64 / MICROS_PER_SECOND;
        if seconds <= END_TO_END_MAX_SECONDS {
            let times = self
                .end_to_end_seconds
                .get_or_create(&[("path", path.to_owned())]);
            times.observe(seconds);
        }
    }

    /// An outcome was stored: what was expected, and its terms by kind.
    pub(crate) fn outcome(&self, expected: i32, terms: &[(&str, i32)]) {
        self.outcomes_expected.inc_by(count(expected));
        for (kind, term) in terms {
            let kind = [("kind", (*kind).to_owned())];
            self.outcomes.get_or_create(&kind).inc_by(count(*term));
        }
    }
}

/// A negative count would be a fault that `verify` tells; a counter only goes up.
fn count(number: i32) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(at: i64) -> Timestamp {
        Timestamp(at * 1_000_000)
    }

    #[test]
    fn promise_9_each_term_is_counted_and_they_add_up_to_what_was_expected() {
        let metrics = SinkMetrics::default();
        metrics.outcome(5, &[("changed", 3), ("held", 2)]);
        metrics.outcome(2, &[("changed", 1), ("held", 1)]);
        let of = |kind: &str| {
            metrics
                .outcomes
                .get_or_create(&[("kind", kind.into())])
                .get()
        };
        assert_eq!((of("changed"), of("held")), (4, 3));
        assert_eq!(metrics.outcomes_expected.get(), 7);
    }

    #[test]
    fn versions_are_timed_by_their_path_and_loaded_ones_not_at_all() {
        let metrics = SinkMetrics::default();
        metrics.version("live", second(10), second(12));
        metrics.version("live", second(0), second(90_000));
        let mut registry = prometheus_client::registry::Registry::default();
        registry.register("t", "", metrics.end_to_end_seconds.clone());
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        // One version of 2 s, so the bucket up to 1 s is empty and the one up to 2.5 s is not.
        for line in [
            "t_sum{path=\"live\"} 2.0",
            "t_count{path=\"live\"} 1",
            "t_bucket{le=\"1.0\",path=\"live\"} 0",
            "t_bucket{le=\"2.5\",path=\"live\"} 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
