//! One input before the others: what a phase resolves the rest against is read to its end whenever
//! partitions are taken over, since Kafka keeps no order between topics.

use std::collections::BTreeSet;

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::TopicPartitionList;

use crate::error::Trouble;
use crate::session::Session;

impl Session<'_> {
    /// Pauses every input but the first one, where the phase names one.
    pub(crate) fn hold_back(&mut self, partitions: &BTreeSet<i32>) -> Result<(), Trouble> {
        if self.job.phase.first_input().is_none() {
            return Ok(());
        }
        self.reading_first.clone_from(partitions);
        let others = self.other_inputs().map_err(|error| held(&error))?;
        self.consumer.pause(&others).map_err(|error| held(&error))
    }

    /// A partition came to its end: while the first input is read, it is one of its.
    pub(crate) fn at_end(&mut self, partition: i32) -> Result<(), Trouble> {
        if !self.reading_first.remove(&partition) || !self.reading_first.is_empty() {
            return Ok(());
        }
        let others = self.other_inputs().map_err(|error| held(&error))?;
        self.consumer.resume(&others).map_err(|error| held(&error))
    }

    fn other_inputs(&self) -> Result<TopicPartitionList, KafkaError> {
        let first = self.job.phase.first_input();
        let mut others = self.positions.clone();
        others.retain(|(topic, _), _| Some(topic) != first);
        self.kafka_positions(&others)
    }
}

fn held(error: &KafkaError) -> Trouble {
    Trouble::restart("reading one input before the others", error)
}
