//! `sideline tail`: new versions as they come.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use rdkafka::message::Message;
use serde::Serialize;
use sideline_avro::WireReader;
use sideline_avro::predictions::Prediction;
use sideline_avro::time::Timestamp;
use sideline_topics::TopicId;

use crate::cli::TailArgs;
use crate::commands::latest::number;
use crate::log::Follower;
use crate::printer::Printer;
use crate::system::System;

/// One wait for a record; Ctrl-C ends the process in between.
const WAIT: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Line {
    player: String,
    prop: String,
    version: i64,
    old: Option<f64>,
    new: Option<f64>,
    status: String,
    cause: String,
    milliseconds: Option<i64>,
}

/// Prints new versions until there were `--count` of them, or Ctrl-C.
///
/// # Errors
/// Kafka cannot be read.
pub async fn run(system: &System, args: TailArgs, printer: Printer) -> Result<()> {
    let topic = system.catalogue.name(TopicId::Predictions).to_owned();
    let kafka = system.endpoints.kafka.clone();
    let reader = WireReader::<Prediction>::new(Arc::new(system.registry()?));
    tokio::task::spawn_blocking(move || {
        let follower = Follower::at_end(&kafka, &topic)?;
        printer.say("waiting for new versions; Ctrl-C ends");
        let mut shown = 0;
        while args.count.is_none_or(|count| shown < count) {
            let Some(message) = follower.next(WAIT)? else {
                continue;
            };
            let Some(bytes) = message.payload() else {
                continue;
            };
            let prediction = reader.decode(bytes)?;
            if args
                .player
                .as_ref()
                .is_some_and(|player| *player != prediction.player_lookup)
            {
                continue;
            }
            show(&line(&prediction, message.timestamp().to_millis()), printer)?;
            shown += 1;
        }
        Ok(())
    })
    .await?
}

fn line(prediction: &Prediction, appended_ms: Option<i64>) -> Line {
    let cause = &prediction.cause;
    let new_value = cause.new_value.as_deref().unwrap_or("");
    let since = |sent: Timestamp| appended_ms.map(|appended| appended - sent.as_millis());
    Line {
        player: prediction.player_lookup.clone(),
        prop: prediction.candidate.prop.clone(),
        version: prediction.version,
        old: prediction
            .previous
            .as_ref()
            .and_then(|previous| previous.predicted),
        new: prediction.candidate.predicted,
        status: format!("{:?}", prediction.status).to_lowercase(),
        cause: format!("{} {new_value}", cause.fact),
        milliseconds: cause.published_at.and_then(since),
    }
}

fn show(line: &Line, printer: Printer) -> Result<()> {
    if printer.is_json() {
        printer.json(line)?;
        return Ok(());
    }
    let new = if line.new.is_none() {
        line.status.clone()
    } else {
        number(line.new)
    };
    let old = if line.old.is_none() {
        "-".to_owned()
    } else {
        number(line.old)
    };
    let took = line
        .milliseconds
        .map(|ms| format!("{ms} ms"))
        .unwrap_or_default();
    printer.line(&format!(
        "{:<24} {:<10} v{:<3} {old:>6} -> {new:<8} {took:>8}  {}",
        line.player, line.prop, line.version, line.cause
    ))?;
    Ok(())
}
