//! The parts of the stack, and the order in which they are stopped.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One process of the stack.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The broker, which is its own controller.
    Kafka,
    /// The schema registry.
    Registry,
    /// The ClickHouse engine behind its HTTP interface.
    ClickHouse,
    /// Sideline's own processors and sink.
    Pipeline,
}

impl Part {
    /// Every part, in the order in which they are shown.
    pub const ALL: [Self; 4] = [
        Self::Kafka,
        Self::Registry,
        Self::ClickHouse,
        Self::Pipeline,
    ];

    /// The order in which parts are stopped: whoever uses a server ends before it.
    pub const STOP_ORDER: [Self; 4] = [
        Self::Pipeline,
        Self::Registry,
        Self::ClickHouse,
        Self::Kafka,
    ];

    /// The name in file names and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::Registry => "registry",
            Self::ClickHouse => "clickhouse",
            Self::Pipeline => "pipeline",
        }
    }

    /// How long the part may take until it answers, by a wide margin: on two idle cores Kafka needs
    /// 0.7 s, registry and ClickHouse 0.2 s. The pipeline restores its state first, which grows with
    /// the season.
    pub(crate) const fn ready_within(self) -> Duration {
        match self {
            Self::Kafka | Self::ClickHouse => Duration::from_secs(60),
            Self::Registry => Duration::from_secs(30),
            Self::Pipeline => Duration::from_secs(180),
        }
    }

    /// How long the part may take to end after SIGTERM before it gets SIGKILL. Both Kafka (0.4 s)
    /// and ClickHouse survive SIGKILL, only their next start is slower.
    pub(crate) const fn stops_within(self) -> Duration {
        match self {
            Self::Kafka => Duration::from_secs(20),
            Self::ClickHouse | Self::Pipeline => Duration::from_secs(15),
            Self::Registry => Duration::from_secs(5),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Kafka => "Kafka",
            Self::Registry => "the schema registry",
            Self::ClickHouse => "ClickHouse",
            Self::Pipeline => "the pipeline",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_of_a_server_stop_before_it_and_every_part_stops() {
        let place = |part: Part| Part::STOP_ORDER.iter().position(|&other| other == part);
        assert!(place(Part::Pipeline) < place(Part::Registry));
        assert!(place(Part::Pipeline) < place(Part::ClickHouse));
        assert!(place(Part::Registry) < place(Part::Kafka));
        assert!(Part::ALL.iter().all(|&part| place(part).is_some()));
    }
}
