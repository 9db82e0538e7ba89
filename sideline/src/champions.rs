//! Champions: the system whose versions count as latest, per prop. A control topic says which.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use rdkafka::message::{Message, OwnedHeaders};
use sideline_avro::control::ChampionControl;
use sideline_avro::{WireReader, WireWriter};
use sideline_processors::{PROPS, SYSTEMS};
use sideline_topics::{TopicId, partition_for};

use crate::league_clock::wall_time;
use crate::publisher::{Outgoing, Publisher};
use crate::system::System;

/// The last word about each prop of which anything was said.
///
/// # Errors
/// Kafka cannot be read, or a record is not understood.
pub async fn read(system: &System) -> Result<BTreeMap<String, ChampionControl>> {
    let reader = WireReader::<ChampionControl>::new(std::sync::Arc::new(system.registry()?));
    let kafka = system.endpoints.kafka.clone();
    let topic = system.catalogue.name(TopicId::ChampionControl).to_owned();
    tokio::task::spawn_blocking(move || {
        let mut champions = BTreeMap::new();
        crate::log::read_all(&kafka, &topic, |message| {
            if let Some(bytes) = message.payload() {
                let control = reader.decode(bytes)?;
                champions.insert(control.prop.clone(), control);
            }
            Ok(())
        })?;
        Ok(champions)
    })
    .await?
}

/// Makes a system champion of a prop, or of all props.
///
/// # Errors
/// There is no such prop or system, or Kafka does not take the records.
pub async fn set(system: &System, system_id: &str, prop: Option<&str>) -> Result<()> {
    if !SYSTEMS.contains(&system_id) {
        bail!(
            "there is no system {system_id}; there are {}",
            SYSTEMS.join(", ")
        );
    }
    let names: Vec<&str> = PROPS.iter().map(|known| known.name).collect();
    let props = match prop {
        Some(prop) if names.contains(&prop) => vec![prop],
        Some(prop) => bail!("there is no prop {prop}; there are {}", names.join(", ")),
        None => names,
    };
    let ids = system.schema_ids().await?;
    let writer = WireWriter::<ChampionControl>::new(ids.of(TopicId::ChampionControl));
    let publisher = Publisher::connect(system).await?;
    let topic = system.catalogue.topic(TopicId::ChampionControl);
    let set_at = wall_time();
    for prop in props {
        let control = ChampionControl {
            prop: prop.to_owned(),
            system_id: system_id.to_owned(),
            set_at,
            set_by: std::env::var("USER").ok(),
        };
        publisher.send_raw(Outgoing {
            topic: &topic.name,
            partition: partition_for(prop, topic.settings.partitions),
            key: prop.as_bytes(),
            value: Some(&writer.to_vec(&control)?),
            timestamp_ms: set_at.as_millis(),
            headers: OwnedHeaders::new(),
        })?;
    }
    publisher.flush()
}
