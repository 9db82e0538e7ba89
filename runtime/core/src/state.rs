//! The stores of one task, and what its uncommitted writes replaced.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::context::Keys;

/// What a `BTreeMap` entry costs beside its key and value: two allocations' headers, the two
/// fat pointers, and the tree's own slack at two thirds full.
const ENTRY_OVERHEAD_BYTES: usize = 96;

/// One write that can be taken back: what stood there before.
struct Undo {
    store: usize,
    key: String,
    previous: Option<Vec<u8>>,
}

/// The stores of one task. Writes go into the maps at once, and what they replaced goes into a
/// log, so reads are plain look-ups and taking back is a walk from the log's end.
///
/// # Invariant
/// Undoing the whole log gives the state of the last commit.
pub(crate) struct State {
    stores: Vec<BTreeMap<String, Vec<u8>>>,
    undo: Vec<Undo>,
    bytes: usize,
}

/// A moment in the undo log that can be returned to.
#[derive(Clone, Copy)]
pub(crate) struct Mark(usize);

impl State {
    pub(crate) fn new(stores: usize) -> Self {
        Self {
            stores: vec![BTreeMap::new(); stores],
            undo: Vec::new(),
            bytes: 0,
        }
    }

    pub(crate) fn value(&self, store: usize, key: &str) -> Option<&[u8]> {
        self.stores[store].get(key).map(Vec::as_slice)
    }

    pub(crate) fn range<'a>(
        &'a self,
        store: usize,
        keys: &Keys<'a>,
    ) -> Box<dyn Iterator<Item = (&'a str, &'a [u8])> + 'a> {
        let entries = &self.stores[store];
        let as_slices = |(key, value): (&'a String, &'a Vec<u8>)| (key.as_str(), value.as_slice());
        match keys {
            Keys::Prefix(prefix) => {
                let prefix = *prefix;
                let from_prefix = (Bound::Included(prefix), Bound::Unbounded);
                let entries = entries.range::<str, _>(from_prefix);
                Box::new(
                    entries
                        .take_while(move |(key, _)| key.starts_with(prefix))
                        .map(as_slices),
                )
            }
            // A BTreeMap panics on a range that ends before it begins; here it is just empty.
            Keys::Between(range) if range.start >= range.end => Box::new(std::iter::empty()),
            Keys::Between(range) => {
                let bounds = (Bound::Included(range.start), Bound::Excluded(range.end));
                Box::new(entries.range::<str, _>(bounds).map(as_slices))
            }
        }
    }

    /// Writes or removes, in a way that can be undone. Removing what is not there is no write.
    pub(crate) fn write(&mut self, store: usize, key: &str, value: Option<Vec<u8>>) {
        let is_removal = value.is_none();
        let previous = self.set(store, key, value);
        if is_removal && previous.is_none() {
            return;
        }
        self.undo.push(Undo {
            store,
            key: key.to_owned(),
            previous,
        });
    }

    /// Sets without a way back: for restoring and undoing.
    pub(crate) fn set(
        &mut self,
        store: usize,
        key: &str,
        value: Option<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        let entries = &mut self.stores[store];
        let Some(value) = value else {
            let previous = entries.remove(key)?;
            self.bytes -= ENTRY_OVERHEAD_BYTES + key.len() + previous.len();
            return Some(previous);
        };
        self.bytes += value.len();
        if let Some(slot) = entries.get_mut(key) {
            let previous = std::mem::replace(slot, value);
            self.bytes -= previous.len();
            return Some(previous);
        }
        self.bytes += ENTRY_OVERHEAD_BYTES + key.len();
        entries.insert(key.to_owned(), value);
        None
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(self.undo.len())
    }

    /// Each key written since the mark, once, in the order of its first write, with the value it
    /// has now.
    pub(crate) fn written_since(&self, mark: Mark) -> Vec<(usize, String, Option<Vec<u8>>)> {
        let writes = &self.undo[mark.0..];
        let mut written: Vec<(usize, String, Option<Vec<u8>>)> = Vec::with_capacity(writes.len());
        let mut seen = std::collections::BTreeSet::new();
        for write in writes {
            if seen.insert((write.store, write.key.as_str())) {
                let value = self.value(write.store, &write.key).map(<[u8]>::to_vec);
                written.push((write.store, write.key.clone(), value));
            }
        }
        written
    }

    pub(crate) fn undo_to(&mut self, mark: Mark) {
        while self.undo.len() > mark.0
            && let Some(write) = self.undo.pop()
        {
            self.set(write.store, &write.key, write.previous);
        }
    }

    pub(crate) fn commit(&mut self) {
        self.undo.clear();
    }

    pub(crate) fn rollback(&mut self) {
        self.undo_to(Mark(0));
    }

    /// Roughly what the stores take in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many keys a store has.
    pub(crate) fn len(&self, store: usize) -> usize {
        self.stores[store].len()
    }

    /// All entries of all stores, in their order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, &str, &[u8])> {
        self.stores.iter().enumerate().flat_map(|(store, entries)| {
            entries
                .iter()
                .map(move |(key, value)| (store, key.as_str(), value.as_slice()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_with(pairs: &[(&str, &str)]) -> State {
        let mut state = State::new(1);
        for (key, value) in pairs {
            state.write(0, key, Some(value.as_bytes().to_vec()));
        }
        state.commit();
        state
    }

    fn content(state: &State) -> Vec<(String, Vec<u8>)> {
        state
            .entries()
            .map(|(_, key, value)| (key.to_owned(), value.to_vec()))
            .collect()
    }

    #[test]
    fn rollback_returns_to_the_last_commit_bytes_included() {
        let mut state = state_with(&[("a", "1"), ("b", "2")]);
        let (before, bytes) = (content(&state), state.bytes());
        state.write(0, "a", Some(b"longer".to_vec()));
        state.write(0, "a", None);
        state.write(0, "b", None);
        state.write(0, "c", Some(b"3".to_vec()));
        state.write(0, "b", Some(b"again".to_vec()));
        state.rollback();
        assert_eq!((content(&state), state.bytes()), (before, bytes));
    }

    #[test]
    fn an_empty_state_weighs_nothing() {
        let mut state = state_with(&[("a", "1")]);
        assert!(state.bytes() > 0);
        state.write(0, "a", None);
        state.commit();
        assert_eq!(state.bytes(), 0);
    }

    #[test]
    fn each_written_key_is_told_once_with_its_last_value() {
        let mut state = state_with(&[("gone", "x")]);
        let mark = state.mark();
        state.write(0, "a", Some(b"1".to_vec()));
        state.write(0, "gone", None);
        state.write(0, "a", Some(b"2".to_vec()));
        state.write(0, "never", None);
        let written = state.written_since(mark);
        assert_eq!(
            written,
            [
                (0, "a".into(), Some(b"2".to_vec())),
                (0, "gone".into(), None)
            ]
        );
    }

    #[test]
    fn ranges_are_ordered_and_half_open() {
        let state = state_with(&[("a|2", ""), ("a|1", ""), ("b|1", ""), ("a", "")]);
        let keys = |keys: Keys<'static>| {
            state
                .range(0, &keys)
                .map(|(key, _)| key.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(keys("a|".into()), ["a|1", "a|2"]);
        assert_eq!(keys("".into()), ["a", "a|1", "a|2", "b|1"]);
        assert_eq!(keys(("a|1".."b|1").into()), ["a|1", "a|2"]);
        assert!(keys(("b".."a").into()).is_empty());
    }
}
