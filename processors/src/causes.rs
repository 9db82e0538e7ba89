//! The cause that travels with every record: what it is called, and the way it has come.

use sideline_avro::cause::{Cause, Hop};
use sideline_avro::time::Timestamp;

/// The cause with one more phase on its way: `phase` wrote the record that the broker stamped with
/// `timestamp_ms`.
pub(crate) fn passed(cause: &Cause, phase: &str, timestamp_ms: i64) -> Cause {
    let mut onward = cause.clone();
    let appended_at = Timestamp::from_millis(timestamp_ms);
    onward.trail.push(Hop {
        phase: phase.to_owned(),
        appended_at,
    });
    onward
}
