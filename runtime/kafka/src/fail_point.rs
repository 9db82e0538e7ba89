//! Crashes on demand, for tests: the process aborts itself at a named point of a transaction.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// A point at which a crash must not change the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailPoint {
    /// A record was processed, none of its outputs given to Kafka.
    BeforeProduce,
    /// Outputs were produced and the input offsets not sent, or the other way round.
    BetweenProduceAndOffsets,
    /// The input offsets were sent, the transaction not committed.
    BetweenOffsetsAndCommit,
    /// The transaction was committed, the stores do not know it yet.
    AfterCommitBeforeApply,
    /// A part of a local checkpoint is written, its mark is not.
    MidCheckpoint,
    /// A record of a changelog was read while taking over, and is not applied yet.
    MidRestore,
    /// A checkpoint was marked with a place beyond its changelog's end.
    CheckpointAhead,
    /// A checkpoint was marked as of another cluster.
    CheckpointOfAnotherCluster,
}

/// Every point by its name.
const POINTS: [(&str, FailPoint); 8] = [
    ("before_produce", FailPoint::BeforeProduce),
    (
        "between_produce_and_offsets",
        FailPoint::BetweenProduceAndOffsets,
    ),
    (
        "between_offsets_and_commit",
        FailPoint::BetweenOffsetsAndCommit,
    ),
    (
        "after_commit_before_apply",
        FailPoint::AfterCommitBeforeApply,
    ),
    ("mid_checkpoint", FailPoint::MidCheckpoint),
    ("mid_restore", FailPoint::MidRestore),
    ("checkpoint_ahead", FailPoint::CheckpointAhead),
    (
        "checkpoint_of_another_cluster",
        FailPoint::CheckpointOfAnotherCluster,
    ),
];

/// Where to crash: a point, and how many passes over it, counted over all phases, to let go by.
/// Written as `between_offsets_and_commit` or, to crash at the fourth pass,
/// `between_offsets_and_commit:3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailAt {
    /// The point.
    pub point: FailPoint,
    /// Passes to let go by before the crash.
    pub after: u64,
}

/// A fail point that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no fail point; they are before_produce, between_produce_and_offsets, between_offsets_and_commit, after_commit_before_apply, mid_checkpoint, mid_restore, checkpoint_ahead and checkpoint_of_another_cluster, each with :COUNT if passes go by first"
)]
pub struct UnknownFailPoint(String);

impl FromStr for FailAt {
    type Err = UnknownFailPoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, count) = text.split_once(':').unwrap_or((text, "0"));
        let point = POINTS.iter().find(|(known, _)| *known == name);
        match (point, count.parse()) {
            (Some((_, point)), Ok(after)) => Ok(Self {
                point: *point,
                after,
            }),
            _ => Err(UnknownFailPoint(text.to_owned())),
        }
    }
}

/// Counts the passes and aborts the process at the one asked for.
#[derive(Debug, Default)]
pub(crate) struct FailTrigger {
    at: Option<FailAt>,
    passes: AtomicU64,
}

impl FailTrigger {
    pub(crate) fn new(at: Option<FailAt>) -> Self {
        Self {
            at,
            passes: AtomicU64::new(0),
        }
    }

    /// Aborts the process at the pass that was asked for.
    pub(crate) fn pass(&self, point: FailPoint) {
        if self.is_due(point) {
            tracing::error!(?point, "aborting the process, as the fail point asks");
            std::process::abort();
        }
    }

    /// Counts a pass; tells whether it is the one asked for.
    pub(crate) fn is_due(&self, point: FailPoint) -> bool {
        let is_here = self.at.filter(|at| at.point == point);
        is_here.is_some_and(|at| self.passes.fetch_add(1, Ordering::Relaxed) == at.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_with_and_without_a_count() {
        let plain = FailAt {
            point: FailPoint::BeforeProduce,
            after: 0,
        };
        assert_eq!("before_produce".parse(), Ok(plain));
        let counted = FailAt {
            point: FailPoint::AfterCommitBeforeApply,
            after: 3,
        };
        assert_eq!("after_commit_before_apply:3".parse(), Ok(counted));
        assert!("commit".parse::<FailAt>().is_err());
        assert!("before_produce:x".parse::<FailAt>().is_err());
    }
}
