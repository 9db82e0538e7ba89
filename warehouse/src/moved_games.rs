//! Games that were moved, kept in a table that the views look up.
//!
//! The table follows `game_log`. It is computed anew from the whole log each time, and only what
//! differs is written: so it can be done as often as one likes, and in any order.

use crate::connection::Warehouse;
use crate::error::WarehouseError;
use crate::migrate::DATABASE;

const FOLLOW: &str = include_str!("moved_games.sql");

impl Warehouse {
    /// Brings `moved_games` up to date with `game_log`. The sink, a rebuild and a migration do so
    /// themselves; whoever else writes into `game_log` does it afterwards.
    ///
    /// # Errors
    /// [`WarehouseError::ClickHouse`] and [`WarehouseError::Slow`].
    pub async fn follow_moved_games(&self) -> Result<(), WarehouseError> {
        let sql = FOLLOW.replace(DATABASE, &self.config().database);
        self.execute("note the games that were moved", &sql).await
    }
}
