//! The questions of the command line, typed. Each asks a view; none changes anything.
//!
//! ```no_run
//! # async fn example() -> Result<(), sideline_warehouse::WarehouseError> {
//! use sideline_warehouse::{ClickHouseConfig, Warehouse};
//!
//! let config = ClickHouseConfig::new("http://127.0.0.1:8123", "sideline");
//! let warehouse = Warehouse::new(config)?;
//! for version in warehouse.latest("lebronjames", Some("points")).await? {
//!     tracing::info!(version.version, version.predicted);
//! }
//! # Ok(())
//! # }
//! ```

mod grades;
mod shapes;

use std::collections::BTreeMap;

use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_topics::PhaseName;

pub use grades::{Days, GRADES_MAX};
pub use shapes::{Counts, DeadLetterLine, GradedLine, OutcomeLine, Player, RunLine, Version};

use crate::connection::Warehouse;
use crate::error::WarehouseError;

/// Most rows any of these questions answers with. A full slate has about 500 player-props.
pub const ROWS_MAX: u64 = 10_000;

/// How far back a tail looks for rows it has not seen: the sink stores all partitions in one round,
/// but one partition's rows may come a round later than another's.
const TAIL_OVERLAP_SECONDS: i64 = 60;

/// Columns that only the history has, as nothing.
const NOT_SUPERSEDED: &str = "CAST(NULL, 'Nullable(Int64)') AS superseded_by, \
                              CAST(NULL, 'Nullable(DateTime64(6, \\'UTC\\'))') AS superseded_at";

/// The newest versions with all that the log says of them; `latest` has what people read.
const NEWEST: &str = "as_of(moment = '2299-12-31 00:00:00')";

/// How far a tail has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TailCursor {
    /// Rows appended to Kafka before this are not shown.
    pub since: Timestamp,
    /// The last offset shown, per partition of the predictions topic.
    pub offsets: BTreeMap<i32, i64>,
}

impl TailCursor {
    /// A tail that begins at `since`.
    #[must_use]
    pub const fn from(since: Timestamp) -> Self {
        Self {
            since,
            offsets: BTreeMap::new(),
        }
    }

    fn advance(&mut self, versions: &[Version]) {
        for version in versions {
            let offset = self.offsets.entry(version.kafka_partition).or_insert(-1);
            *offset = version.kafka_offset.max(*offset);
            let overlap = version.written_at.plus_seconds(-TAIL_OVERLAP_SECONDS);
            self.since = self.since.max(overlap);
        }
    }

    /// A condition that holds for rows not shown yet.
    fn condition(&self) -> String {
        let mut unseen = format!("toUnixTimestamp64Micro(written_at) >= {}", self.since.0);
        for (partition, offset) in &self.offsets {
            let clause =
                format!(" AND NOT (kafka_partition = {partition} AND kafka_offset <= {offset})");
            unseen.push_str(&clause);
        }
        unseen
    }
}

impl Warehouse {
    /// The newest versions of a player, of the champion systems: the next game first, one prop or
    /// all.
    ///
    /// # Errors
    /// What ClickHouse says; the same holds for all questions here.
    pub async fn latest(
        &self,
        player_lookup: &str,
        prop: Option<&str>,
    ) -> Result<Vec<Version>, WarehouseError> {
        let sql = format!(
            "SELECT ?fields FROM (SELECT *, {NOT_SUPERSEDED} FROM {NEWEST} \
             WHERE is_champion AND player_lookup = ? AND (? = '' OR prop = ?)) \
             ORDER BY game_date DESC, game_id, prop LIMIT ?"
        );
        let prop = prop.unwrap_or_default();
        let query = self.client().query(&sql).bind(player_lookup);
        let answer = query.bind(prop).bind(prop).bind(ROWS_MAX).fetch_all();
        self.within("tell a player's latest", answer).await
    }

    /// The newest versions of all games of a day, of the champion systems.
    ///
    /// A game that was moved to another day has no part in the day it left.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn slate(&self, day: LeagueDay) -> Result<Vec<Version>, WarehouseError> {
        let day_sql = format!("toDate32({})", day.0);
        let sql = format!(
            "SELECT ?fields FROM (SELECT *, {NOT_SUPERSEDED} FROM {NEWEST} \
             WHERE is_champion AND game_date = {day_sql}) \
             ORDER BY tip_off, game_id, team, player_lookup, prop LIMIT ?"
        );
        let answer = self.client().query(&sql).bind(ROWS_MAX).fetch_all();
        self.within("tell a day's latest", answer).await
    }

    /// Every version of a player and prop, of the champion systems: newest game first, within a
    /// game oldest version first.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn history(
        &self,
        player_lookup: &str,
        prop: &str,
    ) -> Result<Vec<Version>, WarehouseError> {
        let sql = "SELECT ?fields FROM history WHERE player_lookup = ? AND prop = ? \
                   AND system_id IN (SELECT DISTINCT system_id FROM latest \
                                     WHERE player_lookup = ? AND prop = ?) \
                   ORDER BY game_date DESC, game_id, system_id, version LIMIT ?";
        let query = self.client().query(sql).bind(player_lookup).bind(prop);
        let answer = query
            .bind(player_lookup)
            .bind(prop)
            .bind(ROWS_MAX)
            .fetch_all();
        self.within("tell a player's history", answer).await
    }

    /// Every version that one change caused, of every system.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn versions_of_change(
        &self,
        correlation_id: &str,
    ) -> Result<Vec<Version>, WarehouseError> {
        let sql = format!(
            "SELECT ?fields FROM (SELECT *, {NOT_SUPERSEDED} FROM prediction_log FINAL \
             WHERE correlation_id = ?) ORDER BY player_lookup, game_id, prop, system_id, version LIMIT ?"
        );
        let answer = self
            .client()
            .query(&sql)
            .bind(correlation_id)
            .bind(ROWS_MAX)
            .fetch_all();
        self.within("tell the versions of a change", answer).await
    }

    /// Live versions that `cursor` has not shown, oldest first, at most `limit`; moves the cursor
    /// on.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn tail(
        &self,
        cursor: &mut TailCursor,
        limit: u64,
    ) -> Result<Vec<Version>, WarehouseError> {
        let sql = format!(
            "SELECT ?fields FROM (SELECT *, {NOT_SUPERSEDED} FROM prediction_log \
             WHERE run_id = '' AND {} \
             ORDER BY kafka_partition, kafka_offset LIMIT 1 BY kafka_partition, kafka_offset) \
             ORDER BY written_at, kafka_partition, kafka_offset LIMIT ?",
            cursor.condition()
        );
        let answer = self.client().query(&sql).bind(limit).fetch_all::<Version>();
        let versions = self.within("tell what is new", answer).await?;
        cursor.advance(&versions);
        Ok(versions)
    }

    /// All players, by their newest registration.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn players(&self) -> Result<Vec<Player>, WarehouseError> {
        let sql = "SELECT ?fields FROM players ORDER BY player_lookup";
        let answer = self.client().query(sql).fetch_all();
        self.within("list the players", answer).await
    }

    /// Every player_lookup known: registered or predicted. For suggestions after a typing error.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn player_lookups(&self) -> Result<Vec<String>, WarehouseError> {
        let sql = "SELECT DISTINCT player_lookup FROM (SELECT player_lookup FROM player_log \
                   UNION ALL SELECT player_lookup FROM prediction_log) ORDER BY player_lookup";
        let answer = self.client().query(sql).fetch_all();
        self.within("list the players", answer).await
    }

    /// The envelopes of one change, phase by phase in the order of the flow.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn runs(&self, correlation_id: &str) -> Result<Vec<RunLine>, WarehouseError> {
        let sql = "SELECT ?fields FROM runs WHERE correlation_id = ? \
                   ORDER BY written_at, kafka_partition, kafka_offset, indexOf(?, phase) LIMIT ?";
        let answer = self
            .client()
            .query(sql)
            .bind(correlation_id)
            .bind(PhaseName::ALL.map(PhaseName::as_str).to_vec())
            .bind(ROWS_MAX)
            .fetch_all();
        self.within("tell the runs of a change", answer).await
    }

    /// What became of one change, per player.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn outcomes(&self, correlation_id: &str) -> Result<Vec<OutcomeLine>, WarehouseError> {
        let sql = "SELECT ?fields FROM outcomes WHERE correlation_id = ? \
                   ORDER BY player_lookup, path, game_id, kafka_partition, kafka_offset LIMIT ?";
        let answer = self
            .client()
            .query(sql)
            .bind(correlation_id)
            .bind(ROWS_MAX)
            .fetch_all();
        self.within("tell the outcomes of a change", answer).await
    }

    /// The newest dead letters, at most `limit`.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn dead_letters(&self, limit: u64) -> Result<Vec<DeadLetterLine>, WarehouseError> {
        let sql = "SELECT ?fields FROM dead_letters \
                   ORDER BY written_at DESC, kafka_partition, kafka_offset DESC LIMIT ?";
        let answer = self.client().query(sql).bind(limit).fetch_all();
        self.within("list the dead letters", answer).await
    }

    /// How much there is.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn counts(&self) -> Result<Counts, WarehouseError> {
        let sql = "SELECT ?fields FROM \
            (SELECT count() AS versions, maxOrNull(written_at) AS newest_version_at \
                FROM prediction_log FINAL WHERE run_id = '') AS of_log, \
            (SELECT count() AS keys, uniqExact(player_lookup) AS players_predicted, \
                uniqExact(game_id) AS games FROM latest_all) AS of_keys, \
            (SELECT count() AS players FROM players) AS of_players, \
            (SELECT count() AS outcomes FROM outcomes) AS of_outcomes, \
            (SELECT count() AS runs FROM runs) AS of_runs, \
            (SELECT count() AS dead_letters FROM dead_letters) AS of_letters";
        let answer = self.client().query(sql).fetch_one();
        self.within("count its rows", answer).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(partition: i32, offset: i64, written_at_s: i64) -> Version {
        Version {
            kafka_partition: partition,
            kafka_offset: offset,
            written_at: Timestamp(written_at_s * Timestamp::MICROS_PER_SECOND),
            ..Version::default()
        }
    }

    #[test]
    fn a_tail_shows_each_version_once_and_misses_none_that_comes_late() {
        let mut cursor = TailCursor::from(Timestamp(0));
        cursor.advance(&[version(0, 5, 100), version(1, 9, 100)]);
        let condition = cursor.condition();
        assert!(condition.contains("NOT (kafka_partition = 0 AND kafka_offset <= 5)"));
        assert!(condition.contains("NOT (kafka_partition = 1 AND kafka_offset <= 9)"));
        assert_eq!(cursor.since, Timestamp(40 * Timestamp::MICROS_PER_SECOND));
        cursor.advance(&[]);
        assert_eq!(cursor.condition(), condition);
    }
}
