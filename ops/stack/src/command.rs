//! A command line as a value, so that it can be compared and shown before anything runs.

use std::path::PathBuf;

/// A program with its arguments and the environment it gets on top of the caller's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CommandLine {
    /// The program, as an absolute path.
    pub program: PathBuf,
    /// Its arguments; they are visible to every user of the machine, so no secret is among them.
    pub args: Vec<String>,
    /// Variables it gets on top of the caller's environment.
    pub environment: Vec<(String, String)>,
}

impl CommandLine {
    /// Program and arguments as one list.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words = vec![self.program.display().to_string()];
        words.extend(self.args.iter().cloned());
        words
    }
}
