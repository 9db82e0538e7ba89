//! The sink: its rate beside inserts from memory, and how soon a version can be asked for.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::{Map, Value, json};
use sideline_avro::{FixedSchemas, SchemaName, WireWriter};
use sideline_warehouse::sink::{RECORDS_MAX, VersionRows};
use sideline_warehouse::{Sink, SinkHandle};

use super::place::Place;
use super::{figure, versions};

/// Versions of one measurement of the rate: a few seconds' work.
const RATE_VERSIONS: u64 = 200_000;

/// Time between two versions: 100 a second.
const GAP: Duration = Duration::from_millis(10);

/// Longest wait for the sink.
const PATIENCE: Duration = Duration::from_secs(300);

/// The sink's rate from Kafka, and the rate of the same rows from memory, in one run. Each is timed
/// alone: from memory first, then the sink over a topic that holds them all.
pub(super) async fn rate(place: &Place, figures: &mut Map<String, Value>) -> Result<()> {
    let memory = place.warehouse("memory").await?;
    let rows = VersionRows::of((0..RATE_VERSIONS).map(versions::version).collect(), 0);
    let started = Instant::now();
    memory.insert_versions(&rows, RECORDS_MAX).await?;
    let from_memory = RATE_VERSIONS as f64 / started.elapsed().as_secs_f64();
    drop(rows);

    let producer: FutureProducer = place.client_config().create()?;
    send(place, &producer, 0..RATE_VERSIONS).await?;
    place.warehouse("sink").await?;
    let sink = Sink::start(&place.sink_config())?;
    while sink.status().partitions == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let started = Instant::now();
    wait_for(&sink, RATE_VERSIONS).await?;
    let from_kafka = RATE_VERSIONS as f64 / started.elapsed().as_secs_f64();
    stop(sink).await?;
    figures.insert("memory_rows_per_s".into(), figure(from_memory));
    figures.insert("sink_rows_per_s".into(), figure(from_kafka));
    figures.insert("sink_ratio".into(), figure(from_kafka / from_memory));
    Ok(())
}

/// Versions at 100 a second: from Kafka's append to ClickHouse's acknowledgement, after which every
/// SELECT sees them; and the parts that are active then.
pub(super) async fn delay(
    place: &Place,
    seconds: u64,
    figures: &mut Map<String, Value>,
) -> Result<()> {
    let producer: FutureProducer = place.client_config().set("linger.ms", "0").create()?;
    let sink = Sink::start(&place.sink_config())?;
    while sink.status().partitions == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut ticks = tokio::time::interval(GAP);
    let count = seconds * 100;
    for number in RATE_VERSIONS..RATE_VERSIONS + count {
        ticks.tick().await;
        send(place, &producer, number..number + 1).await?;
    }
    wait_for(&sink, count).await?;
    let delay = sink.status().delay;
    let sql = "SELECT count() FROM system.parts WHERE active AND database = currentDatabase()";
    let parts: u64 = place.client("sink").query(sql).fetch_one().await?;
    stop(sink).await?;
    figures.insert("queryable_p50_ms".into(), json!(delay.p50_ms));
    figures.insert("queryable_p99_ms".into(), json!(delay.p99_ms));
    figures.insert("queryable_after_s".into(), json!(seconds));
    figures.insert("active_parts".into(), json!(parts));
    Ok(())
}

async fn send(
    place: &Place,
    producer: &FutureProducer,
    numbers: std::ops::Range<u64>,
) -> Result<()> {
    let writer = WireWriter::new(FixedSchemas::id_of(SchemaName::Prediction));
    let mut under_way = Vec::new();
    for number in numbers {
        let version = versions::version(number);
        let value = writer.to_vec(&version)?;
        let record = FutureRecord::to(&place.topics.predictions)
            .key(&version.player_lookup)
            .payload(&value);
        match producer.send_result(record) {
            Ok(delivery) => under_way.push(delivery),
            Err((error, _)) => return Err(error.into()),
        }
        // Far below what the producer's queue takes.
        if under_way.len() == 10_000 {
            for delivery in under_way.drain(..) {
                delivery.await?.map_err(|(error, _)| error)?;
            }
        }
    }
    for delivery in under_way {
        delivery.await?.map_err(|(error, _)| error)?;
    }
    Ok(())
}

async fn wait_for(sink: &SinkHandle, rows: u64) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while sink.status().tables[0].rows < rows {
        if Instant::now() > deadline || sink.is_finished() {
            bail!("the sink is stuck: {:#?}", sink.status());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

async fn stop(sink: SinkHandle) -> Result<()> {
    sink.stop();
    tokio::task::spawn_blocking(move || sink.wait()).await??;
    Ok(())
}
