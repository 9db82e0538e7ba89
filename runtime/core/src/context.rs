//! What a handler can do.

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{Codec, Postcard};
use crate::error::{BadInput, ProcessError};
use crate::partition::murmur2;
use crate::phase::{Output, OutputSlot, Phase, Store};
use crate::state::State;
use crate::task::OutputRecord;

/// The largest value a handler may forward or store: with its key and framing it stays below the
/// 4 MiB that drivers write, and no fact of a league comes near it.
pub const VALUE_BYTES_MAX: usize = 4_000_000;

/// Which keys of a store to read, in byte order: all with a prefix (`"jokic|".into()`), or a
/// half-open range (`("a".."m").into()`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys<'a> {
    /// All keys that begin with this text; the empty text means all.
    Prefix(&'a str),
    /// All keys from the first bound up to, and without, the second.
    Between(Range<&'a str>),
}

impl<'a> From<&'a str> for Keys<'a> {
    fn from(prefix: &'a str) -> Self {
        Self::Prefix(prefix)
    }
}

impl<'a> From<&'a String> for Keys<'a> {
    fn from(prefix: &'a String) -> Self {
        Self::Prefix(prefix)
    }
}

impl<'a> From<Range<&'a str>> for Keys<'a> {
    fn from(range: Range<&'a str>) -> Self {
        Self::Between(range)
    }
}

/// What a handler can do: read and write its stores, forward, complain. It has no clock, no
/// randomness and no way out but its outputs.
///
/// Every method that takes a handle fails with [`ProcessError::ForeignHandle`] when another
/// phase made it.
pub struct Context<'a> {
    pub(crate) phase: &'a Phase,
    pub(crate) task: i32,
    pub(crate) state: &'a mut State,
    pub(crate) outputs: &'a mut Vec<OutputRecord>,
    pub(crate) complaints: &'a mut Vec<BadInput>,
    /// Where values are encoded, kept so that it is made once.
    pub(crate) scratch: &'a mut Vec<u8>,
}

impl<'a> Context<'a> {
    /// The number of the partition this task works on, from 0.
    pub fn task(&self) -> i32 {
        self.task
    }

    /// The value of a key, with what this and earlier records wrote.
    ///
    /// # Errors
    /// [`ProcessError::State`] when the stored bytes are no `V`.
    pub fn get<V: Serialize + DeserializeOwned>(
        &self,
        store: &Store<V>,
        key: &str,
    ) -> Result<Option<V>, ProcessError> {
        let index = self.owned_store(store)?;
        let Some(bytes) = self.state.value(index, key) else {
            return Ok(None);
        };
        decode_stored(store, key, bytes).map(Some)
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// [`ProcessError::State`] when the value cannot be written, bad input when it is larger than
    /// [`VALUE_BYTES_MAX`].
    pub fn put<V: Serialize + DeserializeOwned>(
        &mut self,
        store: &Store<V>,
        key: &str,
        value: &V,
    ) -> Result<(), ProcessError> {
        let index = self.owned_store(store)?;
        self.scratch.clear();
        match Postcard::new().encode(value, self.scratch) {
            Ok(()) => check_size(store.name, key, self.scratch)?,
            Err(error) => return Err(state_error(store, key, error.message)),
        }
        self.state.write(index, key, Some(self.scratch));
        Ok(())
    }

    /// Removes a key; does nothing when it is not there.
    ///
    /// # Errors
    /// Only for a foreign handle.
    pub fn delete<V>(&mut self, store: &Store<V>, key: &str) -> Result<(), ProcessError> {
        let index = self.owned_store(store)?;
        self.state.write(index, key, None);
        Ok(())
    }

    /// The keys and values of a prefix or range, in byte order of the keys, with what this and
    /// earlier records wrote.
    ///
    /// # Errors
    /// [`ProcessError::State`] when stored bytes are no `V`.
    pub fn range<'k, V: Serialize + DeserializeOwned>(
        &self,
        store: &Store<V>,
        keys: impl Into<Keys<'k>>,
    ) -> Result<Vec<(String, V)>, ProcessError> {
        let index = self.owned_store(store)?;
        let mut found = Vec::new();
        for (key, bytes) in self.state.range(index, &keys.into()) {
            found.push((key.to_owned(), decode_stored(store, key, bytes)?));
        }
        Ok(found)
    }

    /// Writes a record. Its partition follows from `partition_key` ([`crate::partition_for`]);
    /// `key` is the key it is compacted by.
    ///
    /// # Errors
    /// [`ProcessError::Codec`] when the value cannot be encoded, bad input when it is larger than
    /// [`VALUE_BYTES_MAX`].
    pub fn forward<T: 'static>(
        &mut self,
        output: &Output<T>,
        partition_key: &str,
        key: &str,
        value: &T,
    ) -> Result<(), ProcessError> {
        let (slot, codec) = self.owned_output(output)?;
        self.scratch.clear();
        codec.encode(value, self.scratch)?;
        check_size(&slot.topic, key, self.scratch)?;
        let bytes = self.scratch.as_slice().to_vec();
        self.emit(output.index, &slot.topic, (partition_key, key), Some(bytes));
        Ok(())
    }

    /// Writes a tombstone: the key's earlier records may be compacted away.
    ///
    /// # Errors
    /// Only for a foreign handle.
    pub fn forward_tombstone<T: 'static>(
        &mut self,
        output: &Output<T>,
        partition_key: &str,
        key: &str,
    ) -> Result<(), ProcessError> {
        let (slot, _) = self.owned_output(output)?;
        self.emit(output.index, &slot.topic, (partition_key, key), None);
        Ok(())
    }

    /// Complains of a part of the record and goes on: once the handler has succeeded, the whole
    /// record becomes a dead letter of class partial besides. To give the record up, return the
    /// bad input as the error.
    pub fn dead_letter(&mut self, bad_input: BadInput) {
        self.complaints.push(bad_input);
    }

    fn emit(
        &mut self,
        output: usize,
        topic: &Arc<str>,
        (partition_key, key): (&str, &str),
        value: Option<Vec<u8>>,
    ) {
        self.outputs.push(OutputRecord {
            topic: Arc::clone(topic),
            output,
            partition_hash: murmur2(partition_key.as_bytes()),
            key: key.to_owned(),
            value,
        });
    }

    fn owned_store<V>(&self, store: &Store<V>) -> Result<usize, ProcessError> {
        let is_ours = store.phase == self.phase.name
            && self.phase.stores.get(store.index) == Some(&store.name);
        if is_ours {
            return Ok(store.index);
        }
        Err(self.foreign(store.phase, format!("store {}", store.name)))
    }

    fn owned_output<T: 'static>(
        &self,
        output: &Output<T>,
    ) -> Result<(&'a OutputSlot, &'a dyn Codec<T>), ProcessError> {
        let phase = self.phase;
        let is_ours = output.phase == phase.name;
        if let Some(slot) = phase.outputs.get(output.index).filter(|_| is_ours)
            && let Some(codec) = slot.codec.downcast_ref::<Arc<dyn Codec<T>>>()
        {
            return Ok((slot, &**codec));
        }
        Err(self.foreign(output.phase, format!("output number {}", output.index)))
    }

    fn foreign(&self, owner: &'static str, handle: String) -> ProcessError {
        ProcessError::ForeignHandle {
            phase: self.phase.name,
            owner,
            handle,
        }
    }
}

fn decode_stored<V: Serialize + DeserializeOwned>(
    store: &Store<V>,
    key: &str,
    bytes: &[u8],
) -> Result<V, ProcessError> {
    Postcard::new()
        .decode(bytes)
        .map_err(|error| state_error(store, key, error.message))
}

fn check_size(target: &str, key: &str, bytes: &[u8]) -> Result<(), ProcessError> {
    if bytes.len() <= VALUE_BYTES_MAX {
        return Ok(());
    }
    let message = format!(
        "the value of {key:?} for {target} takes {} bytes, allowed are {VALUE_BYTES_MAX}",
        bytes.len()
    );
    let hint = "send less at once, or keep what is large out of the log";
    Err(ProcessError::bad_input("value_too_large", message)
        .hint(hint)
        .into())
}

fn state_error<V>(store: &Store<V>, key: &str, message: String) -> ProcessError {
    ProcessError::State {
        store: store.name,
        key: key.to_owned(),
        message,
    }
}
