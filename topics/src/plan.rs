//! What would have to be done so that broker and registry have what the catalogue says.

use serde::Serialize;
use sideline_avro::registry::COMPATIBILITY;

use crate::catalogue::{Catalogue, PartitionKey};
use crate::cluster::{Cluster, ClusterError, Observed, ObservedTopic};
use crate::settings::Settings;

/// The difference between the catalogue and what is there. Empty when they agree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Topics to create.
    pub topics: Vec<NewTopic>,
    /// Settings to change.
    pub configs: Vec<ConfigChange>,
    /// Positions to set for consumer groups that have none.
    pub offsets: Vec<NewOffsets>,
    /// Schemas to register.
    pub schemas: Vec<NewSchema>,
    /// Differences that are not mended by machine, since something would be lost.
    pub refusals: Vec<Refusal>,
}

/// A topic to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewTopic {
    /// Its name.
    pub topic: String,
    /// Its settings.
    pub settings: Settings,
    /// What it holds, and why it is kept as it is.
    pub reason: &'static str,
}

/// A setting to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigChange {
    /// The topic.
    pub topic: String,
    /// The setting, as the broker names it.
    pub config: &'static str,
    /// Its value now; empty when the broker does not know the setting.
    pub old: String,
    /// Its value in the catalogue.
    pub new: String,
}

/// Positions to set: the start of each partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewOffsets {
    /// The consumer group.
    pub group: String,
    /// The topic it reads.
    pub topic: String,
    /// Its partitions without a position.
    pub partitions: Vec<i32>,
}

/// A schema to register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewSchema {
    /// The subject, `<topic>-value`.
    pub subject: String,
    /// Name of the schema: a file of `avro/schemas`.
    pub schema: &'static str,
    /// Why: `missing`, or `compatibility` when only the subject's level differs.
    pub reason: &'static str,
}

/// A difference that is not mended, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The topic.
    pub topic: String,
    /// The setting that differs, or `partitions`.
    pub config: &'static str,
    /// Its value now.
    pub old: String,
    /// Its value in the catalogue.
    pub new: String,
    /// Why it is not done, and what a person can do.
    pub message: String,
}

impl Plan {
    /// True when nothing has to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Cluster {
    /// Compares the catalogue with broker and registry. Changes nothing.
    ///
    /// # Errors
    /// When one of them cannot be asked.
    pub async fn plan(&self, catalogue: &Catalogue) -> Result<Plan, ClusterError> {
        let observed = self.observe(catalogue).await?;
        Ok(compare(catalogue, &observed))
    }
}

/// The plan, from what was seen.
pub(crate) fn compare(catalogue: &Catalogue, observed: &Observed) -> Plan {
    let mut plan = Plan::default();
    for topic in catalogue.topics() {
        let placed_by = topic.partition_key.describe();
        let wanted = Wanted {
            name: &topic.name,
            settings: &topic.settings,
            placed_by,
            reason: topic.reason,
        };
        wanted.compare(observed, &mut plan);
    }
    for changelog in catalogue.changelogs() {
        let wanted = Wanted {
            name: &changelog.name,
            settings: &changelog.settings,
            placed_by: PartitionKey::RecordKey.describe(),
            reason: changelog.reason,
        };
        wanted.compare(observed, &mut plan);
    }
    compare_groups(catalogue, observed, &mut plan);
    compare_schemas(catalogue, observed, &mut plan);
    plan
}

/// A topic or changelog as the catalogue has it.
struct Wanted<'c> {
    name: &'c str,
    settings: &'c Settings,
    placed_by: &'static str,
    reason: &'static str,
}

impl Wanted<'_> {
    fn compare(&self, observed: &Observed, plan: &mut Plan) {
        let Some(found) = observed.topics.get(self.name) else {
            plan.topics.push(NewTopic {
                topic: self.name.to_owned(),
                settings: self.settings.clone(),
                reason: self.reason,
            });
            return;
        };
        self.compare_partitions(found, plan);
        for (config, new) in self.settings.configs() {
            let old = found.configs.get(config).cloned().unwrap_or_default();
            if old == new {
                continue;
            }
            match self.loss(config, &old, &new) {
                Some(message) => plan.refusals.push(Refusal {
                    topic: self.name.to_owned(),
                    config,
                    old,
                    new,
                    message,
                }),
                None => plan.configs.push(ConfigChange {
                    topic: self.name.to_owned(),
                    config,
                    old,
                    new,
                }),
            }
        }
    }

    fn compare_partitions(&self, found: &ObservedTopic, plan: &mut Plan) {
        let (old, new) = (found.partitions, self.settings.partitions);
        if old == new {
            return;
        }
        let Self {
            name, placed_by, ..
        } = self;
        plan.refusals.push(Refusal {
            topic: self.name.to_owned(),
            config: "partitions",
            old: old.to_string(),
            new: new.to_string(),
            message: format!(
                "{name} has {old} partitions and the catalogue says {new}; its records are placed by {placed_by}, so another count would scatter the records of one key. If the topic is empty, delete it and apply again; otherwise use another environment (--env) and publish the log there"
            ),
        });
    }

    /// The sentence to a person, when the change would lose records.
    fn loss(&self, config: &str, old: &str, new: &str) -> Option<String> {
        let name = self.name;
        match config {
            "retention.ms" | "retention.bytes" if is_shorter(old, new) => Some(format!(
                "{config} of {name} is {old} and the catalogue says {new}, which would delete records that are kept now. To give them up, set it by hand: kafka-configs --alter --entity-type topics --entity-name {name} --add-config {config}={new}"
            )),
            // From both to compact alone nothing more is lost than before.
            "cleanup.policy" if !(old.contains("compact") && new == "compact") => Some(format!(
                "cleanup.policy of {name} is {old} and the catalogue says {new}, which would lose what the present policy keeps. If the topic is empty, delete it and apply again; otherwise set it by hand: kafka-configs --alter --entity-type topics --entity-name {name} --add-config cleanup.policy={new}"
            )),
            _ => None,
        }
    }
}

/// Whether a bound on what is kept becomes tighter; negative is no bound.
fn is_shorter(old: &str, new: &str) -> bool {
    let bound = |text: &str| match text.parse::<i64>() {
        Ok(value) if value >= 0 => value,
        _ => i64::MAX,
    };
    bound(new) < bound(old)
}

fn compare_groups(catalogue: &Catalogue, observed: &Observed, plan: &mut Plan) {
    for group in catalogue.groups() {
        let found = observed.groups.get(&group.name);
        let has_position = |topic: &str, partition: i32| {
            found.is_some_and(|found| found.committed.contains_key(&(topic.to_owned(), partition)))
        };
        // A group that has run and has no position at all was away so long that the broker forgot
        // it. Its changelog still knows; a start from the beginning would contradict it.
        if found.is_some_and(|found| found.has_run && found.committed.is_empty()) {
            continue;
        }
        for id in &group.inputs {
            let topic = catalogue.topic(*id);
            let count = match observed.topics.get(&topic.name) {
                Some(found) => found.partitions,
                None => topic.settings.partitions,
            };
            let partitions: Vec<i32> = (0..count)
                .filter(|partition| !has_position(&topic.name, *partition))
                .collect();
            if !partitions.is_empty() {
                plan.offsets.push(NewOffsets {
                    group: group.name.clone(),
                    topic: topic.name.clone(),
                    partitions,
                });
            }
        }
    }
}

fn compare_schemas(catalogue: &Catalogue, observed: &Observed, plan: &mut Plan) {
    let Some(subjects) = &observed.subjects else {
        return;
    };
    for topic in catalogue.topics() {
        let subject = topic.subject();
        let reason = match subjects.get(&subject) {
            Some(state) if state.id.is_none() => "missing",
            None => "missing",
            Some(state) if state.compatibility.as_deref() != Some(COMPATIBILITY) => "compatibility",
            Some(_) => continue,
        };
        plan.schemas.push(NewSchema {
            subject,
            schema: topic.schema.as_str(),
            reason,
        });
    }
}

#[cfg(test)]
mod tests;
