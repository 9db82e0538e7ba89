//! Waiting for a condition, within a bound.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::runtime::Runtime;

/// Longest wait for something that takes milliseconds when all is well, and seconds on a busy
/// machine.
pub(crate) const SOON: Duration = Duration::from_secs(120);
/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Looks until there is an answer.
pub(crate) fn until<T>(within: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            bail!("waited {} s in vain", within.as_secs());
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Runs asynchronous work to its end. Clients made inside must not outlive the call.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    Runtime::new()?.block_on(work)
}
