//! `sideline verify`: the promises, checked on log and table.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use sideline_warehouse::verify::VerifyConfig;

use crate::printer::Printer;
use crate::system::System;

/// Exit code when a promise is broken.
const EXIT_BREACH: u8 = 1;
/// How long rows may still be on their way to the table.
const SETTLE: Duration = Duration::from_secs(10);

/// Checks and prints what was counted; exits 1 on any breach.
///
/// # Errors
/// Kafka or ClickHouse cannot be read.
pub async fn run(system: &System, printer: Printer) -> Result<ExitCode> {
    let report = sideline_warehouse::verify(VerifyConfig {
        kafka: system.warehouse_kafka(),
        topics: system.sink_topics(),
        schemas: Arc::new(system.registry()?),
        clickhouse: system.clickhouse(),
        settle: SETTLE,
    })
    .await?;
    let code = if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_BREACH)
    };
    if printer.is_json() {
        printer.json(&report)?;
        return Ok(code);
    }
    let counts = [
        ("versions in the topic", report.versions),
        ("keys", report.keys),
        ("rows in ClickHouse", report.rows),
        ("versions gone with their runs", report.gone_with_runs),
        ("outcomes", report.outcomes),
        ("envelopes", report.envelopes),
        ("breaches", report.breaches.total),
    ];
    printer.table(&["checked", "count"], &counts, |(what, count)| {
        vec![(*what).to_owned(), count.to_string()]
    })?;
    for breach in &report.breaches.shown {
        printer.line(&breach.to_string())?;
    }
    if report.is_clean() {
        printer.say(&format!(
            "promises 1, 2, 3 and 9 hold; checked in {:.1} s",
            report.duration_seconds
        ));
    }
    Ok(code)
}
