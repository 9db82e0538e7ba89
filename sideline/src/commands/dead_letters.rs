//! `sideline dead-letters`: what was refused, and sending it again.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, bail};
use rdkafka::message::{Header, Message, OwnedHeaders};
use serde::Serialize;
use sideline_avro::WireReader;
use sideline_avro::runs::DeadLetter;
use sideline_topics::{IngressKey, TopicId, partition_for};

use crate::cli::DeadLettersCommand;
use crate::moments;
use crate::printer::Printer;
use crate::publisher::{Outgoing, PUBLISHED_AT, Publisher};
use crate::system::System;

/// Header that names the dead letter of which a record is another try.
const RETRY_OF: &str = "retry_of";

#[derive(Serialize)]
struct Reason {
    reason: String,
    count: usize,
}

#[derive(Serialize)]
struct Line {
    place: String,
    reason: String,
    field: Option<String>,
    message: String,
    hint: String,
    phase: String,
    at: String,
}

#[derive(Serialize)]
struct Listing {
    by_reason: Vec<Reason>,
    newest: Vec<Line>,
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    line: Line,
    key: Option<String>,
    value_bytes: i32,
    value_hash: String,
    value_hex: Option<String>,
    correlation_id: Option<String>,
}

/// Lists, shows or retries.
///
/// # Errors
/// Kafka cannot be read or written, or there is no such dead letter.
pub async fn run(system: &System, command: DeadLettersCommand, printer: Printer) -> Result<()> {
    let letters = read(system).await?;
    match command {
        DeadLettersCommand::List { limit } => list(&letters, usize::try_from(limit)?, printer),
        DeadLettersCommand::Show { place } => show(find(&letters, &place)?, printer),
        DeadLettersCommand::Retry { place, reason } => {
            let chosen: Vec<&DeadLetter> = match (place, reason) {
                (Some(place), _) => vec![find(&letters, &place)?],
                (None, Some(reason)) => letters
                    .iter()
                    .filter(|letter| letter.reason == reason)
                    .collect(),
                (None, None) => Vec::new(),
            };
            retry(system, &chosen, printer).await
        }
    }
}

async fn read(system: &System) -> Result<Vec<DeadLetter>> {
    let reader = WireReader::<DeadLetter>::new(Arc::new(system.registry()?));
    let kafka = system.endpoints.kafka.clone();
    let topic = system.catalogue.name(TopicId::DeadLetters).to_owned();
    tokio::task::spawn_blocking(move || {
        let mut letters = Vec::new();
        crate::log::read_all(&kafka, &topic, |message| {
            if let Some(bytes) = message.payload() {
                letters.push((message.timestamp().to_millis(), reader.decode(bytes)?));
            }
            Ok(())
        })?;
        letters.sort_by_key(|(at, _)| *at);
        Ok(letters.into_iter().map(|(_, letter)| letter).collect())
    })
    .await?
}

fn place_of(letter: &DeadLetter) -> String {
    format!("{}/{}/{}", letter.topic, letter.partition, letter.offset)
}

fn find<'a>(letters: &'a [DeadLetter], place: &str) -> Result<&'a DeadLetter> {
    match letters.iter().rfind(|letter| place_of(letter) == place) {
        Some(letter) => Ok(letter),
        None => bail!("no dead letter at {place}; sideline dead-letters list names their places"),
    }
}

fn line(letter: &DeadLetter) -> Line {
    Line {
        place: place_of(letter),
        reason: letter.reason.clone(),
        field: letter.field.clone(),
        message: letter.message.clone(),
        hint: letter.hint.clone(),
        phase: letter.phase.clone(),
        at: moments::show(letter.timestamp),
    }
}

fn list(letters: &[DeadLetter], limit: usize, printer: Printer) -> Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for letter in letters {
        *counts.entry(&letter.reason).or_default() += 1;
    }
    let by_reason = counts
        .into_iter()
        .map(|(reason, count)| Reason {
            reason: reason.to_owned(),
            count,
        })
        .collect();
    let newest = letters.iter().rev().take(limit).map(line).collect();
    let listing = Listing { by_reason, newest };
    if printer.is_json() {
        printer.json(&listing)?;
        return Ok(());
    }
    if listing.by_reason.is_empty() {
        printer.say("no dead letters");
        return Ok(());
    }
    printer.table(&["reason", "count"], &listing.by_reason, |row| {
        vec![row.reason.clone(), row.count.to_string()]
    })?;
    printer.table(
        &["place", "reason", "what happened"],
        &listing.newest,
        |line| {
            vec![
                line.place.clone(),
                line.reason.clone(),
                line.message.clone(),
            ]
        },
    )?;
    Ok(())
}

fn show(letter: &DeadLetter, printer: Printer) -> Result<()> {
    let hex = |bytes: &Vec<u8>| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let whole = Whole {
        line: line(letter),
        key: letter
            .key
            .as_ref()
            .map(|key| String::from_utf8_lossy(key).into_owned()),
        value_bytes: letter.value_bytes,
        value_hash: letter.value_hash.clone(),
        value_hex: letter.value.as_ref().map(hex),
        correlation_id: letter.correlation_id.clone(),
    };
    if printer.is_json() {
        printer.json(&whole)?;
        return Ok(());
    }
    let rows = [
        ("place", whole.line.place),
        ("refused by", whole.line.phase),
        ("reason", whole.line.reason),
        ("field", whole.line.field.unwrap_or_default()),
        ("what happened", whole.line.message),
        ("what to do", whole.line.hint),
        ("key", whole.key.unwrap_or_default()),
        ("record time", whole.line.at),
        (
            "value",
            format!("{} bytes, SHA-256 {}", whole.value_bytes, whole.value_hash),
        ),
    ];
    printer.table(&["", "dead letter"], &rows, |(what, text)| {
        vec![(*what).to_owned(), text.clone()]
    })?;
    Ok(())
}

async fn retry(system: &System, letters: &[&DeadLetter], printer: Printer) -> Result<()> {
    let publisher = Publisher::connect(system).await?;
    for letter in letters {
        send_again(system, &publisher, letter)?;
    }
    publisher.flush()?;
    if printer.is_json() {
        printer.json(&serde_json::json!({ "retried": letters.len() }))?;
    } else {
        printer.say(&format!("{} sent again", letters.len()));
    }
    Ok(())
}

fn send_again(system: &System, publisher: &Publisher, letter: &DeadLetter) -> Result<()> {
    let is_whole = letter.value.is_some() || letter.value_bytes == 0;
    if !is_whole {
        bail!(
            "{} was too large to keep ({} bytes); send it again from its source",
            place_of(letter),
            letter.value_bytes
        );
    }
    let Some(topic) = system.catalogue.topic_by_name(&letter.topic) else {
        bail!(
            "{} is no topic of the catalogue; was --env given?",
            letter.topic
        );
    };
    let key = letter.key.as_deref().unwrap_or_default();
    let place = place_of(letter);
    let mut headers = OwnedHeaders::new().insert(Header {
        key: RETRY_OF,
        value: Some(&place),
    });
    for header in letter
        .headers
        .iter()
        .filter(|header| ![PUBLISHED_AT, RETRY_OF].contains(&header.name.as_str()))
    {
        headers = headers.insert(Header {
            key: &header.name,
            value: Some(&header.value),
        });
    }
    publisher.send_raw(Outgoing {
        topic: &letter.topic,
        partition: partition(key, letter.partition, topic.settings.partitions),
        key,
        value: letter.value.as_deref(),
        timestamp_ms: letter.timestamp.as_millis(),
        headers,
    })
}

/// The partition a retried record belongs to: by the player or team in its key, else as before.
fn partition(key: &[u8], before: i32, partitions: i32) -> i32 {
    let Ok(parsed) = IngressKey::parse(key) else {
        return before;
    };
    let parts: Vec<&str> = parsed.fact.split('/').collect();
    match parts.as_slice() {
        ["injury" | "roster" | "trigger", owner, ..]
        | ["line" | "box-score" | "lineup", _, owner, ..] => partition_for(owner, partitions),
        _ => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_sent_to_the_wrong_partition_is_retried_on_the_right_one() {
        let key = b"injury/lebronjames/2024-12-23|nba_com|1734990000000000";
        assert_eq!(partition(key, 99, 4), partition_for("lebronjames", 4));
        assert_eq!(partition(b"nonsense", 3, 4), 3);
    }
}
