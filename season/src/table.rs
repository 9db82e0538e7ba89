//! One table of a season: finding its file, checking each field, and reading or writing its rows.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::column::Column;
use crate::error::{Fault, SeasonError};
use crate::known::Known;

/// A table: a file of the season's folder.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Name of the file without `.csv` or `.csv.gz`.
    pub name: &'static str,
    /// Whether a season without this file is refused. Otherwise it counts as empty.
    pub is_required: bool,
    /// Its columns. Others may stand in the file and are ignored.
    pub columns: &'static [Column],
}

/// A row of a table.
pub trait Row: Serialize + DeserializeOwned {
    /// The table the row stands in.
    const TABLE: Table;

    /// What the row states, if a second row that states the same would be an error.
    fn key(&self) -> Option<String>;

    /// Whether everything the row names is known to the season.
    ///
    /// # Errors
    /// The field that names something unknown, or that disagrees with another table.
    fn check(&self, known: &Known) -> Result<(), Fault>;
}

/// Reads the rows of `R`'s table in `dir`, plain or compressed, in the file's order.
///
/// # Errors
/// The first thing that is wrong, with file, line, column, value and what is allowed. A missing
/// file is an error only where the table is required.
pub fn read_table<R: Row>(dir: &Path, known: &Known) -> Result<Vec<R>, SeasonError> {
    let Some(path) = find(dir, R::TABLE)? else {
        return Ok(Vec::new());
    };
    let mut reader = csv::ReaderBuilder::new().from_reader(open(&path)?);
    let in_csv = |source| SeasonError::Csv {
        path: path.clone(),
        source,
    };
    let header = reader.headers().map_err(in_csv)?.clone();
    let places = places(&path, &header, R::TABLE.columns)?;
    let mut rows = Vec::new();
    let mut keys = HashSet::new();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(in_csv)? {
        let line = record.position().map_or(0, csv::Position::line);
        let in_line = |fault: Fault| at(&path, line, fault);
        check_fields(&record, &places).map_err(in_line)?;
        let row: R = record.deserialize(Some(&header)).map_err(in_csv)?;
        row.check(known).map_err(in_line)?;
        if let Some(key) = row.key()
            && !keys.insert(key.clone())
        {
            return Err(SeasonError::Duplicate { path, line, key });
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Writes `rows` to `dir` as `<table>.csv.gz`. The same rows give the same bytes.
///
/// # Errors
/// When a plain file of the table is already there, or writing fails.
pub fn write_table<R: Row>(dir: &Path, rows: &[R]) -> Result<(), SeasonError> {
    let plain = dir.join(format!("{}.csv", R::TABLE.name));
    if exists(&plain)? {
        return Err(SeasonError::InTheWay { path: plain });
    }
    let path = dir.join(format!("{}.csv.gz", R::TABLE.name));
    let in_io = |source| SeasonError::Io {
        path: path.clone(),
        source,
    };
    let file = BufWriter::new(File::create(&path).map_err(in_io)?);
    let gz = GzEncoder::new(file, Compression::default());
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(gz);
    let in_csv = |source| SeasonError::Csv {
        path: path.clone(),
        source,
    };
    writer
        .write_record(R::TABLE.columns.iter().map(|column| column.name))
        .map_err(in_csv)?;
    for row in rows {
        writer.serialize(row).map_err(in_csv)?;
    }
    let gz = writer
        .into_inner()
        .map_err(|stuck| in_io(stuck.into_error()))?;
    gz.finish().and_then(|mut file| file.flush()).map_err(in_io)
}

/// Whether the path exists; not being allowed to know is an error, not a no.
pub(crate) fn exists(path: &Path) -> Result<bool, SeasonError> {
    path.try_exists().map_err(|source| SeasonError::Io {
        path: path.to_path_buf(),
        source,
    })
}

fn find(dir: &Path, table: Table) -> Result<Option<PathBuf>, SeasonError> {
    let plain = dir.join(format!("{}.csv", table.name));
    let compressed = dir.join(format!("{}.csv.gz", table.name));
    match (exists(&plain)?, exists(&compressed)?) {
        (true, true) => Err(SeasonError::BothForms {
            dir: dir.to_path_buf(),
            name: table.name,
        }),
        (true, false) => Ok(Some(plain)),
        (false, true) => Ok(Some(compressed)),
        (false, false) if table.is_required => Err(SeasonError::MissingFile {
            dir: dir.to_path_buf(),
            name: table.name,
        }),
        (false, false) => Ok(None),
    }
}

fn open(path: &Path) -> Result<Box<dyn Read>, SeasonError> {
    let file = File::open(path)
        .map_err(|source| SeasonError::Io {
            path: path.to_path_buf(),
            source,
        })
        .map(BufReader::new)?;
    if path.extension().is_some_and(|extension| extension == "gz") {
        // Several members in one file are legal gzip, and what `cat a.gz b.gz` makes.
        return Ok(Box::new(MultiGzDecoder::new(file)));
    }
    Ok(Box::new(file))
}

/// Where each column stands in the file.
fn places(
    path: &Path,
    header: &StringRecord,
    columns: &'static [Column],
) -> Result<Vec<(usize, &'static Column)>, SeasonError> {
    let mut places = Vec::with_capacity(columns.len());
    for column in columns {
        match header.iter().position(|name| name == column.name) {
            Some(place) => places.push((place, column)),
            None if column.is_required => {
                return Err(SeasonError::MissingColumn {
                    path: path.to_path_buf(),
                    column: column.name,
                    allowed: column.kind.allowed().into_owned(),
                });
            }
            None => {}
        }
    }
    Ok(places)
}

fn check_fields(record: &StringRecord, places: &[(usize, &'static Column)]) -> Result<(), Fault> {
    for (place, column) in places {
        let text = record.get(*place).unwrap_or_default();
        if !column.kind.allows(text) {
            return Err(Fault::new(column.name, text, column.kind.allowed()));
        }
    }
    Ok(())
}

fn at(path: &Path, line: u64, fault: Fault) -> SeasonError {
    let Fault {
        column,
        value,
        allowed,
    } = fault;
    SeasonError::Value {
        path: path.to_path_buf(),
        line,
        column,
        value,
        allowed,
    }
}
