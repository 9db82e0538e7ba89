//! What can go wrong between a folder and a season.

use std::path::PathBuf;

/// Why a season could not be read, written or put in order.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeasonError {
    /// A file that every season needs is not in the folder, neither plain nor compressed.
    #[error("{name}.csv.gz (or {name}.csv) is missing in {}", dir.display())]
    MissingFile {
        /// The season's folder.
        dir: PathBuf,
        /// Name of the table.
        name: &'static str,
    },
    /// One table is there twice, plain and compressed; which one counts is not for us to guess.
    #[error("both {name}.csv and {name}.csv.gz are in {}", dir.display())]
    BothForms {
        /// The season's folder.
        dir: PathBuf,
        /// Name of the table.
        name: &'static str,
    },
    /// Writing would leave a file of an earlier season beside the new ones, and mix the two.
    #[error("{} stands in the way of writing a season", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing failed below the CSV.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not well-formed CSV: a row with too few fields, or text that is not UTF-8.
    #[error("{}: {source}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What the CSV reader said, with the line.
        source: csv::Error,
    },
    /// A column that the table needs is not in the header.
    #[error("{} line 1: column {column} is missing; it holds {allowed}", path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// What the column would hold.
        allowed: String,
    },
    /// A field holds something that its column does not allow.
    #[error(
        "{} line {line}, column {column}: {value:?} is not allowed; allowed is {allowed}",
        path.display()
    )]
    Value {
        /// The file.
        path: PathBuf,
        /// Line of the file, the header being line 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What the field holds.
        value: String,
        /// What it may hold.
        allowed: String,
    },
    /// Two rows state the same thing.
    #[error("{} line {line}: {key} was already stated above", path.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// Line of the second row.
        line: u64,
        /// What both rows state.
        key: String,
    },
    /// A row of a season in memory names a game that the season does not have.
    #[error("{table} row of {key} names game {game_id}, which is not in games")]
    UnknownGame {
        /// Table of the row.
        table: &'static str,
        /// Whom or what the row is about.
        key: String,
        /// The game.
        game_id: String,
    },
    /// A season without games has no opening day, so nothing in it has a time.
    #[error("the season has no games")]
    NoGames,
}

impl SeasonError {
    /// What a person can do next.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::MissingFile { .. } => {
                "point at the folder that holds teams, games, players and box_scores"
            }
            Self::BothForms { .. } => "keep one of the two",
            Self::InTheWay { .. } => "write to an empty folder, or remove the file",
            Self::Io { .. } => "check that the path exists, may be accessed, and is not cut short",
            Self::Csv { .. } => "save the file as UTF-8 CSV with a header and equal rows",
            Self::MissingColumn { .. } | Self::Value { .. } => {
                "correct the file; docs/season-csv.md describes each column"
            }
            Self::Duplicate { .. } => "remove one of the two rows",
            Self::UnknownGame { .. } => "add the game to games, or remove the row",
            Self::NoGames => "add at least one row to games",
        }
    }
}

/// What is wrong with one field of a row; the reader adds file and line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The column.
    pub column: &'static str,
    /// What the field holds.
    pub value: String,
    /// What it may hold.
    pub allowed: String,
}

impl Fault {
    /// A fault of `column`, which holds `value` although only `allowed` fits.
    #[must_use]
    pub fn new(column: &'static str, value: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self {
            column,
            value: value.into(),
            allowed: allowed.into(),
        }
    }
}
