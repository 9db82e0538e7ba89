//! A message of Kafka as the record that a task takes.

use std::sync::Arc;

use rdkafka::message::{BorrowedMessage, Headers, Message};
use sideline_runtime_core::{Place, RawRecord};

/// A record without content, to be read into.
pub(crate) fn empty() -> RawRecord {
    RawRecord {
        key: Vec::new(),
        value: None,
        headers: Vec::new(),
        place: Place {
            topic: Arc::from(""),
            partition: 0,
            offset: 0,
        },
        timestamp_ms: 0,
    }
}

/// Reads a message into a record, whose buffers are used again. False, with the record as it
/// was, when the message is of no input.
pub(crate) fn read_into(
    record: &mut RawRecord,
    message: &BorrowedMessage<'_>,
    inputs: &[(String, Arc<str>)],
) -> bool {
    let topic = message.topic();
    let Some((_, input)) = inputs.iter().find(|(name, _)| name == topic) else {
        return false;
    };
    if !Arc::ptr_eq(&record.place.topic, input) {
        record.place.topic = Arc::clone(input);
    }
    record.place.partition = message.partition();
    record.place.offset = message.offset();
    record.timestamp_ms = message.timestamp().to_millis().unwrap_or_default();
    record.key.clear();
    record
        .key
        .extend_from_slice(message.key().unwrap_or_default());
    match (message.payload(), &mut record.value) {
        (None, value) => *value = None,
        (Some(bytes), Some(buffer)) => {
            buffer.clear();
            buffer.extend_from_slice(bytes);
        }
        (Some(bytes), value) => *value = Some(bytes.to_vec()),
    }
    record.headers.clear();
    if let Some(headers) = message.headers() {
        let owned = |bytes: Option<&[u8]>| bytes.unwrap_or_default().to_vec();
        record.headers.extend(
            headers
                .iter()
                .map(|header| (header.key.to_owned(), owned(header.value))),
        );
    }
    true
}
