//! `sideline sql`: questions in SQL, from a prompt, a file or the command line.

use std::fs;
use std::io::{IsTerminal, Read, stdin};

use anyhow::{Context, Result};

use crate::answers::{Question, Teller};
use crate::cli::SqlArgs;
use crate::printer::Printer;
use crate::prompt;
use crate::system::System;

/// Answers what is asked: `--query`, a file, what is piped in, or a prompt.
///
/// # Errors
/// The file cannot be read, ClickHouse cannot be asked, or it refuses a query.
pub async fn run(system: &System, args: SqlArgs, printer: Printer) -> Result<()> {
    let warehouse = system.warehouse()?;
    let mut teller = Teller::new(&warehouse, &args.answer, printer)?;
    let text = match (args.query, &args.file) {
        (Some(query), _) => query,
        (None, Some(file)) => fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?,
        (None, None) if stdin().is_terminal() => {
            let folder = &system.settings.home;
            return prompt::run(&mut teller, folder, &args.answer.parameters).await;
        }
        (None, None) => {
            let mut piped = String::new();
            stdin()
                .read_to_string(&mut piped)
                .context("standard input cannot be read")?;
            piped
        }
    };
    for sql in statements(&text) {
        let parameters = &args.answer.parameters;
        teller.tell(Question { sql, parameters }).await?;
    }
    teller.finish()
}

/// The statements of a text: each ends with `;` at the end of a line.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let pieces = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = rest.split_once(";\n").unwrap_or((rest, ""));
        rest = after;
        Some(piece.trim().trim_end_matches(';').trim_end())
    });
    pieces.filter(|piece| has_statement(piece))
}

/// True when more than comments stand in it.
fn has_statement(piece: &str) -> bool {
    let mut lines = piece.lines().map(str::trim);
    lines.any(|line| !line.is_empty() && !line.starts_with("--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_statements_that_end_with_their_line() {
        let text = "-- Who?\nSELECT ';', 1;\n\nSELECT\n  2;\n-- that is all\n";
        let found: Vec<&str> = statements(text).collect();
        assert_eq!(found, ["-- Who?\nSELECT ';', 1", "SELECT\n  2"]);
        assert_eq!(statements("SELECT 1").count(), 1);
        assert_eq!(statements("\n-- nothing\n").count(), 0);
    }
}
