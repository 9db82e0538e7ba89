//! Taking partitions over, and giving them up, as the group wishes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Instant;

use rdkafka::consumer::Consumer;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};

use crate::client::GroupEvent;
use crate::config::{REQUEST_TIMEOUT, STABLE_OFFSETS_TIMEOUT};
use crate::error::Trouble;
use crate::position::{self, Positions};
use crate::restore::{Kept, Restored, restore};
use crate::session::Session;
use crate::status::Metrics;
use crate::transaction::Open;

impl Session<'_> {
    /// Does what the group says.
    pub(crate) fn follow(&mut self, event: GroupEvent) -> Result<(), Trouble> {
        match event {
            GroupEvent::Assigned(list) => self.take_over(&list),
            GroupEvent::Revoked => self.give_up(),
        }
    }

    /// Takes partitions over: committed offsets, changelog, and only then the input.
    fn take_over(&mut self, list: &TopicPartitionList) -> Result<(), Trouble> {
        let began_at = Instant::now();
        let failed = |error| Trouble::restart("taking partitions over", &error);
        let partitions = self.assigned_partitions(list)?;
        if !partitions.is_empty() {
            // Under read_committed the broker answers once no open transaction touches them.
            let group = self
                .consumer
                .committed_offsets(list.clone(), STABLE_OFFSETS_TIMEOUT);
            let group = group.map_err(failed)?;
            let restored = self.restore(&group, &partitions)?;
            self.tasks = restored.tasks;
            self.changelog_ends = restored.ends;
            let metrics = &self.job.board.metrics;
            Metrics::set_micros(&metrics.restore_micros, began_at.elapsed());
            metrics
                .restored_records
                .store(restored.records as u64, Ordering::Relaxed);
            metrics
                .checkpointed_entries
                .store(restored.checkpointed as u64, Ordering::Relaxed);
        }
        let list = self.kafka_positions(&self.positions).map_err(failed)?;
        self.consumer.assign(&list).map_err(failed)?;
        self.hold_back(&partitions)?;
        self.kept.clear();
        self.look_at_memory();
        let (phase, tasks) = (self.job.phase.name(), partitions.len());
        tracing::info!(
            phase,
            tasks,
            elapsed_ms = began_at.elapsed().as_millis(),
            "took over"
        );
        self.job.board.took_over(partitions.into_iter().collect());
        Ok(())
    }

    /// Restores, and decides where each input goes on. A checkpoint that leads to a place where
    /// the group does not stand is thrown away before anybody is told of a disagreement.
    fn restore(
        &mut self,
        group: &TopicPartitionList,
        partitions: &BTreeSet<i32>,
    ) -> Result<Restored, Trouble> {
        let mut restored = restore(self.job, partitions, &mut self.kept)?;
        let mut positions = self.reconcile(group, &restored.positions);
        if matches!(positions, Err(Trouble::Stop(_))) && restored.checkpointed > 0 {
            for partition in partitions {
                self.job.checkpoints.forget(&self.job.task_name(*partition));
            }
            restored = restore(self.job, partitions, &mut BTreeMap::new())?;
            positions = self.reconcile(group, &restored.positions);
        }
        let mut positions = positions?;
        self.begun = self.begin_at_time(group, &positions)?;
        positions.extend(self.begun.clone());
        self.positions = positions;
        Ok(restored)
    }

    /// Ends the open transaction and lets everything go, as the group wishes.
    fn give_up(&mut self) -> Result<(), Trouble> {
        if self.consumer.assignment_lost() {
            // Others may work on these partitions already: nothing may be committed any more. What
            // is on its way is refused, unless it came first.
            self.settle()?;
            self.writer.abort()?;
        } else {
            self.end_transaction()?;
        }
        self.open = Open::default();
        self.held.clear();
        self.asked = None;
        self.keep_tasks();
        self.positions.clear();
        self.reading_first.clear();
        self.job.board.gave_up();
        tracing::info!(phase = self.job.phase.name(), "gave its partitions up");
        let failed = |error| Trouble::restart("giving partitions up", &error);
        self.consumer.unassign().map_err(failed)
    }

    /// Keeps the tasks for the case that the group gives them back, as it does with most: what
    /// anybody wrote meanwhile stands in the changelog from the place that is kept with them.
    fn keep_tasks(&mut self) {
        self.kept.clear();
        for (partition, mut task) in std::mem::take(&mut self.tasks) {
            task.rollback();
            let positions = self.positions.iter();
            let positions = positions.filter(|((_, of), _)| *of == partition);
            let kept = Kept {
                task,
                positions: positions.map(|(key, next)| (key.clone(), *next)).collect(),
                offset: self.changelog_ends.get(&partition).copied().unwrap_or(0),
            };
            self.kept.insert(partition, kept);
        }
    }

    /// The assigned partition numbers. Each must come with every input, since a task's state is
    /// made from all of them.
    fn assigned_partitions(&self, list: &TopicPartitionList) -> Result<BTreeSet<i32>, Trouble> {
        let elements = list.elements();
        let numbers: BTreeSet<i32> = elements
            .iter()
            .map(TopicPartitionListElem::partition)
            .collect();
        let inputs = self.job.phase.input_topics().count();
        if elements.len() == numbers.len() * inputs {
            return Ok(numbers);
        }
        let (phase, given) = (self.job.phase.name(), elements.len());
        Err(Trouble::Restart(format!(
            "the group gave phase {phase} {given} partitions of {inputs} inputs, which are not \
             the same numbers of each"
        )))
    }

    fn reconcile(
        &self,
        group: &TopicPartitionList,
        changelog: &Positions,
    ) -> Result<Positions, Trouble> {
        let mut positions = Positions::new();
        for element in group.elements() {
            let failed = |error| Trouble::restart("reading committed offsets", &error);
            element.error().map_err(failed)?;
            let Some(topic) = self.input_named(element.topic()) else {
                continue;
            };
            let key = (topic, element.partition());
            // Without a committed offset Kafka answers a negative one.
            let committed = element.offset().to_raw().filter(|offset| *offset >= 0);
            let input = (element.topic(), key.1);
            let written = changelog.get(&key).copied();
            let position = position::reconcile(self.job.phase.name(), input, committed, written)?;
            positions.insert(key, position);
        }
        Ok(positions)
    }

    /// Where inputs of which nothing was read begin, if the plan names a time.
    fn begin_at_time(
        &self,
        group: &TopicPartitionList,
        positions: &Positions,
    ) -> Result<Positions, Trouble> {
        let mut begun = Positions::new();
        let Some(from_ms) = self.job.plan.input_from_ms else {
            return Ok(begun);
        };
        let failed = |error| Trouble::restart("asking for the offsets of a time", &error);
        let mut asked = TopicPartitionList::new();
        for element in group.elements() {
            // In place of an offset Kafka takes a time.
            asked
                .add_partition_offset(
                    element.topic(),
                    element.partition(),
                    Offset::Offset(from_ms),
                )
                .map_err(failed)?;
        }
        let found = self.consumer.offsets_for_times(asked, REQUEST_TIMEOUT);
        for element in found.map_err(failed)?.elements() {
            element.error().map_err(failed)?;
            let Some(topic) = self.input_named(element.topic()) else {
                continue;
            };
            let input = (topic, element.partition());
            if positions.get(&input) == Some(&0) {
                begun.insert(input, self.offset_or_end(&element)?);
            }
        }
        Ok(begun)
    }

    /// The offset that was found, or the end where no record is that young.
    fn offset_or_end(&self, element: &TopicPartitionListElem<'_>) -> Result<i64, Trouble> {
        if let Some(offset) = element.offset().to_raw().filter(|offset| *offset >= 0) {
            return Ok(offset);
        }
        let failed = |error| Trouble::restart("asking for an input's end", &error);
        let (topic, partition) = (element.topic(), element.partition());
        let watermarks = self
            .consumer
            .fetch_watermarks(topic, partition, REQUEST_TIMEOUT);
        watermarks.map(|(_, end)| end).map_err(failed)
    }
}
