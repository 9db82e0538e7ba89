//! What a rebuilt table still owes: rows appended while it was made.

use std::collections::BTreeMap;

use clickhouse::Row;
use serde::{Deserialize, Serialize};

use crate::connection::Warehouse;
use crate::error::WarehouseError;
use crate::topic::Ends;

/// From where on a table owes the rows of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize, Deserialize)]
struct Owed {
    log_table: String,
    kafka_partition: i32,
    owed_from: i64,
    is_settled: bool,
}

impl Warehouse {
    /// Notes that `table` may lack what lies beyond these ends.
    pub(super) async fn note_owed(&self, table: &str, ends: &Ends) -> Result<(), WarehouseError> {
        self.write_owed(table, ends.all(), false).await
    }

    /// Notes that `table` has it all.
    pub(super) async fn settle_owed(&self, table: &str, ends: &Ends) -> Result<(), WarehouseError> {
        self.write_owed(table, ends.all(), true).await
    }

    /// Notes that every table has what it owed.
    pub(crate) async fn settle_all(
        &self,
        owed: &BTreeMap<(String, i32), i64>,
    ) -> Result<(), WarehouseError> {
        for ((table, partition), from) in owed {
            let one = std::iter::once((*partition, *from));
            self.write_owed(table, one, true).await?;
        }
        Ok(())
    }

    /// Offsets from which tables lack rows, because a rebuild was cut short while it put them in
    /// place. Empty, unless that has happened.
    pub(crate) async fn fetch_owed(&self) -> Result<BTreeMap<(String, i32), i64>, WarehouseError> {
        let sql = "SELECT ?fields FROM rebuild_log FINAL WHERE NOT is_settled";
        let answer = self.client().query(sql).fetch_all::<Owed>();
        let owed = self.within("tell whether a rebuild was cut short", answer);
        let owed = owed.await?.into_iter();
        let entry = |one: Owed| ((one.log_table, one.kafka_partition), one.owed_from);
        Ok(owed.map(entry).collect())
    }

    async fn write_owed(
        &self,
        table: &str,
        places: impl Iterator<Item = (i32, i64)>,
        is_settled: bool,
    ) -> Result<(), WarehouseError> {
        let insert = async {
            let mut insert = self.client().insert::<Owed>("rebuild_log").await?;
            for (kafka_partition, owed_from) in places {
                let owed = Owed {
                    log_table: table.to_owned(),
                    kafka_partition,
                    owed_from,
                    is_settled,
                };
                insert.write(&owed).await?;
            }
            insert.end().await
        };
        self.within("note how far a rebuild is", insert).await
    }
}
