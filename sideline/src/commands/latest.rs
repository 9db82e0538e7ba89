//! `sideline latest`: the newest predictions.

use anyhow::{Result, bail};
use serde::Serialize;
use sideline_processors::player_lookup;
use sideline_warehouse::Warehouse;
use sideline_warehouse::queries::Version;

use crate::cli::LatestArgs;
use crate::league_clock;
use crate::moments;
use crate::names::suggestions;
use crate::printer::Printer;
use crate::system::System;

/// One prediction, as tables and scripts see it.
#[derive(Clone, Debug, Serialize)]
pub struct PredictionLine {
    /// The player.
    pub player: String,
    /// His team and the other one.
    pub game: String,
    /// The game.
    pub game_id: String,
    /// The prop.
    pub prop: String,
    /// The champion system, whose prediction it is.
    pub system: String,
    /// Predicted value; none when he is out.
    pub predicted: Option<f64>,
    /// The line.
    pub line: Option<f64>,
    /// predicted - line.
    pub edge: Option<f64>,
    /// What the system says.
    pub recommendation: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Injury status.
    pub status: String,
    /// Version.
    pub version: i64,
    /// What caused it.
    pub cause: String,
}

impl From<&Version> for PredictionLine {
    fn from(version: &Version) -> Self {
        let at = if version.is_home { "vs" } else { "at" };
        Self {
            player: version.player_lookup.clone(),
            game: format!("{} {at} {}", version.team, version.opponent),
            game_id: version.game_id.clone(),
            prop: version.prop.clone(),
            system: version.system_id.clone(),
            predicted: version.predicted,
            line: version.line,
            edge: version.edge,
            recommendation: version.recommendation.clone(),
            confidence: version.confidence,
            status: version.status.clone(),
            version: version.version,
            cause: cause(version),
        }
    }
}

/// What caused a version, in a few words: `injury_status lebronjames AVAILABLE -> OUT`.
#[must_use]
pub fn cause(version: &Version) -> String {
    let new = version.new_value.as_deref().unwrap_or("");
    match version.old_value.as_deref() {
        Some(old) => format!("{} {} {old} -> {new}", version.change_type, version.subject),
        None => format!("{} {} {new}", version.change_type, version.subject),
    }
}

/// A number as tables show it, empty for none.
#[must_use]
pub fn number(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.1}")).unwrap_or_default()
}

/// Columns of [`cells`].
pub const HEADER: [&str; 8] = [
    "player",
    "game",
    "prop",
    "predicted",
    "line",
    "edge",
    "version",
    "cause",
];

/// One row of a table of predictions.
#[must_use]
pub fn cells(line: &PredictionLine) -> Vec<String> {
    let predicted = match line.predicted {
        None => line.status.to_lowercase(),
        value => number(value),
    };
    vec![
        line.player.clone(),
        line.game.clone(),
        line.prop.clone(),
        predicted,
        number(line.line),
        number(line.edge),
        line.version.to_string(),
        line.cause.clone(),
    ]
}

/// Prints the newest predictions of a player or of today's slate.
///
/// # Errors
/// ClickHouse cannot be asked, or nobody of that name is known.
pub async fn run(system: &System, args: LatestArgs, printer: Printer) -> Result<()> {
    let warehouse = system.warehouse()?;
    let versions = match &args.player {
        Some(player) => {
            let player = known_player(&warehouse, player).await?;
            warehouse.latest(&player, args.prop.as_deref()).await?
        }
        None => {
            let today = moments::league_day(league_clock::now(system).await?);
            let mut slate = warehouse.slate(today).await?;
            slate.retain(|version| args.prop.as_ref().is_none_or(|prop| *prop == version.prop));
            slate
        }
    };
    let limit = usize::try_from(args.limit)?;
    let lines: Vec<PredictionLine> = versions
        .iter()
        .take(limit)
        .map(PredictionLine::from)
        .collect();
    printer.table(&HEADER, &lines, cells)?;
    if versions.len() > limit {
        printer.say(&format!(
            "{} more; --limit shows them",
            versions.len() - limit
        ));
    }
    Ok(())
}

/// The player_lookup of a name, if ClickHouse knows him.
///
/// # Errors
/// Nobody of that name is known; near misses are named.
pub async fn known_player(warehouse: &Warehouse, name: &str) -> Result<String> {
    let lookup = player_lookup(name);
    let known = warehouse.player_lookups().await?;
    if known.contains(&lookup) {
        return Ok(lookup);
    }
    let near = suggestions(&lookup, known.iter().map(String::as_str));
    if near.is_empty() {
        bail!("no player `{name}` in this league; sideline latest lists tonight's");
    }
    bail!(
        "no player `{name}` in this league; did you mean {}?",
        near.join(", ")
    )
}
