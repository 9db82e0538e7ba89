//! The stores of one task, and what its uncommitted writes replaced.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Bound;

use hashbrown::HashMap;
use hashbrown::hash_map::EntryRef;
use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::context::Keys;

/// Values of so many bytes stand in the table itself: a counter is read and written without another
/// trip to memory, which is what many keys cost most.
const INLINE_VALUE_BYTES: usize = 16;

/// Keys of so many bytes stand in the table too; it is what [`SmolStr`] has room for.
const INLINE_KEY_BYTES: usize = 23;

/// What an entry costs beside what does not fit into it: its slot in a table that is three quarters
/// full.
const ENTRY_BYTES: usize = 88;

/// What a key or value outside the table costs beside its bytes: counts, and the allocation's own.
const OUTSIDE_BYTES: usize = 24;

/// While a store is rebuilt, a full table of at least so many keys grows eightfold instead of twofold:
/// each growth copies the table into memory that was never touched, which is what a rebuild costs most.
const REBUILT_IN_STEPS_FROM: usize = 1_024;

type Value = SmallVec<[u8; INLINE_VALUE_BYTES]>;

/// What stands under a key. A removed key keeps its slot until the transaction ends.
struct Slot {
    value: Option<Value>,
    /// The transaction that wrote it last, so that each tells a key once.
    written_in: u64,
}

/// One store: a table for look-ups, and an order that is made when it is first asked for.
///
/// Most stores are only ever asked for single keys; they pay for no order.
#[derive(Default)]
struct Table {
    slots: HashMap<SmolStr, Slot>,
    order: OnceCell<BTreeSet<SmolStr>>,
}

/// One write that can be taken back: what stood there before.
struct Undo {
    store: usize,
    key: SmolStr,
    previous: Option<Value>,
    /// The transaction that wrote the key before.
    written_in: u64,
}

/// The stores of one task. Writes go into the tables at once, and what they replaced goes into a
/// log, so reads are plain look-ups and taking back is a walk from the log's end.
///
/// # Invariant
/// Undoing the whole log gives the state of the last commit. No order of the tables themselves
/// is ever seen outside: whatever lists keys sorts them.
pub(crate) struct State {
    stores: Vec<Table>,
    undo: Vec<Undo>,
    /// The transaction that was closed and is not committed yet: its writes are the log's first.
    sealed: Option<Sealed>,
    /// Up to where the log's writes have been told to a changelog.
    told: usize,
    /// The number that the open transaction began with: what was written before it has a lower one.
    began: u64,
    /// The number that the oldest transaction not yet committed began with: the sealed one's, or the
    /// open one's.
    uncommitted_since: u64,
    /// The number that is written now. It rises with each transaction, and each time that the writes
    /// so far have been told.
    transaction: u64,
    /// Whether the transaction removed anything, so that slots are left to free.
    has_removals: bool,
    /// The last transaction that a checkpoint holds; `None` where nobody makes checkpoints.
    checkpointed: Option<u64>,
    /// The keys removed since, whose slots are gone. Bounded by the time between checkpoints.
    removed: Vec<(usize, SmolStr)>,
    /// How many more entries a rebuild can bring at most.
    still_expected: usize,
    bytes: usize,
}

/// What a closed transaction holds of the undo log.
struct Sealed {
    /// How many of the log's first entries are its own.
    writes: usize,
    has_removals: bool,
}

/// A moment in the undo log that can be returned to.
#[derive(Clone, Copy)]
pub(crate) struct Mark(usize);

impl Table {
    fn value(&self, key: &str) -> Option<&[u8]> {
        self.slots.get(key)?.value.as_deref()
    }

    /// All keys in their byte order, those of removed slots included.
    fn order(&self) -> &BTreeSet<SmolStr> {
        self.order
            .get_or_init(|| self.slots.keys().cloned().collect())
    }

    fn insert(&mut self, key: SmolStr, slot: Slot) {
        if let Some(order) = self.order.get_mut() {
            order.insert(key.clone());
        }
        self.slots.insert(key, slot);
    }

    /// Frees the slot of a key that has no value; tells whether there was one.
    fn forget_removed(&mut self, key: &str) -> bool {
        let is_removed = self.slots.get(key).is_some_and(|slot| slot.value.is_none());
        if is_removed {
            self.slots.remove(key);
            if let Some(order) = self.order.get_mut() {
                order.remove(key);
            }
        }
        is_removed
    }
}

impl State {
    pub(crate) fn new(stores: usize) -> Self {
        Self {
            stores: std::iter::repeat_with(Table::default)
                .take(stores)
                .collect(),
            undo: Vec::new(),
            sealed: None,
            told: 0,
            began: 2,
            uncommitted_since: 2,
            transaction: 2,
            has_removals: false,
            checkpointed: None,
            removed: Vec::new(),
            still_expected: 0,
            bytes: 0,
        }
    }

    pub(crate) fn value(&self, store: usize, key: &str) -> Option<&[u8]> {
        self.stores[store].value(key)
    }

    pub(crate) fn range<'a>(
        &'a self,
        store: usize,
        keys: &Keys<'a>,
    ) -> Box<dyn Iterator<Item = (&'a str, &'a [u8])> + 'a> {
        let table = &self.stores[store];
        let with_value = |key: &'a SmolStr| table.value(key).map(|value| (key.as_str(), value));
        match keys {
            Keys::Prefix(prefix) => {
                let prefix = *prefix;
                let from_prefix = (Bound::Included(prefix), Bound::Unbounded);
                let found = table.order().range::<str, _>(from_prefix);
                Box::new(
                    found
                        .take_while(move |key| key.starts_with(prefix))
                        .filter_map(with_value),
                )
            }
            // A BTreeSet panics on a range that ends before it begins; here it is just empty.
            Keys::Between(range) if range.start >= range.end => Box::new(std::iter::empty()),
            Keys::Between(range) => {
                let bounds = (Bound::Included(range.start), Bound::Excluded(range.end));
                let found = table.order().range::<str, _>(bounds);
                Box::new(found.filter_map(with_value))
            }
        }
    }

    /// Writes or removes, in a way that can be undone. Writing what stands there already, and
    /// removing what is not there, is no write.
    pub(crate) fn write(&mut self, store: usize, key: &str, value: Option<&[u8]>) {
        let Self {
            stores,
            undo,
            transaction,
            has_removals,
            ..
        } = self;
        let table = &mut stores[store];
        let Some((known, slot)) = table.slots.get_key_value_mut(key) else {
            return self.write_new(store, key, value);
        };
        if slot.value.as_deref() == value {
            return;
        }
        let previous = std::mem::replace(&mut slot.value, value.map(Value::from_slice));
        let written_in = std::mem::replace(&mut slot.written_in, *transaction);
        *has_removals |= value.is_none();
        let previous_bytes = weight(key, previous.as_deref());
        undo.push(Undo {
            store,
            key: known.clone(),
            previous,
            written_in,
        });
        self.bytes = self.bytes + weight(key, value) - previous_bytes;
    }

    fn write_new(&mut self, store: usize, key: &str, value: Option<&[u8]>) {
        let Some(value) = value else { return };
        let key = SmolStr::new(key);
        self.bytes += weight(&key, Some(value));
        self.undo.push(Undo {
            store,
            key: key.clone(),
            previous: None,
            written_in: 0,
        });
        let slot = Slot {
            value: Some(Value::from_slice(value)),
            written_in: self.transaction,
        };
        self.stores[store].insert(key, slot);
    }

    /// Sets without a way back: for restoring.
    pub(crate) fn set(&mut self, store: usize, key: &str, value: Option<&[u8]>) {
        // Before the transaction at hand, whose first write to the key is still to come.
        let written_in = self.transaction - 1;
        let Table { slots, order } = &mut self.stores[store];
        let keys = slots.len();
        if keys == slots.capacity() && keys >= REBUILT_IN_STEPS_FROM {
            slots.reserve(self.still_expected.min(keys * 7));
        }
        self.still_expected = self.still_expected.saturating_sub(1);
        let previous = match (slots.entry_ref(key), value) {
            (EntryRef::Occupied(mut known), _) => {
                let slot = known.get_mut();
                slot.written_in = written_in;
                std::mem::replace(&mut slot.value, value.map(Value::from_slice))
            }
            (EntryRef::Vacant(_), None) => None,
            (EntryRef::Vacant(free), Some(value)) => {
                let value = Some(Value::from_slice(value));
                let entry = free.insert_entry_with_key(key.into(), Slot { value, written_in });
                if let Some(order) = order.get_mut() {
                    order.insert(entry.key().clone());
                }
                None
            }
        };
        self.bytes = self.bytes + weight(key, value) - weight(key, previous.as_deref());
        if value.is_none() {
            self.stores[store].forget_removed(key);
            self.note_removal(store, key);
        }
    }

    /// Says how many entries are set next at most, so that the tables grow in large steps.
    pub(crate) fn expect(&mut self, entries: usize) {
        self.still_expected = entries;
    }

    /// Ends a rebuild: what the tables hold free for entries that did not come is given back.
    pub(crate) fn expect_no_more(&mut self) {
        self.still_expected = 0;
        for Table { slots, .. } in &mut self.stores {
            if slots.capacity() > 4 * slots.len().max(REBUILT_IN_STEPS_FROM) {
                slots.shrink_to(2 * slots.len());
            }
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(self.undo.len())
    }

    /// Each key written in the open transaction, once, in the order of its first write, with the
    /// value it has now; without what was told before, unless it was written again.
    pub(crate) fn written(&self) -> impl Iterator<Item = (usize, &str, Option<&[u8]>)> {
        self.undo[self.told..]
            .iter()
            .filter(|write| write.written_in != self.transaction)
            .map(|write| {
                let value = self.value(write.store, &write.key);
                (write.store, &*write.key, value)
            })
    }

    /// Says that what is written so far has been told.
    pub(crate) fn mark_told(&mut self) {
        self.told = self.undo.len();
        self.transaction += 1;
    }

    /// How many keys the open transaction wrote, and how often.
    pub(crate) fn written_keys(&self) -> (usize, usize) {
        let writes = &self.undo[self.sealed_writes()..];
        let is_first = |write: &&Undo| write.written_in < self.began;
        (writes.iter().filter(is_first).count(), writes.len())
    }

    fn sealed_writes(&self) -> usize {
        self.sealed.as_ref().map_or(0, |sealed| sealed.writes)
    }

    pub(crate) fn undo_to(&mut self, mark: Mark) {
        while self.undo.len() > mark.0
            && let Some(write) = self.undo.pop()
        {
            let table = &mut self.stores[write.store];
            let Some(slot) = table.slots.get_mut(&*write.key) else {
                continue;
            };
            let restored = weight(&write.key, write.previous.as_deref());
            let undone = std::mem::replace(&mut slot.value, write.previous);
            slot.written_in = write.written_in;
            if write.written_in < self.uncommitted_since {
                table.forget_removed(&write.key);
            }
            self.bytes = self.bytes + restored - weight(&write.key, undone.as_deref());
        }
        self.told = self.told.min(self.undo.len());
    }

    /// Closes the open transaction, which must have been told: what is written from now on belongs to
    /// the next. None may be closed already.
    pub(crate) fn seal(&mut self) {
        debug_assert!(self.sealed.is_none(), "one transaction is closed at a time");
        self.mark_told();
        self.began = self.transaction;
        self.sealed = Some(Sealed {
            writes: self.undo.len(),
            has_removals: std::mem::take(&mut self.has_removals),
        });
    }

    /// Makes the closed transaction lasting.
    pub(crate) fn commit_sealed(&mut self) {
        let Some(sealed) = self.sealed.take() else {
            return;
        };
        self.told -= sealed.writes;
        self.uncommitted_since = self.began;
        let (mut undo, began) = (std::mem::take(&mut self.undo), self.began);
        for write in undo.drain(..sealed.writes) {
            if sealed.has_removals {
                self.free_if_removed(&write, began);
            }
        }
        self.undo = undo;
    }

    /// Makes everything lasting.
    pub(crate) fn commit(&mut self) {
        self.commit_sealed();
        self.seal();
        self.commit_sealed();
    }

    /// Frees the slot of a key that the committed transaction wrote, if it removed it. What the next
    /// has written meanwhile keeps its slot, to which an undoing may return.
    fn free_if_removed(&mut self, write: &Undo, began: u64) {
        let table = &mut self.stores[write.store];
        let slot = table.slots.get(&*write.key);
        let is_written_again = slot.is_some_and(|slot| slot.written_in >= began);
        if is_written_again || table.forget_removed(&write.key) {
            self.note_removal(write.store, &write.key);
        }
    }

    /// Takes back whatever is not committed, of a closed transaction too.
    pub(crate) fn rollback(&mut self) {
        self.undo_to(Mark(0));
        self.sealed = None;
        self.uncommitted_since = self.began;
        self.has_removals = false;
    }

    /// A checkpoint holds everything up to here; from now on changes are told apart.
    pub(crate) fn mark_checkpointed(&mut self) {
        self.checkpointed = Some(self.transaction);
        // What is set without a transaction stands between this one and the next.
        self.transaction += 2;
        self.began = self.transaction;
        self.uncommitted_since = self.began;
        self.removed.clear();
    }

    pub(crate) fn forget_checkpoint(&mut self) {
        self.checkpointed = None;
        self.removed = Vec::new();
    }

    /// All that was written since the last checkpoint, `None` for what was removed; everything,
    /// where there was none. No transaction may be open. Each key stands once, in no order.
    pub(crate) fn changed_since_checkpoint(
        &self,
    ) -> impl Iterator<Item = (usize, &str, Option<&[u8]>)> {
        let since = self.checkpointed.unwrap_or(0);
        let removed = self.removed.iter().collect::<BTreeSet<_>>().into_iter();
        let gone = removed.filter(|(store, key)| self.value(*store, key).is_none());
        let gone = gone.map(|(store, key)| (*store, &**key, None));
        let tables = self.stores.iter().enumerate();
        let written = tables.flat_map(move |(store, table)| {
            let slots = table.slots.iter();
            let changed = slots.filter(move |(_, slot)| slot.written_in > since);
            changed.map(move |(key, slot)| (store, &**key, slot.value.as_deref()))
        });
        written.chain(gone)
    }

    fn note_removal(&mut self, store: usize, key: &str) {
        if self.checkpointed.is_some() {
            self.removed.push((store, SmolStr::new(key)));
        }
    }

    /// Roughly what the stores take in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many keys a store has.
    pub(crate) fn len(&self, store: usize) -> usize {
        let slots = self.stores[store].slots.values();
        slots.filter(|slot| slot.value.is_some()).count()
    }

    /// All entries of all stores, in their order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, &str, &[u8])> {
        self.stores.iter().enumerate().flat_map(|(store, table)| {
            let keys = table.order().iter();
            keys.filter_map(move |key| Some((store, &**key, table.value(key)?)))
        })
    }
}

/// What an entry takes in memory; one without a value takes nothing that lasts.
fn weight(key: &str, value: Option<&[u8]>) -> usize {
    let outside = |bytes: usize, inline: usize| {
        if bytes <= inline {
            0
        } else {
            bytes + OUTSIDE_BYTES
        }
    };
    value.map_or(0, |value| {
        let key = outside(key.len(), INLINE_KEY_BYTES);
        ENTRY_BYTES + key + outside(value.len(), INLINE_VALUE_BYTES)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_with(pairs: &[(&str, &str)]) -> State {
        let mut state = State::new(1);
        for (key, value) in pairs {
            state.write(0, key, Some(value.as_bytes()));
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
        state.write(0, "a", Some(b"longer"));
        state.write(0, "a", None);
        state.write(0, "b", None);
        state.write(0, "c", Some(b"3"));
        state.write(0, "b", Some(b"again"));
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
        state.write(0, "a", Some(b"1"));
        state.write(0, "gone", None);
        state.write(0, "a", Some(b"2"));
        state.write(0, "never", None);
        let written: Vec<_> = state.written().collect();
        assert_eq!(
            written,
            [(0, "a", Some(b"2".as_slice())), (0, "gone", None)]
        );
    }

    #[test]
    fn what_is_undone_is_not_told_and_what_stands_there_is_no_write() {
        let mut state = state_with(&[("kept", "x")]);
        state.write(0, "kept", Some(b"x"));
        let mark = state.mark();
        state.write(0, "kept", Some(b"y"));
        state.write(0, "new", Some(b"1"));
        state.undo_to(mark);
        assert_eq!(state.written().count(), 0);
        state.write(0, "kept", Some(b"z"));
        let written: Vec<_> = state.written().collect();
        assert_eq!(written, [(0, "kept", Some(b"z".as_slice()))]);
    }

    #[test]
    fn what_was_told_is_told_again_only_when_it_is_written_again() {
        let mut state = state_with(&[("a", "1"), ("b", "1"), ("gone", "1")]);
        let before = (content(&state), state.bytes());
        for key in ["a", "b"] {
            state.write(0, key, Some(b"2"));
        }
        state.write(0, "gone", None);
        state.write(0, "new", Some(b"1"));
        assert_eq!(state.written().count(), 4);
        state.mark_told();
        assert_eq!(state.written().count(), 0);
        state.write(0, "b", Some(b"3"));
        state.write(0, "b", Some(b"4"));
        state.write(0, "new", None);
        state.write(0, "gone", Some(b"5"));
        let written: Vec<_> = state.written().collect();
        let expected = [
            (0, "b", Some(b"4".as_slice())),
            (0, "new", None),
            (0, "gone", Some(b"5".as_slice())),
        ];
        assert_eq!(written, expected);
        assert_eq!(state.written_keys(), (4, 8));
        state.rollback();
        assert_eq!((content(&state), state.bytes()), before);
        state.write(0, "a", None);
        state.mark_told();
        state.write(0, "a", Some(b"6"));
        state.mark_told();
        state.write(0, "b", None);
        state.commit();
        let kept = [("a", "6"), ("gone", "1")].map(|(key, value)| (key.to_owned(), value.into()));
        assert_eq!(content(&state), kept);
        assert_eq!(state.len(0), 2);
    }

    #[test]
    fn what_is_written_after_a_seal_is_taken_back_alone_or_with_it() {
        let begun = || {
            let mut state = state_with(&[("a", "1"), ("gone", "1"), ("back", "1")]);
            let before = (content(&state), state.bytes());
            for key in ["gone", "back"] {
                state.write(0, key, None);
            }
            state.write(0, "a", Some(b"2"));
            state.write(0, "new", Some(b"1"));
            state.seal();
            let sealed = (content(&state), state.bytes());
            assert_eq!(state.written().count(), 0);
            state.write(0, "back", Some(b"2"));
            state.write(0, "a", None);
            state.write(0, "new", None);
            state.write(0, "later", Some(b"1"));
            assert_eq!(state.written_keys(), (4, 4));
            (state, before, sealed)
        };
        let (mut state, before, _) = begun();
        state.rollback();
        assert_eq!((content(&state), state.bytes()), before);

        let (mut state, _, sealed) = begun();
        state.commit_sealed();
        assert_eq!(state.written().count(), 4);
        state.rollback();
        assert_eq!((content(&state), state.bytes()), sealed);
        assert_eq!(state.len(0), 2);

        let (mut state, ..) = begun();
        state.commit_sealed();
        state.commit();
        let kept = ["back", "later"].map(str::to_owned);
        let keys: Vec<_> = content(&state).into_iter().map(|(key, _)| key).collect();
        assert_eq!((keys.as_slice(), state.len(0)), (kept.as_slice(), 2));
    }

    #[test]
    fn a_record_that_fails_after_a_seal_leaves_the_sealed_writes_alone() {
        let mut state = state_with(&[("gone", "1")]);
        let before = content(&state);
        state.write(0, "gone", None);
        state.write(0, "new", Some(b"1"));
        state.seal();
        let mark = state.mark();
        state.write(0, "gone", Some(b"2"));
        state.write(0, "new", None);
        state.undo_to(mark);
        assert_eq!(content(&state), [("new".to_owned(), b"1".to_vec())]);
        state.rollback();
        assert_eq!(content(&state), before);
    }

    #[test]
    fn a_removal_is_told_to_the_checkpoint_though_the_key_was_written_again_and_taken_back() {
        let mut state = state_with(&[("gone", "1")]);
        state.mark_checkpointed();
        state.write(0, "gone", None);
        state.seal();
        state.write(0, "gone", Some(b"2"));
        state.commit_sealed();
        state.rollback();
        let changed: Vec<_> = state.changed_since_checkpoint().collect();
        assert_eq!(changed, [(0, "gone", None)]);
    }

    #[test]
    fn an_order_once_asked_for_follows_every_later_write() {
        let mut state = state_with(&[("b", "1")]);
        assert_eq!(content(&state).len(), 1);
        state.write(0, "a", Some(b"1"));
        state.write(0, "b", None);
        let mark = state.mark();
        state.write(0, "c", Some(b"1"));
        state.undo_to(mark);
        assert_eq!(content(&state), [("a".to_owned(), b"1".to_vec())]);
        state.commit();
        state.set(0, "0", Some(b"2"));
        let keys: Vec<_> = content(&state).into_iter().map(|(key, _)| key).collect();
        assert_eq!(
            (keys, state.len(0)),
            (vec!["0".to_owned(), "a".to_owned()], 2)
        );
    }

    #[test]
    fn changes_since_a_checkpoint_are_told_once_removed_keys_included() {
        let mut state = state_with(&[("old", "1"), ("gone", "1"), ("back", "1")]);
        assert_eq!(state.changed_since_checkpoint().count(), 3);
        state.mark_checkpointed();
        assert_eq!(state.changed_since_checkpoint().count(), 0);
        state.write(0, "old", Some(b"2"));
        state.commit();
        state.write(0, "old", Some(b"3"));
        state.rollback();
        for key in ["gone", "back"] {
            state.write(0, key, None);
            state.commit();
        }
        state.set(0, "back", Some(b"4"));
        let changed: BTreeSet<_> = state.changed_since_checkpoint().collect();
        let expected = [
            (0, "back", Some(b"4".as_slice())),
            (0, "gone", None),
            (0, "old", Some(b"2".as_slice())),
        ];
        assert_eq!(changed, BTreeSet::from(expected));
    }

    #[test]
    fn the_first_write_after_a_restore_is_told() {
        let mut state = State::new(1);
        state.set(0, "a", Some(b"1"));
        state.write(0, "a", Some(b"2"));
        assert_eq!(state.written().count(), 1);
    }

    #[test]
    fn a_rebuild_that_expects_much_holds_the_same_and_gives_back_what_did_not_come() {
        let rebuilt = |expected: usize| {
            let mut state = State::new(2);
            state.expect(expected);
            for key in 0..3_000 {
                state.set(0, &key.to_string(), Some(b"1"));
            }
            for key in 0..2_900 {
                state.set(0, &key.to_string(), None);
            }
            state.expect_no_more();
            state
        };
        let (told, untold) = (rebuilt(1_000_000), rebuilt(0));
        assert_eq!(content(&told), content(&untold));
        assert_eq!((told.len(0), told.bytes()), (100, untold.bytes()));
        let most = 4 * REBUILT_IN_STEPS_FROM;
        for Table { slots, .. } in &told.stores {
            assert!(slots.capacity() <= most, "room for {}", slots.capacity());
        }
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
