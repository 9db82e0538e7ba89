//! The way of one topic into its table.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clickhouse::Row;
use serde::Deserialize;
use sideline_avro::runs::DeadLetter;
use sideline_avro::{SchemaSource, WireError, WireReader};
use tokio::runtime::Runtime;

use super::backlog::{Backlog, Raw};
use super::batch::Ranges;
use super::insert::{PlacedRow, Refusal, insert_rows};
use super::letters::{LetterWriter, Reason, dead_letter};
use super::pace::{OTHERS_INTERVAL, PREDICTIONS_INTERVAL, Pace};
use super::status::{StatusBook, Stored};
use crate::connection::Warehouse;
use crate::error::WarehouseError;
use crate::rows::{Letters, LogRow};

/// Tools the lanes share; one thread uses them.
pub(crate) struct Desk {
    pub(crate) runtime: Runtime,
    pub(crate) warehouse: Warehouse,
    pub(crate) letters: LetterWriter,
    pub(crate) book: Arc<StatusBook>,
}

/// One topic on its way into one table.
pub(crate) trait Lane: Send {
    /// The topic.
    fn topic(&self) -> &str;
    /// The table.
    fn table(&self) -> &'static str;
    /// Takes a record.
    fn push(&mut self, raw: Raw);
    /// Forgets all records: the partitions have been taken away.
    fn clear(&mut self);
    /// How long from `now` until records can be stored; none when there are none.
    fn wait(&self, now: Instant) -> Option<Duration>;
    /// True when no more records should be read for now.
    fn is_full(&self) -> bool;
    /// Number of records read and not stored.
    fn held(&self) -> usize;
    /// Stores one batch, and gives the offsets to commit, per partition.
    fn store(&mut self, desk: &mut Desk) -> Result<Vec<(i32, i64)>, WarehouseError>;
    /// The highest offset stored, per partition.
    fn highest_stored(&self, desk: &Desk) -> Result<BTreeMap<i32, i64>, WarehouseError>;
}

/// A lane whose rows are `R`.
pub(crate) struct TopicLane<R: LogRow> {
    topic: String,
    reader: WireReader<R::Record>,
    backlog: Backlog,
    batch: Option<Batch<R>>,
    pace: Pace,
}

/// Records that are stored together, and stay together until they are.
struct Batch<R> {
    ranges: Ranges,
    rows: Vec<PlacedRow<R>>,
    /// The records of `rows`, one for one.
    raws: Vec<Raw>,
    letters: Vec<DeadLetter>,
    are_rows_stored: bool,
    told: Stored,
}

impl<R: LogRow> TopicLane<R> {
    pub(crate) fn new(topic: &str, schemas: &Arc<dyn SchemaSource>) -> Self {
        let interval = match R::IS_URGENT {
            true => PREDICTIONS_INTERVAL,
            false => OTHERS_INTERVAL,
        };
        Self {
            topic: topic.to_owned(),
            reader: WireReader::new(Arc::clone(schemas)),
            backlog: Backlog::default(),
            batch: None,
            pace: Pace::every(interval),
        }
    }

    fn try_store(&mut self, desk: &mut Desk) -> Result<Vec<(i32, i64)>, WarehouseError> {
        let mut batch = match self.batch.take() {
            Some(batch) => batch,
            None => self.next_batch()?,
        };
        let Desk {
            runtime,
            warehouse,
            letters,
            ..
        } = desk;
        let ended = runtime.block_on(self.store_batch(&mut batch, warehouse, letters));
        if let Err(error) = ended {
            self.batch = Some(batch);
            return Err(error);
        }
        let (metrics, now) = (&desk.book.metrics, super::status::now());
        if R::IS_URGENT {
            let appended_at = batch.raws.iter().map(|raw| raw.info.timestamp);
            desk.book.queryable(appended_at, now);
        }
        desk.book.stored(R::TABLE, &batch.told);
        batch
            .rows
            .iter()
            .for_each(|placed| placed.row.measure(metrics, now));
        Ok(batch.ranges.ends().collect())
    }

    /// Rows first, then what follows from them, then letters. Rows that are stored are not stored
    /// again when the rest fails.
    async fn store_batch(
        &self,
        batch: &mut Batch<R>,
        warehouse: &Warehouse,
        letters: &mut LetterWriter,
    ) -> Result<(), WarehouseError> {
        if !batch.are_rows_stored {
            let refusals = insert_rows(warehouse, R::TABLE, &batch.rows).await?;
            batch.are_rows_stored = true;
            batch.told.rows -= refusals.len() as u64;
            for refusal in &refusals {
                self.refuse(batch, refusal);
            }
        }
        if R::MOVES_GAMES {
            warehouse.follow_moved_games().await?;
        }
        letters.deliver(&batch.letters).await
    }

    fn refuse(&self, batch: &mut Batch<R>, refusal: &Refusal) {
        batch.told.refused += 1;
        batch.told.last_bad = Some(format!(
            "{}/{}: {}",
            self.topic, refusal.place, refusal.error
        ));
        let found = batch
            .raws
            .iter()
            .find(|raw| raw.info.place == refusal.place);
        if let (Letters::All | Letters::RefusedRows, Some(raw)) = (R::LETTERS, found) {
            let reason = Reason::refused_by_clickhouse(&refusal.error);
            batch.letters.push(dead_letter(&self.topic, raw, reason));
        }
    }

    /// Reads the backlog into rows, up to the first record that cannot be read for now.
    fn next_batch(&mut self) -> Result<Batch<R>, WarehouseError> {
        let mut batch = Batch {
            ranges: Ranges::default(),
            rows: Vec::with_capacity(self.backlog.len()),
            raws: Vec::with_capacity(self.backlog.len()),
            letters: Vec::new(),
            are_rows_stored: false,
            told: Stored::default(),
        };
        while let Some(raw) = self.backlog.pop() {
            let read = raw.value.as_ref().map(|value| self.reader.decode(value));
            if let Some(Err(source)) = &read
                && source.is_transient()
            {
                let source = source.clone();
                return self.wait_with(raw, source, batch);
            }
            self.take(&mut batch, raw, read);
        }
        Ok(batch)
    }

    /// The registry is away: what has been read so far can be stored, if there is any.
    fn wait_with(
        &mut self,
        raw: Raw,
        source: WireError,
        batch: Batch<R>,
    ) -> Result<Batch<R>, WarehouseError> {
        let place = raw.info.place;
        self.backlog.put_back(raw);
        if batch.ranges != Ranges::default() {
            return Ok(batch);
        }
        Err(WarehouseError::Unreadable {
            topic: self.topic.clone(),
            partition: place.partition,
            offset: place.offset,
            source,
        })
    }

    fn take(&self, batch: &mut Batch<R>, raw: Raw, read: Option<Result<R::Record, WireError>>) {
        let place = raw.info.place;
        batch.ranges.add(place);
        let row = match read {
            Some(Ok(record)) => R::from_record(record, &raw.info),
            Some(Err(error)) => {
                batch.told.unreadable += 1;
                batch.told.last_bad = Some(format!("{}/{place}: {error}", self.topic));
                if R::LETTERS == Letters::All {
                    let letter = dead_letter(&self.topic, &raw, Reason::unreadable(&error));
                    batch.letters.push(letter);
                }
                return;
            }
            None => R::from_tombstone(&raw.info),
        };
        let Some(row) = row else {
            batch.told.skipped += 1;
            return;
        };
        batch.told.rows += 1;
        batch.rows.push(PlacedRow { place, row });
        batch.raws.push(raw);
    }
}

impl<R: LogRow + Send> Lane for TopicLane<R> {
    fn topic(&self) -> &str {
        &self.topic
    }

    fn table(&self) -> &'static str {
        R::TABLE
    }

    fn push(&mut self, raw: Raw) {
        self.backlog.push(raw);
    }

    fn clear(&mut self) {
        self.backlog.clear();
        self.batch = None;
    }

    fn wait(&self, now: Instant) -> Option<Duration> {
        let has_work = self.batch.is_some() || !self.backlog.is_empty();
        has_work.then(|| self.pace.wait(now))
    }

    fn is_full(&self) -> bool {
        self.backlog.is_full()
    }

    fn held(&self) -> usize {
        let in_batch = self.batch.as_ref().map_or(0, |batch| batch.rows.len());
        self.backlog.len() + in_batch
    }

    fn store(&mut self, desk: &mut Desk) -> Result<Vec<(i32, i64)>, WarehouseError> {
        let started = Instant::now();
        match self.try_store(desk) {
            Ok(ends) => {
                self.pace.succeeded(started, Instant::now());
                Ok(ends)
            }
            Err(error) => {
                let wait = self.pace.failed(Instant::now());
                desk.book.failed(R::TABLE, &error, wait);
                Err(error)
            }
        }
    }

    fn highest_stored(&self, desk: &Desk) -> Result<BTreeMap<i32, i64>, WarehouseError> {
        #[derive(Row, Deserialize)]
        struct Highest {
            kafka_partition: i32,
            highest: i64,
        }
        // What was dropped on purpose counts as stored: else it would be read again.
        let table = R::TABLE;
        let sql = format!(
            "SELECT kafka_partition, max(highest) AS highest FROM \
             (SELECT kafka_partition, max(kafka_offset) AS highest FROM {table} GROUP BY kafka_partition \
             UNION ALL SELECT kafka_partition, highest_offset FROM dropped_run_log \
             WHERE log_table = '{table}') GROUP BY kafka_partition"
        );
        let warehouse = &desk.warehouse;
        let answer = warehouse.client().query_raw(&sql).fetch_all::<Highest>();
        let rows = desk
            .runtime
            .block_on(warehouse.within("tell what it holds", answer))?;
        Ok(rows
            .into_iter()
            .map(|row| (row.kafka_partition, row.highest))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use apache_avro::Schema;
    use sideline_avro::predictions::Outcome;
    use sideline_avro::{FixedSchemas, SchemaError, SchemaName, WireWriter};

    use super::*;
    use crate::kafka::Place;
    use crate::rows::{DeadLetterRow, LineRow, OutcomeRow, RecordInfo};

    /// A registry that can be away.
    struct Registry {
        is_away: AtomicBool,
    }

    impl SchemaSource for Registry {
        fn schema_by_id(&self, id: u32) -> Result<Arc<Schema>, SchemaError> {
            if self.is_away.load(Ordering::Relaxed) {
                let message = "connection refused".into();
                return Err(SchemaError::Unreachable { id, message });
            }
            FixedSchemas::all().schema_by_id(id)
        }
    }

    fn lane<R: LogRow>(registry: &Arc<Registry>) -> TopicLane<R> {
        let schemas: Arc<dyn SchemaSource> = Arc::clone(registry) as Arc<dyn SchemaSource>;
        TopicLane::new("nba-outcomes", &schemas)
    }

    fn raw(offset: i64, value: Option<Vec<u8>>) -> Raw {
        let place = Place {
            partition: 0,
            offset,
        };
        Raw {
            info: RecordInfo {
                place,
                ..RecordInfo::default()
            },
            value,
            headers: Vec::new(),
        }
    }

    fn outcome() -> Option<Vec<u8>> {
        let writer = WireWriter::new(FixedSchemas::id_of(SchemaName::Outcome));
        writer.to_vec(&Outcome::default()).ok()
    }

    #[test]
    fn promise_7_a_registry_that_is_away_makes_records_wait_and_no_dead_letters() {
        let registry = Arc::new(Registry {
            is_away: AtomicBool::new(true),
        });
        let mut lane = lane::<OutcomeRow>(&registry);
        lane.push(raw(1, outcome()));
        lane.push(raw(2, outcome()));
        let error = lane.next_batch().err().unwrap();
        assert!(error.to_string().contains("nba-outcomes/0/1"), "{error}");
        assert_eq!(lane.held(), 2);

        registry.is_away.store(false, Ordering::Relaxed);
        let batch = lane.next_batch().unwrap();
        assert_eq!((batch.rows.len(), batch.letters.len()), (2, 0));
        let ends: Vec<(i32, i64)> = batch.ranges.ends().collect();
        assert_eq!(ends, [(0, 3)]);
    }

    #[test]
    fn promise_7_what_can_be_read_is_stored_before_what_must_wait() {
        let registry = Arc::new(Registry {
            is_away: AtomicBool::new(true),
        });
        let mut lane = lane::<OutcomeRow>(&registry);
        lane.push(raw(1, None));
        lane.push(raw(2, outcome()));
        let batch = lane.next_batch().unwrap();
        let ends: Vec<(i32, i64)> = batch.ranges.ends().collect();
        assert_eq!((ends, batch.told.skipped), (vec![(0, 2)], 1));
        assert_eq!(lane.held(), 1);
    }

    #[test]
    fn promise_7_a_letter_is_written_where_nobody_else_writes_it() {
        let registry = Arc::new(Registry {
            is_away: AtomicBool::new(false),
        });
        assert_eq!(letters_of_unreadable::<OutcomeRow>(&registry), 1);
        assert_eq!(letters_of_unreadable::<LineRow>(&registry), 0);
        assert_eq!(letters_of_unreadable::<DeadLetterRow>(&registry), 0);
    }

    fn letters_of_unreadable<R: LogRow + Send>(registry: &Arc<Registry>) -> usize {
        let mut lane = lane::<R>(registry);
        lane.push(raw(1, Some(b"{}".to_vec())));
        let batch = lane.next_batch().unwrap();
        assert_eq!((batch.rows.len(), batch.told.unreadable), (0, 1));
        batch.letters.len()
    }

    #[test]
    fn a_tombstone_is_a_row_where_keys_tell_statements_apart() {
        let registry = Arc::new(Registry {
            is_away: AtomicBool::new(false),
        });
        let mut lines = lane::<LineRow>(&registry);
        let mut tombstone = raw(1, None);
        tombstone.info.key = Some(b"line/0022400061/a/points/b|odds|5".to_vec());
        lines.push(tombstone.clone());
        assert_eq!(lines.next_batch().unwrap().rows.len(), 1);
        let mut outcomes = lane::<OutcomeRow>(&registry);
        outcomes.push(tombstone);
        assert_eq!(outcomes.next_batch().unwrap().told.skipped, 1);
    }
}
