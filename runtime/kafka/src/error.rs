//! Why a run stops, and how trouble inside a session is sorted.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use sideline_runtime_core::{ErrorClass, TaskError, TopologyError};

/// Why a run could not start or had to stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The topology cannot run.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// A setting is out of range.
    #[error("{key} is {value:?}, allowed is {allowed}")]
    BadConfig {
        /// The setting.
        key: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The broker does not have what the topology needs.
    #[error("{0}")]
    Layout(String),
    /// Kafka did not do what was asked, before there was anything to restart.
    #[error("{doing} failed: {source}")]
    Kafka {
        /// What was asked.
        doing: String,
        /// What Kafka said.
        source: KafkaError,
    },
    /// A task stopped for good.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The group's offset and the changelog's position of an input disagree.
    #[error(
        "phase {phase}: the group stands at {group} of {input}, its changelog at {changelog}; begin a new generation of the phase instead of moving its offsets, or put the lost changelog back"
    )]
    PositionsDisagree {
        /// The phase.
        phase: &'static str,
        /// The input's topic and partition.
        input: String,
        /// The group's committed offset.
        group: String,
        /// The changelog's position.
        changelog: String,
    },
    /// An input no longer has the records the phase stands at.
    #[error(
        "phase {phase}: its input has lost the records at its position ({message}); what they told is gone from the log: begin a new generation of the phase"
    )]
    InputLost {
        /// The phase.
        phase: &'static str,
        /// What Kafka said.
        message: String,
    },
    /// Another process runs with our instance name.
    #[error(
        "phase {phase}: another process runs as instance {instance}; stop it, or give each its own instance"
    )]
    InstanceTaken {
        /// The phase.
        phase: &'static str,
        /// The instance.
        instance: String,
    },
    /// The phase tried for as long as it was allowed to.
    #[error("phase {phase} found no way on for {waited_s} s: {reason}")]
    OutOfPatience {
        /// The phase.
        phase: &'static str,
        /// How long it tried, in seconds.
        waited_s: u64,
        /// What was in the way last.
        reason: String,
    },
    /// A fault of this program.
    #[error("the thread of phase {phase} panicked: {message}; this is a fault of the program")]
    Panicked {
        /// The phase.
        phase: &'static str,
        /// What the panic said.
        message: String,
    },
    /// The system gave no thread.
    #[error("no thread for phase {phase}: {source}")]
    Thread {
        /// The phase.
        phase: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl RuntimeError {
    /// Whether starting again can help.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Kafka { .. } | Self::OutOfPatience { .. } | Self::Thread { .. } => {
                ErrorClass::Transient
            }
            _ => ErrorClass::Permanent,
        }
    }
}

/// Why a session ended that nobody asked to end.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// A new session may do better.
    Restart(String),
    /// No session can do better.
    Stop(RuntimeError),
}

impl Trouble {
    /// Trouble with Kafka: worth a new session.
    pub(crate) fn restart(doing: &str, error: &KafkaError) -> Self {
        Self::Restart(format!("{doing} failed: {error}"))
    }
}

impl From<RuntimeError> for Trouble {
    fn from(error: RuntimeError) -> Self {
        Self::Stop(error)
    }
}

/// True when the broker says that another member took our static membership. It is the only
/// word of Kafka that ends the process: a fenced producer alone can be a mere time-out.
pub(crate) fn is_instance_fenced(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::FencedInstanceId)
}
