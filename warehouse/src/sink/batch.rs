//! What one insert covers: which records of which partitions.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::kafka::Place;

/// Records of one topic, per partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranges(BTreeMap<i32, Range>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    first: i64,
    last: i64,
    records: u64,
}

impl Ranges {
    /// Adds one record; within a partition records come in order.
    pub(crate) fn add(&mut self, place: Place) {
        let range = self.0.entry(place.partition).or_insert(Range {
            first: place.offset,
            last: place.offset,
            records: 0,
        });
        debug_assert!(
            place.offset >= range.last,
            "records of a partition come in order"
        );
        range.last = place.offset;
        range.records += 1;
    }

    /// The offsets to commit: per partition the last one plus one.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (i32, i64)> {
        self.0
            .iter()
            .map(|(partition, range)| (*partition, range.last + 1))
    }

    /// `insert_deduplication_token` of the rows: ClickHouse drops an insert whose token it has seen
    /// within its window, so a retry after a lost answer stores nothing twice.
    ///
    /// Within one `life` of the sink only: a table may have lost since what an earlier one stored.
    pub(crate) fn token(&self, table: &str, life: u128) -> String {
        let mut hash = Sha256::new();
        hash.update(life.to_be_bytes());
        hash.update(table.as_bytes());
        for (partition, range) in &self.0 {
            hash.update(partition.to_be_bytes());
            hash.update(range.first.to_be_bytes());
            hash.update(range.last.to_be_bytes());
            hash.update(range.records.to_be_bytes());
        }
        format!("{:x}", hash.finalize())
    }
}

impl FromIterator<Place> for Ranges {
    fn from_iter<I: IntoIterator<Item = Place>>(places: I) -> Self {
        let mut ranges = Self::default();
        for place in places {
            ranges.add(place);
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(places: &[(i32, i64)]) -> Ranges {
        places
            .iter()
            .map(|(partition, offset)| Place {
                partition: *partition,
                offset: *offset,
            })
            .collect()
    }

    #[test]
    fn the_same_records_have_the_same_token_however_partitions_interleave() {
        let one = ranges(&[(0, 5), (1, 9), (0, 7)]);
        let other = ranges(&[(1, 9), (0, 5), (0, 7)]);
        assert_eq!(one.token("t", 1), other.token("t", 1));
        assert_ne!(one.token("t", 1), one.token("u", 1));
        assert_ne!(one.token("t", 1), one.token("t", 2), "another life");
        for different in [
            &[(0, 5), (1, 9)][..],
            &[(0, 5), (0, 6), (0, 7), (1, 9)],
            &[(0, 5), (0, 7), (2, 9)],
        ] {
            assert_ne!(
                one.token("t", 1),
                ranges(different).token("t", 1),
                "{different:?}"
            );
        }
    }

    #[test]
    fn promise_4_the_offset_to_commit_is_the_one_after_the_last_record() {
        let ends: Vec<(i32, i64)> = ranges(&[(1, 9), (0, 5), (0, 7)]).ends().collect();
        assert_eq!(ends, [(0, 8), (1, 10)]);
    }
}
