//! The settings of a topic, and why they are what they are.

use std::collections::BTreeMap;

use serde::Serialize;

/// Partitions of a topic whose records have a place by key. Two phases' worth of threads on a small
/// machine; the count of a keyed topic can never change, since the place of a key would.
pub const KEYED_PARTITIONS: i32 = 4;
/// Partitions of a control topic: a handful of records that everybody reads.
pub const CONTROL_PARTITIONS: i32 = 1;
/// Kept as long as the disk.
pub const FOR_EVER: i64 = -1;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const YEAR_MS: i64 = 365 * DAY_MS;
const MEGABYTE_BYTES: i32 = 1_048_588;
const MEBIBYTE_BYTES: i64 = 1_048_576;

/// Whether records are folded by key, or go after a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cleanup {
    /// The newest record of each key stays.
    Compact,
    /// All records stay until their time is over.
    Delete,
}

/// Whose clock stamps the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TimestampType {
    /// The producer: known_at, so that offsets by time rewind by business time.
    CreateTime,
    /// The broker: when the record was appended.
    LogAppendTime,
}

/// The settings of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Number of partitions.
    pub partitions: i32,
    /// Folded by key, or not.
    pub cleanup: Cleanup,
    /// How long records stay, in milliseconds; -1 for ever.
    pub retention_ms: i64,
    /// Whose clock stamps the records.
    pub timestamp_type: TimestampType,
    /// How long after its timestamp a record may not be folded away, in milliseconds.
    pub min_compaction_lag_ms: i64,
    /// How long a tombstone outlives what it deletes, in milliseconds.
    pub delete_retention_ms: i64,
    /// Span of record timestamps after which a new segment is begun, in milliseconds; only closed
    /// segments are folded or deleted.
    pub segment_ms: i64,
    /// Size at which a new segment is begun, in bytes.
    pub segment_bytes: i64,
    /// Largest batch the broker takes, in bytes.
    pub max_message_bytes: i32,
}

impl Settings {
    /// Ingress: the log. One year a segment, since a loaded season spans most of a year and a
    /// segment per week would only cost files; tombstones stay ten years, so that no reader misses
    /// that a fact was taken back.
    pub(crate) const fn ingress() -> Self {
        Self {
            partitions: KEYED_PARTITIONS,
            cleanup: Cleanup::Compact,
            retention_ms: FOR_EVER,
            timestamp_type: TimestampType::CreateTime,
            min_compaction_lag_ms: 7 * DAY_MS,
            delete_retention_ms: 10 * YEAR_MS,
            segment_ms: YEAR_MS,
            segment_bytes: 1_024 * MEBIBYTE_BYTES,
            max_message_bytes: MEGABYTE_BYTES,
        }
    }

    /// Control: the last word per key, few records.
    pub(crate) const fn control() -> Self {
        Self {
            partitions: CONTROL_PARTITIONS,
            cleanup: Cleanup::Compact,
            timestamp_type: TimestampType::LogAppendTime,
            min_compaction_lag_ms: 0,
            segment_ms: 7 * DAY_MS,
            ..Self::ingress()
        }
    }

    /// Facts: a table, the last word per fact and source. A phase may be down for a week without
    /// missing one.
    pub(crate) const fn facts() -> Self {
        Self {
            partitions: KEYED_PARTITIONS,
            min_compaction_lag_ms: 7 * DAY_MS,
            ..Self::control()
        }
    }

    /// Between two phases: gone after a week, when even a long outage is over.
    pub(crate) const fn between_phases() -> Self {
        Self {
            cleanup: Cleanup::Delete,
            retention_ms: 7 * DAY_MS,
            min_compaction_lag_ms: 0,
            delete_retention_ms: DAY_MS,
            segment_ms: DAY_MS,
            ..Self::facts()
        }
    }

    /// Kept whole, for ever.
    pub(crate) const fn kept() -> Self {
        Self {
            retention_ms: FOR_EVER,
            segment_ms: 30 * DAY_MS,
            ..Self::between_phases()
        }
    }

    /// Kept whole, with room for the bytes of any record, its headers and the words about it.
    pub(crate) const fn dead_letters() -> Self {
        Self {
            max_message_bytes: 5 * MEBIBYTE_BYTES as i32,
            ..Self::kept()
        }
    }

    /// Changelogs: small segments, so that they are folded soon and a restore reads little; a
    /// tombstone stays 7 days, twice the age of a checkpoint that may still be used.
    pub(crate) const fn changelog() -> Self {
        Self {
            min_compaction_lag_ms: 0,
            delete_retention_ms: 7 * DAY_MS,
            segment_ms: 6 * HOUR_MS,
            segment_bytes: 64 * MEBIBYTE_BYTES,
            ..Self::facts()
        }
    }

    /// The settings as the broker names them. All that matters is written out, so that the defaults
    /// of a broker cannot change what is kept.
    #[must_use]
    pub fn configs(&self) -> BTreeMap<&'static str, String> {
        let (cleanup, clock) = match (self.cleanup, self.timestamp_type) {
            (Cleanup::Compact, TimestampType::CreateTime) => ("compact", "CreateTime"),
            (Cleanup::Compact, TimestampType::LogAppendTime) => ("compact", "LogAppendTime"),
            (Cleanup::Delete, TimestampType::CreateTime) => ("delete", "CreateTime"),
            (Cleanup::Delete, TimestampType::LogAppendTime) => ("delete", "LogAppendTime"),
        };
        let mut configs = BTreeMap::from([
            ("cleanup.policy", cleanup.to_owned()),
            ("retention.ms", self.retention_ms.to_string()),
            ("retention.bytes", "-1".to_owned()),
            ("message.timestamp.type", clock.to_owned()),
            (
                "min.compaction.lag.ms",
                self.min_compaction_lag_ms.to_string(),
            ),
            ("delete.retention.ms", self.delete_retention_ms.to_string()),
            ("segment.ms", self.segment_ms.to_string()),
            ("segment.bytes", self.segment_bytes.to_string()),
            ("max.message.bytes", self.max_message_bytes.to_string()),
        ]);
        if self.timestamp_type == TimestampType::CreateTime {
            // Kafka 4 refuses records stamped more than an hour ahead of its clock, and a league
            // may be loaded whose days are still to come.
            let any = i64::MAX.to_string();
            configs.insert("message.timestamp.before.max.ms", any.clone());
            configs.insert("message.timestamp.after.max.ms", any);
        }
        configs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_must_stay_depends_on_a_brokers_defaults() {
        for settings in [
            Settings::ingress(),
            Settings::facts(),
            Settings::kept(),
            Settings::dead_letters(),
            Settings::control(),
        ] {
            let configs = settings.configs();
            assert_eq!(configs["retention.ms"], "-1");
            assert_eq!(configs["retention.bytes"], "-1");
        }
    }

    #[test]
    fn ingress_takes_records_of_any_time() {
        let configs = Settings::ingress().configs();
        assert_eq!(configs["message.timestamp.type"], "CreateTime");
        assert_eq!(
            configs["message.timestamp.after.max.ms"],
            "9223372036854775807"
        );
    }

    #[test]
    fn every_record_a_topic_takes_can_be_read() {
        let largest = usize::try_from(Settings::dead_letters().max_message_bytes).unwrap();
        assert!(largest < sideline_avro::wire::ALLOCATION_BYTES_MAX);
    }
}
