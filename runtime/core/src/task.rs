//! The engine: one phase at work on one partition.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::codec::CodecError;
use crate::context::Context;
use crate::error::{BadInput, ErrorClass, ProcessError, TaskError};
use crate::partition::partition_of_hash;
use crate::phase::{InputSlot, Phase};
use crate::record::{DeadLetter, Place, RawRecord};
use crate::state::{Mark, State};

/// After this many records in a row whose handler panicked or failed, the task stops: one such
/// record is an odd record, three in a row are a broken program, and going on would turn the whole
/// log into dead letters. Bad input is never counted: what a sender does wrong stops nobody.
pub const FAILURES_IN_A_ROW_MAX: u32 = 3;

/// A record to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputRecord {
    /// The topic as the topology names it, without a deployment's prefix.
    pub topic: Arc<str>,
    /// Which of the phase's outputs it is, in the order of [`Phase::output_topics`].
    pub output: usize,
    /// The hash of its partition key, [`crate::murmur2`], which [`OutputRecord::partition`] uses.
    pub partition_hash: i32,
    /// What the record is compacted by.
    pub key: String,
    /// The encoded value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
}

impl OutputRecord {
    /// The partition it goes to, of a topic with so many: the one of
    /// [`partition_for`](crate::partition_for) its partition key.
    #[must_use]
    pub fn partition(&self, partitions: i32) -> i32 {
        partition_of_hash(self.partition_hash, partitions)
    }
}

/// What one record led to. All of it belongs to the driver's open transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// The records to write, in the order they were forwarded.
    pub outputs: Vec<OutputRecord>,
    /// The dead letters this record caused. They are already written among the outputs by the
    /// phase's hook; here they are for counting and for tests.
    pub dead_letters: Vec<DeadLetter>,
}

/// One phase at work on one partition: its stores, and the writes not yet committed.
///
/// # Invariant
/// A record that fails leaves no trace in the stores; [`Task::rollback`] leaves none of any
/// record since the last [`Task::commit`].
pub struct Task {
    phase: Arc<Phase>,
    partition: i32,
    state: State,
    /// Failures since the last record that was used; refused ones tell nothing of the handler.
    failures_in_a_row: u32,
    /// Where values are encoded: made once, and as large as the largest value so far.
    scratch: Vec<u8>,
}

impl Task {
    /// A task with empty stores.
    pub fn new(phase: Arc<Phase>, partition: i32) -> Self {
        let state = State::new(phase.stores.len());
        Self {
            phase,
            partition,
            state,
            failures_in_a_row: 0,
            scratch: Vec::new(),
        }
    }

    /// The phase.
    pub fn phase(&self) -> &Arc<Phase> {
        &self.phase
    }

    /// The partition, from 0.
    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// Takes one record and tells what it led to. Bad input and panics end as dead letters in
    /// the effects.
    ///
    /// # Errors
    /// When the record can neither be used nor put aside. It has then left no trace, and a
    /// transient error may be tried again with the same record.
    pub fn process(&mut self, record: &RawRecord) -> Result<Effects, TaskError> {
        let phase = Arc::clone(&self.phase);
        let input = self.input(&phase, &record.place.topic)?;
        let mark = self.state.mark();
        let outcome = self.try_process(&phase, input, record, mark);
        if outcome.is_err() {
            self.state.undo_to(mark);
        }
        let (outputs, dead_letters) = outcome?;
        Ok(Effects {
            outputs,
            dead_letters,
        })
    }

    /// Each key written since the last commit, once, with the value it has now (`None` when it
    /// was removed), in the order of their first writes: what a changelog needs to know. Without
    /// what was written before the last [`Task::mark_told`], unless it was written again.
    pub fn changes(&self) -> impl Iterator<Item = (&'static str, &str, Option<&[u8]>)> {
        self.state
            .written()
            .map(|(store, key, value)| (self.phase.stores[store], key, value))
    }

    /// Says that the changelog has all changes so far, in the transaction that is open.
    pub fn mark_told(&mut self) {
        self.state.mark_told();
    }

    /// How many keys the open transaction wrote, and how often.
    pub fn written_keys(&self) -> (usize, usize) {
        self.state.written_keys()
    }

    /// Makes all writes since the last commit lasting.
    pub fn commit(&mut self) {
        self.state.commit();
    }

    /// Closes the transaction at hand, all of whose changes have been told: what is written from
    /// now on belongs to the next one, while the end of this one is waited for. It is over with
    /// [`Task::commit_sealed`] or [`Task::rollback`], and no other may be closed before.
    pub fn seal(&mut self) {
        self.state.seal();
    }

    /// Makes the closed transaction lasting, and nothing that came after it.
    pub fn commit_sealed(&mut self) {
        self.state.commit_sealed();
    }

    /// Takes all writes since the last commit back.
    pub fn rollback(&mut self) {
        self.state.rollback();
    }

    /// Sets a key as the changelog tells it. False when the phase has no such store any more:
    /// the change is then ignored.
    pub fn restore(&mut self, store: &str, key: &str, value: Option<&[u8]>) -> bool {
        let Some(index) = self.phase.stores.iter().position(|name| *name == store) else {
            return false;
        };
        self.state.set(index, key, value);
        true
    }

    /// Says how many entries [`Task::restore`] will bring at most, so that the stores grow in few
    /// large steps. [`Task::expect_no_more`] ends it.
    pub fn expect(&mut self, entries: usize) {
        self.state.expect(entries);
    }

    /// Says that everything is restored: memory for entries that did not come is given back.
    pub fn expect_no_more(&mut self) {
        self.state.expect_no_more();
    }

    /// Says that a checkpoint holds everything committed so far.
    /// [`Task::changed_since_checkpoint`] then tells what comes after it.
    pub fn mark_checkpointed(&mut self) {
        self.state.mark_checkpointed();
    }

    /// Says that no more checkpoints are made: nothing is kept for them any longer.
    pub fn forget_checkpoint(&mut self) {
        self.state.forget_checkpoint();
    }

    /// What was written since [`Task::mark_checkpointed`], each key once and in no order, with its
    /// value, `None` when it was removed; all there is, when it was never called. To be asked
    /// between transactions.
    pub fn changed_since_checkpoint(
        &self,
    ) -> impl Iterator<Item = (&'static str, &str, Option<&[u8]>)> {
        let changed = self.state.changed_since_checkpoint();
        changed.map(|(store, key, value)| (self.phase.stores[store], key, value))
    }

    /// Roughly what the stores take in memory, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.state.bytes()
    }

    /// How many keys each store has, by name, in the order of declaration.
    pub fn store_sizes(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.phase
            .stores
            .iter()
            .enumerate()
            .map(|(index, name)| (*name, self.state.len(index)))
    }

    /// All that is stored: store, key, bytes, in order. For checkpoints and tests; the writes
    /// not yet committed are part of it.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, &str, &[u8])> {
        self.state
            .entries()
            .map(|(store, key, value)| (self.phase.stores[store], key, value))
    }

    fn input<'p>(&self, phase: &'p Phase, topic: &str) -> Result<&'p InputSlot, TaskError> {
        if let Some(input) = phase.inputs.iter().find(|input| &*input.topic == topic) {
            return Ok(input);
        }
        let inputs: Vec<&str> = phase.input_topics().map(|topic| &**topic).collect();
        Err(TaskError::UnknownInput {
            phase: phase.name,
            topic: topic.to_owned(),
            inputs: inputs.join(", "),
        })
    }

    fn try_process(
        &mut self,
        phase: &Phase,
        input: &InputSlot,
        record: &RawRecord,
        mark: Mark,
    ) -> Result<(Vec<OutputRecord>, Vec<DeadLetter>), TaskError> {
        let (mut outputs, mut complaints) = (Vec::new(), Vec::new());
        let mut context = Context {
            phase,
            task: self.partition,
            state: &mut self.state,
            outputs: &mut outputs,
            complaints: &mut complaints,
            scratch: &mut self.scratch,
        };
        // The undo log takes back whatever a panic left half done, so nothing torn is seen.
        let handled = catch_unwind(AssertUnwindSafe(|| (input.run)(record, &mut context)));
        let dead_letters = match self.judge(handled, record)? {
            Verdict::Used => letters(phase, record, complaints, ErrorClass::Partial),
            Verdict::Refused(fault) => {
                self.state.undo_to(mark);
                outputs.clear();
                letters(phase, record, vec![fault], ErrorClass::Permanent)
            }
        };
        for letter in &dead_letters {
            self.write_dead_letter(phase, letter, &mut outputs)?;
        }
        Ok((outputs, dead_letters))
    }

    /// Sorts what came of the handler: used, refused as bad input, or an error of the task.
    fn judge(
        &mut self,
        handled: std::thread::Result<Result<(), ProcessError>>,
        record: &RawRecord,
    ) -> Result<Verdict, TaskError> {
        if let Ok(Ok(())) = &handled {
            self.failures_in_a_row = 0;
            return Ok(Verdict::Used);
        }
        let (phase, place) = (self.phase.name, record.place.clone());
        let result = match handled {
            Ok(result) => result,
            Err(payload) => {
                let message = format!("the handler panicked: {}", panic_message(&*payload));
                return self.judge_failure(place, "panic", message);
            }
        };
        match result {
            Ok(()) => Ok(Verdict::Used),
            Err(ProcessError::Failed(message)) => self.judge_failure(place, "failed", message),
            Err(ProcessError::BadInput(fault)) => Ok(Verdict::Refused(*fault)),
            Err(ProcessError::Codec(source)) if source.is_transient => Err(TaskError::Transient {
                phase,
                place,
                source,
            }),
            Err(ProcessError::Codec(CodecError {
                reason, message, ..
            })) => Ok(Verdict::Refused(BadInput::new(reason, message))),
            Err(source) => Err(TaskError::Broken {
                phase,
                place,
                source,
            }),
        }
    }

    /// A failure of the handler: the record is put aside, unless too many were before it.
    fn judge_failure(
        &mut self,
        place: Place,
        reason: &str,
        message: String,
    ) -> Result<Verdict, TaskError> {
        self.failures_in_a_row += 1;
        let count = self.failures_in_a_row;
        if count >= FAILURES_IN_A_ROW_MAX {
            return Err(TaskError::FailedInARow {
                phase: self.phase.name,
                place,
                count,
                message,
            });
        }
        let fault = BadInput::new(reason, message);
        Ok(Verdict::Refused(fault.hint(
            "a fault of the program: fix it, then retry this letter",
        )))
    }

    fn write_dead_letter(
        &mut self,
        phase: &Phase,
        letter: &DeadLetter,
        outputs: &mut Vec<OutputRecord>,
    ) -> Result<(), TaskError> {
        let failed = |message: String| TaskError::DeadLetterHook {
            phase: phase.name,
            place: letter.place.clone(),
            message,
        };
        let Some(hook) = &phase.dead_letter else {
            return Err(failed(format!(
                "the phase has no hook for: {}",
                letter.message
            )));
        };
        let mut complaints = Vec::new();
        let mut context = Context {
            phase,
            task: self.partition,
            state: &mut self.state,
            outputs,
            complaints: &mut complaints,
            scratch: &mut self.scratch,
        };
        match catch_unwind(AssertUnwindSafe(|| hook(letter, &mut context))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(ProcessError::Codec(source))) if source.is_transient => {
                Err(TaskError::Transient {
                    phase: phase.name,
                    place: letter.place.clone(),
                    source,
                })
            }
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(payload) => Err(failed(panic_message(&*payload))),
        }
    }
}

enum Verdict {
    Used,
    Refused(BadInput),
}

fn letters(
    phase: &Phase,
    record: &RawRecord,
    faults: Vec<BadInput>,
    class: ErrorClass,
) -> Vec<DeadLetter> {
    faults
        .into_iter()
        .map(|fault| DeadLetter::new(phase.name, record, fault, class))
        .collect()
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    text.or(owned)
        .unwrap_or("a panic without a message")
        .to_owned()
}
