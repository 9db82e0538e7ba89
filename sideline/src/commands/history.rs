//! `sideline history`: every version of a prediction.

use anyhow::Result;
use serde::Serialize;
use sideline_warehouse::queries::Version;

use crate::cli::HistoryArgs;
use crate::commands::latest::{cause, known_player, number};
use crate::moments;
use crate::printer::Printer;
use crate::system::System;

#[derive(Serialize)]
struct Line {
    game_id: String,
    game_date: String,
    prop: String,
    version: i64,
    predicted: Option<f64>,
    line: Option<f64>,
    recommendation: String,
    status: String,
    effective_at: String,
    superseded_by: Option<i64>,
    cause: String,
    correlation_id: String,
    cause_place: String,
}

fn line(version: &Version) -> Line {
    Line {
        game_id: version.game_id.clone(),
        game_date: moments::show_day(version.game_date),
        prop: version.prop.clone(),
        version: version.version,
        predicted: version.predicted,
        line: version.line,
        recommendation: version.recommendation.clone(),
        status: version.status.clone(),
        effective_at: moments::show(version.effective_at),
        superseded_by: version.superseded_by,
        cause: cause(version),
        correlation_id: version.correlation_id.clone(),
        cause_place: format!(
            "{}/{}/{}",
            version.cause_topic, version.cause_partition, version.cause_offset
        ),
    }
}

/// Prints the versions, newest first.
///
/// # Errors
/// ClickHouse cannot be asked, or nobody of that name is known.
pub async fn run(system: &System, args: HistoryArgs, printer: Printer) -> Result<()> {
    let warehouse = system.warehouse()?;
    let player = known_player(&warehouse, &args.player).await?;
    let props = match &args.prop {
        Some(prop) => vec![prop.clone()],
        None => sideline_processors::PROPS
            .iter()
            .map(|prop| prop.name.to_owned())
            .collect(),
    };
    let mut versions = Vec::new();
    for prop in props {
        versions.extend(warehouse.history(&player, &prop).await?);
    }
    versions.sort_by_key(|version| {
        std::cmp::Reverse((version.game_date, version.effective_at, version.version))
    });
    let lines: Vec<Line> = versions
        .iter()
        .take(usize::try_from(args.limit)?)
        .map(line)
        .collect();
    let header = [
        "game day",
        "prop",
        "version",
        "predicted",
        "line",
        "says",
        "known at (UTC)",
        "cause",
    ];
    printer.table(&header, &lines, |line| {
        vec![
            line.game_date.clone(),
            line.prop.clone(),
            line.version.to_string(),
            if line.predicted.is_none() {
                line.status.to_lowercase()
            } else {
                number(line.predicted)
            },
            number(line.line),
            line.recommendation.clone(),
            line.effective_at.clone(),
            line.cause.clone(),
        ]
    })?;
    Ok(())
}
