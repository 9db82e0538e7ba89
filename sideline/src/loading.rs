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

/// Events published at a time while the pipeline runs. Kafka keeps no order between topics, so the
/// next ones go out when these have reached the players: what is known later then arrives later,
/// the history reads like the season did, and no finished game is computed twice. Half a game day;
/// fewer would make the pipeline wait for the publisher.
const CHUNK_EVENTS: usize = 2_000;
/// Longest wait until a chunk has reached the players.
const CHUNK_WAIT: Duration = Duration::from_secs(120);
/// The phases through which an event reaches the players.
const UP_TO_PLAYERS: [Reader; 4] = [
    Reader::Phase(PhaseName::Raw),
    Reader::Phase(PhaseName::Results),
    Reader::Phase(PhaseName::Team),
    Reader::Phase(PhaseName::Player),
];
/// The phase that puts the events of all topics in one order.
const TAKEN_IN: [Reader; 1] = [Reader::Phase(PhaseName::Raw)];

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
        let follower = self.follower()?;
        self.publish("registering players", &registrations, follower.as_ref())?;
        self.publish("publishing events", &rest, follower.as_ref())?;
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

    fn publish(
        &self,
        what: &str,
        events: &[&IngressRecord],
        follower: Option<&CatchUp>,
    ) -> Result<()> {
        let total = u64::try_from(events.len())?;
        let mut progress = self.printer.progress(what, total);
        let (mut sent, mut unread) = (0, 0);
        for piece in events.chunk_by(|one, next| !ends_a_box_score(one, next)) {
            for chunk in piece.chunks(CHUNK_EVENTS) {
                self.send(chunk)?;
                sent += chunk.len();
                unread += chunk.len();
                if let Some(follower) = follower {
                    follower.wait_for(&TAKEN_IN, CHUNK_WAIT)?;
                    if unread >= CHUNK_EVENTS || sent == events.len() {
                        follower.wait_for(&UP_TO_PLAYERS, CHUNK_WAIT)?;
                        unread = 0;
                    }
                }
                progress.set(u64::try_from(sent)?, total);
            }
        }
        progress.finish();
        Ok(())
    }

    fn send(&self, events: &[&IngressRecord]) -> Result<()> {
        for event in events {
            self.publisher.send(event)?;
        }
        self.publisher.flush()?;
        Ok(())
    }

    /// Looks at the pipeline's progress; nothing to look at while it is down: at its start it takes
    /// in all players first, and the rest as it comes.
    fn follower(&self) -> Result<Option<CatchUp>> {
        let address = self.system.endpoints.pipeline.trim_start_matches("http://");
        match std::net::TcpStream::connect(address) {
            Ok(_) => CatchUp::new(&self.system).map(Some),
            Err(_) => Ok(None),
        }
    }
}

/// True where a game's lines end and its result comes. Lines that the pipeline met after the result
/// would each tell both teams anew what they had done, and each of their next opponents.
fn ends_a_box_score(one: &IngressRecord, next: &IngressRecord) -> bool {
    matches!(
        (one, next),
        (IngressRecord::BoxScore(_), IngressRecord::Game(_))
    )
}
