//! Where reading an input goes on.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_runtime_core::Place;

use crate::error::RuntimeError;

/// The next offset to read per input topic (as the topology names it) and partition.
pub(crate) type Positions = BTreeMap<(Arc<str>, i32), i64>;

/// How far a transaction has read: few partitions, and mostly the same one again.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    read: Vec<Read>,
    last: usize,
}

/// How far one partition of an input was read.
#[derive(Debug)]
struct Read {
    topic: Arc<str>,
    partition: i32,
    next: i64,
    newest_ms: i64,
}

impl Progress {
    /// The record at this place, of this time, was read.
    pub(crate) fn advance(&mut self, place: &Place, timestamp_ms: i64) {
        let is_here = |read: &Read| read.partition == place.partition && read.topic == place.topic;
        if !self.read.get(self.last).is_some_and(is_here) {
            self.last = match self.read.iter().position(is_here) {
                Some(index) => index,
                None => {
                    self.read.push(Read {
                        topic: Arc::clone(&place.topic),
                        partition: place.partition,
                        next: 0,
                        newest_ms: timestamp_ms,
                    });
                    self.read.len() - 1
                }
            };
        }
        let read = &mut self.read[self.last];
        read.next = place.offset + 1;
        read.newest_ms = read.newest_ms.max(timestamp_ms);
    }

    /// Input, partition and the next offset to read, of each partition that was read.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, i32, i64)> {
        let read = self.read.iter();
        read.map(|read| (&read.topic, read.partition, read.next))
    }

    /// Input and its newest timestamp, of each partition that was read.
    pub(crate) fn newest(&self) -> impl Iterator<Item = (&Arc<str>, i64)> {
        self.read.iter().map(|read| (&read.topic, read.newest_ms))
    }

    /// The same as positions.
    pub(crate) fn positions(&self) -> Positions {
        self.iter()
            .map(|(topic, partition, next)| ((Arc::clone(topic), partition), next))
            .collect()
    }
}

/// Decides where an input partition goes on, from what the group committed and what the
/// changelog says. Both were written in one transaction, so both agree when both exist.
///
/// A group offset without a position in the changelog is only good at 0, where nothing was read
/// yet; a position without a group offset takes over, since a group's offsets expire when it is
/// away for long and a compacted changelog does not.
pub(crate) fn reconcile(
    phase: &'static str,
    input: (&str, i32),
    group: Option<i64>,
    changelog: Option<i64>,
) -> Result<i64, RuntimeError> {
    match (group, changelog) {
        (None, None) => Ok(0),
        (None, Some(position)) => Ok(position),
        (Some(group), changelog) if group == changelog.unwrap_or(0) => Ok(group),
        (Some(group), changelog) => Err(RuntimeError::PositionsDisagree {
            phase,
            input: format!("{}[{}]", input.0, input.1),
            group: group.to_string(),
            changelog: match changelog {
                Some(position) => position.to_string(),
                None => "nothing".to_owned(),
            },
        }),
    }
}

/// The positions as Kafka takes them. At 0 reading begins at the log's beginning, wherever that
/// is: nothing was read yet, so nothing can have been lost.
pub(crate) fn to_list(
    positions: &Positions,
    name: impl Fn(&str) -> String,
) -> Result<TopicPartitionList, rdkafka::error::KafkaError> {
    let mut list = TopicPartitionList::with_capacity(positions.len());
    for ((topic, partition), position) in positions {
        let offset = if *position == 0 {
            Offset::Beginning
        } else {
            Offset::Offset(*position)
        };
        list.add_partition_offset(&name(topic), *partition, offset)?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(group: Option<i64>, changelog: Option<i64>) -> Option<i64> {
        reconcile("count", ("events", 3), group, changelog).ok()
    }

    #[test]
    fn a_new_phase_begins_at_the_beginning() {
        assert_eq!(decide(None, None), Some(0));
        assert_eq!(decide(Some(0), None), Some(0));
    }

    #[test]
    fn the_changelog_takes_over_when_the_groups_offset_expired() {
        assert_eq!(decide(None, Some(7)), Some(7));
        assert_eq!(decide(Some(7), Some(7)), Some(7));
    }

    #[test]
    fn positions_that_disagree_are_refused_with_both_named() {
        assert_eq!(decide(Some(7), Some(8)), None);
        let error = reconcile("count", ("events", 3), Some(7), None)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("stands at 7 of events[3], its changelog at nothing"),
            "{error}"
        );
    }
}
