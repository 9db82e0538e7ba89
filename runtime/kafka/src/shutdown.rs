//! How a run is asked to end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A wish to end, shared by all who should hear it. Cheap to clone; once requested it stays so.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    inner: Arc<(Mutex<bool>, Condvar)>,
    /// The same wish, for loops that look at it with every record.
    is_requested: Arc<AtomicBool>,
}

impl Shutdown {
    /// A wish not yet made.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everyone who shares it to end.
    pub fn request(&self) {
        self.is_requested.store(true, Ordering::Release);
        *self.inner.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.inner.1.notify_all();
    }

    /// True once it was requested.
    pub fn is_requested(&self) -> bool {
        self.is_requested.load(Ordering::Acquire)
    }

    /// Waits until it is requested, at most so long; true when it is.
    pub fn wait(&self, at_most: Duration) -> bool {
        let requested = self.inner.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .inner
            .1
            .wait_timeout_while(requested, at_most, |requested| !*requested);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_wakes_who_waits_and_stays() {
        let shutdown = Shutdown::new();
        assert!(!shutdown.wait(Duration::ZERO));
        let other = shutdown.clone();
        let waiting = std::thread::spawn(move || other.wait(Duration::from_mins(1)));
        shutdown.request();
        assert!(waiting.join().unwrap());
        assert!(shutdown.is_requested());
    }
}
