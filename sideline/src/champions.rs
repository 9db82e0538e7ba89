//! Champions: the system whose versions count as latest, per prop. A control topic says which.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use sideline_avro::control::ChampionControl;
use sideline_processors::{PROPS, SYSTEMS};
use sideline_topics::TopicId;

use crate::control;
use crate::league_clock::wall_time;
use crate::system::System;

/// The last word about each prop of which anything was said.
///
/// # Errors
/// Kafka cannot be read, or a record is not understood.
pub async fn read(system: &System) -> Result<BTreeMap<String, ChampionControl>> {
    let words = control::read::<ChampionControl>(system, TopicId::ChampionControl).await?;
    let by_prop = words.into_values().map(|word| (word.prop.clone(), word));
    Ok(by_prop.collect())
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
    let set_at = wall_time();
    let word = |prop| {
        let champion = ChampionControl {
            prop: str::to_owned(prop),
            system_id: system_id.to_owned(),
            set_at,
            set_by: std::env::var("USER").ok(),
        };
        (prop, champion)
    };
    let words: Vec<(&str, ChampionControl)> = props.into_iter().map(word).collect();
    control::write(system, TopicId::ChampionControl, set_at, &words).await
}
