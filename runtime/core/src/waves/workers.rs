//! The threads of a run. A task travels to a thread with its records and back with its outputs,
//! so nothing is shared and nothing is locked.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;

use crate::error::TaskError;
use crate::record::{DeadLetter, RawRecord};
use crate::task::{OutputRecord, Task};

/// Fewer records than this are not worth a trip to another thread, which takes microseconds.
const WORTH_A_TRIP: usize = 64;

/// A task, what it is to take, and then what came of it.
pub(super) struct Share {
    pub(super) task: Task,
    inbox: Vec<RawRecord>,
    /// Each with the timestamp of the record that caused it.
    pub(super) outputs: Vec<(OutputRecord, i64)>,
    pub(super) dead_letters: Vec<DeadLetter>,
    failed: Option<TaskError>,
}

impl Share {
    pub(super) fn new(task: Task, inbox: Vec<RawRecord>) -> Self {
        Self {
            task,
            outputs: Vec::with_capacity(inbox.len()),
            inbox,
            dead_letters: Vec::new(),
            failed: None,
        }
    }

    /// Takes the records in their order, up to the first that cannot be taken.
    fn work(&mut self) {
        for record in self.inbox.drain(..) {
            match self.task.process(&record) {
                Ok(effects) => {
                    let outputs = effects.outputs.into_iter();
                    self.outputs
                        .extend(outputs.map(|output| (output, record.timestamp_ms)));
                    self.dead_letters.extend(effects.dead_letters);
                    self.task.commit();
                }
                Err(error) => {
                    self.failed = Some(error);
                    return;
                }
            }
        }
    }
}

/// Threads that wait for shares; they end when this is dropped. The caller is one of them.
pub(super) struct Workers {
    senders: Vec<Sender<(usize, Share)>>,
    done: Mutex<Receiver<(usize, Share)>>,
}

impl Workers {
    pub(super) fn start<'scope>(scope: &'scope Scope<'scope, '_>, threads: usize) -> Self {
        let (finished, done) = channel();
        let senders = (1..threads).map(|_| {
            let (sender, shares) = channel::<(usize, Share)>();
            let finished = finished.clone();
            scope.spawn(move || {
                for (number, mut share) in shares {
                    share.work();
                    if finished.send((number, share)).is_err() {
                        return;
                    }
                }
            });
            sender
        });
        Self {
            senders: senders.collect(),
            done: Mutex::new(done),
        }
    }

    /// Works shares off, and gives them back in their order. Bounded by the partitions of a phase:
    /// there is never more than one share of each on its way.
    ///
    /// # Errors
    /// The first share's that failed, in their order.
    pub(super) fn work(&self, shares: Vec<Share>) -> Result<Vec<Share>, TaskError> {
        let records: usize = shares.iter().map(|share| share.inbox.len()).sum();
        let is_worth_it = records >= WORTH_A_TRIP && shares.len() > 1;
        let mut finished: Vec<(usize, Share)> = Vec::with_capacity(shares.len());
        let mut away = 0;
        let mut own = Vec::new();
        for (number, share) in shares.into_iter().enumerate() {
            let lane = number % (self.senders.len() + 1);
            let sender = lane.checked_sub(1).and_then(|lane| self.senders.get(lane));
            match sender.filter(|_| is_worth_it) {
                None => own.push((number, share)),
                Some(sender) => match sender.send((number, share)) {
                    Ok(()) => away += 1,
                    // The thread is gone; its share comes back with the error.
                    Err(returned) => own.push(returned.0),
                },
            }
        }
        for (number, mut share) in own {
            share.work();
            finished.push((number, share));
        }
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        finished.extend(done.iter().take(away));
        finished.sort_by_key(|(number, _)| *number);
        finished
            .into_iter()
            .map(|(_, mut share)| match share.failed.take() {
                Some(error) => Err(error),
                None => Ok(share),
            })
            .collect()
    }
}
