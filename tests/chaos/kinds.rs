//! The kinds of faults.

use clap::ValueEnum;

/// What happens in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Kind {
    BeforeProduce,
    BetweenProduceAndOffsets,
    BetweenOffsetsAndCommit,
    AfterCommitBeforeApply,
    MidCheckpoint,
    MidRestore,
    BeforeInsert,
    AfterInsert,
    KillAnywhere,
    BrokerKilled,
    ClickhouseKilled,
    RegistryKilled,
    CommitAnswerLost,
    CommitAborted,
    PendingOnChangelog,
    StalledConnection,
    Instances,
    Paused,
    NoCheckpointFolder,
    DiskFull,
    CheckpointDamaged,
    CheckpointForeign,
    CheckpointOfAnotherCluster,
    CheckpointAhead,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 24] = [
        Self::BeforeProduce,
        Self::BetweenProduceAndOffsets,
        Self::BetweenOffsetsAndCommit,
        Self::AfterCommitBeforeApply,
        Self::MidCheckpoint,
        Self::MidRestore,
        Self::BeforeInsert,
        Self::AfterInsert,
        Self::KillAnywhere,
        Self::BrokerKilled,
        Self::ClickhouseKilled,
        Self::RegistryKilled,
        Self::CommitAnswerLost,
        Self::CommitAborted,
        Self::PendingOnChangelog,
        Self::StalledConnection,
        Self::Instances,
        Self::Paused,
        Self::NoCheckpointFolder,
        Self::DiskFull,
        Self::CheckpointDamaged,
        Self::CheckpointForeign,
        Self::CheckpointOfAnotherCluster,
        Self::CheckpointAhead,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What happens.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::BeforeProduce => "killed before a record's outputs are produced",
            Self::BetweenProduceAndOffsets => "killed between produce and offsets",
            Self::BetweenOffsetsAndCommit => "killed between offsets and commit",
            Self::AfterCommitBeforeApply => "killed after the commit, before memory knows",
            Self::MidCheckpoint => "killed in the middle of a checkpoint",
            Self::MidRestore => "killed in the middle of a restore",
            Self::BeforeInsert => "killed before the sink's insert",
            Self::AfterInsert => "killed after the insert was acknowledged, before its commit",
            Self::KillAnywhere => "killed at any moment",
            Self::BrokerKilled => "the broker killed and started again",
            Self::ClickhouseKilled => "ClickHouse killed and started again",
            Self::RegistryKilled => "the registry killed and started again",
            Self::CommitAnswerLost => "the answer to a commit lost after it was committed",
            Self::CommitAborted => "a commit held back until the broker has aborted it",
            Self::PendingOnChangelog => {
                "taken over while a transaction is open on the changelog only"
            }
            Self::StalledConnection => "all connections to Kafka stalled beyond the time-out",
            Self::Instances => "two, then three, then one instance",
            Self::Paused => "paused until another has taken its work, then woken",
            Self::NoCheckpointFolder => "no folder for checkpoints",
            Self::DiskFull => "the disk full for the checkpoints",
            Self::CheckpointDamaged => "the checkpoints damaged",
            Self::CheckpointForeign => "the checkpoints of another environment",
            Self::CheckpointOfAnotherCluster => "a checkpoint of another cluster",
            Self::CheckpointAhead => "a checkpoint beyond its changelog's end",
        }
    }

    /// The fail point that makes it, for the kinds that have one.
    pub(crate) fn fail_point(self) -> Option<&'static str> {
        match self {
            Self::BeforeProduce => Some("before_produce"),
            Self::BetweenProduceAndOffsets => Some("between_produce_and_offsets"),
            Self::BetweenOffsetsAndCommit => Some("between_offsets_and_commit"),
            Self::AfterCommitBeforeApply => Some("after_commit_before_apply"),
            Self::MidCheckpoint => Some("mid_checkpoint"),
            Self::MidRestore => Some("mid_restore"),
            Self::CheckpointOfAnotherCluster => Some("checkpoint_of_another_cluster"),
            Self::CheckpointAhead => Some("checkpoint_ahead"),
            Self::BeforeInsert => Some("before_insert"),
            Self::AfterInsert => Some("after_insert"),
            _ => None,
        }
    }
}
