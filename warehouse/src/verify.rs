//! The promises as plain predicates, and the check of the live log and table by them.
//!
//! The predicates ([`check_chain`], [`check_outcomes`], [`check_envelopes`], [`check_rows`]) know no
//! Kafka and no ClickHouse, so that tests of other crates can hold their results against them.
//! [`verify()`] reads the topics and the table and applies them.

mod breach;
mod chain;
mod marks;
mod newest;
mod sums;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use sideline_avro::predictions::{Outcome, Prediction};
use sideline_avro::runs::RunEnvelope;
use sideline_avro::{SchemaSource, WireError};

pub use breach::{Breach, Breaches, SHOWN_MAX};
pub use chain::{ChainCheck, check_chain};
pub use marks::{RowMark, check_rows};
pub use sums::{check_envelopes, check_outcomes};

use crate::connection::{ClickHouseConfig, Warehouse};
use crate::error::WarehouseError;
use crate::kafka::{KafkaConfig, Place, SinkTopics};
use crate::topic::{Ends, TopicReader};

/// How often the table is asked whether the sink has caught up.
const SETTLE_STEP: Duration = Duration::from_millis(200);

/// What a check needs.
#[derive(Clone)]
pub struct VerifyConfig {
    /// Where Kafka is.
    pub kafka: KafkaConfig,
    /// What is read.
    pub topics: SinkTopics,
    /// Gives the schemas that records were written with.
    pub schemas: Arc<dyn SchemaSource>,
    /// Where ClickHouse is.
    pub clickhouse: ClickHouseConfig,
    /// How long the sink may take to store what the topic held when the check began. What is not
    /// there after it counts as missing.
    pub settle: Duration,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Versions read from the topic.
    pub versions: u64,
    /// Keys they belong to.
    pub keys: u64,
    /// Outcomes read from the topic.
    pub outcomes: u64,
    /// Envelopes read from the topic.
    pub envelopes: u64,
    /// Rows of versions read from the table, each that was stored twice once.
    pub rows: u64,
    /// Versions of runs that the table no longer has: dropped, or older than 90 days.
    pub gone_with_runs: u64,
    /// What was broken.
    pub breaches: Breaches,
    /// How long it took, in seconds.
    pub duration_seconds: f64,
}

impl Report {
    /// True when every promise checked was kept.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.breaches.total == 0
    }
}

/// Reads the predictions, outcomes and runs topics to their ends and the table of versions, and
/// checks promises 1, 2, 3 and 9, that the table holds what the topic holds, row for row, and that
/// the table of the newest versions follows it.
///
/// # Errors
/// When Kafka, the registry or ClickHouse cannot be read. A broken promise is no error: it is in
/// the report.
pub async fn verify(config: VerifyConfig) -> Result<Report, WarehouseError> {
    let started = Instant::now();
    let warehouse = Warehouse::new(config.clickhouse.clone())?;
    let settle = config.settle;
    let predictions = config.topics.predictions.clone();
    let reader = Arc::new(TopicReader::new(&config.kafka, &config.schemas)?);
    let first_reader = Arc::clone(&reader);
    let (mut report, in_topic) =
        blocking(move || read_topics(&first_reader, &config.topics)).await?;
    wait_for_sink(&warehouse, &in_topic.marks, settle).await?;
    let in_table = fetch_table(&warehouse).await?;
    let ends_now = blocking(move || reader.ends(&predictions)).await?;
    compare(&in_topic, &in_table, &ends_now, &mut report);
    let newest = newest::check_newest(&warehouse, settle).await?;
    report.breaches.extend(newest);
    report.duration_seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// Runs what blocks on a thread for it.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WarehouseError> + Send + 'static,
) -> Result<T, WarehouseError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panic) => {
            let message = panic.to_string();
            Err(WarehouseError::Panicked { message })
        }
    }
}

/// Marks of versions, per partition, by offset.
type Marks = BTreeMap<i32, Vec<RowMark>>;

/// The versions of the topic, up to the ends it had when the check began.
struct InTopic {
    /// Live versions: the table must have each.
    marks: Marks,
    /// Versions of runs: the table has them until they are dropped or 90 days old. Where it has
    /// one, it must be this one.
    of_runs: Marks,
    ends: Ends,
}

/// The ends of outcomes and runs are taken before those of predictions, and read after them: what
/// an outcome speaks of was committed with it, so it must be among the versions read.
fn read_topics(
    reader: &TopicReader,
    topics: &SinkTopics,
) -> Result<(Report, InTopic), WarehouseError> {
    let outcome_ends = reader.ends(&topics.outcomes)?;
    let run_ends = reader.ends(&topics.runs)?;
    let ends = reader.ends(&topics.predictions)?;
    let mut report = Report::default();
    let mut in_topic = InTopic {
        marks: Marks::new(),
        of_runs: Marks::new(),
        ends,
    };
    let chain = read_versions(reader, &mut in_topic, &mut report)?;
    report.keys = chain.keys();
    read_outcomes(reader, &outcome_ends, &chain, &mut report)?;
    read_envelopes(reader, &run_ends, &mut report)?;
    Ok((report, in_topic))
}

fn read_versions(
    reader: &TopicReader,
    in_topic: &mut InTopic,
    report: &mut Report,
) -> Result<ChainCheck, WarehouseError> {
    let InTopic {
        marks,
        of_runs,
        ends,
    } = in_topic;
    let mut chain = ChainCheck::default();
    report.breaches.extend(ends.cut_beginnings());
    reader.read::<Prediction>(ends, |place, read| {
        report.versions += 1;
        let Some(version) = readable(ends, place, read, &mut report.breaches) else {
            return;
        };
        report.breaches.extend(chain.observe(place, &version));
        let marks = match version.run_id {
            Some(_) => &mut *of_runs,
            None => &mut *marks,
        };
        let of_partition = marks.entry(place.partition).or_default();
        of_partition.push(RowMark::of_version(place, &version));
    })?;
    Ok(chain)
}

fn read_outcomes(
    reader: &TopicReader,
    ends: &Ends,
    chain: &ChainCheck,
    report: &mut Report,
) -> Result<(), WarehouseError> {
    reader.read::<Outcome>(ends, |place, read| {
        report.outcomes += 1;
        if let Some(outcome) = readable(ends, place, read, &mut report.breaches) {
            report
                .breaches
                .extend(sums::check_outcome(place, &outcome, chain));
        }
    })
}

fn read_envelopes(
    reader: &TopicReader,
    ends: &Ends,
    report: &mut Report,
) -> Result<(), WarehouseError> {
    reader.read::<RunEnvelope>(ends, |place, read| {
        report.envelopes += 1;
        if let Some(envelope) = readable(ends, place, read, &mut report.breaches) {
            report
                .breaches
                .extend(sums::check_envelope(place, &envelope));
        }
    })
}

fn readable<T>(
    ends: &Ends,
    place: Place,
    read: Result<T, WireError>,
    breaches: &mut Breaches,
) -> Option<T> {
    match read {
        Ok(record) => Some(record),
        Err(error) => {
            breaches.extend([Breach::Unreadable {
                topic: ends.topic().to_owned(),
                place,
                error: error.to_string(),
            }]);
            None
        }
    }
}

/// Waits until the table holds the last version of each partition, at most for `settle`.
async fn wait_for_sink(
    warehouse: &Warehouse,
    marks: &Marks,
    settle: Duration,
) -> Result<(), WarehouseError> {
    let deadline = Instant::now() + settle;
    loop {
        let stored = marks::highest_stored(warehouse).await?;
        let is_there = |(partition, marks): (&i32, &Vec<RowMark>)| {
            let last = marks.last().map_or(-1, |mark| mark.place.offset);
            stored.get(partition).copied().unwrap_or(-1) >= last
        };
        if marks.iter().all(is_there) || Instant::now() >= deadline {
            return Ok(());
        }
        tokio::time::sleep(SETTLE_STEP).await;
    }
}

async fn fetch_table(warehouse: &Warehouse) -> Result<Marks, WarehouseError> {
    let mut in_table = Marks::new();
    for partition in marks::highest_stored(warehouse).await?.into_keys() {
        in_table.insert(partition, marks::fetch_marks(warehouse, partition).await?);
    }
    Ok(in_table)
}

fn compare(in_topic: &InTopic, in_table: &Marks, ends_now: &Ends, report: &mut Report) {
    let mut partitions: Vec<i32> = in_topic
        .marks
        .keys()
        .chain(in_topic.of_runs.keys())
        .chain(in_table.keys())
        .copied()
        .collect();
    partitions.sort_unstable();
    partitions.dedup();
    for partition in partitions {
        let marks_of = |marks: &Marks| marks.get(&partition).cloned().unwrap_or_default();
        let rows = in_table.get(&partition).map_or(&[][..], Vec::as_slice);
        let unread = in_topic.ends.end(partition)..ends_now.end(partition);
        let rows = rows_to_check(rows, &unread);
        report.rows += rows.len() as u64;
        let (live, of_runs) = (marks_of(&in_topic.marks), marks_of(&in_topic.of_runs));
        let all = live.len() + of_runs.len();
        let records = records_to_find(live, of_runs, &rows);
        report.gone_with_runs += (all - records.len()) as u64;
        report.breaches.extend(check_rows(&records, &rows));
    }
}

/// All live versions, and those of runs that the table still has, by place.
fn records_to_find(live: Vec<RowMark>, of_runs: Vec<RowMark>, rows: &[RowMark]) -> Vec<RowMark> {
    let is_stored = |mark: &RowMark| {
        let row = rows.binary_search_by_key(&mark.place, |row| row.place);
        row.is_ok()
    };
    let mut records = live;
    records.extend(of_runs.into_iter().filter(is_stored));
    records.sort_unstable_by_key(|mark| mark.place);
    records
}

/// All rows but those whose records came while the check was under way, at the offsets `unread`.
/// Rows beyond the end that the topic has after the table was read cannot come from it.
///
/// A row that was stored twice and is not folded yet is one, as it is for every view.
fn rows_to_check(rows: &[RowMark], unread: &Range<i64>) -> Vec<RowMark> {
    let is_checked = |row: &&RowMark| !unread.contains(&row.place.offset);
    let mut checked: Vec<RowMark> = rows.iter().filter(is_checked).copied().collect();
    checked.dedup();
    checked
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

    #[test]
    fn versions_of_a_run_may_be_gone_and_live_ones_may_not() {
        let live = vec![mark(0, 0), mark(3, 0)];
        let of_runs = vec![mark(1, 0), mark(2, 0)];
        let rows = [mark(0, 0), mark(2, 7)];
        let records = records_to_find(live, of_runs, &rows);
        let told: Vec<i64> = records.iter().map(|mark| mark.place.offset).collect();
        assert_eq!(told, [0, 2, 3], "1 was dropped");
        let breaches = check_rows(&records, &rows);
        assert_eq!(
            breaches,
            [
                Breach::RowDiffers {
                    place: rows[1].place
                },
                Breach::RowMissing {
                    place: records[2].place
                },
            ]
        );
    }

    #[test]
    fn rows_that_came_during_the_check_are_left_out_and_rows_beyond_the_topic_are_not() {
        let rows: Vec<RowMark> = (0..10).map(|offset| mark(offset, 0)).collect();
        let checked = rows_to_check(&rows, &(4..8));
        let offsets: Vec<i64> = checked.iter().map(|row| row.place.offset).collect();
        assert_eq!(offsets, [0, 1, 2, 3, 8, 9]);
        assert_eq!(
            rows_to_check(&rows, &(0..0)).len(),
            10,
            "an empty topic gave none of them"
        );
    }

    #[test]
    fn a_row_stored_twice_is_one_and_two_that_differ_are_two() {
        let rows = [mark(0, 1), mark(0, 1), mark(1, 1), mark(1, 2)];
        let told = rows_to_check(&rows, &(9..9));
        assert_eq!(told, [mark(0, 1), mark(1, 1), mark(1, 2)]);
    }
}
