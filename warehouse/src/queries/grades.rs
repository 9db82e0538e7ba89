//! How predictions did: the questions of `sideline accuracy`.

use sideline_avro::time::LeagueDay;

use super::GradedLine;
use crate::connection::Warehouse;
use crate::error::WarehouseError;

/// Most grades of one prop that are answered: a season has about 30,000 for each system, so this is
/// a season of thirty systems.
pub const GRADES_MAX: u64 = 1_000_000;

/// League days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: LeagueDay,
    /// The last.
    pub to: LeagueDay,
}

impl Days {
    fn condition(self) -> String {
        let (from, to) = (self.from.0, self.to.0);
        format!("game_date BETWEEN toDate32({from}) AND toDate32({to})")
    }
}

impl Warehouse {
    /// The props that have grades in these days.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn graded_props(&self, days: Days) -> Result<Vec<String>, WarehouseError> {
        let sql = format!(
            "SELECT DISTINCT toString(prop) FROM graded_log WHERE {} ORDER BY prop",
            days.condition()
        );
        let answer = self.client().query(&sql).fetch_all();
        self.within("list the props with grades", answer).await
    }

    /// How the last version before tip-off of each system did on a prop, of at most [`GRADES_MAX`]
    /// player-games.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn grades(&self, days: Days, prop: &str) -> Result<Vec<GradedLine>, WarehouseError> {
        let sql = format!(
            "SELECT ?fields FROM graded WHERE is_last AND {} AND prop = ? LIMIT ?",
            days.condition()
        );
        let query = self.client().query(&sql).bind(prop).bind(GRADES_MAX);
        self.within("tell the grades of a prop", query.fetch_all())
            .await
    }

    /// How many player-games of these days were predicted and have no grade: not over yet, or
    /// without any news of the player since.
    ///
    /// # Errors
    /// As [`Warehouse::latest`].
    pub async fn player_games_without_grade(&self, days: Days) -> Result<u64, WarehouseError> {
        let during = days.condition();
        let sql = format!(
            "SELECT count() FROM (SELECT DISTINCT player_lookup, game_id FROM prediction_log \
             WHERE run_id = '' AND {during}) WHERE (player_lookup, game_id) NOT IN \
             (SELECT player_lookup, game_id FROM graded_log WHERE {during})"
        );
        let answer = self.client().query(&sql).fetch_one();
        self.within("count what has no grade", answer).await
    }
}
