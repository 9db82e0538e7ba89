//! `sideline champion`: the system that speaks for each prop.

use anyhow::Result;
use serde::Serialize;
use sideline_processors::{DEFAULT_CHAMPION, PROPS};

use crate::champions::{read, set};
use crate::cli::ChampionCommand;
use crate::moments;
use crate::printer::Printer;
use crate::system::System;

#[derive(Serialize)]
struct Shown {
    prop: &'static str,
    system_id: String,
    /// None where nobody has chosen one.
    set_at: Option<String>,
    set_by: Option<String>,
}

/// Shows or sets the champions.
///
/// # Errors
/// Kafka cannot be read or written, or there is no such prop or system.
pub async fn run(system: &System, command: ChampionCommand, printer: Printer) -> Result<()> {
    if let ChampionCommand::Set { system_id, prop } = command {
        set(system, &system_id, prop.as_deref()).await?;
    }
    let chosen = read(system).await?;
    let shown = PROPS.iter().map(|prop| {
        let control = chosen.get(prop.name);
        Shown {
            prop: prop.name,
            system_id: control
                .map_or(DEFAULT_CHAMPION, |one| &one.system_id)
                .to_owned(),
            set_at: control.map(|one| moments::show(one.set_at)),
            set_by: control.and_then(|one| one.set_by.clone()),
        }
    });
    let shown: Vec<Shown> = shown.collect();
    printer.table(
        &["prop", "champion", "since (UTC)", "set by"],
        &shown,
        |one| {
            vec![
                one.prop.to_owned(),
                one.system_id.clone(),
                one.set_at
                    .clone()
                    .unwrap_or_else(|| "by default".to_owned()),
                one.set_by.clone().unwrap_or_default(),
            ]
        },
    )?;
    Ok(())
}
