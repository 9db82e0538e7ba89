//! Phases, their builder, and the typed handles of stores and outputs.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::codec::Codec;
use crate::context::Context;
use crate::error::ProcessError;
use crate::record::{DeadLetter, RawRecord, Record};

/// A named, keyed store of one phase. Keys are UTF-8 strings and kept in their byte order;
/// values are any serde type. A handle is a name, copied freely into handlers; each task has its
/// own content.
pub struct Store<V> {
    pub(crate) phase: &'static str,
    pub(crate) name: &'static str,
    pub(crate) index: usize,
    value: PhantomData<fn() -> V>,
}

/// A topic that a phase writes, with its codec. Copied freely into handlers.
pub struct Output<T> {
    pub(crate) phase: &'static str,
    pub(crate) index: usize,
    value: PhantomData<fn() -> T>,
}

impl<V> Clone for Store<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Store<V> {}

impl<V> fmt::Debug for Store<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({}/{})", self.phase, self.name)
    }
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Output<T> {}

impl<T> fmt::Debug for Output<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Output({}/{})", self.phase, self.index)
    }
}

type RunInput = Box<dyn Fn(&RawRecord, &mut Context<'_>) -> Result<(), ProcessError> + Send + Sync>;
type RunDeadLetter =
    Box<dyn Fn(&DeadLetter, &mut Context<'_>) -> Result<(), ProcessError> + Send + Sync>;

pub(crate) struct InputSlot {
    pub(crate) topic: Arc<str>,
    /// Decodes and handles: the one place that knows the input's type.
    pub(crate) run: RunInput,
}

pub(crate) struct OutputSlot {
    pub(crate) topic: Arc<str>,
    /// An `Arc<dyn Codec<T>>`, `T` being known to the handle alone.
    pub(crate) codec: Box<dyn Any + Send + Sync>,
}

/// One step of the pipeline: what it reads, what it keeps, what it writes. Immutable once built
/// and shared by its tasks.
pub struct Phase {
    pub(crate) name: &'static str,
    pub(crate) inputs: Vec<InputSlot>,
    pub(crate) outputs: Vec<OutputSlot>,
    pub(crate) stores: Vec<&'static str>,
    pub(crate) dead_letter: Option<RunDeadLetter>,
    pub(crate) first_input: Option<Arc<str>>,
}

impl Phase {
    /// Begins a phase. The name is part of group and changelog names: lower-case letters, digits
    /// and hyphens ([`crate::Topology::check`] refuses others).
    pub fn builder(name: &'static str) -> PhaseBuilder {
        PhaseBuilder {
            phase: Self {
                name,
                inputs: Vec::new(),
                outputs: Vec::new(),
                stores: Vec::new(),
                dead_letter: None,
                first_input: None,
            },
        }
    }

    /// The phase's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The input to read to its end before the others, if there is one.
    #[must_use]
    pub fn first_input(&self) -> Option<&Arc<str>> {
        self.first_input.as_ref()
    }

    /// The topics it reads, in the order they were declared.
    pub fn input_topics(&self) -> impl Iterator<Item = &Arc<str>> {
        self.inputs.iter().map(|input| &input.topic)
    }

    /// The topics it writes, in the order they were declared.
    pub fn output_topics(&self) -> impl Iterator<Item = &Arc<str>> {
        self.outputs.iter().map(|output| &output.topic)
    }

    /// The names of its stores, in the order they were declared.
    pub fn store_names(&self) -> &[&'static str] {
        &self.stores
    }
}

impl fmt::Debug for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Phase")
            .field("name", &self.name)
            .field("inputs", &self.input_topics().collect::<Vec<_>>())
            .field("outputs", &self.output_topics().collect::<Vec<_>>())
            .field("stores", &self.stores)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Phase`]: stores and outputs first, then the inputs whose handlers use them.
#[derive(Debug)]
pub struct PhaseBuilder {
    phase: Phase,
}

impl PhaseBuilder {
    /// Adds a store and hands out its handle. Values are kept in postcard's form, which carries
    /// no field names: a changed type needs a new generation of the phase.
    pub fn store<V>(&mut self, name: &'static str) -> Store<V> {
        let index = self.phase.stores.len();
        self.phase.stores.push(name);
        Store {
            phase: self.phase.name,
            name,
            index,
            value: PhantomData,
        }
    }

    /// Adds a topic to write and hands out its handle.
    pub fn output<T: 'static>(
        &mut self,
        topic: impl Into<Arc<str>>,
        codec: impl Codec<T> + 'static,
    ) -> Output<T> {
        let index = self.phase.outputs.len();
        let codec: Arc<dyn Codec<T>> = Arc::new(codec);
        self.phase.outputs.push(OutputSlot {
            topic: topic.into(),
            codec: Box::new(codec),
        });
        Output {
            phase: self.phase.name,
            index,
            value: PhantomData,
        }
    }

    /// Adds a topic to read. The handler sees one record at a time; when it fails, nothing of
    /// what it did for that record remains.
    pub fn input<T: 'static>(
        &mut self,
        topic: impl Into<Arc<str>>,
        codec: impl Codec<T> + 'static,
        handler: impl Fn(&Record<T>, &mut Context<'_>) -> Result<(), ProcessError>
        + Send
        + Sync
        + 'static,
    ) {
        let run: RunInput = Box::new(move |raw, context| {
            let value = match &raw.value {
                Some(bytes) => Some(codec.decode(bytes)?),
                None => None,
            };
            handler(&raw.with_value(value), context)
        });
        self.phase.inputs.push(InputSlot {
            topic: topic.into(),
            run,
        });
    }

    /// Names the one input that a driver reads to its present end before the others, whenever it
    /// takes tasks over: a directory that the other inputs are resolved against. It makes no
    /// promise on the order afterwards.
    pub fn read_first(&mut self, topic: impl Into<Arc<str>>) {
        self.phase.first_input = Some(topic.into());
    }

    /// Says how this phase writes a dead letter: the hook forwards it to an output, in the same
    /// transaction as everything else. Every phase needs one.
    pub fn on_dead_letter(
        &mut self,
        hook: impl Fn(&DeadLetter, &mut Context<'_>) -> Result<(), ProcessError> + Send + Sync + 'static,
    ) {
        self.phase.dead_letter = Some(Box::new(hook));
    }

    /// The finished phase.
    pub fn build(self) -> Phase {
        self.phase
    }
}
