//! What can go wrong between Kafka, this crate and ClickHouse.

use std::time::Duration;

use sideline_avro::WireError;

/// Whether trying again helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// The same request can succeed later: something is down, busy or full.
    Transient,
    /// The same request fails every time, until a person acts.
    Permanent,
}

/// Why the warehouse could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WarehouseError {
    /// ClickHouse refused a request, or could not be reached.
    #[error("ClickHouse at {url} cannot {action}: {source}")]
    ClickHouse {
        /// Address of the server.
        url: String,
        /// What was asked of it.
        action: String,
        /// What it said.
        source: clickhouse::error::Error,
    },
    /// ClickHouse did not answer in time.
    #[error("ClickHouse at {url} did not {action} within {} s", limit.as_secs())]
    Slow {
        /// Address of the server.
        url: String,
        /// What was asked of it.
        action: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// A database name that would need quoting.
    #[error(
        "{name:?} is no database name: allowed are lower-case letters, digits and _, at most 64, a letter first"
    )]
    BadDatabaseName {
        /// The name.
        name: String,
    },
    /// A migration was changed after it had been applied.
    #[error(
        "migration {name} has changed since it was applied to database {database} (SHA-256 {recorded} then, {found} now)"
    )]
    MigrationChanged {
        /// The database.
        database: String,
        /// File of the migration.
        name: String,
        /// Hash in the database.
        recorded: String,
        /// Hash of the file in this program.
        found: String,
    },
    /// The database is newer than this program.
    #[error(
        "database {database} has migration {number} ({name}), which this program does not know"
    )]
    MigrationUnknown {
        /// The database.
        database: String,
        /// Number of the migration.
        number: u32,
        /// File of the migration.
        name: String,
    },
    /// The database was filled from another log.
    #[error(
        "database {database} was filled from topic {topic} of Kafka cluster {cluster_id}, not from topic {found_topic} of cluster {found_cluster_id}"
    )]
    OtherLedger {
        /// The database.
        database: String,
        /// The topic it was filled from.
        topic: String,
        /// The cluster of that topic.
        cluster_id: String,
        /// The topic that is there now.
        found_topic: String,
        /// The cluster that is there now.
        found_cluster_id: String,
    },
    /// A table holds rows from beyond the end of its topic: the topic has lost records, or is
    /// another one.
    #[error(
        "table {table} holds offset {stored} of {topic}/{partition}, but the topic ends at {end}"
    )]
    AheadOfTopic {
        /// The table.
        table: String,
        /// Its topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Highest offset stored.
        stored: i64,
        /// Offset that the next record will have.
        end: i64,
    },
    /// Kafka refused a request, or could not be reached.
    #[error("Kafka cannot {action}: {source}")]
    Kafka {
        /// What was asked of it.
        action: String,
        /// What it said.
        source: rdkafka::error::KafkaError,
    },
    /// A topic has no partitions: it does not exist.
    #[error("topic {topic} does not exist")]
    NoTopic {
        /// The topic.
        topic: String,
    },
    /// A topic could not be read to its end in time.
    #[error("partition {partition} of topic {topic} could not be read to its end: nothing came for {} s", idle.as_secs())]
    TopicStuck {
        /// The topic.
        topic: String,
        /// Its partition.
        partition: i32,
        /// How long nothing came.
        idle: Duration,
    },
    /// A record of one of our own topics cannot be read.
    #[error("the record at {topic}/{partition}/{offset} cannot be read: {source}")]
    Unreadable {
        /// Its topic.
        topic: String,
        /// Its partition.
        partition: i32,
        /// Its offset.
        offset: i64,
        /// Why.
        source: WireError,
    },
    /// A dead letter was not acknowledged in time.
    #[error("{letters} dead letters were not acknowledged within {} s", limit.as_secs())]
    LettersUnacknowledged {
        /// How many.
        letters: usize,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The operating system gave no thread or no runtime.
    #[error("the sink's thread cannot be started: {source}")]
    Thread {
        /// What the system said.
        source: std::io::Error,
    },
    /// The sink's thread ended by a panic.
    #[error("the sink's thread ended by a panic: {message}")]
    Panicked {
        /// What it said.
        message: String,
    },
    /// The sink was stopped before all it held was stored.
    #[error("the sink stopped with {records} records not stored: {last_error}")]
    StoppedEarly {
        /// How many records it held.
        records: usize,
        /// The last reason why they could not be stored.
        last_error: String,
    },
}

impl WarehouseError {
    /// Whether trying again helps.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::ClickHouse { source, .. } if row_is_refused(source) => ErrorClass::Permanent,
            Self::Unreadable { source, .. } if !source.is_transient() => ErrorClass::Permanent,
            Self::BadDatabaseName { .. }
            | Self::MigrationChanged { .. }
            | Self::MigrationUnknown { .. }
            | Self::OtherLedger { .. }
            | Self::AheadOfTopic { .. }
            | Self::Panicked { .. } => ErrorClass::Permanent,
            _ => ErrorClass::Transient,
        }
    }

    /// What a person can do.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::ClickHouse { .. } | Self::Slow { .. } => {
                "see that the server runs and its disk has room; the sink goes on by itself, nothing is lost meanwhile"
            }
            Self::BadDatabaseName { .. } => "choose another name for the database",
            Self::MigrationChanged { .. } => {
                "put the file back as it was and write the change as a new migration; or drop the database: the sink fills it again from Kafka"
            }
            Self::MigrationUnknown { .. } => {
                "run the newer program, or use another database: the sink fills it from Kafka"
            }
            Self::OtherLedger { .. } => {
                "use the Kafka it was filled from, or another database (setting clickhouse_database); if the old log is gone for good, `sideline warehouse rebuild --adopt` fills this database from the new one"
            }
            Self::AheadOfTopic { .. } => {
                "see that this is the topic it was filled from and restore what the topic has lost; if that is gone for good, `sideline warehouse rebuild` makes the tables anew from what is left"
            }
            Self::Kafka { .. } => "see that Kafka runs and its address is right, then try again",
            Self::NoTopic { .. } => "run `sideline topics apply`",
            Self::TopicStuck { .. } => {
                "see that Kafka runs and has no hanging transaction, then try again"
            }
            Self::Unreadable { .. } => {
                "see that the schema registry is the one the record was written with"
            }
            Self::LettersUnacknowledged { .. } => {
                "see that Kafka runs; the sink tries again by itself"
            }
            Self::Thread { .. } => "free memory or raise the limit of threads, then start again",
            Self::Panicked { .. } => {
                "this is a fault of the program: report it; starting again is safe"
            }
            Self::StoppedEarly { .. } => {
                "start the sink again when ClickHouse runs: it takes up where it was"
            }
        }
    }

    /// True when ClickHouse does not know a setting that it was told to change.
    pub(crate) fn is_unknown_setting(&self) -> bool {
        matches!(self, Self::ClickHouse { source, .. } if code_of(source) == Some(UNKNOWN_SETTING))
    }
}

/// Code by which ClickHouse says that it does not know a setting.
const UNKNOWN_SETTING: u32 = 115;

/// Codes by which ClickHouse refuses a row for what stands in it. Everything else (memory, disk,
/// too many parts, a missing table) has other causes, and the row waits for them to pass.
const ROW_FAULTS: &[u32] = &[
    6,   // CANNOT_PARSE_TEXT
    25,  // CANNOT_PARSE_ESCAPE_SEQUENCE
    27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    33,  // CANNOT_READ_ALL_DATA
    38,  // CANNOT_PARSE_DATE
    41,  // CANNOT_PARSE_DATETIME
    69,  // ARGUMENT_OUT_OF_BOUND
    70,  // CANNOT_CONVERT_TYPE
    72,  // CANNOT_PARSE_NUMBER
    117, // INCORRECT_DATA
    128, // TOO_LARGE_ARRAY_SIZE
    131, // TOO_LARGE_STRING_SIZE
    190, // SIZES_OF_ARRAYS_DONT_MATCH
    321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
    469, // VIOLATED_CONSTRAINT
];

/// True when a smaller insert without the row at fault can succeed.
pub(crate) fn row_is_refused(error: &clickhouse::error::Error) -> bool {
    matches!(error, clickhouse::error::Error::Custom(_))
        || code_of(error).is_some_and(|code| ROW_FAULTS.contains(&code))
}

/// The number in "Code: 60. DB::Exception: …", which ClickHouse answered.
fn code_of(error: &clickhouse::error::Error) -> Option<u32> {
    let clickhouse::error::Error::BadResponse(text) = error else {
        return None;
    };
    let (_, rest) = text.split_once("Code: ")?;
    let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_the_server_does_not_know_is_told_from_other_faults() {
        let said = |text: &str| WarehouseError::ClickHouse {
            url: String::new(),
            action: String::new(),
            source: clickhouse::error::Error::BadResponse(text.into()),
        };
        let unknown = "Code: 115. DB::Exception: Unknown setting 'x'. (UNKNOWN_SETTING)";
        assert!(said(unknown).is_unknown_setting());
        assert!(!said("Code: 60. DB::Exception: Table x does not exist").is_unknown_setting());
    }

    #[test]
    fn promise_7_only_what_stands_in_a_row_makes_it_refused() {
        let refused =
            |text: &str| row_is_refused(&clickhouse::error::Error::BadResponse(text.into()));
        assert!(refused(
            "Code: 469. DB::Exception: Constraint `x` is violated (VIOLATED_CONSTRAINT)"
        ));
        assert!(!refused(
            "Code: 252. DB::Exception: Too many parts (TOO_MANY_PARTS)"
        ));
        assert!(!refused(
            "Code: 60. DB::Exception: Table w.prediction_log does not exist"
        ));
        assert!(!refused("upstream is away"));
        assert!(!row_is_refused(&clickhouse::error::Error::TimedOut));
    }
}
