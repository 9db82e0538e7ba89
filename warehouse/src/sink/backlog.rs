//! Records read and not yet stored.

use std::collections::{BTreeMap, VecDeque};

use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers};
use sideline_avro::runs::Header;
use sideline_avro::time::Timestamp;

use crate::kafka::Place;
use crate::rows::RecordInfo;

/// Records one insert may hold. At 50 inserts a second that is a million a second, more than
/// the ledger writes; at the bound the topic is paused and its records wait in Kafka.
pub const RECORDS_MAX: usize = 20_000;

/// Bytes of values one insert may hold: two of the largest dead letters. Far below the size at
/// which ClickHouse would cut an insert into several blocks, so an insert is stored whole or not.
pub(crate) const BYTES_MAX: usize = 8 * 1024 * 1024;

/// One record as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Raw {
    pub(crate) info: RecordInfo,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<Header>,
}

impl Raw {
    pub(crate) fn copy_of(message: &BorrowedMessage<'_>) -> Self {
        let millis = message.timestamp().to_millis().unwrap_or_default();
        Self {
            info: RecordInfo {
                place: Place {
                    partition: message.partition(),
                    offset: message.offset(),
                },
                timestamp: Timestamp::from_millis(millis),
                key: message.key().map(<[u8]>::to_vec),
            },
            value: message.payload().map(<[u8]>::to_vec),
            headers: message.headers().map(copy_headers).unwrap_or_default(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.value.as_ref().map_or(0, Vec::len)
    }
}

fn copy_headers(headers: &impl Headers) -> Vec<Header> {
    let copy = |header: rdkafka::message::Header<'_, &[u8]>| Header {
        name: header.key.to_owned(),
        value: header.value.unwrap_or_default().to_vec(),
    };
    headers.iter().map(copy).collect()
}

/// Records of one topic, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    records: VecDeque<Raw>,
    bytes: usize,
    last_offsets: BTreeMap<i32, i64>,
}

impl Backlog {
    /// Takes a record; false when the partition has been read beyond it.
    pub(crate) fn push(&mut self, raw: Raw) -> bool {
        let place = raw.info.place;
        if let Some(last) = self.last_offsets.get(&place.partition)
            && place.offset <= *last
        {
            return false;
        }
        self.last_offsets.insert(place.partition, place.offset);
        self.bytes += raw.bytes();
        self.records.push_back(raw);
        true
    }

    pub(crate) fn pop(&mut self) -> Option<Raw> {
        let raw = self.records.pop_front()?;
        self.bytes -= raw.bytes();
        Some(raw)
    }

    /// Puts back what was taken last.
    pub(crate) fn put_back(&mut self, raw: Raw) {
        self.bytes += raw.bytes();
        self.records.push_front(raw);
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.records.len() >= RECORDS_MAX || self.bytes >= BYTES_MAX
    }

    /// Forgets everything: another member of the group reads these partitions now.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(partition: i32, offset: i64, bytes: usize) -> Raw {
        Raw {
            info: RecordInfo {
                place: Place { partition, offset },
                ..RecordInfo::default()
            },
            value: Some(vec![0; bytes]),
            headers: Vec::new(),
        }
    }

    #[test]
    fn a_record_that_comes_again_is_not_taken_twice() {
        let mut backlog = Backlog::default();
        assert!(backlog.push(raw(0, 5, 1)));
        assert!(!backlog.push(raw(0, 5, 1)));
        assert!(!backlog.push(raw(0, 4, 1)));
        assert!(backlog.push(raw(1, 4, 1)));
        assert_eq!(backlog.len(), 2);
        backlog.clear();
        assert!(
            backlog.push(raw(0, 4, 1)),
            "a new assignment may start lower"
        );
    }

    #[test]
    fn the_backlog_is_full_at_its_bytes() {
        let mut backlog = Backlog::default();
        backlog.push(raw(0, 1, BYTES_MAX - 1));
        assert!(!backlog.is_full());
        backlog.push(raw(0, 2, 1));
        assert!(backlog.is_full());
        let first = backlog.pop().unwrap();
        assert!(!backlog.is_full());
        backlog.put_back(first);
        assert!(backlog.is_full());
        assert_eq!(backlog.pop().unwrap().info.place.offset, 1);
    }
}
