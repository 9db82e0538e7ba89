//! The folder of downloads: shared by all stacks of a user, filled once, never half.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::process::Command;
use tokio::time::Instant;

use crate::error::Error;
use crate::home::{create_private, lock_file};
use crate::progress::Progress;
use crate::recipes::{self, Recipe};
use crate::run_file::{load_json, save_json};
use crate::tools;

/// Lists what belongs to a download; written last, so that a download without it is not whole.
const COMPLETE: &str = "complete.json";
/// How long one download may take, and how long another command waits for it: 178 MB at 200 kB/s.
const FETCH_WITHIN: Duration = Duration::from_secs(15 * 60);
/// How often a download by another command is looked at.
const LOCK_POLL: Duration = Duration::from_millis(100);
/// How often a step that goes on says so.
const STILL_EVERY: Duration = Duration::from_secs(10);
/// A tool's word is cut after this many signs: it is to stand in a sentence.
const REASON_CHARS_MAX: usize = 300;

/// The folder of downloads.
pub(crate) struct Cache<'a> {
    root: &'a Path,
    progress: &'a dyn Progress,
}

#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
struct FileSize {
    path: PathBuf,
    bytes: u64,
}

impl<'a> Cache<'a> {
    pub(crate) const fn new(root: &'a Path, progress: &'a dyn Progress) -> Self {
        Self { root, progress }
    }

    /// Kafka's jars in a fixed order; a class archive fits one order only.
    pub(crate) async fn kafka_jars(&self) -> Result<Vec<PathBuf>, Error> {
        let folder = self.fetch(&recipes::kafka()).await?.join(recipes::JARS);
        let failed = |source| Error::io("reading", &folder, source);
        let mut jars = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            jars.push(entry.map_err(failed)?.path());
        }
        jars.sort();
        Ok(jars)
    }

    /// The engine library.
    pub(crate) async fn engine_library(&self) -> Result<PathBuf, Error> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            let machine = format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH);
            return Err(Error::PlatformUnsupported(machine));
        }
        Ok(self
            .fetch(&recipes::engine())
            .await?
            .join(recipes::engine_library()))
    }

    /// Takes the lock `name` in the cache, or waits for whoever has it.
    pub(crate) async fn lock(&self, name: &str) -> Result<File, Error> {
        create_private(self.root)?;
        let path = self.root.join(format!("{name}.lock"));
        let until = Instant::now() + FETCH_WITHIN;
        loop {
            match lock_file(&path) {
                Err(Error::Busy { .. }) if Instant::now() < until => {
                    tokio::time::sleep(LOCK_POLL).await;
                }
                result => return result,
            }
        }
    }

    /// Runs a step, and says every ten seconds that it still goes on.
    pub(crate) async fn step<T>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.progress.begin(what);
        let begun = Instant::now();
        let mut clock = tokio::time::interval_at(begun + STILL_EVERY, STILL_EVERY);
        let mut work = std::pin::pin!(work);
        let done = loop {
            tokio::select! {
                done = &mut work => break done?,
                _ = clock.tick() => self.progress.still(what, begun.elapsed()),
            }
        };
        self.progress.end(what, begun.elapsed());
        Ok(done)
    }

    /// The folder of a recipe, fetched if it is not there whole.
    async fn fetch(&self, recipe: &Recipe) -> Result<PathBuf, Error> {
        let folder = self.root.join(&recipe.folder);
        if is_complete(&folder)? {
            return Ok(folder);
        }
        let tool = tools::find(recipe.tool, recipe.purpose, recipe.remedy)?;
        let step = format!("fetching {}", recipe.what);
        self.step(&step, async {
            let _lock = self.lock(&recipe.folder).await?;
            // Another command may have fetched it while this one waited.
            if !is_complete(&folder)? {
                self.fill(recipe, &tool, &folder).await?;
            }
            Ok(())
        })
        .await?;
        Ok(folder)
    }

    async fn fill(&self, recipe: &Recipe, tool: &Path, folder: &Path) -> Result<(), Error> {
        let half = self.root.join(format!("{}.half", recipe.folder));
        remove_folder(&half)?;
        create_private(&half)?;
        for (name, text) in &recipe.files {
            let path = half.join(name);
            fs::write(&path, text).map_err(|source| Error::io("writing", &path, source))?;
        }
        let log = self.root.join(format!("{}.log", recipe.folder));
        run(recipe, tool, &half, &log).await?;
        let mut files = Vec::new();
        list(&half, Path::new(""), &mut files)?;
        save_json(&half.join(COMPLETE), &files)?;
        remove_folder(folder)?;
        fs::rename(&half, folder).map_err(|source| Error::io("renaming", &half, source))
    }
}

async fn run(recipe: &Recipe, tool: &Path, folder: &Path, log: &Path) -> Result<(), Error> {
    let failed = |reason: String| Error::Fetch {
        what: recipe.what.clone(),
        reason,
    };
    let running = Command::new(tool)
        .args(&recipe.args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = match tokio::time::timeout(FETCH_WITHIN, running).await {
        Ok(output) => output.map_err(|source| Error::io("running", tool, source))?,
        Err(_) => return Err(failed(format!("{} took more than 15 minutes", recipe.tool))),
    };
    if output.status.success() {
        return Ok(());
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    fs::write(log, &text).map_err(|source| Error::io("writing", log, source))?;
    Err(failed(format!(
        "{} (log: {})",
        reason(recipe.tool, &text),
        log.display()
    )))
}

/// What a tool gave as its reason. Maven and npm spread it over several lines, of which the longest
/// is the one with the sentence; codes and pointers to logs are shorter.
fn reason(tool: &str, text: &str) -> String {
    let words = text
        .lines()
        .filter_map(|line| {
            line.strip_prefix("[ERROR]")
                .or_else(|| line.strip_prefix("npm error"))
        })
        .map(str::trim)
        .filter(|line| !line.starts_with("A complete log") && !line.contains("[Help 1] http"))
        .max_by_key(|line| line.len());
    let fallback = || format!("{tool} failed without a reason");
    words.map_or_else(fallback, |line| {
        line.chars().take(REASON_CHARS_MAX).collect()
    })
}

/// A download is whole when everything it listed is still there in its full length.
fn is_complete(folder: &Path) -> Result<bool, Error> {
    let Some(files) = load_json::<Vec<FileSize>>(&folder.join(COMPLETE))? else {
        return Ok(false);
    };
    let is_there = |file: &FileSize| match folder.join(&file.path).metadata() {
        Ok(metadata) => metadata.len() == file.bytes,
        Err(_) => false,
    };
    Ok(!files.is_empty() && files.iter().all(is_there))
}

fn list(root: &Path, below: &Path, files: &mut Vec<FileSize>) -> Result<(), Error> {
    let folder = root.join(below);
    let failed = |source| Error::io("reading", &folder, source);
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = below.join(entry.file_name());
        let metadata = entry.metadata().map_err(failed)?;
        if metadata.is_dir() {
            list(root, &path, files)?;
        } else {
            files.push(FileSize {
                path,
                bytes: metadata.len(),
            });
        }
    }
    Ok(())
}

pub(crate) fn remove_folder(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("removing", folder, error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::SilentProgress;

    fn recipe(script: &'static str) -> Recipe {
        Recipe {
            what: "a trial".to_owned(),
            folder: "trial-1".to_owned(),
            tool: "sh",
            purpose: "the trial",
            remedy: "none",
            args: vec!["-c", script],
            files: vec![("input", "abc".to_owned())],
        }
    }

    #[tokio::test]
    async fn a_download_that_fails_is_never_used_and_the_next_try_begins_anew() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path(), &SilentProgress);
        let broken = recipe("echo half > output; echo '[ERROR] no such host here'; exit 1");
        let error = cache.fetch(&broken).await.unwrap_err();
        assert!(error.to_string().contains("no such host here"), "{error}");
        assert!(!root.path().join("trial-1").exists());

        let folder = cache
            .fetch(&recipe("test ! -e output && cp input output"))
            .await
            .unwrap();
        assert_eq!(fs::read_to_string(folder.join("output")).unwrap(), "abc");
    }

    #[tokio::test]
    async fn a_download_that_is_there_is_not_fetched_again_unless_a_file_was_damaged() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path(), &SilentProgress);
        let folder = cache.fetch(&recipe("cp input output")).await.unwrap();
        cache.fetch(&recipe("exit 1")).await.unwrap();
        fs::write(folder.join("output"), "ab").unwrap();
        assert!(cache.fetch(&recipe("exit 1")).await.is_err());
        cache.fetch(&recipe("cp input output")).await.unwrap();
        assert_eq!(fs::read_to_string(folder.join("output")).unwrap(), "abc");
    }

    #[tokio::test]
    async fn two_commands_fetch_once() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path(), &SilentProgress);
        // The second run would fail, since the count lies beside the folder that each run gets.
        let once = recipe("mkdir ../count && cp input output");
        let (first, second) = tokio::join!(cache.fetch(&once), cache.fetch(&once));
        assert_eq!(first.unwrap(), second.unwrap());
    }

    #[test]
    fn the_tools_own_reason_is_told() {
        let npm = "npm error code ENOTFOUND\nnpm error network request to https://r failed, reason: no such host\nnpm error A complete log of this run can be found in: /x/y/z and this line is very very long indeed, longer than all\n";
        assert_eq!(
            reason("npm", npm),
            "network request to https://r failed, reason: no such host"
        );
        assert_eq!(reason("npm", ""), "npm failed without a reason");
    }
}
