//! Which log a warehouse was filled from, and that it is still that one.
//!
//! Rows are told apart by partition and offset. Another log's rows at the same places would mix with
//! them, so the sink refuses it.

use clickhouse::Row;
use serde::{Deserialize, Serialize};

use crate::connection::Warehouse;
use crate::error::WarehouseError;

/// One topic of the log that a warehouse was filled from.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The table it fills.
    pub(crate) log_table: String,
    /// The topic.
    pub(crate) topic: String,
    /// Id of the Kafka cluster that holds it.
    pub(crate) cluster_id: String,
}

impl Warehouse {
    /// Holds what the warehouse remembers against the log that is there now, and remembers topics
    /// that are new to it.
    ///
    /// # Errors
    /// [`WarehouseError::OtherLedger`].
    pub(crate) async fn check_origin(&self, now: &[Origin]) -> Result<(), WarehouseError> {
        let sql = "SELECT log_table, topic, cluster_id FROM ledger_origin FINAL";
        let answer = self.client().query(sql).fetch_all::<Origin>();
        let remembered = self
            .within("tell which log it was filled from", answer)
            .await?;
        if let Some((then, found)) = first_difference(&remembered, now) {
            return Err(WarehouseError::OtherLedger {
                database: self.config().database.clone(),
                topic: then.topic.clone(),
                cluster_id: then.cluster_id.clone(),
                found_topic: found.topic.clone(),
                found_cluster_id: found.cluster_id.clone(),
            });
        }
        let is_new = |one: &&Origin| !remembered.contains(one);
        let new: Vec<Origin> = now.iter().filter(is_new).cloned().collect();
        self.remember_origin(&new).await
    }

    /// Remembers that the warehouse was filled from these topics, whatever it said before.
    pub(crate) async fn remember_origin(&self, topics: &[Origin]) -> Result<(), WarehouseError> {
        if topics.is_empty() {
            return Ok(());
        }
        let action = "remember which log it is filled from";
        let insert = async {
            let mut insert = self.client().insert::<Origin>("ledger_origin").await?;
            for topic in topics {
                insert.write(topic).await?;
            }
            insert.end().await
        };
        self.within(action, insert).await
    }
}

/// The first table that is filled from another log than the one remembered.
fn first_difference<'a>(
    remembered: &'a [Origin],
    now: &'a [Origin],
) -> Option<(&'a Origin, &'a Origin)> {
    let pairs = now.iter().filter_map(|found| {
        let then = remembered
            .iter()
            .find(|one| one.log_table == found.log_table)?;
        Some((then, found))
    });
    pairs.into_iter().find(|(then, found)| then != found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(topic: &str, cluster_id: &str) -> Origin {
        Origin {
            log_table: "prediction_log".into(),
            topic: topic.into(),
            cluster_id: cluster_id.into(),
        }
    }

    #[test]
    fn another_cluster_and_another_topic_are_another_log() {
        let ours = [origin("nba-predictions", "a")];
        assert_eq!(first_difference(&ours, &ours), None);
        assert_eq!(first_difference(&[], &ours), None, "a new warehouse");
        for other in [
            origin("nba-predictions", "b"),
            origin("staging-nba-predictions", "a"),
        ] {
            let found = [other];
            assert_eq!(first_difference(&ours, &found), Some((&ours[0], &found[0])));
        }
    }
}
