//! From the wire codec of `sideline-avro` to the codec a phase is built with.

use std::sync::Arc;

use sideline_avro::schemas::AvroRecord;
use sideline_avro::{FixedSchemas, SchemaSource, WireError, WireReader, WireWriter};
use sideline_runtime_core::{Codec, CodecError};
use sideline_topics::TopicId;

/// Hands out the codec of a topic. The topology asks for one per input and output.
pub trait Codecs {
    /// The codec of the records of `topic`.
    fn codec<T: AvroRecord>(&self, topic: TopicId) -> Arc<dyn Codec<T>>;
}

/// Avro in Confluent framing: what the topics carry.
pub struct WireCodecs {
    id_of: Box<dyn Fn(TopicId) -> u32>,
    source: Arc<dyn SchemaSource>,
}

impl WireCodecs {
    /// `id_of` gives the schema id that values of a topic are framed with; `source` finds the
    /// schema of an id that is read.
    #[must_use]
    pub fn new(id_of: impl Fn(TopicId) -> u32 + 'static, source: Arc<dyn SchemaSource>) -> Self {
        Self {
            id_of: Box::new(id_of),
            source,
        }
    }

    /// The schemas of this build, under ids of their own: for runs in process, without a registry.
    #[must_use]
    pub fn offline() -> Self {
        let id_of = |topic: TopicId| FixedSchemas::id_of(topic.schema());
        Self::new(id_of, Arc::new(FixedSchemas::all()))
    }
}

impl Codecs for WireCodecs {
    fn codec<T: AvroRecord>(&self, topic: TopicId) -> Arc<dyn Codec<T>> {
        debug_assert_eq!(topic.schema(), T::SCHEMA, "{topic} carries another record");
        Arc::new(WireCodec {
            writer: WireWriter::<T>::new((self.id_of)(topic)),
            reader: WireReader::<T>::new(Arc::clone(&self.source)),
        })
    }
}

struct WireCodec<T> {
    writer: WireWriter<T>,
    reader: WireReader<T>,
}

impl<T: AvroRecord> Codec<T> for WireCodec<T> {
    fn encode(&self, value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.writer.encode(value, out).map_err(|fault| told(&fault))
    }

    fn decode(&self, bytes: &[u8]) -> Result<T, CodecError> {
        self.reader.decode(bytes).map_err(|fault| told(&fault))
    }
}

fn told(fault: &WireError) -> CodecError {
    if fault.is_transient() {
        return CodecError::transient(fault.reason(), fault.to_string());
    }
    CodecError::permanent(fault.reason(), fault.to_string())
}
