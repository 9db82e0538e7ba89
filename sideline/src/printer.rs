//! The one place that writes to the terminal: data on stdout, everything else on stderr.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// How often a progress line is written where there is no terminal to draw a bar on.
const PROGRESS_LINE_EVERY: Duration = Duration::from_secs(10);

/// Prints tables or JSON, by what the user asked for.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    is_json: bool,
}

impl Printer {
    /// A printer of JSON (`--json`) or of tables and sentences.
    #[must_use]
    pub const fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// True when the user asked for JSON.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.is_json
    }

    /// One line for people, on stderr; nothing is said there that a script needs.
    pub fn say(&self, line: &str) {
        // A closed stderr must not end the work that is being reported.
        drop(writeln!(io::stderr(), "{line}"));
    }

    /// A table for people on stdout, or the same rows as JSON.
    ///
    /// # Errors
    /// Stdout is closed, or a row has no JSON form.
    pub fn table<R: Serialize>(
        &self,
        header: &[&str],
        rows: &[R],
        cells: impl Fn(&R) -> Vec<String>,
    ) -> io::Result<()> {
        if self.is_json {
            return self.json(&rows);
        }
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_BORDERS_ONLY)
            .set_header(header.to_vec());
        for row in rows {
            table.add_row(cells(row));
        }
        writeln!(io::stdout(), "{table}")
    }

    /// A value as one line of JSON on stdout.
    ///
    /// # Errors
    /// Stdout is closed, or the value has no JSON form.
    pub fn json<T: Serialize>(&self, value: &T) -> io::Result<()> {
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, value)?;
        writeln!(out)
    }

    /// One line of plain text on stdout, for people.
    ///
    /// # Errors
    /// Stdout is closed.
    pub fn line(&self, text: &str) -> io::Result<()> {
        writeln!(io::stdout(), "{text}")
    }

    /// Bytes on stdout, as they are.
    ///
    /// # Errors
    /// Stdout is closed.
    pub fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        io::stdout().write_all(bytes)
    }

    /// A progress bar of `total` steps named `what`.
    #[must_use]
    pub fn progress(&self, what: &str, total: u64) -> Progress {
        Progress::new(what, total)
    }
}

/// A bar on a terminal, else a line every ten seconds.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    what: String,
    is_terminal: bool,
    last_line: Instant,
}

impl Progress {
    fn new(what: &str, total: u64) -> Self {
        let bar = ProgressBar::new(total);
        let is_terminal = io::stderr().is_terminal();
        if !is_terminal {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template(
            "{msg:24} [{bar:32}] {human_pos}/{human_len}  {per_sec}  {eta}",
        ) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        Self {
            bar,
            what: what.to_owned(),
            is_terminal,
            last_line: Instant::now(),
        }
    }

    /// Sets how many of the steps are done.
    pub fn set(&mut self, position: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(position);
        if !self.is_terminal && self.last_line.elapsed() >= PROGRESS_LINE_EVERY {
            self.last_line = Instant::now();
            drop(writeln!(io::stderr(), "{}: {position}/{total}", self.what));
        }
    }

    /// Removes the bar.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
