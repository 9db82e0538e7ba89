//! `sideline warehouse`: what the tables hold, and making them anew from the topics.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use sideline_warehouse::rebuild::{RebuildConfig, TableRebuild, rebuild};

use crate::cli::{RebuildArgs, WarehouseCommand};
use crate::printer::Printer;
use crate::system::System;

/// Exit code when a table did not hold what its topic holds.
const EXIT_DIFFERENT: u8 = 1;

/// Shows the tables, or rebuilds them; a dry run that finds a difference exits 1.
///
/// # Errors
/// Kafka, the registry or ClickHouse cannot do its part.
pub async fn run(system: &System, command: WarehouseCommand, printer: Printer) -> Result<ExitCode> {
    match command {
        WarehouseCommand::Status => status(system, printer).await,
        WarehouseCommand::Rebuild(args) => remake(system, &args, printer).await,
    }
}

async fn status(system: &System, printer: Printer) -> Result<ExitCode> {
    let tables = system.warehouse()?.table_usage().await?;
    let header = [
        "table",
        "rows",
        "bytes",
        "bytes per row",
        "parts",
        "owes rows",
    ];
    printer.table(&header, &tables, |table| {
        vec![
            table.table.clone(),
            table.rows.to_string(),
            table.bytes_on_disk.to_string(),
            (table.bytes_on_disk / table.rows.max(1)).to_string(),
            table.active_parts.to_string(),
            if table.is_owed { "yes" } else { "" }.to_owned(),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn remake(system: &System, args: &RebuildArgs, printer: Printer) -> Result<ExitCode> {
    if args.dry_run {
        printer.say("making every table anew beside the old one, to compare; nothing is swapped");
    } else {
        printer
            .say("making every table anew from its topic, then putting it in the old one's place");
    }
    let config = RebuildConfig {
        kafka: system.warehouse_kafka(),
        topics: system.sink_topics(),
        schemas: Arc::new(system.registry()?),
        clickhouse: system.clickhouse(),
        is_dry_run: args.dry_run,
        is_adopted: args.adopt,
    };
    let bar = Arc::new(Mutex::new(printer.progress("offsets read", 0)));
    let moved = Arc::clone(&bar);
    let tables = rebuild(config, move |progress| {
        let mut bar = moved.lock().unwrap_or_else(PoisonError::into_inner);
        bar.set(progress.done, progress.total);
    })
    .await;
    if let Some(bar) = Arc::into_inner(bar) {
        bar.into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .finish();
    }
    let tables = tables?;
    show(&tables, printer)?;
    let is_equal = tables.iter().all(TableRebuild::is_equal);
    if args.dry_run && !is_equal {
        printer.say("hint: `sideline warehouse rebuild` puts the new tables in place");
        return Ok(ExitCode::from(EXIT_DIFFERENT));
    }
    Ok(ExitCode::SUCCESS)
}

fn show(tables: &[TableRebuild], printer: Printer) -> Result<()> {
    let header = [
        "table",
        "records",
        "rows",
        "only in the old",
        "only in the new",
        "refused",
        "caught up",
    ];
    printer.table(&header, tables, |table| {
        let counts = [
            table.records,
            table.rows,
            table.only_in_old,
            table.only_in_new,
            table.refused,
            table.caught_up,
        ];
        let counts = counts.iter().map(ToString::to_string);
        std::iter::once(table.table.clone()).chain(counts).collect()
    })?;
    Ok(())
}
