//! The thread that writes checkpoints, so that no phase waits for a disk.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::store::{Entry, Store};
use super::{Binding, Loaded, Mark};
use crate::fail_point::{FailPoint, FailTrigger};

/// How many checkpoints wait for the disk at most. Each holds a copy of what changed in one task;
/// a phase that finds no room tries again after its next commit.
const WAITING_MAX: usize = 4;

/// How long a take-over waits for checkpoints on their way to the disk; after that the disk hangs,
/// and no more are made.
const SETTLE_MAX: Duration = Duration::from_secs(10);

/// Pause between two looks at what is on its way.
const SETTLE_LOOK: Duration = Duration::from_millis(2);

/// A task's checkpoint on its way to the disk.
pub(crate) struct Save {
    /// Phase and partition.
    pub(crate) task: String,
    pub(crate) binding: Binding,
    /// The changelog offset to read on from.
    pub(crate) offset: i64,
    /// What changed since the task's last checkpoint.
    pub(crate) entries: Vec<Entry>,
}

/// The checkpoints of one process; nothing at all where there is no folder for them.
pub(crate) struct Checkpoints {
    store: Option<Arc<Store>>,
    sender: Mutex<Option<Sender<Save>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    waiting: Arc<AtomicUsize>,
    /// Set when the disk refused one: the marks on disk stay good, newer ones are given up.
    is_given_up: Arc<AtomicBool>,
}

impl Checkpoints {
    /// Opens the folder, and works without checkpoints when that cannot be done.
    pub(crate) fn open(folder: Option<&PathBuf>, fail: &Arc<FailTrigger>) -> Self {
        let mut checkpoints = Self {
            store: None,
            sender: Mutex::default(),
            thread: Mutex::default(),
            waiting: Arc::default(),
            is_given_up: Arc::default(),
        };
        let Some(folder) = folder else {
            return checkpoints;
        };
        let path = folder.display();
        match Store::open(folder) {
            Ok(store) => checkpoints.start(Arc::new(store), fail),
            Err(error) => tracing::warn!(
                %path,
                %error,
                "no local checkpoints: restarts read the changelogs from their start"
            ),
        }
        checkpoints
    }

    fn start(&mut self, store: Arc<Store>, fail: &Arc<FailTrigger>) {
        // Bounded by `reserve`: nothing is sent without a place.
        let (sender, receiver) = channel();
        let (work, fail) = (Arc::clone(&store), Arc::clone(fail));
        let (waiting, is_given_up) = (Arc::clone(&self.waiting), Arc::clone(&self.is_given_up));
        let spawned = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || keep(&work, &receiver, &fail, &waiting, &is_given_up));
        match spawned {
            Ok(thread) => {
                self.store = Some(store);
                self.sender = Mutex::new(Some(sender));
                self.thread = Mutex::new(Some(thread));
            }
            Err(error) => tracing::warn!(%error, "no thread for checkpoints: none are made"),
        }
    }

    /// True while checkpoints can be made.
    pub(crate) fn is_on(&self) -> bool {
        self.store.is_some() && !self.is_given_up.load(Ordering::Acquire)
    }

    /// True while nothing is on its way to the disk.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.load(Ordering::Acquire) == 0
    }

    /// Takes a place for one more; false when there is none now.
    pub(crate) fn reserve(&self) -> bool {
        let one_more = |waiting: usize| (waiting < WAITING_MAX).then_some(waiting + 1);
        self.is_on()
            && self
                .waiting
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more)
                .is_ok()
    }

    /// Hands a checkpoint over, for which a place was reserved.
    pub(crate) fn save(&self, save: Save) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let is_sent = sender
            .as_ref()
            .is_some_and(|sender| sender.send(save).is_ok());
        if !is_sent {
            self.is_given_up.store(true, Ordering::Release);
        }
    }

    /// Whether there is a checkpoint of a task, those on their way to the disk included.
    pub(crate) fn has(&self, task: &str) -> bool {
        self.settle();
        self.store.as_ref().is_some_and(|store| store.has(task))
    }

    /// Waits until what was handed over is on disk: another thread may have had the task until
    /// now, and what it left must be there before it is read, and not come after a clearing.
    fn settle(&self) {
        let deadline = Instant::now() + SETTLE_MAX;
        while self.waiting.load(Ordering::Acquire) > 0 && Instant::now() < deadline {
            std::thread::sleep(SETTLE_LOOK);
        }
        if self.waiting.load(Ordering::Acquire) > 0 {
            tracing::warn!("the disk takes no checkpoints: none are made until the restart");
            self.is_given_up.store(true, Ordering::Release);
        }
    }

    /// Hands the entries of a task's checkpoint over, changelog keys and their values. `None` when
    /// there is no usable one; the caller then begins anew, since it may have got a part.
    pub(crate) fn load(
        &self,
        task: &str,
        binding: &Binding,
        changelog_end: i64,
        take: impl FnMut(&[u8], &[u8]) -> Result<(), String>,
    ) -> Option<Loaded> {
        let store = self.store.as_ref()?;
        self.settle();
        match store.load(task, binding, changelog_end, take) {
            Ok(loaded) => loaded,
            Err(error) => {
                tracing::warn!(task, %error, "a local checkpoint is thrown away");
                self.forget(task);
                None
            }
        }
    }

    /// Throws a task's checkpoint away. Where even that fails no more are made, so that nothing
    /// is written on top of it.
    pub(crate) fn forget(&self, task: &str) {
        let Some(store) = &self.store else { return };
        if let Err(error) = store.forget(task) {
            tracing::warn!(task, %error, "no more local checkpoints are made");
            self.is_given_up.store(true, Ordering::Release);
        }
    }

    /// Waits until all that was handed over is on disk.
    pub(crate) fn close(&self) {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        drop(sender.take());
        drop(sender);
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.close();
    }
}

fn keep(
    store: &Store,
    saves: &Receiver<Save>,
    fail: &FailTrigger,
    waiting: &AtomicUsize,
    is_given_up: &AtomicBool,
) {
    for save in saves {
        let mut mark = Mark {
            binding: save.binding,
            offset: save.offset,
            made_at_s: super::store::now_s(),
        };
        let is_spoilt = spoil(&mut mark, fail);
        // After one is lost the next would leave a hole, so the old mark must stay.
        if !is_given_up.load(Ordering::Acquire)
            && let Err(error) = store.save(&save.task, &mark, save.entries, fail)
        {
            let task = save.task;
            tracing::warn!(task, %error, "a checkpoint failed: none are made until the restart");
            is_given_up.store(true, Ordering::Release);
        }
        if is_spoilt {
            tracing::error!("aborting the process with a bad checkpoint, as the fail point asks");
            std::process::abort();
        }
        waiting.fetch_sub(1, Ordering::AcqRel);
    }
    if let Err(error) = store.sync() {
        tracing::warn!(%error, "the last checkpoints may not outlast the machine's end");
    }
}

/// Makes a mark bad where a test of crashes asks for it; tells whether it did.
fn spoil(mark: &mut Mark, fail: &FailTrigger) -> bool {
    /// Beyond the end of any changelog of a test.
    const FAR: i64 = 1 << 40;
    if fail.is_due(FailPoint::CheckpointAhead) {
        mark.offset += FAR;
        return true;
    }
    if fail.is_due(FailPoint::CheckpointOfAnotherCluster) {
        mark.binding.cluster = "another".to_owned();
        return true;
    }
    false
}
