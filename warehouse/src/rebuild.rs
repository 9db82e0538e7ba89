//! Makes the tables anew from the topics, and puts them in the place of the old ones.
//!
//! 1. Each topic is read from its beginning to its end into an empty table beside the old one.
//!    What of it was dropped on purpose is dropped again.
//! 2. Old and new are compared, row for row, up to that end.
//! 3. The two change places at once (`EXCHANGE TABLES`), and what was appended meanwhile is read
//!    into the new one: a running sink may have stored it in the old one. `latest_versions`, which
//!    follows the predictions, is made anew from them first.
//!
//! Killed before step 3 it has changed nothing but left half a table behind, which the next rebuild
//! removes. Killed within it, `rebuild_log` says from where on the new table still owes rows: the
//! next start of the sink, or the next rebuild, reads from there. What comes twice folds.

mod compare;
mod fill;
mod owed;

use std::sync::Arc;

use serde::Serialize;
use sideline_avro::SchemaSource;
use tokio::runtime::Handle;

use crate::connection::{ClickHouseConfig, Warehouse};
use crate::error::WarehouseError;
use crate::kafka::{KafkaConfig, SinkTopics};
use crate::origin::Origin;
use crate::rows::LogRow;
use crate::tables::{TABLES, TableVisitor, visit_tables};
use crate::topic::{Ends, TopicReader};
use crate::verify::blocking;

/// What a rebuild needs.
#[derive(Clone)]
pub struct RebuildConfig {
    /// Where Kafka is.
    pub kafka: KafkaConfig,
    /// What is read.
    pub topics: SinkTopics,
    /// Gives the schemas that records were written with.
    pub schemas: Arc<dyn SchemaSource>,
    /// Where ClickHouse is.
    pub clickhouse: ClickHouseConfig,
    /// True to compare only: the new tables are removed again.
    pub is_dry_run: bool,
    /// True to fill a warehouse from this log that was filled from another: its old rows go.
    pub is_adopted: bool,
}

/// What became of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableRebuild {
    /// The table.
    pub table: String,
    /// Its topic.
    pub topic: String,
    /// Records read, up to the topic's end.
    pub records: u64,
    /// Records that could not be read or whose row ClickHouse refused. Their dead letters have been
    /// written when they came; none are written now.
    pub refused: u64,
    /// Rows of the new table that tell what the topic held.
    pub rows: u64,
    /// Rows that only the old table had, up to that end.
    pub only_in_old: u64,
    /// Rows that only the new table has.
    pub only_in_new: u64,
    /// Records appended while the table was rebuilt, and read into it after it took its place.
    pub caught_up: u64,
}

impl TableRebuild {
    /// True when old and new were equal, row for row.
    #[must_use]
    pub const fn is_equal(&self) -> bool {
        self.only_in_old == 0 && self.only_in_new == 0
    }
}

/// How far a rebuild is, in offsets of all topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RebuildProgress {
    /// Offsets read.
    pub done: u64,
    /// Offsets to read.
    pub total: u64,
}

/// Rebuilds every table. `on_progress` is called between batches, from another thread.
///
/// # Errors
/// When Kafka, the registry or ClickHouse cannot do its part, and
/// [`WarehouseError::OtherLedger`]. Tables that were done before stay done.
pub async fn rebuild(
    config: RebuildConfig,
    on_progress: impl FnMut(RebuildProgress) + Send + 'static,
) -> Result<Vec<TableRebuild>, WarehouseError> {
    let warehouse = Warehouse::new(config.clickhouse.clone())?;
    warehouse.migrate().await?;
    let runtime = Handle::current();
    blocking(move || rebuild_all(&config, &warehouse, &runtime, on_progress)).await
}

fn rebuild_all(
    config: &RebuildConfig,
    warehouse: &Warehouse,
    runtime: &Handle,
    on_progress: impl FnMut(RebuildProgress),
) -> Result<Vec<TableRebuild>, WarehouseError> {
    let reader = TopicReader::new(&config.kafka, &config.schemas)?;
    let origins = reader.origins(&config.topics)?;
    if !config.is_adopted {
        runtime.block_on(warehouse.check_origin(&origins))?;
    }
    let mut ends = Vec::with_capacity(TABLES);
    for (_, topic) in crate::tables::names(&config.topics) {
        ends.push(reader.ends(&topic)?);
    }
    let total = ends.iter().map(Ends::offsets).sum();
    let mut rebuilder = Rebuilder {
        config,
        warehouse,
        runtime,
        reader: &reader,
        progress: RebuildProgress { done: 0, total },
        finished: 0,
        on_progress,
        ends: ends.into_iter(),
        done: Vec::with_capacity(TABLES),
        ended: Ok(()),
    };
    visit_tables(&config.topics, &mut rebuilder);
    rebuilder.ended?;
    let done = rebuilder.done;
    if config.is_adopted && !config.is_dry_run {
        runtime.block_on(warehouse.remember_origin(&origins))?;
    }
    Ok(done)
}

impl TopicReader {
    /// The log that the tables are filled from.
    pub(crate) fn origins(&self, topics: &SinkTopics) -> Result<Vec<Origin>, WarehouseError> {
        let cluster_id = self.cluster_id()?;
        let names = crate::tables::names(topics).into_iter();
        let origin = |(table, topic): (&str, String)| Origin {
            log_table: table.to_owned(),
            topic,
            cluster_id: cluster_id.clone(),
        };
        Ok(names.map(origin).collect())
    }
}

/// Rebuilds table after table, until one fails.
struct Rebuilder<'r, P> {
    config: &'r RebuildConfig,
    warehouse: &'r Warehouse,
    runtime: &'r Handle,
    reader: &'r TopicReader,
    progress: RebuildProgress,
    /// Offsets of the tables that are done.
    finished: u64,
    on_progress: P,
    ends: std::vec::IntoIter<Ends>,
    done: Vec<TableRebuild>,
    ended: Result<(), WarehouseError>,
}

impl<P: FnMut(RebuildProgress)> TableVisitor for Rebuilder<'_, P> {
    fn visit<R: LogRow + Send + 'static>(&mut self, _: &str) {
        if let (Ok(()), Some(ends)) = (&self.ended, self.ends.next()) {
            self.ended = self.rebuild_table::<R>(&ends);
        }
    }
}

impl<P: FnMut(RebuildProgress)> Rebuilder<'_, P> {
    fn rebuild_table<R: LogRow>(&mut self, ends: &Ends) -> Result<(), WarehouseError> {
        let new = new_name(R::TABLE);
        self.runtime.block_on(self.make_empty(R::TABLE, &new))?;
        let filled = self.fill::<R>(&new, ends)?;
        let warehouse = self.warehouse;
        if R::HAS_RUNS {
            self.runtime.block_on(warehouse.drop_again(&new))?;
        }
        let comparison = warehouse.compare_with_rebuild::<R>(&new, ends);
        let comparison = self.runtime.block_on(comparison)?;
        let mut caught_up = 0;
        if !self.config.is_dry_run {
            self.runtime.block_on(warehouse.note_owed(R::TABLE, ends))?;
            if R::HAS_LATEST {
                let remade = warehouse.remake_latest_versions(&new);
                self.runtime.block_on(remade)?;
            }
            self.runtime.block_on(self.exchange(R::TABLE, &new))?;
            let later = self.reader.ends(ends.topic())?.beyond(ends);
            caught_up = self.fill::<R>(R::TABLE, &later)?.records;
            let settled = warehouse.settle_owed(R::TABLE, ends);
            self.runtime.block_on(settled)?;
            if R::MOVES_GAMES {
                self.runtime.block_on(warehouse.follow_moved_games())?;
            }
        }
        let drop_sql = format!("DROP TABLE IF EXISTS {new} SYNC");
        let drop = warehouse.execute("remove the other table of a rebuild", &drop_sql);
        self.runtime.block_on(drop)?;
        self.finished += ends.offsets();
        self.progress.done = self.finished;
        (self.on_progress)(self.progress);
        self.done.push(TableRebuild {
            table: R::TABLE.to_owned(),
            topic: ends.topic().to_owned(),
            records: filled.records,
            refused: filled.refused,
            rows: comparison.rows,
            only_in_old: comparison.only_in_old,
            only_in_new: comparison.only_in_new,
            caught_up,
        });
        Ok(())
    }

    /// An empty table like `table`; what an earlier rebuild left is removed.
    async fn make_empty(&self, table: &str, new: &str) -> Result<(), WarehouseError> {
        let action = "make a table for a rebuild";
        let drop_sql = format!("DROP TABLE IF EXISTS {new} SYNC");
        self.warehouse.execute(action, &drop_sql).await?;
        let create_sql = format!("CREATE TABLE {new} AS {table}");
        self.warehouse.execute(action, &create_sql).await
    }

    /// Puts the new table in the old one's place.
    async fn exchange(&self, table: &str, new: &str) -> Result<(), WarehouseError> {
        let sql = format!("EXCHANGE TABLES {table} AND {new}");
        let action = "put a rebuilt table in its place";
        self.warehouse.execute(action, &sql).await
    }
}

/// Name of the table in which `table` is made anew.
fn new_name(table: &str) -> String {
    format!("{table}_rebuild")
}
