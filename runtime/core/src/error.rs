//! What can go wrong with a record, and what can go wrong with a task.

use crate::codec::CodecError;
use crate::record::Place;

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorClass {
    /// Something needed is away for now; the same step can succeed later.
    Transient,
    /// The same step fails again until somebody changes something.
    Permanent,
    /// A part was left out, the rest went on.
    Partial,
}

impl ErrorClass {
    /// The machine word: `transient`, `permanent` or `partial`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Permanent => "permanent",
            Self::Partial => "partial",
        }
    }
}

/// What is wrong with a record, for the person who must act on it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({reason})")]
pub struct BadInput {
    /// A machine word such as `known_at_ahead`.
    pub reason: String,
    /// The field at fault, where there is one.
    pub field: Option<String>,
    /// What happened, with the value seen and the value allowed.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl BadInput {
    /// Bad input for a reason (a machine word), told in a message.
    pub fn new(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            field: None,
            message: message.into(),
            hint: None,
        }
    }

    /// Names the field at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Why a handler did not finish a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// The record is at fault. What it did is undone and it becomes a dead letter.
    #[error("{0}")]
    BadInput(Box<BadInput>),
    /// A value could not be decoded or encoded. When transient the record is tried again, else
    /// it becomes a dead letter.
    #[error("{0}")]
    Codec(#[from] CodecError),
    /// The handler failed, and not for the record's sake. What it did is undone and the record
    /// becomes a dead letter with the reason `failed`; several in a row stop the task.
    #[error("{0}")]
    Failed(String),
    /// A stored value could not be read or written: state and code disagree. The task stops,
    /// because a dead letter for a record that is not at fault would lose it.
    #[error(
        "store {store}, key {key:?}: {message}; the code that reads this store does not fit what wrote it: start a new generation of the phase"
    )]
    State {
        /// The store.
        store: &'static str,
        /// The key within it.
        key: String,
        /// What postcard said.
        message: String,
    },
    /// A handle was used in a phase that did not make it, a fault of the program. The task stops.
    #[error(
        "phase {phase} used the handle {handle} of phase {owner}; a phase uses only the stores and outputs its own builder made"
    )]
    ForeignHandle {
        /// The phase that ran.
        phase: &'static str,
        /// The phase whose builder made the handle.
        owner: &'static str,
        /// The store's name, or the output's number.
        handle: String,
    },
}

impl ProcessError {
    /// Bad input for a reason (a machine word), told in a message; field and hint can follow,
    /// then `.into()`.
    pub fn bad_input(reason: impl Into<String>, message: impl Into<String>) -> BadInput {
        BadInput::new(reason, message)
    }

    /// A failure of the handler itself, told in a message.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }
}

impl From<BadInput> for ProcessError {
    fn from(bad_input: BadInput) -> Self {
        Self::BadInput(Box::new(bad_input))
    }
}

/// Why a task could not take a record. The record has left no trace; the driver decides whether
/// to try again ([`TaskError::class`]) or to stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// Something the codec needs is away: try the same record again after a pause.
    #[error("phase {phase}, {place}: {source}; the record waits until it can be read or written")]
    Transient {
        /// The phase.
        phase: &'static str,
        /// The record.
        place: Place,
        /// What the codec said.
        source: CodecError,
    },
    /// State and code disagree, or a handle was misused.
    #[error("phase {phase}, {place}: {source}")]
    Broken {
        /// The phase.
        phase: &'static str,
        /// The record.
        place: Place,
        /// What happened.
        source: ProcessError,
    },
    /// The handler panicked or failed on as many records in a row as are borne.
    #[error(
        "phase {phase} failed on {count} records in a row, last at {place}: {message}; this is a fault of the program, not of its input: nothing is lost; fix it, start again, then retry the dead letters before this record"
    )]
    FailedInARow {
        /// The phase.
        phase: &'static str,
        /// The last of the records.
        place: Place,
        /// How many.
        count: u32,
        /// What the last failure or panic said.
        message: String,
    },
    /// The dead-letter hook itself failed, so the record can neither go on nor be put aside.
    #[error("phase {phase} could not write the dead letter of {place}: {message}")]
    DeadLetterHook {
        /// The phase.
        phase: &'static str,
        /// The record.
        place: Place,
        /// What the hook said.
        message: String,
    },
    /// The phase does not read this topic.
    #[error("phase {phase} has no input {topic}; its inputs are {inputs}")]
    UnknownInput {
        /// The phase.
        phase: &'static str,
        /// The topic of the record.
        topic: String,
        /// What the phase reads.
        inputs: String,
    },
}

impl TaskError {
    /// Transient errors are tried again; all others stop the task.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Transient { .. } => ErrorClass::Transient,
            _ => ErrorClass::Permanent,
        }
    }
}
