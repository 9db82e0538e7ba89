//! Whether the table of the newest versions says what the log says.

use std::time::{Duration, Instant};

use clickhouse::Row;
use serde::Deserialize;

use super::Breach;
use crate::connection::{LONG_LIMIT, Warehouse};
use crate::error::WarehouseError;
use crate::latest_versions::NEWEST_OF_EACH_KEY;

/// Pause between two looks at days that differed: a version that came between the two halves of a
/// look is seen by both halves of the next.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

#[derive(Row, Deserialize)]
struct Day {
    day: String,
}

/// The days on which `latest_versions` holds other versions than the newest of the log. While
/// versions come in, a day is looked at again until its halves agree, at most for `settle`.
pub(super) async fn check_newest(
    warehouse: &Warehouse,
    settle: Duration,
) -> Result<Vec<Breach>, WarehouseError> {
    let deadline = Instant::now() + settle;
    let mut differing = differing_days(warehouse, None).await?;
    while !differing.is_empty() && Instant::now() < deadline {
        tokio::time::sleep(LOOK_AGAIN).await;
        differing = differing_days(warehouse, Some(&differing)).await?;
    }
    let breaches = differing.into_iter();
    Ok(breaches.map(|day| Breach::NewestDiffers { day }).collect())
}

/// Sums of hashes, so that no key is held in memory. What stands for a version is its id, which its
/// key and number give.
async fn differing_days(
    warehouse: &Warehouse,
    among: Option<&[String]>,
) -> Result<Vec<String>, WarehouseError> {
    let days = among.map_or_else(
        || "true".to_owned(),
        |days| format!("game_date IN ('{}')", days.join("', '")),
    );
    let sql = format!(
        "SELECT toString(game_date) AS day FROM \
         (SELECT game_date, prediction_id, 1 AS is_of_log FROM \
          (SELECT game_date, prediction_id FROM prediction_log WHERE run_id = '' AND {days} \
           {NEWEST_OF_EACH_KEY}) \
          UNION ALL \
          SELECT game_date, prediction_id, 0 AS is_of_log FROM latest_versions FINAL WHERE {days}) \
         GROUP BY game_date \
         HAVING sumIf(sipHash64(prediction_id), is_of_log = 1) \
             != sumIf(sipHash64(prediction_id), is_of_log = 0) \
         ORDER BY game_date"
    );
    let answer = warehouse.client().query(&sql).fetch_all::<Day>();
    let days = warehouse
        .within_limit(
            "compare the newest versions with the log",
            LONG_LIMIT,
            answer,
        )
        .await?;
    Ok(days.into_iter().map(|day| day.day).collect())
}
