//! The list of phases, and what must hold of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::phase::Phase;

/// A pipeline: phases joined by the topics they write and read.
#[derive(Debug, Clone)]
pub struct Topology {
    phases: Vec<Arc<Phase>>,
}

/// What is wrong with a topology.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopologyError {
    /// Two phases, or two stores or inputs of a phase, have one name.
    #[error("{what} {name} is there twice; names tell them apart, so rename one")]
    Duplicate {
        /// What has the name, such as `phase` or `store of phase count`.
        what: String,
        /// The name.
        name: String,
    },
    /// A name that cannot be part of topic and group names.
    #[error(
        "{what} {name:?} is not a good name: use lower-case letters, digits, hyphens and, in stores, underscores"
    )]
    BadName {
        /// What has the name.
        what: String,
        /// The name.
        name: String,
    },
    /// A phase that reads nothing.
    #[error("phase {phase} has no input, so it would never do anything")]
    NoInput {
        /// The phase.
        phase: &'static str,
    },
    /// A phase that would lose bad input.
    #[error("phase {phase} does not say what becomes of bad input: give it an on_dead_letter hook")]
    NoDeadLetterHook {
        /// The phase.
        phase: &'static str,
    },
    /// Nobody writes what a phase reads.
    #[error(
        "phase {phase} reads {topic}, which is neither an ingress topic nor written by any phase"
    )]
    NobodyWrites {
        /// The phase.
        phase: &'static str,
        /// The topic.
        topic: String,
    },
    /// The phases feed each other in a circle.
    #[error(
        "the phases {phases} feed each other in a circle, so no update would ever be complete; break it with a topic of its own"
    )]
    Cycle {
        /// The phases that are part of a circle or behind one.
        phases: String,
    },
}

impl Topology {
    /// A topology of these phases: new ones, or some of another topology's.
    pub fn new<P: Into<Arc<Phase>>>(phases: impl IntoIterator<Item = P>) -> Self {
        Self {
            phases: phases.into_iter().map(Into::into).collect(),
        }
    }

    /// The phases as they were given.
    pub fn phases(&self) -> &[Arc<Phase>] {
        &self.phases
    }

    /// The phase of this name.
    pub fn phase(&self, name: &str) -> Option<&Arc<Phase>> {
        self.phases.iter().find(|phase| phase.name == name)
    }

    /// Every topic that is read or written, in order.
    pub fn topics(&self) -> BTreeSet<Arc<str>> {
        let phases = self.phases.iter();
        phases
            .flat_map(|phase| phase.input_topics().chain(phase.output_topics()).cloned())
            .collect()
    }

    /// Checks that the topology can run: good and unique names, every input an ingress topic or
    /// some phase's output, a dead-letter hook everywhere, no circle.
    ///
    /// # Errors
    /// The first thing that does not hold, as a sentence.
    pub fn check(&self, ingress: &[&str]) -> Result<(), TopologyError> {
        check_names(
            "phase".to_owned(),
            "-",
            self.phases.iter().map(|phase| phase.name),
        )?;
        for phase in &self.phases {
            check_phase(phase)?;
        }
        self.check_inputs(ingress)?;
        self.order().map(|_| ())
    }

    /// The phases so that each comes after all that feed it; among equals, as they were given.
    ///
    /// # Errors
    /// [`TopologyError::Cycle`].
    pub fn order(&self) -> Result<Vec<Arc<Phase>>, TopologyError> {
        let mut waiting: Vec<&Arc<Phase>> = self.phases.iter().collect();
        let mut ordered = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let Some(next) = waiting.iter().position(|phase| !is_fed_by(phase, &waiting)) else {
                let names: Vec<&str> = waiting.iter().map(|phase| phase.name).collect();
                return Err(TopologyError::Cycle {
                    phases: names.join(", "),
                });
            };
            ordered.push(Arc::clone(waiting.remove(next)));
        }
        Ok(ordered)
    }

    fn check_inputs(&self, ingress: &[&str]) -> Result<(), TopologyError> {
        let mut known: BTreeSet<&str> = ingress.iter().copied().collect();
        known.extend(
            self.phases
                .iter()
                .flat_map(|phase| phase.output_topics())
                .map(|topic| &**topic),
        );
        for phase in &self.phases {
            for topic in phase.input_topics() {
                if !known.contains(&**topic) {
                    let topic = topic.to_string();
                    return Err(TopologyError::NobodyWrites {
                        phase: phase.name,
                        topic,
                    });
                }
            }
        }
        Ok(())
    }
}

fn is_fed_by(phase: &Phase, others: &[&Arc<Phase>]) -> bool {
    let mut inputs = phase.input_topics();
    inputs.any(|input| {
        others
            .iter()
            .any(|other| other.output_topics().any(|topic| topic == input))
    })
}

fn check_phase(phase: &Phase) -> Result<(), TopologyError> {
    if phase.inputs.is_empty() {
        return Err(TopologyError::NoInput { phase: phase.name });
    }
    if phase.dead_letter.is_none() {
        return Err(TopologyError::NoDeadLetterHook { phase: phase.name });
    }
    let stores = phase.stores.iter().copied();
    check_names(format!("store of phase {}", phase.name), "-_", stores)?;
    let inputs = phase.input_topics().map(|topic| &**topic);
    check_names(format!("input of phase {}", phase.name), "-_.", inputs)
}

fn check_names<'a>(
    what: String,
    marks: &str,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), TopologyError> {
    let is_good = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || marks.contains(letter)
    };
    let mut seen = BTreeMap::new();
    for name in names {
        // A leading mark is kept for what the drivers themselves store.
        let is_bad_start = !name.starts_with(|first: char| first.is_ascii_alphanumeric());
        if is_bad_start || !name.chars().all(is_good) {
            return Err(TopologyError::BadName {
                what,
                name: name.to_owned(),
            });
        }
        if seen.insert(name, ()).is_some() {
            return Err(TopologyError::Duplicate {
                what,
                name: name.to_owned(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Text;

    fn phase(name: &'static str, inputs: &[&str], outputs: &[&str]) -> Phase {
        let mut phase = Phase::builder(name);
        for topic in outputs {
            phase.output(*topic, Text);
        }
        for topic in inputs {
            phase.input(*topic, Text, |_, _| Ok(()));
        }
        phase.on_dead_letter(|_, _| Ok(()));
        phase.build()
    }

    fn complaint(phases: impl IntoIterator<Item = Phase>) -> String {
        Topology::new(phases)
            .check(&["in"])
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_chain_is_well_and_ordered_by_who_feeds_whom() {
        let topology = Topology::new([
            phase("b", &["mid"], &["out"]),
            phase("a", &["in"], &["mid"]),
        ]);
        assert_eq!(topology.check(&["in"]), Ok(()));
        let names: Vec<_> = topology
            .order()
            .unwrap()
            .iter()
            .map(|phase| phase.name())
            .collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn faults_are_told_as_sentences() {
        assert!(complaint([phase("a", &["nowhere"], &[])]).contains("a reads nowhere, which is"));
        assert!(complaint([phase("a", &[], &[])]).contains("no input"));
        assert!(complaint([phase("A", &["in"], &[])]).contains("not a good name"));
        assert!(complaint([phase("a", &["in", "in"], &[])]).contains("in is there twice"));
        let twice = [phase("a", &["in"], &[]), phase("a", &["in"], &[])];
        assert_eq!(
            complaint(twice),
            "phase a is there twice; names tell them apart, so rename one"
        );
    }

    #[test]
    fn a_circle_is_refused_also_of_one() {
        assert!(complaint([phase("a", &["in", "x"], &["x"])]).contains("phases a feed"));
        let two = [phase("a", &["in", "y"], &["x"]), phase("b", &["x"], &["y"])];
        assert!(complaint(two).contains("phases a, b feed"));
    }

    #[test]
    fn a_phase_that_would_lose_bad_input_is_refused() {
        let mut builder = Phase::builder("a");
        builder.input("in", Text, |_, _| Ok(()));
        assert!(complaint([builder.build()]).contains("on_dead_letter"));
    }
}
