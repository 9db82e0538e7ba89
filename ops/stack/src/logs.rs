//! The parts' log files: kept short, and read when a part dies.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::home::Home;
use crate::parts::Part;

/// A log is cut when it is longer: a day of warnings fits many times over, and four parts with one
/// old copy each stay under 70 MB.
const LOG_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How much of its end is read to find the last line.
const TAIL_BYTES: u64 = 16 * 1024;
/// A last line longer than this is cut: it is to stand in a sentence.
const LINE_CHARS_MAX: usize = 300;

/// Opens a log to be written at its end. The writer must append: then it can be cut while written.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    cut(path)?;
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .map_err(|source| Error::io("writing", path, source))
}

/// Keeps every part's log short, also while it is written.
pub(crate) fn cut_all(home: &Home) -> Result<(), Error> {
    for part in Part::ALL {
        cut(&home.output(part))?;
    }
    Ok(())
}

/// The last line that says something: not empty, and not a frame of a stack trace.
pub(crate) fn last_line(path: &Path) -> String {
    let text = tail(path).unwrap_or_default();
    let line = text
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty() && !line.starts_with(char::is_whitespace));
    line.unwrap_or("it said nothing")
        .chars()
        .take(LINE_CHARS_MAX)
        .collect()
}

/// Log and last line of a part. Kafka has two files; its own log says more, unless Java itself
/// could not start.
pub(crate) fn last_words(home: &Home, part: Part) -> (PathBuf, String) {
    let (log, output) = (home.log(part), home.output(part));
    let path = if length(&log) > 0 { log } else { output };
    let line = last_line(&path);
    (path, line)
}

fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cut(path: &Path) -> Result<(), Error> {
    if length(path) <= LOG_BYTES_MAX {
        return Ok(());
    }
    let failed = |source| Error::io("shortening", path, source);
    let old = path.with_added_extension("1");
    fs::copy(path, &old).map_err(failed)?;
    let file = OpenOptions::new().write(true).open(path).map_err(failed)?;
    file.set_len(0).map_err(failed)
}

fn length(path: &Path) -> u64 {
    path.metadata()
        .map(|metadata| metadata.len())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_last_line_is_the_message_and_not_the_stack_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kafka.log");
        fs::write(
            &path,
            "WARN first\nERROR port taken\n\tat java.base/x\n    at y\n\n",
        )
        .unwrap();
        assert_eq!(last_line(&path), "ERROR port taken");
        assert_eq!(last_line(&folder.path().join("none")), "it said nothing");
    }

    #[test]
    fn a_long_log_is_cut_while_its_writer_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let mut writer = open(&path).unwrap();
        let line = vec![b'x'; 1 << 20];
        for _ in 0..=LOG_BYTES_MAX >> 20 {
            writer.write_all(&line).unwrap();
        }
        cut(&path).unwrap();
        writer.write_all(b"after\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after\n");
        assert!(length(&path.with_added_extension("1")) > LOG_BYTES_MAX);
    }
}
