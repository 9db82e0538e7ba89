//! Runs: versions that a replay, a shadow or a backtest made under an id of its own. No live view
//! shows them. They can be promoted, which makes live versions of what they say, and dropped.
//!
//! A run's versions come from the topic, which is the truth about them; the table only tells where
//! in the topic they lie.

use std::collections::BTreeMap;
use std::sync::Arc;

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::SchemaSource;
use sideline_avro::cause::{Cause, TriggerSource};
use sideline_avro::predictions::Prediction;
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_topics::keys::prediction_key;

use crate::connection::Warehouse;
use crate::error::WarehouseError;
use crate::kafka::{KafkaConfig, Place};
use crate::rows::{LogRow, PredictionRow};
use crate::topic::{Ends, TopicReader, unreadable};
use crate::verify::blocking;

/// Where the versions of all runs are.
const TABLE: &str = PredictionRow::TABLE;

/// Runs listed at most, the newest first.
const RUNS_MAX: u64 = 1_000;

/// How the fact of a promotion begins; the run's id follows.
const PROMOTION: &str = "promote/";

/// The fact that a promotion states, as it stands in the cause of the versions it makes.
#[must_use]
pub fn promotion_fact(run_id: &str) -> String {
    format!("{PROMOTION}{run_id}")
}

/// True for the cause of a version that a promotion made.
pub(crate) fn is_promotion(cause: &Cause) -> bool {
    cause.trigger_source == TriggerSource::Replay && cause.fact.starts_with(PROMOTION)
}

/// One run, and how it stands to what is live.
#[derive(Clone, Debug, Default, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct RunSummary {
    /// Its id.
    pub run_id: String,
    /// Versions in the table.
    pub versions: u64,
    /// Keys (player, game, prop, system) they belong to.
    pub keys: u64,
    /// Keys whose newest version of the run says something else than the newest live version, or
    /// that have no live version.
    pub differing: u64,
    /// Players.
    pub players: u64,
    /// First league day.
    pub first_day: LeagueDay,
    /// Last league day.
    pub last_day: LeagueDay,
    /// When its last version was written, UTC.
    pub written_at: Timestamp,
}

/// What dropping a run took out of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DroppedRun {
    /// Its id.
    pub run_id: String,
    /// Versions that went.
    pub versions: u64,
}

/// The newest version of a key within a run, and where it stands in the topic.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedVersion {
    /// Its place in the predictions topic.
    pub place: Place,
    /// What it says.
    pub version: Prediction,
}

/// Where in one partition the versions of a run lie.
#[derive(Row, Deserialize)]
struct Span {
    kafka_partition: i32,
    first: i64,
    last: i64,
    rows: u64,
}

/// Names one run where it is put down as dropped.
#[derive(Row, Serialize)]
struct DroppedRow<'r> {
    run_id: &'r str,
    log_table: &'r str,
    kafka_partition: i32,
    highest_offset: i64,
    rows: u64,
}

impl Warehouse {
    /// The runs whose versions are in the table, the newest first; `run_id` asks for one alone.
    ///
    /// # Errors
    /// What ClickHouse says; the same holds for all questions here.
    pub async fn run_summaries(
        &self,
        run_id: Option<&str>,
    ) -> Result<Vec<RunSummary>, WarehouseError> {
        let sql = format!(
            "WITH newest AS (SELECT run_id, player_lookup, game_id, prop, system_id, league, \
                 argMax(content_hash, version) AS says, count() AS versions, \
                 min(game_date) AS first_day, max(game_date) AS last_day, \
                 max(written_at) AS written_at \
                 FROM {TABLE} FINAL WHERE run_id != '' AND (? = '' OR run_id = ?) \
                 GROUP BY run_id, player_lookup, game_id, prop, system_id, league), \
             live AS (SELECT player_lookup, game_id, prop, system_id, league, \
                 argMax(content_hash, version) AS says \
                 FROM {TABLE} WHERE run_id = '' AND (player_lookup, game_id) IN \
                 (SELECT player_lookup, game_id FROM newest) \
                 GROUP BY player_lookup, game_id, prop, system_id, league) \
             SELECT run_id, sum(newest.versions) AS versions, count() AS keys, \
                 countIf(newest.says != live.says) AS differing, \
                 uniqExact(player_lookup) AS players, min(newest.first_day) AS first_day, \
                 max(newest.last_day) AS last_day, max(newest.written_at) AS written_at \
             FROM newest LEFT JOIN live USING (player_lookup, game_id, prop, system_id, league) \
             GROUP BY run_id ORDER BY written_at DESC, run_id LIMIT ?"
        );
        let one = run_id.unwrap_or_default();
        let query = self.client().query(&sql).bind(one).bind(one).bind(RUNS_MAX);
        self.within("list its runs", query.fetch_all()).await
    }

    /// The newest version of every key of a run, read from the topic, by day, player and game.
    /// Empty for a run that is not in the table.
    ///
    /// # Errors
    /// When Kafka, the registry or ClickHouse cannot be asked, or a version cannot be read.
    pub async fn fetch_run(
        &self,
        kafka: &KafkaConfig,
        topic: &str,
        schemas: Arc<dyn SchemaSource>,
        run_id: &str,
    ) -> Result<Vec<PlacedVersion>, WarehouseError> {
        let spans = self.spans_of(run_id).await?;
        let spans = spans
            .into_iter()
            .map(|span| (span.kafka_partition, (span.first, span.last + 1)));
        let ends = Ends::between(topic, spans);
        let (kafka, run_id) = (kafka.clone(), run_id.to_owned());
        blocking(move || newest_of_run(&TopicReader::new(&kafka, &schemas)?, &ends, &run_id)).await
    }

    /// Takes the versions of a run out of the table, for good; the topic keeps them.
    ///
    /// It is put down first: cut short, the run is still listed and can be dropped again.
    ///
    /// # Errors
    /// As [`Warehouse::run_summaries`].
    pub async fn drop_run(&self, run_id: &str) -> Result<DroppedRun, WarehouseError> {
        let spans = self.spans_of(run_id).await?;
        if run_id.is_empty() || spans.is_empty() {
            return Ok(DroppedRun::default());
        }
        let note = async {
            let mut insert = self
                .client()
                .insert::<DroppedRow<'_>>("dropped_run_log")
                .await?;
            for span in &spans {
                let row = DroppedRow {
                    run_id,
                    log_table: TABLE,
                    kafka_partition: span.kafka_partition,
                    highest_offset: span.last,
                    rows: span.rows,
                };
                insert.write(&row).await?;
            }
            insert.end().await
        };
        self.within("note that a run is dropped", note).await?;
        self.drop_partitions(TABLE, run_id).await?;
        Ok(DroppedRun {
            run_id: run_id.to_owned(),
            versions: spans.iter().map(|span| span.rows).sum(),
        })
    }

    /// Takes the versions of every dropped run out of `table`, which was made anew from the topic.
    pub(crate) async fn drop_again(&self, table: &str) -> Result<(), WarehouseError> {
        let sql =
            format!("SELECT DISTINCT run_id FROM dropped_run_log WHERE log_table = '{TABLE}'");
        let answer = self.client().query_raw(&sql).fetch_all::<String>();
        for run_id in self.within("tell which runs were dropped", answer).await? {
            self.drop_partitions(table, &run_id).await?;
        }
        Ok(())
    }

    async fn spans_of(&self, run_id: &str) -> Result<Vec<Span>, WarehouseError> {
        let sql = format!(
            "SELECT kafka_partition, min(kafka_offset) AS first, max(kafka_offset) AS last, \
             uniqExact(kafka_offset) AS rows FROM {TABLE} WHERE run_id = ? \
             GROUP BY kafka_partition ORDER BY kafka_partition"
        );
        let answer = self.client().query(&sql).bind(run_id).fetch_all();
        self.within("find the versions of a run", answer).await
    }

    /// A run has partitions of its own, so nothing else goes with them.
    async fn drop_partitions(&self, table: &str, run_id: &str) -> Result<(), WarehouseError> {
        let sql = format!("SELECT DISTINCT _partition_id FROM {table} WHERE run_id = ?");
        let answer = self.client().query(&sql).bind(run_id).fetch_all::<String>();
        let partitions = self.within("find the files of a run", answer).await?;
        for partition in partitions {
            let sql = format!("ALTER TABLE {table} DROP PARTITION ID '{partition}'");
            self.execute("drop the files of a run", &sql).await?;
        }
        Ok(())
    }
}

fn newest_of_run(
    reader: &TopicReader,
    ends: &Ends,
    run_id: &str,
) -> Result<Vec<PlacedVersion>, WarehouseError> {
    let mut newest: BTreeMap<String, PlacedVersion> = BTreeMap::new();
    let mut fault = None;
    reader.read::<Prediction>(ends, |place, read| match read {
        Ok(version) if version.run_id.as_deref() == Some(run_id) => {
            let (player, says) = (&version.player_lookup, &version.candidate);
            let key = prediction_key(player, &version.game_id, &says.prop, &says.system_id);
            let known = newest.get(&key).map(|known| known.version.version);
            if known.is_none_or(|known| known <= version.version) {
                newest.insert(key, PlacedVersion { place, version });
            }
        }
        Ok(_) => {}
        Err(source) => {
            fault.get_or_insert_with(|| unreadable(ends.topic(), place, source));
        }
    })?;
    if let Some(fault) = fault {
        return Err(fault);
    }
    let mut versions: Vec<PlacedVersion> = newest.into_values().collect();
    // By key already; days come first. The sort is stable.
    versions.sort_by_key(|one| one.version.game_date);
    Ok(versions)
}
