//! What was said of one fact, by whom and when, and what of it was the truth at a moment.
//!
//! Facts are kept, never folded: each question is answered from all statements known before the
//! moment asked about, so the order in which they arrived cannot matter.

use serde::{Deserialize, Serialize};
use sideline_avro::facts::TeamFact;
use sideline_avro::time::Timestamp;

use crate::fingerprint;

/// What a record says of a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Said<T> {
    /// The fact is so.
    Stated(T),
    /// From its time on, this source says nothing of the fact.
    Retracted,
    /// The statement was deleted from the log: it counts as never made, because after compaction
    /// nobody can know that it was.
    Deleted,
}

/// One statement of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Statement<T> {
    pub(crate) source: String,
    pub(crate) known_at: Timestamp,
    /// Of two records with one key, the log keeps the later; so do we.
    pub(crate) offset: i64,
    pub(crate) said: Said<T>,
}

/// What became of a statement put into a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Insertion {
    /// It was not known.
    New,
    /// It replaces another of the same source and time.
    Corrected,
    /// It was known, or has been replaced already.
    Known,
}

/// All statements about one fact.
///
/// # Invariant
/// Sorted by known_at and source; one statement per pair of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct History<T> {
    statements: Vec<Statement<T>>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self {
            statements: Vec::new(),
        }
    }
}

impl<T: Serialize + PartialEq> History<T> {
    /// Puts a statement in its place. Beyond `bound` the oldest are forgotten: which ones stay
    /// depends on what was said, not on when it arrived.
    pub(crate) fn insert(&mut self, new: Statement<T>, bound: usize) -> Insertion {
        let place = (new.known_at, new.source.as_str());
        let found = self
            .statements
            .binary_search_by(|known| (known.known_at, known.source.as_str()).cmp(&place));
        match found {
            Ok(index) => self.replace(index, new),
            Err(index) => {
                self.statements.insert(index, new);
                if self.statements.len() > bound {
                    self.statements.remove(0);
                }
                Insertion::New
            }
        }
    }

    fn replace(&mut self, index: usize, new: Statement<T>) -> Insertion {
        let known = &mut self.statements[index];
        if known.offset >= new.offset {
            return Insertion::Known;
        }
        let is_same = known.said == new.said;
        *known = new;
        if is_same {
            Insertion::Known
        } else {
            Insertion::Corrected
        }
    }

    /// The truth from what was known before a moment: per source its newest word, and between
    /// sources as [`outranks`] says.
    pub(crate) fn as_of(&self, before: Timestamp) -> Option<&Statement<T>> {
        let mut best: Option<&Statement<T>> = None;
        let mut heard: Vec<&str> = Vec::new();
        for statement in self.known_before(before) {
            if statement.said == Said::Deleted || heard.contains(&statement.source.as_str()) {
                continue;
            }
            heard.push(&statement.source);
            if !matches!(statement.said, Said::Stated(_)) {
                continue;
            }
            if best.is_none_or(|found| outranks(statement, found)) {
                best = Some(statement);
            }
        }
        best
    }

    /// The value of [`Self::as_of`].
    pub(crate) fn value_as_of(&self, before: Timestamp) -> Option<&T> {
        self.as_of(before).and_then(Statement::value)
    }

    /// The truth from everything that is known.
    pub(crate) fn present(&self) -> Option<&T> {
        self.value_as_of(Timestamp(i64::MAX))
    }

    /// Newest first, all that was known before a moment.
    pub(crate) fn known_before(&self, before: Timestamp) -> impl Iterator<Item = &Statement<T>> {
        self.statements
            .iter()
            .rev()
            .skip_while(move |known| known.known_at >= before)
    }

    /// The newest word of one source before a moment; none when it is a retraction.
    pub(crate) fn of_source(&self, source: &str, before: Timestamp) -> Option<&Statement<T>> {
        let newest = self
            .known_before(before)
            .find(|known| known.source == source && known.said != Said::Deleted)?;
        newest.value().map(|_| newest)
    }

    /// All statements, oldest first.
    pub(crate) fn statements(&self) -> &[Statement<T>] {
        &self.statements
    }
}

impl<T> Statement<T> {
    /// What is stated, unless it is a retraction.
    pub(crate) fn value(&self) -> Option<&T> {
        match &self.said {
            Said::Stated(value) => Some(value),
            Said::Retracted | Said::Deleted => None,
        }
    }
}

/// What a record says, given the body it should have.
pub(crate) fn said_of<T>(is_retracted: bool, body: Option<T>) -> Said<T> {
    match body {
        Some(body) => Said::Stated(body),
        None if is_retracted => Said::Retracted,
        None => Said::Deleted,
    }
}

/// A team's fact as a statement.
pub(crate) fn statement_of<T>(fact: &TeamFact, said: Said<T>) -> Statement<T> {
    Statement {
        source: fact.source.clone(),
        known_at: fact.known_at,
        offset: fact.cause.offset,
        said,
    }
}

/// A person's word counts more than any feed's; all feeds count alike.
fn priority(source: &str) -> u8 {
    u8::from(source == "manual")
}

/// Between sources: priority, then the newer, then the content's hash, so that the answer never
/// depends on arrival.
pub(crate) fn outranks<T: Serialize>(one: &Statement<T>, other: &Statement<T>) -> bool {
    let rank = |statement: &Statement<T>| (priority(&statement.source), statement.known_at);
    if rank(one) != rank(other) {
        return rank(one) > rank(other);
    }
    fingerprint::of(&one.said) > fingerprint::of(&other.said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(source: &str, known_at: i64, offset: i64, said: Said<u32>) -> Statement<u32> {
        Statement {
            source: source.into(),
            known_at: Timestamp(known_at),
            offset,
            said,
        }
    }

    fn history(statements: &[Statement<u32>]) -> History<u32> {
        let mut history = History::default();
        for statement in statements {
            history.insert(statement.clone(), 8);
        }
        history
    }

    #[test]
    fn the_newest_word_before_the_moment_is_the_truth() {
        let log = history(&[
            said("feed", 10, 0, Said::Stated(1)),
            said("feed", 20, 1, Said::Stated(2)),
        ]);
        assert_eq!(
            log.value_as_of(Timestamp(10)),
            None,
            "known at the moment is not before it"
        );
        assert_eq!(log.value_as_of(Timestamp(20)), Some(&1));
        assert_eq!(log.present(), Some(&2));
    }

    #[test]
    fn promise_5_the_order_of_arrival_does_not_matter() {
        let statements = [
            said("feed", 10, 0, Said::Stated(1)),
            said("feed", 30, 2, Said::Retracted),
            said("other", 20, 0, Said::Stated(7)),
            said("other", 20, 5, Said::Stated(8)),
            said("manual", 5, 0, Said::Stated(9)),
            said("manual", 40, 1, Said::Deleted),
        ];
        let sorted = history(&statements);
        for shift in 0..statements.len() {
            let mut shuffled = statements.clone();
            shuffled.rotate_left(shift);
            assert_eq!(history(&shuffled), sorted);
            shuffled.reverse();
            assert_eq!(history(&shuffled), sorted);
        }
    }

    #[test]
    fn a_person_outranks_a_newer_feed() {
        let log = history(&[
            said("manual", 10, 0, Said::Stated(1)),
            said("feed", 20, 0, Said::Stated(2)),
        ]);
        assert_eq!(log.present(), Some(&1));
    }

    #[test]
    fn a_retraction_silences_its_source_and_a_deletion_uncovers_the_word_before() {
        let retracted = history(&[
            said("feed", 10, 0, Said::Stated(1)),
            said("feed", 20, 1, Said::Retracted),
        ]);
        assert_eq!(retracted.present(), None);
        assert_eq!(retracted.value_as_of(Timestamp(20)), Some(&1));
        let deleted = history(&[
            said("feed", 10, 0, Said::Stated(1)),
            said("feed", 20, 1, Said::Stated(2)),
            said("feed", 20, 2, Said::Deleted),
        ]);
        assert_eq!(deleted.present(), Some(&1));
    }

    #[test]
    fn a_resend_is_known_and_a_later_record_of_the_same_key_corrects() {
        let mut log = history(&[said("feed", 10, 3, Said::Stated(1))]);
        assert_eq!(
            log.insert(said("feed", 10, 4, Said::Stated(1)), 8),
            Insertion::Known
        );
        assert_eq!(
            log.insert(said("feed", 10, 2, Said::Stated(5)), 8),
            Insertion::Known
        );
        assert_eq!(
            log.insert(said("feed", 10, 9, Said::Stated(2)), 8),
            Insertion::Corrected
        );
        assert_eq!(log.present(), Some(&2));
    }

    #[test]
    fn beyond_the_bound_the_oldest_is_forgotten_whatever_came_first() {
        let mut late_first = History::default();
        let mut early_first = History::default();
        for known_at in 0..5 {
            early_first.insert(said("feed", known_at, 0, Said::Stated(0)), 3);
            late_first.insert(said("feed", 4 - known_at, 0, Said::Stated(0)), 3);
        }
        assert_eq!(early_first, late_first);
        assert_eq!(early_first.statements().len(), 3);
    }
}
