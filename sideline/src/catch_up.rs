//! Whether everything that was published has gone through all phases and into ClickHouse.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use sideline_topics::{Group, Reader};

use crate::printer::Progress;
use crate::system::System;

/// Longest wait for the broker's answer about offsets.
const BROKER_WAIT: Duration = Duration::from_secs(10);
/// Pause between two looks: short beside the seconds a person waits.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The same where a publisher waits for the answer.
const CLOSE_LOOK: Duration = Duration::from_millis(5);
/// A gap this small may hold nothing but markers of transactions; a larger one is work to do.
const MARKERS_MAX: i64 = 64;
/// Longest time without any progress: then something is stuck, and `status` tells what.
const STALL: Duration = Duration::from_secs(120);

/// Compares what the groups have committed with what the topics hold.
pub struct CatchUp {
    groups: Vec<(Group, BaseConsumer)>,
    reader: BaseConsumer,
    system: System,
}

impl CatchUp {
    /// Looks at every group of the catalogue, in the order in which records pass them.
    ///
    /// # Errors
    /// A Kafka client cannot be made.
    pub fn new(system: &System) -> Result<Self> {
        let mut groups = Vec::new();
        for group in system.catalogue.groups() {
            let consumer: BaseConsumer = system
                .kafka_client()
                .set("group.id", &group.name)
                .set("enable.auto.commit", "false")
                // Read committed, the broker would hold its answer back while a transaction of a
                // killed phase is pending. Positions of pending transactions are not told either way.
                .set("isolation.level", "read_uncommitted")
                .create()
                .context("making a Kafka client")?;
            groups.push((group.clone(), consumer));
        }
        let reader = crate::log::reader(&system.endpoints.kafka)?;
        Ok(Self {
            groups,
            reader,
            system: system.clone(),
        })
    }

    /// Waits until nothing is left to do, showing how much is.
    ///
    /// # Errors
    /// The broker does not answer, or nothing moved for two minutes.
    pub fn wait(&self, progress: &mut Progress) -> Result<()> {
        let mut most = 0;
        let mut last = i64::MAX;
        let mut moved = Instant::now();
        loop {
            let left = self.records_left()?;
            most = most.max(left);
            progress.set(u64::try_from(most - left)?, u64::try_from(most)?);
            if left == 0 {
                return Ok(());
            }
            if left != last {
                (last, moved) = (left, Instant::now());
            } else if moved.elapsed() > STALL {
                bail!("{left} records wait and nothing moves; see: sideline status");
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Records that some group has still to take in; counted phase by phase in the order of the
    /// flow, so that zero means all of it is done.
    fn records_left(&self) -> Result<i64> {
        let mut left = 0;
        for (group, consumer) in &self.groups {
            left += self.left_of(group, consumer)?;
        }
        Ok(left)
    }

    /// Waits until these groups, in the order of the flow, have taken in everything that their
    /// topics hold.
    ///
    /// # Errors
    /// The broker does not answer, or they did not come to the end within `wait`.
    pub fn wait_for(&self, readers: &[Reader], wait: Duration) -> Result<()> {
        let deadline = Instant::now() + wait;
        for (group, consumer) in &self.groups {
            if !readers.contains(&group.reader) {
                continue;
            }
            while self.left_of(group, consumer)? > 0 {
                if Instant::now() > deadline {
                    bail!(
                        "{} did not take in what was published; see: sideline status",
                        group.name
                    );
                }
                std::thread::sleep(CLOSE_LOOK);
            }
        }
        Ok(())
    }

    fn left_of(&self, group: &Group, consumer: &BaseConsumer) -> Result<i64> {
        let mut asked = TopicPartitionList::new();
        for input in &group.inputs {
            let topic = self.system.catalogue.topic(*input);
            asked.add_partition_range(&topic.name, 0, topic.settings.partitions - 1);
        }
        let committed = consumer
            .committed_offsets(asked, BROKER_WAIT)
            .with_context(|| format!("asking Kafka for the offsets of {}", group.name))?;
        let mut left = 0;
        let mut maybe_markers = TopicPartitionList::new();
        for element in committed.elements() {
            let (topic, partition) = (element.topic(), element.partition());
            let (_, end) = self
                .reader
                .fetch_watermarks(topic, partition, BROKER_WAIT)?;
            let position = element.offset().to_raw().unwrap_or(0).max(0);
            let gap = end - position;
            if gap > MARKERS_MAX {
                left += gap;
            } else if gap > 0 {
                maybe_markers.add_partition_offset(topic, partition, Offset::Offset(position))?;
            }
        }
        Ok(left + self.records_behind(&maybe_markers)?)
    }

    /// 1 when a record stands at or after one of these positions, 0 when only markers do.
    fn records_behind(&self, positions: &TopicPartitionList) -> Result<i64> {
        if positions.count() == 0 {
            return Ok(0);
        }
        self.reader.assign(positions)?;
        let mut unfinished: BTreeSet<i64> = (0..i64::try_from(positions.count())?).collect();
        let deadline = Instant::now() + BROKER_WAIT;
        while !unfinished.is_empty() {
            match self.reader.poll(LOOK_EVERY) {
                Some(Ok(_)) => return Ok(1),
                Some(Err(KafkaError::PartitionEOF(_))) => drop(unfinished.pop_first()),
                Some(Err(error)) => return Err(error).context("looking for records"),
                None if Instant::now() > deadline => {
                    bail!("Kafka did not answer within {} s", BROKER_WAIT.as_secs())
                }
                None => {}
            }
        }
        Ok(0)
    }
}
