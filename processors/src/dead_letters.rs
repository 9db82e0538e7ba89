//! How every phase puts bad input aside: with its bytes, its place, and a reason to act on.

use std::collections::BTreeMap;
use std::sync::Arc;

use sideline_avro::runs::{DeadLetter, Header};
use sideline_avro::schemas::AvroRecord;
use sideline_avro::time::Timestamp;
use sideline_runtime_core as runtime;
use sideline_runtime_core::{Codec, ErrorClass, Output, PhaseBuilder};
use sideline_topics::{correlation_id, keys};

use crate::fingerprint::sha256_hex;

/// Largest value kept in a dead letter. The topic takes records of 4 MiB; the rest of a letter,
/// its key, headers and texts, has 64 KiB.
const VALUE_BYTES_MAX: usize = 4 * 1024 * 1024 - 64 * 1024;

type ReadCorrelation = Box<dyn Fn(&[u8]) -> Option<Option<String>> + Send + Sync>;

/// A record that carries the id of the change it belongs to.
pub(crate) trait Correlated {
    /// The id; none when it is derived from the record's key.
    fn correlation_id(&self) -> Option<&str>;
}

/// Collects, per input, how the correlation id is read from bytes; then writes the letters.
pub(crate) struct DeadLetters {
    output: Output<DeadLetter>,
    readers: BTreeMap<String, ReadCorrelation>,
}

impl DeadLetters {
    pub(crate) fn to(output: Output<DeadLetter>) -> Self {
        Self {
            output,
            readers: BTreeMap::new(),
        }
    }

    /// Values of `topic` are read with `codec`. Without this, its letters have no correlation id.
    pub(crate) fn reads<T: AvroRecord + Correlated>(
        &mut self,
        topic: &str,
        codec: &Arc<dyn Codec<T>>,
    ) {
        let codec = Arc::clone(codec);
        let read = move |bytes: &[u8]| {
            let value = codec.decode(bytes).ok()?;
            Some(value.correlation_id().map(str::to_owned))
        };
        self.readers.insert(topic.to_owned(), Box::new(read));
    }

    /// Installs the hook. Called last, when all inputs are known.
    pub(crate) fn install(self, builder: &mut PhaseBuilder) {
        builder.on_dead_letter(move |letter, ctx| {
            let record = self.written(letter);
            let key = keys::dead_letter_key(&record.topic, record.partition, record.offset);
            ctx.forward(&self.output, &key, &key, &record)
        });
    }

    fn written(&self, letter: &runtime::DeadLetter) -> DeadLetter {
        let bytes = letter.value.as_deref();
        let read = self.readers.get(&*letter.place.topic);
        let own_id = read.zip(bytes).and_then(|(read, bytes)| read(bytes));
        let topic = &letter.place.topic;
        let correlation_id = own_id.map(|id| correlation_id(id.as_deref(), topic, &letter.key));
        let is_kept = |value: &&Vec<u8>| value.len() <= VALUE_BYTES_MAX;
        DeadLetter {
            phase: letter.phase.to_owned(),
            topic: letter.place.topic.to_string(),
            partition: letter.place.partition,
            offset: letter.place.offset,
            timestamp: Timestamp::from_millis(letter.timestamp_ms),
            key: Some(letter.key.clone()),
            value: letter.value.as_ref().filter(is_kept).cloned(),
            value_bytes: i32::try_from(bytes.map_or(0, <[u8]>::len)).unwrap_or(i32::MAX),
            value_hash: bytes.map(sha256_hex).unwrap_or_default(),
            headers: letter.headers.iter().map(header).collect(),
            correlation_id,
            reason: letter.reason.clone(),
            field: letter.field.clone(),
            message: letter.message.clone(),
            hint: letter
                .hint
                .clone()
                .unwrap_or_else(|| default_hint(&letter.reason)),
            error_type: error_type(letter.class).to_owned(),
        }
    }
}

fn header((name, value): &runtime::Header) -> Header {
    Header {
        name: name.clone(),
        value: value.clone(),
    }
}

/// A letter complained of by a handler that went on is as permanent as one given up.
fn error_type(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Transient => "transient",
        ErrorClass::Permanent | ErrorClass::Partial => "permanent",
    }
}

fn default_hint(reason: &str) -> String {
    let hint = match reason {
        "panic" => "this is a fault of the program: report it, then retry this dead letter",
        "unknown_schema_id" => {
            "the value names a schema the registry does not have: register it, then retry"
        }
        "too_short" | "not_confluent_framing" => {
            "send values as byte 0, the schema id in 4 bytes, then Avro; docs/producing.md shows it"
        }
        _ => "correct the record at its producer and send it again",
    };
    hint.to_owned()
}
