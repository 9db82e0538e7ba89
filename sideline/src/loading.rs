//! Publishing a season: what is not in the log yet, in the order in which it was known.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Result;
use rdkafka::message::Message;
use serde::Serialize;
use sideline_avro::time::Timestamp;
use sideline_season::Season;
use sideline_topics::{PhaseName, Reader, TopicId};

use crate::catch_up::CatchUp;
use crate::ingress::IngressRecord;
use crate::printer::Printer;
use crate::publisher::Publisher;
use crate::season_events;
use crate::system::System;

/// How often the bar is moved, in events.
const SHOW_EVERY: usize = 500;
/// Longest wait until the pipeline knows the players: a thousand registrations take seconds.
const REGISTRATION_WAIT: Duration = Duration::from_secs(60);

/// What a load did.
#[derive(Clone, Debug, Serialize)]
pub struct Loaded {
    /// Events that the season holds up to the moment.
    pub events: usize,
    /// Events that were in the log already.
    pub already_there: usize,
    /// Events published now.
    pub published: usize,
    /// Seconds it took.
    pub seconds: f64,
    /// Newest known_at among them, in microseconds UTC.
    pub newest_known_at: Option<i64>,
}

/// Publishes what was known of a season up to a moment (or all of it).
///
/// Doing it again publishes nothing; after a crash it publishes what is missing.
///
/// # Errors
/// The season cannot be put in order, or Kafka does not take the events.
pub async fn load(
    system: &System,
    season: &Season,
    until: Option<Timestamp>,
    printer: &Printer,
) -> Result<Loaded> {
    let started = Instant::now();
    let facts = match until {
        Some(moment) => season.facts_until(jiff::Timestamp::from_microsecond(moment.0)?)?,
        None => season.facts()?,
    };
    let events = season_events::events(&facts, season.is_simulated);
    let publisher = Publisher::connect(system).await?;
    let newest_known_at = events.iter().map(|event| event.known_at().0).max();
    let loading = Loading {
        system: system.clone(),
        publisher,
        printer: *printer,
    };
    let total = events.len();
    let published = tokio::task::spawn_blocking(move || loading.run(&events)).await??;
    Ok(Loaded {
        events: total,
        already_there: total - published,
        published,
        seconds: started.elapsed().as_secs_f64(),
        newest_known_at,
    })
}

struct Loading {
    system: System,
    publisher: Publisher,
    printer: Printer,
}

impl Loading {
    fn run(&self, events: &[IngressRecord]) -> Result<usize> {
        let known = self.keys_in_the_log()?;
        let is_missing = |event: &&IngressRecord| !known.contains(event.record_key().as_bytes());
        // Names are resolved against registrations, and Kafka keeps no order between topics: the
        // players come first, and the rest when the pipeline knows them.
        let (registrations, rest): (Vec<_>, Vec<_>) = events.iter().filter(is_missing).partition(
            |event| matches!(event, IngressRecord::Roster(roster) if roster.team.is_none()),
        );
        self.publish("registering players", &registrations)?;
        if !registrations.is_empty() {
            self.wait_for_registrations()?;
        }
        self.publish("publishing events", &rest)?;
        Ok(registrations.len() + rest.len())
    }

    fn keys_in_the_log(&self) -> Result<BTreeSet<Vec<u8>>> {
        let mut keys = BTreeSet::new();
        for topic in TopicId::ingress() {
            crate::log::read_all(
                &self.system.endpoints.kafka,
                self.system.catalogue.name(topic),
                |message| {
                    keys.insert(message.key().unwrap_or_default().to_vec());
                    Ok(())
                },
            )?;
        }
        Ok(keys)
    }

    fn publish(&self, what: &str, events: &[&IngressRecord]) -> Result<()> {
        let total = u64::try_from(events.len())?;
        let mut progress = self.printer.progress(what, total);
        for (index, event) in events.iter().enumerate() {
            self.publisher.send(event)?;
            if index % SHOW_EVERY == 0 {
                progress.set(u64::try_from(index)?, total);
            }
        }
        self.publisher.flush()?;
        progress.finish();
        Ok(())
    }

    /// Nothing to wait for while the pipeline is down: at its start it takes in all players first.
    fn wait_for_registrations(&self) -> Result<()> {
        let is_up = std::net::TcpStream::connect(
            self.system.endpoints.pipeline.trim_start_matches("http://"),
        );
        if is_up.is_err() {
            return Ok(());
        }
        let raw = &self
            .system
            .catalogue
            .group(Reader::Phase(PhaseName::Raw))
            .name;
        CatchUp::new(&self.system)?.wait_for_group(raw, REGISTRATION_WAIT)
    }
}
