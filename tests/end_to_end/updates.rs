//! What became of events: envelopes by correlation id, and what phase raw made of a record.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context, Result};
use rdkafka::message::Message;
use sideline::ingress::IngressRecord;
use sideline::league_clock;
use sideline::moments::league_day;
use sideline::system::System;
use sideline_avro::WireReader;
use sideline_avro::cause::TriggerSource;
use sideline_avro::context::Touch;
use sideline_avro::events::{InjuryStatusEvent, LineEvent};
use sideline_avro::runs::RunEnvelope;
use sideline_avro::time::Timestamp;
use sideline_avro::words::InjuryStatus;
use sideline_topics::TopicId;

use crate::producer::{Place, until_in_log};
use crate::wait::block_on;

/// Who states what trials publish: the same as the commands, since between sources a priority
/// decides and within one the newer.
pub(crate) const SOURCE: &str = "manual";
/// The phase whose envelope closes an update.
const COMPLETION: &str = "completion";

/// The league's time now. It never gives the same moment twice to trials, which take longer than
/// its millisecond.
pub(crate) fn now(system: &System) -> Result<Timestamp> {
    block_on(league_clock::now(system))
}

/// An injury status as a sound producer states it.
pub(crate) fn injury(player: &str, status: InjuryStatus, now: Timestamp) -> InjuryStatusEvent {
    InjuryStatusEvent {
        player: player.to_owned(),
        effective_date: league_day(now),
        status,
        source: SOURCE.to_owned(),
        known_at: now,
        ingested_at: now,
        correlation_id: Some(new_id()),
        trigger_source: TriggerSource::Kafka,
        ..InjuryStatusEvent::default()
    }
}

/// A line as a sound producer states it.
pub(crate) fn line(player: &str, game_id: &str, line: f64, now: Timestamp) -> LineEvent {
    LineEvent {
        game_id: game_id.to_owned(),
        player: player.to_owned(),
        prop: "points".to_owned(),
        book: "endtoend".to_owned(),
        line: Some(line),
        source: SOURCE.to_owned(),
        known_at: now,
        ingested_at: now,
        correlation_id: Some(new_id()),
        trigger_source: TriggerSource::Kafka,
        ..LineEvent::default()
    }
}

/// A correlation id nobody else has.
pub(crate) fn new_id() -> String {
    format!("end-to-end-{}", league_clock::wall_time().0)
}

/// Waits for the envelope that closes an event's update.
pub(crate) fn completed(system: &System, record: &IngressRecord) -> Result<RunEnvelope> {
    let id = record.correlation_id().context("an event without an id")?;
    let reader = WireReader::<RunEnvelope>::new(Arc::new(system.registry()?));
    until_in_log(system, TopicId::Runs, |message| {
        let envelope = reader.decode(message.payload().unwrap_or_default())?;
        let is_it = envelope.correlation_id == id && envelope.phase == COMPLETION;
        Ok(is_it.then_some(envelope))
    })
    .with_context(|| format!("the update {id} does not complete"))
}

/// Waits until phase raw has said whom the record at this place reaches, or why nobody.
pub(crate) fn touched(system: &System, place: &Place) -> Result<Touch> {
    let reader = WireReader::<Touch>::new(Arc::new(system.registry()?));
    until_in_log(system, TopicId::Touches, |message| {
        let touch = reader.decode(message.payload().unwrap_or_default())?;
        let cause = &touch.cause;
        let is_it = touch.origin == "raw"
            && (cause.topic.as_str(), cause.partition, cause.offset)
                == (place.topic.as_str(), place.partition, place.offset);
        Ok(is_it.then_some(touch))
    })
    .with_context(|| format!("nothing is said of {place}"))
}

/// Correlation ids of all updates that are complete.
pub(crate) fn complete_ids(system: &System) -> Result<BTreeSet<String>> {
    let reader = WireReader::<RunEnvelope>::new(Arc::new(system.registry()?));
    let mut ids = BTreeSet::new();
    let topic = system.catalogue.name(TopicId::Runs);
    sideline::log::read_all(&system.endpoints.kafka, topic, |message| {
        let envelope = reader.decode(message.payload().unwrap_or_default())?;
        if envelope.phase == COMPLETION {
            ids.insert(envelope.correlation_id);
        }
        Ok(())
    })?;
    Ok(ids)
}
