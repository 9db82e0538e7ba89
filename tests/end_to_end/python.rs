//! Python's clients, Confluent's and ClickHouse's own, on our broker, registry and engine. What
//! docs/producing.md and docs/analysts/python.md tell people to write is what runs here.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use sideline::{league_clock, moments};
use sideline_avro::time::Timestamp;
use sideline_warehouse::cookbook::{Asked, Preset, Recipe, recipes};

use crate::shared::{self, Shared};
use crate::wait::{block_on, until};

/// The scripts and what they need, by the name each has in the folder they run in.
const FILES: [(&str, &str); 4] = [
    (
        "injury_and_prediction.py",
        include_str!("python/injury_and_prediction.py"),
    ),
    ("cookbook.py", include_str!("python/cookbook.py")),
    ("read_latest.py", include_str!("python/read_latest.py")),
    ("requirements.txt", include_str!("python/requirements.txt")),
];
/// A page whose code the scripts call, where that code begins on it, and the module it becomes.
struct Page {
    module: &'static str,
    text: &'static str,
    heading: &'static str,
}

const PAGES: [Page; 2] = [
    Page {
        module: "producing.py",
        text: include_str!("../../docs/producing.md"),
        heading: "\n## Python, once\n",
    },
    Page {
        module: "analysts.py",
        text: include_str!("../../docs/analysts/python.md"),
        heading: "# Python\n",
    },
];
/// How code begins and ends on a page.
const CODE: (&str, &str) = ("```python\n", "\n```\n");
/// Longest time for making the environment: 60 MB from a slow index.
const INSTALL_WITHIN: Duration = Duration::from_secs(300);
/// Longest time for a script; it gives up by itself after 60 s.
const SCRIPT_WITHIN: Duration = Duration::from_secs(90);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared::trial(
            "python_publishes_as_the_page_says_and_reads_the_versions_it_caused",
            publishes_and_reads,
        ),
        shared::trial("python_reads_the_newest_predictions", reads_latest),
        shared::trial("python_asks_the_whole_cookbook", asks_the_cookbook),
    ]
}

fn publishes_and_reads(shared: &Shared) -> Result<()> {
    let subject = Subject::of(shared)?;
    let out = subject.enter(shared, "OUT")?;
    for version in &out {
        ensure!(version["status"] == "OUT", "{version}");
        ensure!(version["predicted"].is_null(), "{version}");
        ensure!(version["version"].as_i64() > Some(1), "{version}");
    }
    // Taken back, so that the other trials find the league as it was.
    let back = subject.enter(shared, "AVAILABLE")?;
    for (version, before) in back.iter().zip(&out) {
        ensure!(version["status"] == "AVAILABLE", "{version}");
        ensure!(version["predicted"].is_f64(), "{version}");
        let next = before["version"].as_i64().map(|number| number + 1);
        ensure!(version["version"].as_i64() == next, "{version}, {before}");
    }
    Ok(())
}

fn reads_latest(shared: &Shared) -> Result<()> {
    let subject = Subject::of(shared)?;
    let database = &shared.system.endpoints.clickhouse_database;
    let (host, port) = clickhouse(shared)?;
    let arguments = [
        "read_latest.py",
        host,
        port,
        database,
        &subject.player,
        &subject.game,
    ];
    let answer = script(shared, &arguments)?;
    let rows = answer["rows"].as_array().context("no rows")?;
    ensure!(rows.len() == subject.lines.len(), "{answer}");
    for (row, line) in rows.iter().zip(&subject.lines) {
        for field in ["prop", "version", "predicted", "status"] {
            ensure!(row[field] == line[field], "{field} of {row}, {line}");
        }
    }
    Ok(())
}

/// Every question is answered, and those about tonight with rows.
fn asks_the_cookbook(shared: &Shared) -> Result<()> {
    let questions: Vec<Value> = recipes()
        .iter()
        .map(|recipe| question(shared, recipe))
        .collect::<Result<_>>()?;
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), serde_json::to_vec(&questions)?)?;
    let path = file.path().to_str().context("a path in UTF-8")?;
    let rows = script(shared, &["cookbook.py", path])?;
    ensure!(
        rows.as_object().map(serde_json::Map::len) == Some(questions.len()),
        "{rows}"
    );
    for name in ["latest-of-a-day", "biggest-edges", "games-of-a-day"] {
        ensure!(rows[name].as_u64() > Some(0), "{name}: {rows}");
    }
    Ok(())
}

/// A recipe with its parameters as of now in the league.
fn question(shared: &Shared, recipe: &Recipe) -> Result<Value> {
    let now = block_on(league_clock::now(&shared.system))?;
    let asked = Asked {
        day: moments::show_day(moments::league_day(now)),
        moment: moments::show(now),
    };
    let examples: Vec<(String, String)> = recipe
        .parameters
        .iter()
        .filter_map(|parameter| match &parameter.preset {
            Preset::Example(example) => Some((parameter.name.clone(), example.clone())),
            _ => None,
        })
        .collect();
    let parameters: serde_json::Map<String, Value> = recipe
        .fill(&examples, &asked)?
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    let sql = recipe.sql.trim_end();
    Ok(json!({ "name": recipe.name, "sql": sql, "parameters": parameters }))
}

/// Host and port of ClickHouse.
fn clickhouse(shared: &Shared) -> Result<(&str, &str)> {
    let url = &shared.system.endpoints.clickhouse;
    let address = url.trim_start_matches("http://");
    address.split_once(':').context("host:port")
}

/// The player whom these trials are about, and his next game.
struct Subject {
    player: String,
    game: String,
    /// His newest predictions for it, by prop.
    lines: Vec<Value>,
}

impl Subject {
    /// The lowest scorer of the evening: the other trials ask for the highest ones.
    fn of(shared: &Shared) -> Result<Self> {
        let player = shared.scorers()?.pop().context("nobody scores tonight")?;
        let mut lines = shared.slate()?;
        lines.retain(|line| line["player"] == *player);
        lines.sort_by_key(|line| line["prop"].as_str().map(str::to_owned));
        let game = lines.first().and_then(|line| line["game_id"].as_str());
        let game = game.context("a prediction has a game")?.to_owned();
        Ok(Self {
            player,
            game,
            lines,
        })
    }

    /// Publishes a status as of now in the league; the versions it caused, by prop.
    fn enter(&self, shared: &Shared, status: &str) -> Result<Vec<Value>> {
        // Even a clock that stands still gives each call a moment of its own.
        let now = block_on(league_clock::now(&shared.system))?;
        let micros = now.0.rem_euclid(Timestamp::MICROS_PER_SECOND);
        let second = moments::show(now).replace(' ', "T");
        let known_at = format!("{second}.{micros:06}Z");
        let day = moments::show_day(moments::league_day(now));
        let props: Vec<&str> = self
            .lines
            .iter()
            .filter_map(|line| line["prop"].as_str())
            .collect();
        let arguments = [
            "injury_and_prediction.py",
            &self.player,
            status,
            &known_at,
            &day,
            &props.join(","),
        ];
        let answer = script(shared, &arguments)?;
        let mut versions = answer["versions"].as_array().cloned().context("no list")?;
        versions.sort_by_key(|version| version["prop"].as_str().map(str::to_owned));
        let told: Vec<&str> = versions
            .iter()
            .filter_map(|version| version["prop"].as_str())
            .collect();
        ensure!(told == props, "one version each of {props:?}: {answer}");
        Ok(versions)
    }
}

/// Runs a script against the shared stack and reads the JSON it prints.
fn script(shared: &Shared, arguments: &[&str]) -> Result<Value> {
    let folder = environment(shared)?;
    let mut command = Command::new(interpreter(&folder));
    let (host, port) = clickhouse(shared)?;
    let database = &shared.system.endpoints.clickhouse_database;
    command
        .args(arguments)
        .env("CLICKHOUSE_HOST", host)
        .env("CLICKHOUSE_PORT", port)
        .env("CLICKHOUSE_DATABASE", database)
        .env("BROKER", &shared.system.endpoints.kafka)
        .env("REGISTRY", &shared.system.endpoints.registry);
    let answer = run(&mut command, &folder, SCRIPT_WITHIN)?;
    serde_json::from_str(&answer).with_context(|| format!("{} printed {answer}", arguments[0]))
}

/// A folder with the scripts and a virtual environment, made once.
fn environment(shared: &Shared) -> Result<PathBuf> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let make = || {
        let folder = shared.home.folder().join("python");
        install(&folder).map_err(|error| format!("{error:#}"))?;
        Ok(folder)
    };
    FOLDER.get_or_init(make).clone().map_err(anyhow::Error::msg)
}

fn install(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (name, text) in FILES {
        fs::write(folder.join(name), text)?;
    }
    for page in &PAGES {
        fs::write(folder.join(page.module), code_of(page)?)?;
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "environment"]);
    run(&mut make, folder, INSTALL_WITHIN).context(
        "python3 makes no virtual environment; install Python 3 with venv (Debian: apt install python3-venv)",
    )?;
    let mut fetch = Command::new(interpreter(folder));
    fetch.args("-m pip install --quiet --disable-pip-version-check".split(' '));
    fetch.args(["--requirement", "requirements.txt"]);
    run(&mut fetch, folder, INSTALL_WITHIN).context(
        "pip cannot fetch Confluent's and ClickHouse's clients; it needs a package index it can reach (PIP_INDEX_URL)",
    )?;
    Ok(())
}

fn interpreter(folder: &Path) -> PathBuf {
    folder.join("environment/bin/python")
}

/// What the page says to write once.
fn code_of(page: &Page) -> Result<&'static str> {
    let (begin, end) = CODE;
    let code = page
        .text
        .split_once(page.heading)
        .and_then(|(_, below)| below.split_once(begin))
        .and_then(|(_, code)| code.split_once(end));
    let (code, _) = code.with_context(|| format!("no page has the Python of {}", page.module))?;
    Ok(code)
}

/// Runs a command to its end, which must be a good one; what it said on standard output.
fn run(command: &mut Command, folder: &Path, within: Duration) -> Result<String> {
    let stdout = tempfile::NamedTempFile::new()?;
    let stderr = tempfile::NamedTempFile::new()?;
    let mut child = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(stdout.reopen()?)
        .stderr(stderr.reopen()?)
        .spawn()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    let ended = until(within, || Ok(child.try_wait()?));
    if ended.is_err() {
        child.kill()?;
        child.wait()?;
    }
    let arguments: Vec<&OsStr> = command.get_args().collect();
    let said = fs::read_to_string(stderr.path())?;
    let status = ended.with_context(|| format!("{arguments:?} does not end: {said}"))?;
    ensure!(
        status.success(),
        "{arguments:?} ended with {status}: {said}"
    );
    Ok(fs::read_to_string(stdout.path())?)
}
