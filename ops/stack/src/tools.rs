//! The programs of others that the stack runs: java, mvn and npm.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Error;

/// The oldest Java that Kafka 4 runs on.
const JAVA_MAJOR_MIN: u32 = 17;

/// A Java that Kafka can run on.
#[derive(Clone, Debug)]
pub(crate) struct Java {
    /// The program.
    pub(crate) path: PathBuf,
    /// Its full version, for example `17.0.15`; part of the class archive's name, since an archive
    /// fits one build of Java only.
    pub(crate) version: String,
}

/// The program `tool` on the PATH.
pub(crate) fn find(
    tool: &'static str,
    purpose: &'static str,
    remedy: &'static str,
) -> Result<PathBuf, Error> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join(tool))
        .find(|candidate| is_executable(candidate))
        .ok_or(Error::ToolMissing {
            tool,
            purpose,
            remedy,
        })
}

/// The Java of JAVA_HOME, else the one on the PATH.
///
/// # Errors
/// There is none, or it is too old.
pub(crate) fn find_java() -> Result<Java, Error> {
    let from_home =
        env::var_os("JAVA_HOME").map(|home| PathBuf::from(home).join("bin").join("java"));
    let path = match from_home {
        Some(candidate) if is_executable(&candidate) => candidate,
        _ => find(
            "java",
            "Kafka",
            "install Java 17 or later (Debian: apt install openjdk-17-jre-headless), or use servers that run elsewhere with --external",
        )?,
    };
    let output = Command::new(&path)
        .arg("-version")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::io("running", &path, source))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let version = java_version(&text).unwrap_or_default();
    match java_major(&version) {
        // An unknown way of telling its version is no reason to refuse it: Kafka says what it lacks.
        Some(found) if found < JAVA_MAJOR_MIN => Err(Error::JavaTooOld {
            found,
            needed: JAVA_MAJOR_MIN,
            path,
        }),
        _ => Ok(Java { path, version }),
    }
}

/// The version between the quotes of the first line of `java -version`.
fn java_version(text: &str) -> Option<String> {
    text.split('"').nth(1).map(str::to_owned)
}

/// Java 8 calls itself 1.8.0, later ones 17.0.15 or 25-ea.
fn java_major(version: &str) -> Option<u32> {
    let mut numbers = version.split(|sign: char| !sign.is_ascii_digit());
    let first: u32 = numbers.next()?.parse().ok()?;
    if first > 1 {
        return Some(first);
    }
    numbers.next()?.parse().ok()
}

fn is_executable(path: &Path) -> bool {
    match path.metadata() {
        Ok(metadata) => metadata.is_file() && metadata.permissions().mode() & 0o111 != 0,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_versions_old_and_new_are_understood() {
        let new = java_version("openjdk version \"17.0.15\" 2025-04-15\nmore").unwrap();
        assert_eq!((new.as_str(), java_major(&new)), ("17.0.15", Some(17)));
        assert_eq!(java_major("1.8.0_402"), Some(8));
        assert_eq!(java_major("25-ea"), Some(25));
        assert_eq!(java_major("strange"), None);
    }

    #[test]
    fn a_missing_tool_is_named_with_its_purpose() {
        let error = find("no-such-tool-here", "the trial", "install it").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`no-such-tool-here` is not on the PATH, and the trial needs it"
        );
        assert_eq!(error.hint(), "install it");
    }
}
