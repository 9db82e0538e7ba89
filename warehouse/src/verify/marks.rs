//! Rows of the table against records of the topic, row for row.

use std::collections::BTreeMap;

use clickhouse::Row;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sideline_avro::predictions::Prediction;

use super::breach::Breach;
use crate::connection::Warehouse;
use crate::error::WarehouseError;
use crate::kafka::Place;

/// A version by its place and a digest of what identifies it and what it says; 40 bytes, so that
/// millions fit in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowMark {
    /// Its place in the topic.
    pub place: Place,
    /// First half of a SHA-256.
    pub digest: [u8; 16],
}

/// What goes into the digest.
struct Identity<'a> {
    prediction_id: &'a str,
    content_hash: &'a str,
    correlation_id: &'a str,
    build: &'a str,
    version: i64,
    predicted: Option<f64>,
    line: Option<f64>,
}

impl RowMark {
    /// The mark of a version in the topic.
    #[must_use]
    pub fn of_version(place: Place, version: &Prediction) -> Self {
        let identity = Identity {
            prediction_id: &version.prediction_id,
            content_hash: &version.content_hash,
            correlation_id: &version.cause.correlation_id,
            build: &version.build,
            version: version.version,
            predicted: version.candidate.predicted,
            line: version.candidate.line,
        };
        identity.mark(place)
    }
}

impl Identity<'_> {
    fn mark(&self, place: Place) -> RowMark {
        let mut hash = Sha256::new();
        for text in [
            self.prediction_id,
            self.content_hash,
            self.correlation_id,
            self.build,
        ] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        hash.update(self.version.to_be_bytes());
        for number in [self.predicted, self.line] {
            hash.update([u8::from(number.is_some())]);
            hash.update(number.unwrap_or_default().to_bits().to_be_bytes());
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        RowMark { place, digest }
    }
}

/// Compares the versions of one partition: those of the topic and those of the table, each by
/// offset. A row that the table holds twice and alike counts once: it has not folded yet.
#[must_use]
pub fn check_rows(in_topic: &[RowMark], in_table: &[RowMark]) -> Vec<Breach> {
    let mut table = in_table.to_vec();
    table.dedup();
    let mut breaches = Vec::new();
    let mut rest = table.as_slice();
    for mark in in_topic {
        while let Some((row, later)) = rest.split_first()
            && row.place < mark.place
        {
            breaches.push(Breach::RowExtra { place: row.place });
            rest = later;
        }
        let here = rest
            .iter()
            .take_while(|row| row.place == mark.place)
            .count();
        let (rows, later) = rest.split_at(here);
        rest = later;
        if rows.is_empty() {
            breaches.push(Breach::RowMissing { place: mark.place });
        } else if rows != [*mark] {
            breaches.push(Breach::RowDiffers { place: mark.place });
        }
    }
    breaches.extend(rest.iter().map(|row| Breach::RowExtra { place: row.place }));
    breaches
}

/// The highest offset of each partition in the table.
pub(super) async fn highest_stored(
    warehouse: &Warehouse,
) -> Result<BTreeMap<i32, i64>, WarehouseError> {
    let sql =
        "SELECT kafka_partition, max(kafka_offset) FROM prediction_log GROUP BY kafka_partition";
    let answer = warehouse.client().query(sql).fetch_all::<(i32, i64)>();
    let rows = warehouse.within("tell what it holds", answer).await?;
    Ok(rows.into_iter().collect())
}

#[derive(Row, Deserialize)]
struct MarkRow {
    kafka_offset: i64,
    prediction_id: String,
    content_hash: String,
    correlation_id: String,
    build: String,
    version: i64,
    predicted: Option<f64>,
    line: Option<f64>,
}

/// The rows of one partition, by offset. Read without FINAL: a row that
/// differs from another of its place must be seen.
pub(super) async fn fetch_marks(
    warehouse: &Warehouse,
    partition: i32,
) -> Result<Vec<RowMark>, WarehouseError> {
    let action = "list its versions";
    let sql = "SELECT ?fields FROM prediction_log \
               WHERE kafka_partition = ? ORDER BY kafka_offset, content_hash";
    let query = warehouse.client().query(sql).bind(partition);
    let mut rows = query
        .fetch::<MarkRow>()
        .map_err(|source| warehouse.refused(action, source))?;
    let mut marks = Vec::new();
    while let Some(row) = warehouse.within(action, rows.next()).await? {
        let place = Place {
            partition,
            offset: row.kafka_offset,
        };
        let identity = Identity {
            prediction_id: &row.prediction_id,
            content_hash: &row.content_hash,
            correlation_id: &row.correlation_id,
            build: &row.build,
            version: row.version,
            predicted: row.predicted,
            line: row.line,
        };
        marks.push(identity.mark(place));
    }
    Ok(marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(offset: i64, says: u8) -> RowMark {
        RowMark {
            place: Place {
                partition: 0,
                offset,
            },
            digest: [says; 16],
        }
    }

    fn words(in_topic: &[RowMark], in_table: &[RowMark]) -> Vec<(&'static str, i64)> {
        let offset_of = |breach: &Breach| match breach {
            Breach::RowMissing { place }
            | Breach::RowExtra { place }
            | Breach::RowDiffers { place } => place.offset,
            _ => -1,
        };
        let breaches = check_rows(in_topic, in_table);
        breaches
            .iter()
            .map(|breach| (breach.word(), offset_of(breach)))
            .collect()
    }

    #[test]
    fn a_table_that_holds_what_the_topic_holds_has_no_breach() {
        let topic = [mark(0, 1), mark(2, 2), mark(5, 3)];
        assert!(words(&topic, &topic).is_empty());
        let unfolded = [mark(0, 1), mark(0, 1), mark(2, 2), mark(5, 3)];
        assert!(words(&topic, &unfolded).is_empty());
        assert!(words(&[], &[]).is_empty());
    }

    #[test]
    fn a_missing_an_extra_and_a_different_row_are_found() {
        let topic = [mark(0, 1), mark(2, 2), mark(5, 3)];
        assert_eq!(words(&topic, &topic[1..]), [("row_missing", 0)]);
        assert_eq!(words(&topic, &topic[..2]), [("row_missing", 5)]);
        assert_eq!(words(&topic[1..], &topic), [("row_extra", 0)]);
        assert_eq!(words(&topic[..2], &topic), [("row_extra", 5)]);
        let other = [mark(0, 1), mark(2, 9), mark(5, 3)];
        assert_eq!(words(&topic, &other), [("row_differs", 2)]);
        let two = [mark(0, 1), mark(2, 2), mark(2, 9), mark(5, 3)];
        assert_eq!(words(&topic, &two), [("row_differs", 2)]);
    }

    #[test]
    fn every_part_of_a_versions_identity_is_in_its_mark() {
        let place = Place::default();
        let plain = Prediction::default();
        let changes: [fn(&mut Prediction); 7] = [
            |version| version.prediction_id = "x".into(),
            |version| version.content_hash = "x".into(),
            |version| version.cause.correlation_id = "x".into(),
            |version| version.build = "x".into(),
            |version| version.version = 7,
            |version| version.candidate.predicted = Some(0.0),
            |version| version.candidate.line = Some(0.0),
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut changed = plain.clone();
            change(&mut changed);
            assert_ne!(
                RowMark::of_version(place, &changed),
                RowMark::of_version(place, &plain),
                "{index}"
            );
        }
    }
}
