//! The sink's loop: read, store what is due, commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use sideline_avro::SchemaSource;

use super::backlog::Raw;
use super::consumer::{self, Partition, SinkConsumer, start_offset};
use super::lane::{Desk, Lane, TopicLane};
use super::letters::LetterWriter;
use super::pace::backoff;
use super::status::StatusBook;
use super::{SinkConfig, SinkFailAt};
use crate::connection::Warehouse;
use crate::error::{ErrorClass, WarehouseError};
use crate::kafka::cannot;
use crate::origin::Origin;
use crate::rows::LogRow;
use crate::tables::{TABLES, TableVisitor, visit_tables};

/// Longest wait in one poll: how late a request to stop is seen at worst.
const IDLE_WAIT: Duration = Duration::from_millis(100);

/// Records taken between two looks at what is due; a few milliseconds of work.
const DRAIN_RECORDS_MAX: usize = 5_000;

/// Longest time a stop takes to store what is held.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Partitions the group has given, before it is known where they start.
struct Arrival {
    partitions: Vec<Partition>,
    failures: u32,
    next_try: Instant,
}

/// Everything the sink's thread owns.
pub(crate) struct Engine {
    consumer: SinkConsumer,
    /// In the order in which they are served: predictions first.
    lanes: Vec<Box<dyn Lane>>,
    desk: Desk,
    stop: Arc<AtomicBool>,
    arrival: Option<Arrival>,
    assigned: Vec<Partition>,
    paused_topics: Vec<String>,
    /// Offsets to commit for what is stored, since the last assignment.
    ends: BTreeMap<Partition, i64>,
    is_database_ready: bool,
    fail_at: Option<SinkFailAt>,
}

impl Engine {
    pub(crate) fn new(
        config: &SinkConfig,
        warehouse: Warehouse,
        book: Arc<StatusBook>,
        stop: Arc<AtomicBool>,
    ) -> Result<Self, WarehouseError> {
        let consumer = consumer::subscribe(config, &book)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| WarehouseError::Thread { source })?;
        let letters =
            LetterWriter::new(&config.kafka, &config.topics, config.dead_letter_schema_id);
        Ok(Self {
            consumer,
            lanes: lanes(config),
            desk: Desk {
                runtime,
                warehouse,
                letters,
                book,
            },
            stop,
            arrival: None,
            assigned: Vec::new(),
            paused_topics: Vec::new(),
            ends: BTreeMap::new(),
            is_database_ready: false,
            fail_at: config.fail_at,
        })
    }

    /// Runs until it is stopped or cannot go on.
    pub(crate) fn run(mut self) -> Result<(), WarehouseError> {
        while !self.stop.load(Ordering::Relaxed) {
            self.receive_partitions()?;
            self.read()?;
            self.store_due()?;
        }
        self.finish()
    }

    /// Starts reading partitions that have arrived, once ClickHouse has said what it holds.
    fn receive_partitions(&mut self) -> Result<(), WarehouseError> {
        let now = Instant::now();
        let Some(mut arrival) = self.arrival.take_if(|arrival| arrival.next_try <= now) else {
            return Ok(());
        };
        match self.start_reading(&arrival.partitions) {
            Ok(()) => {
                self.desk.book.assigned(arrival.partitions.len());
                self.assigned = arrival.partitions;
                Ok(())
            }
            Err(error) if error.class() == ErrorClass::Permanent => Err(error),
            Err(error) => {
                let wait = backoff(arrival.failures);
                self.desk.book.waits(&error, wait);
                arrival.failures = arrival.failures.saturating_add(1);
                arrival.next_try = Instant::now() + wait;
                self.arrival = Some(arrival);
                Ok(())
            }
        }
    }

    fn start_reading(&mut self, partitions: &[Partition]) -> Result<(), WarehouseError> {
        if !self.is_database_ready {
            let migration = self.desk.warehouse.migrate();
            self.desk.runtime.block_on(migration)?;
            self.check_origin()?;
            self.is_database_ready = true;
        }
        let committed = consumer::committed(&self.consumer, partitions)?;
        let stored = self.highest_stored(partitions)?;
        let owed = self.desk.warehouse.fetch_owed();
        let owed = self.desk.runtime.block_on(owed)?;
        let starts = partitions.iter().map(|name| {
            let start = start_offset(committed.get(name).copied(), stored.get(name).copied());
            let table = self.table_of(&name.0);
            let from = owed.get(&(table.to_owned(), name.1)).copied();
            (name, not_beyond(start, from))
        });
        let list = consumer::list(starts)?;
        self.settle_owed(&owed, &list)?;
        self.consumer
            .assign(&list)
            .map_err(|source| cannot("assign the sink's partitions", source))
    }

    /// The warehouse must have been filled from this log, or from none.
    fn check_origin(&self) -> Result<(), WarehouseError> {
        let cluster_id = crate::topic::cluster_id(self.consumer.client())?;
        let lanes = self.lanes.iter();
        let origins = lanes.map(|lane| Origin {
            log_table: lane.table().to_owned(),
            topic: lane.topic().to_owned(),
            cluster_id: cluster_id.clone(),
        });
        let origins: Vec<Origin> = origins.collect();
        let check = self.desk.warehouse.check_origin(&origins);
        self.desk.runtime.block_on(check)
    }

    /// The highest offset stored of each partition, after making sure that none lies beyond the
    /// end of its topic.
    fn highest_stored(
        &self,
        partitions: &[Partition],
    ) -> Result<BTreeMap<Partition, i64>, WarehouseError> {
        let mut highest = BTreeMap::new();
        for lane in &self.lanes {
            for (partition, stored) in lane.highest_stored(&self.desk)? {
                let name = (lane.topic().to_owned(), partition);
                if !partitions.contains(&name) {
                    continue;
                }
                let end = consumer::end(&self.consumer, &name)?;
                if stored >= end {
                    return Err(WarehouseError::AheadOfTopic {
                        table: lane.table().to_owned(),
                        topic: name.0,
                        partition,
                        stored,
                        end,
                    });
                }
                highest.insert(name, stored);
            }
        }
        Ok(highest)
    }

    fn table_of(&self, topic: &str) -> &'static str {
        let lane = self.lanes.iter().find(|lane| lane.topic() == topic);
        lane.map_or("", |lane| lane.table())
    }

    /// A rebuild was cut short: the group's offsets go back to where its tables owe rows, and from
    /// then on those offsets say so.
    fn settle_owed(
        &self,
        owed: &BTreeMap<(String, i32), i64>,
        starts: &TopicPartitionList,
    ) -> Result<(), WarehouseError> {
        if owed.is_empty() {
            return Ok(());
        }
        let mut ends = BTreeMap::new();
        for element in starts.elements() {
            if let Offset::Offset(offset) = element.offset() {
                ends.insert((element.topic().to_owned(), element.partition()), offset);
            }
        }
        consumer::commit(&self.consumer, &ends, CommitMode::Sync)
            .map_err(|source| cannot("take the sink's offsets back", source))?;
        let settled = self.desk.warehouse.settle_all(owed);
        self.desk.runtime.block_on(settled)
    }

    /// Waits for a record until something is due, then takes what is there.
    fn read(&mut self) -> Result<(), WarehouseError> {
        let mut wait = self.time_to_next_insert(Instant::now());
        for _ in 0..DRAIN_RECORDS_MAX {
            let is_record = self.poll(wait)?;
            self.heed_group();
            if !is_record {
                break;
            }
            wait = Duration::ZERO;
        }
        let held = self.lanes.iter().map(|lane| lane.held()).sum();
        self.desk.book.holds(held);
        self.pause_full_lanes()
    }

    fn time_to_next_insert(&self, now: Instant) -> Duration {
        let arrival = self
            .arrival
            .as_ref()
            .map(|one| one.next_try.saturating_duration_since(now));
        let due = self.lanes.iter().filter_map(|lane| lane.wait(now));
        due.chain(arrival).fold(IDLE_WAIT, Duration::min)
    }

    /// Takes one record, if one comes within `wait`.
    fn poll(&mut self, wait: Duration) -> Result<bool, WarehouseError> {
        match self.consumer.poll(wait) {
            None => Ok(false),
            Some(Ok(message)) => {
                let topic = message.topic();
                if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.topic() == topic) {
                    lane.push(Raw::copy_of(&message));
                }
                Ok(true)
            }
            Some(Err(source @ KafkaError::MessageConsumptionFatal(_))) => {
                Err(cannot("keep the sink in its group", source))
            }
            Some(Err(error)) => {
                self.desk.book.kafka_reported(&error);
                Ok(false)
            }
        }
    }

    /// Acts on what the group decided during the last poll.
    fn heed_group(&mut self) {
        let decision = self.consumer.context().take_decision();
        if decision.is_revoked {
            for lane in &mut self.lanes {
                lane.clear();
            }
            self.assigned.clear();
            self.paused_topics.clear();
            self.ends.clear();
            self.arrival = None;
            self.desk.book.assigned(0);
        }
        if let Some(partitions) = decision.assigned {
            self.arrival = Some(Arrival {
                partitions,
                failures: 0,
                next_try: Instant::now(),
            });
        }
    }

    /// Stores one batch of every lane that is due, and commits it.
    fn store_due(&mut self) -> Result<(), WarehouseError> {
        for place in 0..self.lanes.len() {
            let is_due = self.lanes[place].wait(Instant::now()) == Some(Duration::ZERO);
            if !is_due {
                continue;
            }
            self.pass(false);
            if self.store_lane(place).is_ok() {
                self.pass(true);
                self.commit(CommitMode::Async);
            }
        }
        self.resume_drained_lanes()
    }

    /// Crashes where a test asks for it.
    fn pass(&mut self, is_stored: bool) {
        let Some(at) = &mut self.fail_at else { return };
        if at.is_stored == is_stored {
            if at.after == 0 {
                tracing::error!(is_stored, "aborting the process, as the fail point asks");
                std::process::abort();
            }
            at.after -= 1;
        }
    }

    fn store_lane(&mut self, place: usize) -> Result<(), WarehouseError> {
        let lane = &mut self.lanes[place];
        let ends = lane.store(&mut self.desk)?;
        for (partition, end) in ends {
            self.ends.insert((lane.topic().to_owned(), partition), end);
        }
        Ok(())
    }

    /// A commit that fails costs nothing but rows that come twice after a restart.
    fn commit(&self, mode: CommitMode) {
        if self.ends.is_empty() {
            return;
        }
        if let Err(error) = consumer::commit(&self.consumer, &self.ends, mode) {
            self.desk.book.commit_failed(&error);
        }
    }

    fn pause_full_lanes(&mut self) -> Result<(), WarehouseError> {
        for lane in &self.lanes {
            let topic = lane.topic();
            let is_paused = self.paused_topics.iter().any(|paused| paused == topic);
            if !lane.is_full() || is_paused {
                continue;
            }
            let partitions = consumer::list(partitions_of(&self.assigned, topic))?;
            self.consumer
                .pause(&partitions)
                .map_err(|source| cannot("pause a topic of the sink", source))?;
            self.paused_topics.push(topic.to_owned());
        }
        Ok(())
    }

    fn resume_drained_lanes(&mut self) -> Result<(), WarehouseError> {
        for lane in &self.lanes {
            let topic = lane.topic();
            let paused = self.paused_topics.iter().position(|paused| paused == topic);
            let (Some(place), false) = (paused, lane.is_full()) else {
                continue;
            };
            let partitions = consumer::list(partitions_of(&self.assigned, topic))?;
            self.consumer
                .resume(&partitions)
                .map_err(|source| cannot("resume a topic of the sink", source))?;
            self.paused_topics.remove(place);
        }
        Ok(())
    }

    /// Stores what is held, whatever the pace, commits, and leaves.
    fn finish(mut self) -> Result<(), WarehouseError> {
        let deadline = Instant::now() + STOP_LIMIT;
        let mut last_error = "the time for stopping was over".to_owned();
        for place in 0..self.lanes.len() {
            while self.lanes[place].held() > 0 && Instant::now() < deadline {
                if let Err(error) = self.store_lane(place) {
                    last_error = error.to_string();
                    break;
                }
            }
        }
        self.commit(CommitMode::Sync);
        let records = self.lanes.iter().map(|lane| lane.held()).sum();
        if records > 0 {
            return Err(WarehouseError::StoppedEarly {
                records,
                last_error,
            });
        }
        Ok(())
    }
}

/// The lower of two starts.
fn not_beyond(start: Offset, from: Option<i64>) -> Offset {
    match (start, from) {
        (Offset::Offset(start), Some(from)) => Offset::Offset(start.min(from)),
        (start, _) => start,
    }
}

/// Partitions of one topic, for pausing: no offset is named.
fn partitions_of<'a>(
    assigned: &'a [Partition],
    topic: &'a str,
) -> impl Iterator<Item = (&'a Partition, Offset)> {
    let of_topic = assigned.iter().filter(move |(name, _)| name == topic);
    of_topic.map(|partition| (partition, Offset::Invalid))
}

/// One lane per table.
struct Lanes<'c> {
    schemas: &'c Arc<dyn SchemaSource>,
    lanes: Vec<Box<dyn Lane>>,
}

impl TableVisitor for Lanes<'_> {
    fn visit<R: LogRow + Send + 'static>(&mut self, topic: &str) {
        let lane = TopicLane::<R>::new(topic, self.schemas);
        self.lanes.push(Box::new(lane));
    }
}

fn lanes(config: &SinkConfig) -> Vec<Box<dyn Lane>> {
    let mut lanes = Lanes {
        schemas: &config.schemas,
        lanes: Vec::with_capacity(TABLES),
    };
    visit_tables(&config.topics, &mut lanes);
    lanes.lanes
}
