//! `sideline topics`: the catalogue against the broker.

use anyhow::Result;
use sideline_topics::{Plan, Topic};

use crate::cli::TopicsCommand;
use crate::printer::Printer;
use crate::system::System;

/// Lists, plans or applies the catalogue.
///
/// # Errors
/// Broker or registry cannot be asked, or the plan would lose data.
pub async fn run(system: &System, command: TopicsCommand, printer: Printer) -> Result<()> {
    match command {
        TopicsCommand::List => list(system, printer),
        TopicsCommand::Plan => {
            let plan = system.cluster()?.plan(&system.catalogue).await?;
            show(&plan, printer)
        }
        TopicsCommand::Apply => apply(system, printer).await,
    }
}

fn list(system: &System, printer: Printer) -> Result<()> {
    let header = [
        "topic",
        "key",
        "schema",
        "cleanup",
        "kept",
        "time",
        "partitions",
        "reason",
    ];
    printer.table(&header, system.catalogue.topics(), cells)?;
    Ok(())
}

fn cells(topic: &Topic) -> Vec<String> {
    const DAY_MS: i64 = 86_400_000;
    let settings = &topic.settings;
    let kept = if settings.retention_ms < 0 {
        "for ever".to_owned()
    } else {
        format!("{} days", settings.retention_ms / DAY_MS)
    };
    vec![
        topic.name.clone(),
        topic.key.to_owned(),
        topic.schema.as_str().to_owned(),
        format!("{:?}", settings.cleanup).to_lowercase(),
        kept,
        format!("{:?}", settings.timestamp_type),
        settings.partitions.to_string(),
        topic.reason.to_owned(),
    ]
}

fn show(plan: &Plan, printer: Printer) -> Result<()> {
    if printer.is_json() {
        printer.json(plan)?;
        return Ok(());
    }
    let rows = rows(plan);
    if rows.is_empty() {
        printer.say("broker and registry agree with the catalogue: nothing to do");
        return Ok(());
    }
    printer.table(&["what", "where", "now", "then"], &rows, |row| row.to_vec())?;
    Ok(())
}

fn rows(plan: &Plan) -> Vec<[String; 4]> {
    let mut rows: Vec<[String; 4]> = Vec::new();
    let row =
        |what: &str, name: &str, old: &str, new: &str| [what, name, old, new].map(str::to_owned);
    for topic in &plan.topics {
        rows.push(row(
            "create",
            &topic.topic,
            "",
            &format!("{} partitions", topic.settings.partitions),
        ));
    }
    for change in &plan.configs {
        rows.push(row(
            "alter",
            &format!("{} {}", change.topic, change.config),
            &change.old,
            &change.new,
        ));
    }
    for schema in &plan.schemas {
        rows.push(row(
            "register",
            &schema.subject,
            schema.reason,
            schema.schema,
        ));
    }
    for offsets in &plan.offsets {
        rows.push(row(
            "start",
            &format!("{} on {}", offsets.group, offsets.topic),
            "",
            "offset 0",
        ));
    }
    for refusal in &plan.refusals {
        rows.push(row(
            "REFUSED",
            &refusal.topic,
            &refusal.old,
            &refusal.message,
        ));
    }
    rows
}

async fn apply(system: &System, printer: Printer) -> Result<()> {
    let applied = system.cluster()?.apply_catalogue(&system.catalogue).await?;
    if printer.is_json() {
        printer.json(&applied)?;
        return Ok(());
    }
    printer.say(&format!(
        "{} topics created, {} settings changed, {} schemas registered, {} group positions set",
        applied.topics, applied.configs, applied.schemas, applied.offsets
    ));
    Ok(())
}
