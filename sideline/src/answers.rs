//! Answers of ClickHouse on the terminal or in a file, in the format that was asked for.

use std::fs::File;
use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result, bail};
use sideline_warehouse::{Question as Asked, Warehouse};

use crate::cli::{AnswerArgs, AnswerFormat};
use crate::printer::Printer;

/// A query and the values of its parameters.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// One statement.
    pub sql: &'q str,
    /// Values of its parameters, by name.
    pub parameters: &'q [(String, String)],
}

/// Asks questions and tells the answers.
pub struct Teller<'w> {
    warehouse: &'w Warehouse,
    printer: Printer,
    format: AnswerFormat,
    file: Option<File>,
}

impl<'w> Teller<'w> {
    /// Prepares the way out of the answers.
    ///
    /// # Errors
    /// The file cannot be made, or bytes for a program would go to a terminal.
    pub fn new(warehouse: &'w Warehouse, args: &AnswerArgs, printer: Printer) -> Result<Self> {
        let format = match (args.format, printer.is_json()) {
            (Some(format), _) => format,
            (None, true) => AnswerFormat::Json,
            (None, false) => AnswerFormat::Table,
        };
        let is_binary = matches!(format, AnswerFormat::Parquet);
        if is_binary && args.output.is_none() && io::stdout().is_terminal() {
            bail!("Parquet is not for the eye; --output names a file for it");
        }
        let file = match &args.output {
            Some(path) => Some(
                File::create(path)
                    .with_context(|| format!("{} cannot be written", path.display()))?,
            ),
            None => None,
        };
        Ok(Self {
            warehouse,
            printer,
            format,
            file,
        })
    }

    /// The warehouse that is asked.
    #[must_use]
    pub const fn warehouse(&self) -> &'w Warehouse {
        self.warehouse
    }

    /// The way to the terminal.
    #[must_use]
    pub const fn printer(&self) -> Printer {
        self.printer
    }

    /// Asks a question and writes the answer.
    ///
    /// # Errors
    /// ClickHouse cannot be asked or refuses the query, or the answer cannot be written.
    pub async fn tell(&mut self, question: Question<'_>) -> Result<()> {
        let (format, settings) = form(self.format);
        let mut answer = self.warehouse.ask(Asked {
            sql: question.sql,
            parameters: question.parameters,
            format,
            settings,
        })?;
        while let Some(piece) = answer.next().await? {
            match &mut self.file {
                Some(file) => file.write_all(&piece)?,
                None => self.printer.bytes(&piece)?,
            }
        }
        Ok(())
    }

    /// Writes out what is left.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(self) -> Result<()> {
        if let Some(file) = self.file {
            file.sync_all()?;
        }
        Ok(())
    }
}

/// ClickHouse's name of a format, and how it is to be written.
const fn form(format: AnswerFormat) -> (&'static str, &'static [(&'static str, &'static str)]) {
    match format {
        AnswerFormat::Table => (
            "PrettyCompactNoEscapesMonoBlock",
            &[("output_format_pretty_row_numbers", "0")],
        ),
        AnswerFormat::Csv => ("CSVWithNames", &[]),
        AnswerFormat::Json => ("JSONEachRow", &[("output_format_json_array_of_rows", "1")]),
        AnswerFormat::Parquet => ("Parquet", &[]),
    }
}
