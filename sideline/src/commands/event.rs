//! `sideline event`: news entered by hand, stamped by the league clock.

mod alias;

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rdkafka::message::Message;
use serde::Serialize;
use sideline_avro::WireReader;
use sideline_avro::cause::{EventKind, TriggerSource};
use sideline_avro::events::{GameEvent, InjuryStatusEvent, LineEvent, LineupEvent};
use sideline_avro::runs::RunEnvelope;
use sideline_avro::time::Timestamp;
use sideline_avro::words::{GameStatus, InjuryStatus, LineupState};
use sideline_topics::TopicId;
use sideline_warehouse::Warehouse;
use sideline_warehouse::queries::Version;

use crate::cli::{EventCommand, InjuryArgs, LineArgs, LineupArgs, StatusArg};
use crate::commands::latest::{known_player, number};
use crate::completion::{CompletionWatch, versions};
use crate::ingress::IngressRecord;
use crate::league_clock::{self, wall_time};
use crate::moments;
use crate::printer::Printer;
use crate::publisher::Publisher;
use crate::system::System;

/// What an update did, for tables and scripts.
#[derive(Clone, Debug, Serialize)]
pub struct Completed {
    /// Id of the change.
    pub correlation_id: String,
    /// How the update ended.
    pub status: String,
    /// Seconds from sending to the envelope.
    pub seconds: Option<f64>,
    /// Candidates expected.
    pub expected: i32,
    /// New versions.
    pub changed: i32,
    /// Equal to the last version.
    pub unchanged: i32,
    /// Only a line moved, not far enough.
    pub held: i32,
    /// Held back by the rollout.
    pub blocked: i32,
    /// Came at or after tip-off.
    pub too_late: i32,
    /// Not predicted.
    pub skipped: i32,
    /// Failed.
    pub failed: i32,
    /// Why the event was refused, if it was.
    pub error: Option<String>,
    /// The new versions.
    pub versions: Vec<NewVersion>,
}

/// One new version.
#[derive(Clone, Debug, Serialize)]
pub struct NewVersion {
    /// The player.
    pub player: String,
    /// The prop.
    pub prop: String,
    /// The system.
    pub system: String,
    /// Its version.
    pub version: i64,
    /// Value before.
    pub old: Option<f64>,
    /// Value now; none when he is out.
    pub new: Option<f64>,
    /// Line now.
    pub line: Option<f64>,
    /// Injury status.
    pub status: String,
}

/// Enters one piece of news and waits until its update is complete and queryable.
///
/// # Errors
/// The player or game is not known, a server cannot be reached, the event is refused, or its update
/// does not complete.
pub async fn run(system: &System, command: EventCommand, printer: Printer) -> Result<()> {
    let desk = Desk::open(system).await?;
    let record = match command {
        EventCommand::Injury(args) => desk.injury(args).await?,
        EventCommand::Lineup(args) => desk.lineup(args).await?,
        EventCommand::Line(args) => desk.line(args).await?,
        EventCommand::Alias(args) => desk.alias(args).await?,
    };
    let completed = desk.enter(&record).await?;
    show(&completed, printer)?;
    match completed.error {
        // Printed as data already; a script sees by the exit code that nothing came of the event.
        Some(error) => bail!(error),
        None => Ok(()),
    }
}

/// Where news is entered: publisher, warehouse, and the league's time.
pub struct Desk {
    system: System,
    publisher: Publisher,
    warehouse: Warehouse,
    watch: Arc<CompletionWatch>,
    clock: Option<sideline_avro::control::ClockControl>,
}

impl Desk {
    /// Opens a desk on a running system.
    ///
    /// # Errors
    /// A server cannot be reached.
    pub async fn open(system: &System) -> Result<Self> {
        let watched = system.clone();
        let watch = tokio::task::spawn_blocking(move || CompletionWatch::start(&watched));
        Ok(Self {
            watch: Arc::new(watch.await??),
            system: system.clone(),
            publisher: Publisher::connect(system).await?,
            warehouse: system.warehouse()?,
            clock: league_clock::read(system).await?,
        })
    }

    /// The league's time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        league_clock::league_time(self.clock.as_ref(), wall_time())
    }

    /// The warehouse that is asked.
    #[must_use]
    pub const fn warehouse(&self) -> &Warehouse {
        &self.warehouse
    }

    async fn injury(&self, args: InjuryArgs) -> Result<IngressRecord> {
        let player = known_player(&self.warehouse, &args.player).await?;
        let status = match args.status {
            StatusArg::Out => InjuryStatus::Out,
            StatusArg::Doubtful => InjuryStatus::Doubtful,
            StatusArg::Questionable => InjuryStatus::Questionable,
            StatusArg::Probable => InjuryStatus::Probable,
            StatusArg::Available => InjuryStatus::Available,
        };
        Ok(self.injury_event(player, status, args.reason, args.source))
    }

    /// An injury status that holds from today until the source's next.
    #[must_use]
    pub fn injury_event(
        &self,
        player: String,
        status: InjuryStatus,
        reason: Option<String>,
        source: String,
    ) -> IngressRecord {
        let now = self.now();
        IngressRecord::Injury(InjuryStatusEvent {
            player,
            effective_date: moments::league_day(now),
            status,
            reason,
            source,
            known_at: now,
            ingested_at: now,
            correlation_id: Some(new_correlation_id()),
            kind: EventKind::Assert,
            trigger_source: TriggerSource::ManualEntry,
            trigger_user: std::env::var("USER").ok(),
            ..InjuryStatusEvent::default()
        })
    }

    async fn lineup(&self, args: LineupArgs) -> Result<IngressRecord> {
        let mut starters = Vec::new();
        for starter in &args.starters {
            starters.push(known_player(&self.warehouse, starter).await?);
        }
        let now = self.now();
        let game_id = match args.game {
            Some(game) => game,
            None => self.next_game(&args.team).await?.game_id,
        };
        Ok(IngressRecord::Lineup(LineupEvent {
            game_id,
            team: args.team,
            starters,
            state: if args.confirmed {
                LineupState::Confirmed
            } else {
                LineupState::Projected
            },
            source: args.source,
            known_at: now,
            ingested_at: now,
            correlation_id: Some(new_correlation_id()),
            kind: EventKind::Assert,
            trigger_source: TriggerSource::ManualEntry,
            trigger_user: std::env::var("USER").ok(),
            ..LineupEvent::default()
        }))
    }

    async fn line(&self, args: LineArgs) -> Result<IngressRecord> {
        let player = known_player(&self.warehouse, &args.player).await?;
        let game_id = match args.game {
            Some(game) => game,
            None => self.next_game_of(&player).await?,
        };
        let quote = Quote {
            game_id,
            player,
            prop: args.prop,
            book: args.book,
            line: args.line,
        };
        Ok(self.line_event(quote, args.source))
    }

    /// A book's quote.
    #[must_use]
    pub fn line_event(&self, quote: Quote, source: String) -> IngressRecord {
        let now = self.now();
        IngressRecord::Line(LineEvent {
            game_id: quote.game_id,
            player: quote.player,
            prop: quote.prop,
            book: quote.book,
            line: quote.line,
            source,
            known_at: now,
            ingested_at: now,
            correlation_id: Some(new_correlation_id()),
            kind: EventKind::Assert,
            trigger_source: TriggerSource::ManualEntry,
            trigger_user: std::env::var("USER").ok(),
            ..LineEvent::default()
        })
    }

    async fn team_of(&self, player: &str) -> Result<Option<String>> {
        let players = self.warehouse.players().await?;
        let found = players
            .into_iter()
            .find(|known| known.player_lookup == player);
        Ok(found.and_then(|known| known.team))
    }

    async fn next_game_of(&self, player: &str) -> Result<String> {
        let Some(team) = self.team_of(player).await? else {
            bail!("{player} has no team; name the game with --game");
        };
        Ok(self.next_game(&team).await?.game_id)
    }

    /// The team's first game after now, by the schedule in the log.
    async fn next_game(&self, team: &str) -> Result<GameEvent> {
        let now = self.now();
        let games = read_games(&self.system).await?;
        let ours = games.into_iter().filter(|game| {
            (game.home == team || game.away == team)
                && game.tip_off > now
                && game.status == GameStatus::Scheduled
        });
        ours.min_by_key(|game| game.tip_off)
            .with_context(|| format!("team {team} has no game after {} UTC", moments::show(now)))
    }

    /// Sends an event and waits until its update is complete and its rows are in ClickHouse.
    ///
    /// # Errors
    /// Kafka does not take it, or the update does not complete within a minute.
    pub async fn enter(&self, record: &IngressRecord) -> Result<Completed> {
        let envelope = self.send(record).await?;
        let rows = versions(&self.warehouse, &envelope).await?;
        Ok(completed(&envelope, &rows))
    }

    /// Sends an event and waits for the envelope that closes its update.
    ///
    /// # Errors
    /// Kafka does not take it, or the update does not complete within a minute.
    pub async fn send(&self, record: &IngressRecord) -> Result<RunEnvelope> {
        let id = record.correlation_id().unwrap_or_default().to_owned();
        self.publisher.send(record)?;
        // Nothing is waited for in between: the envelope tells that Kafka took the event.
        let watch = Arc::clone(&self.watch);
        match tokio::task::spawn_blocking(move || watch.wait(&id)).await? {
            Ok(envelope) => Ok(envelope),
            Err(late) => {
                self.publisher.flush()?;
                Err(late)
            }
        }
    }
}

/// One book's line on a player's prop in a game.
#[derive(Clone, Debug)]
pub struct Quote {
    /// The game.
    pub game_id: String,
    /// The player.
    pub player: String,
    /// The prop.
    pub prop: String,
    /// The book.
    pub book: String,
    /// The line; none when withdrawn.
    pub line: Option<f64>,
}

fn new_correlation_id() -> String {
    format!("manual-{}-{}", wall_time().0, std::process::id())
}

async fn read_games(system: &System) -> Result<Vec<GameEvent>> {
    let reader = WireReader::<GameEvent>::new(Arc::new(system.registry()?));
    let kafka = system.endpoints.kafka.clone();
    let topic = system.catalogue.name(TopicId::Games).to_owned();
    tokio::task::spawn_blocking(move || {
        let mut newest = std::collections::BTreeMap::new();
        crate::log::read_all(&kafka, &topic, |message| {
            let Some(bytes) = message.payload() else {
                return Ok(());
            };
            // What cannot be read is a dead letter of the pipeline's; a schedule is made of the rest.
            let Ok(game) = reader.decode(bytes) else {
                return Ok(());
            };
            let known: Option<&GameEvent> = newest.get(&game.game_id);
            if known.is_none_or(|known| known.known_at <= game.known_at) {
                newest.insert(game.game_id.clone(), game);
            }
            Ok(())
        })?;
        Ok(newest.into_values().collect())
    })
    .await?
}

fn completed(envelope: &RunEnvelope, rows: &[Version]) -> Completed {
    Completed {
        correlation_id: envelope.correlation_id.clone(),
        status: format!("{:?}", envelope.status).to_lowercase(),
        seconds: envelope.duration_seconds,
        expected: envelope.expected,
        changed: envelope.changed,
        unchanged: envelope.unchanged,
        held: envelope.held,
        blocked: envelope.blocked,
        too_late: envelope.too_late,
        skipped: envelope.skipped,
        failed: envelope.failed,
        error: envelope.error_message.clone(),
        versions: rows.iter().map(new_version).collect(),
    }
}

fn new_version(row: &Version) -> NewVersion {
    NewVersion {
        player: row.player_lookup.clone(),
        prop: row.prop.clone(),
        system: row.system_id.clone(),
        version: row.version,
        old: row.previous_predicted,
        new: row.predicted,
        line: row.line,
        status: row.status.clone(),
    }
}

fn show(completed: &Completed, printer: Printer) -> Result<()> {
    if printer.is_json() {
        printer.json(completed)?;
        return Ok(());
    }
    printer.table(
        &["player", "prop", "version", "old", "new", "line"],
        &completed.versions,
        |version| {
            let new = if version.new.is_none() {
                version.status.to_lowercase()
            } else {
                number(version.new)
            };
            vec![
                version.player.clone(),
                version.prop.clone(),
                version.version.to_string(),
                number(version.old),
                new,
                number(version.line),
            ]
        },
    )?;
    let took = completed
        .seconds
        .map(|seconds| format!(" in {:.0} ms", seconds * 1000.0))
        .unwrap_or_default();
    printer.line(&format!(
        "{}{took}: {} expected = {} changed + {} unchanged + {} held + {} blocked + {} too late + {} skipped + {} failed",
        completed.status, completed.expected, completed.changed, completed.unchanged, completed.held,
        completed.blocked, completed.too_late, completed.skipped, completed.failed
    ))?;
    Ok(())
}
