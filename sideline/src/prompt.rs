//! The query prompt: a line editor with history, and names that complete with Tab.

use std::path::Path;

use anyhow::{Context as _, Result};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Context, Editor, Helper, Highlighter, Hinter, Validator};
use sideline_warehouse::Question as Asked;

use crate::answers::{Question, Teller};

/// File of past queries, in the data folder.
const HISTORY: &str = "sql-history";
/// Queries remembered; the oldest go first.
const HISTORY_MAX: usize = 1_000;
const PROMPT: &str = "sideline> ";
/// Before a line that goes on with a query.
const PROMPT_MORE: &str = "       -> ";
/// Words that leave the prompt.
const LEAVE: [&str; 4] = ["exit", "quit", "\\q", ":q"];

const HELP: &str = "End a query with ; and Enter. Tab completes names of views and columns.\n\
    SHOW TABLES;        the views and logs\n\
    DESCRIBE latest;    the columns of a view, and what they mean\n\
    exit                leaves, as Ctrl-D does\n\
    sideline cookbook list names questions with their SQL.";

/// Names that are completed: of views and their columns.
const NAMES: &str = "SELECT DISTINCT name FROM \
    (SELECT name FROM system.tables WHERE database = currentDatabase() \
     UNION ALL SELECT name FROM system.columns WHERE database = currentDatabase()) ORDER BY name";

/// Completes the names of the warehouse.
#[derive(Helper, Hinter, Highlighter, Validator)]
struct Names(Vec<String>);

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = line.get(..position).unwrap_or_default();
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let start = typed
            .rfind(|letter: char| !is_part(letter))
            .map_or(0, |place| place + 1);
        let word = typed.get(start..).unwrap_or_default();
        let found = self.0.iter().filter(|name| name.starts_with(word));
        Ok((start, found.cloned().collect()))
    }
}

type Prompt = Editor<Names, FileHistory>;

/// What was read: a query that has ended, or the wish to leave.
enum Read {
    Query(String),
    Help,
    Leave,
}

/// Asks for queries and tells their answers until the person leaves.
///
/// A query that ClickHouse refuses is told and the prompt goes on.
///
/// # Errors
/// ClickHouse cannot be asked at the beginning, or the terminal cannot be read.
pub async fn run(
    teller: &mut Teller<'_>,
    folder: &Path,
    parameters: &[(String, String)],
) -> Result<()> {
    let mut editor = editor(names(teller).await?)?;
    let history = folder.join(HISTORY);
    // The first prompt has no history yet.
    drop(editor.load_history(&history));
    let printer = teller.printer();
    printer.say("ClickHouse, read only. `help` says more; Ctrl-D leaves.");
    loop {
        let (back, read) = tokio::task::spawn_blocking(move || {
            let read = read(&mut editor);
            (editor, read)
        })
        .await?;
        editor = back;
        let sql = match read? {
            Read::Query(sql) => sql,
            Read::Help => {
                printer.say(HELP);
                continue;
            }
            Read::Leave => break,
        };
        editor.add_history_entry(&sql)?;
        let sql = sql.trim_end_matches(';');
        if let Err(error) = teller.tell(Question { sql, parameters }).await {
            printer.say(&format!("error: {error:#}"));
        }
    }
    editor
        .save_history(&history)
        .with_context(|| format!("{} cannot be written", history.display()))
}

async fn names(teller: &Teller<'_>) -> Result<Vec<String>> {
    let answer = teller.warehouse().ask(Asked {
        sql: NAMES,
        parameters: &[],
        format: "TSVRaw",
        settings: &[],
    })?;
    let names = answer.collect().await?;
    let names = String::from_utf8_lossy(&names);
    Ok(names.lines().map(str::to_owned).collect())
}

fn editor(names: Vec<String>) -> Result<Prompt> {
    let config = Config::builder()
        .max_history_size(HISTORY_MAX)?
        .auto_add_history(false)
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(Names(names)));
    Ok(editor)
}

/// Reads lines until a query ends with `;`.
fn read(editor: &mut Prompt) -> rustyline::Result<Read> {
    let mut query = String::new();
    loop {
        let prompt = if query.is_empty() {
            PROMPT
        } else {
            PROMPT_MORE
        };
        let line = match editor.readline(prompt) {
            Ok(line) => line,
            Err(ReadlineError::Eof) => return Ok(Read::Leave),
            Err(ReadlineError::Interrupted) => {
                query.clear();
                continue;
            }
            Err(error) => return Err(error),
        };
        match line.trim() {
            "" => continue,
            "help" if query.is_empty() => return Ok(Read::Help),
            word if query.is_empty() && LEAVE.contains(&word) => return Ok(Read::Leave),
            _ => {}
        }
        query.push_str(&line);
        if query.trim_end().ends_with(';') {
            return Ok(Read::Query(query.trim().to_owned()));
        }
        query.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tab_completes_the_word_before_the_cursor() {
        let names = Names(vec!["latest".into(), "latest_all".into(), "line".into()]);
        let history = FileHistory::new();
        let context = Context::new(&history);
        let (start, found) = names.complete("SELECT 1 FROM la x", 16, &context).unwrap();
        assert_eq!(start, 14);
        assert_eq!(found, ["latest", "latest_all"]);
    }
}
