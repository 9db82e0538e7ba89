//! Telling a person what takes so long.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How often the bar's clock moves on a terminal.
const TICK: Duration = Duration::from_millis(120);

/// Hears what the stack is doing. A step begins once and ends once, unless it fails.
pub trait Progress: Send + Sync {
    /// A step begins, for example `fetching Kafka 4.1.2 from Maven Central`.
    fn begin(&self, step: &str);
    /// It still goes on; called every ten seconds.
    fn still(&self, step: &str, elapsed: Duration);
    /// It has succeeded.
    fn end(&self, step: &str, took: Duration);
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct SilentProgress;

impl Progress for SilentProgress {
    fn begin(&self, _step: &str) {}
    fn still(&self, _step: &str, _elapsed: Duration) {}
    fn end(&self, _step: &str, _took: Duration) {}
}

/// One line per step on stderr: a moving one on a terminal, else plain lines.
#[derive(Debug)]
pub struct TerminalProgress {
    bars: MultiProgress,
    open: Mutex<BTreeMap<String, ProgressBar>>,
    is_terminal: bool,
}

impl TerminalProgress {
    /// Looks once whether stderr is a terminal.
    #[must_use]
    pub fn new() -> Self {
        Self {
            bars: MultiProgress::new(),
            open: Mutex::default(),
            is_terminal: io::stderr().is_terminal(),
        }
    }

    fn line(line: &str) {
        // A closed stderr must not end the work that is being reported.
        drop(writeln!(io::stderr(), "{line}"));
    }
}

impl Default for TerminalProgress {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for TerminalProgress {
    fn begin(&self, step: &str) {
        if !self.is_terminal {
            Self::line(&format!("{step} …"));
            return;
        }
        let bar = self.bars.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(step.to_owned());
        bar.enable_steady_tick(TICK);
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(step.to_owned(), bar);
    }

    fn still(&self, step: &str, elapsed: Duration) {
        if !self.is_terminal {
            Self::line(&format!("{step} … {} s", elapsed.as_secs()));
        }
    }

    fn end(&self, step: &str, took: Duration) {
        let bar = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(step);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        let line = format!("{step}: done in {:.1} s", took.as_secs_f64());
        if self.is_terminal {
            drop(self.bars.println(line));
        } else {
            Self::line(&line);
        }
    }
}

impl Drop for TerminalProgress {
    fn drop(&mut self) {
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner);
        for bar in open.values() {
            bar.finish_and_clear();
        }
    }
}
