//! Brings a database up to date: numbered files, each applied once, in order.
//!
//! ClickHouse has no transaction around DDL. So every statement may run twice (`IF NOT EXISTS`,
//! `OR REPLACE`), and a file is recorded after its last one: what was cut short runs again.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

mod comments;

use crate::connection::Warehouse;
use crate::error::WarehouseError;

/// Stands in a file for the name of the database it is applied to. A view finds tables in its own
/// database, but what a function in it names is looked for in the database of who asks.
pub(crate) const DATABASE: &str = "{database}";

/// One file of `migrations/`.
struct Migration {
    number: u32,
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),+ $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("../migrations/", $name, ".sql")),
        }),+]
    };
}

/// All of them, in the order in which they are applied.
const MIGRATIONS: &[Migration] = migrations![
    1 "0001_prediction_log",
    2 "0002_outcome_and_run_logs",
    3 "0003_dead_letter_and_player_logs",
    4 "0004_views",
    5 "0005_prediction_columns",
    6 "0006_change_event_log",
    7 "0007_line_box_score_game_and_player_logs",
    8 "0008_batch_logs",
    9 "0009_fact_views",
    10 "0010_graded",
    11 "0011_prediction_codecs",
    20 "0020_answers",
    21 "0021_reasons",
    22 "0022_player_prop_predictions",
    23 "0023_retention",
    24 "0024_accuracy",
    25 "0025_runs",
    26 "0026_champion_lookup",
    27 "0027_moved_games",
    28 "0028_what_a_history_reads",
    29 "0029_champions_topic",
    30 "0030_latest_versions",
    31 "0031_left_days",
    32 "0032_history_by_player",
    33 "0033_smaller_inserts",
    34 "0034_merges_of_many_parts",
];

/// Which view shows the columns of which log, so that their comments can be copied.
const VIEWS: &[(&str, &str)] = &[
    ("history", "prediction_log"),
    ("latest_all", "latest_versions"),
    ("latest", "latest_versions"),
    ("outcomes", "outcome_log"),
    ("runs", "run_log"),
    ("dead_letters", "dead_letter_log"),
    ("players", "player_log"),
    ("change_events", "change_event_log"),
    ("refused_events", "dead_letter_log"),
    ("lines", "line_log"),
    ("box_scores", "box_score_log"),
    ("games", "game_log"),
    ("batches", "batch_log"),
    ("batch_values", "batch_value_log"),
    ("coverage", "coverage_log"),
    ("graded", "graded_log"),
];

/// Comments of columns that only a view has.
const VIEW_COLUMNS: &[(&str, &str, &str)] = &[
    (
        "history",
        "superseded_by",
        "Version that replaced this one. NULL for the newest.",
    ),
    (
        "history",
        "superseded_at",
        "effective_at of the version that replaced this one, UTC. NULL for the newest.",
    ),
    (
        "history",
        "is_superseded",
        "True when a newer version has replaced this one.",
    ),
    ("graded", "system_id", "The system."),
    ("graded", "system_version", "Version of the system."),
    (
        "graded",
        "version",
        "Version of the prediction, 1 for the first.",
    ),
    (
        "graded",
        "is_last",
        "True for the last version before tip-off.",
    ),
    (
        "graded",
        "effective_at",
        "known_at of what caused the version, UTC.",
    ),
    ("graded", "status", "Injury status captured by the version."),
    (
        "graded",
        "predicted",
        "Predicted value, in units of the prop. NULL when it had none.",
    ),
    (
        "graded",
        "line",
        "Consensus line the version saw. NULL without one.",
    ),
    ("graded", "recommendation", "OVER, UNDER, PASS or NO_LINE."),
    ("graded", "confidence", "0 to 1."),
    (
        "graded",
        "spread",
        "Standard deviation given to the value. NULL when none was.",
    ),
    (
        "graded",
        "probability_over",
        "Probability given to the over, 0 to 1. NULL when none was.",
    ),
    (
        "graded",
        "verdict",
        "correct, wrong, push, void, pass, no_line, or withdrawn for a version that took the prediction back.",
    ),
    (
        "graded",
        "void_reason",
        "dnp_injury_confirmed, dnp_late_scratch or dnp_unknown, by the status captured. NULL unless void.",
    ),
    (
        "graded",
        "absolute_error",
        "Distance between predicted and actual.",
    ),
    (
        "graded",
        "signed_error",
        "predicted - actual: positive when too much was predicted.",
    ),
    ("graded", "is_within_3", "True when off by 3 at most."),
    ("graded", "is_within_5", "True when off by 5 at most."),
    ("graded", "predicted_margin", "predicted - line."),
    ("graded", "actual_margin", "actual - line."),
    (
        "graded",
        "predicted_margin_closing",
        "predicted - closing_line.",
    ),
];

const RECORD_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations
(
    number UInt32 COMMENT 'Number of the migration.',
    name String COMMENT 'Its file.',
    sha256 String COMMENT 'SHA-256 of the file when it was applied, hex.',
    applied_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'When it was applied, UTC.'
)
ENGINE = ReplacingMergeTree
ORDER BY number
COMMENT 'Migrations applied to this database.'";

#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize, Deserialize)]
struct Applied {
    number: u32,
    name: String,
    sha256: String,
}

#[derive(Row, Serialize, Deserialize)]
struct ColumnComment {
    name: String,
    comment: String,
}

/// What bringing a database up to date did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MigrationReport {
    /// Files that were applied now, in order; empty when the database was up to date.
    pub applied: Vec<String>,
    /// Number of files that had been applied before.
    pub already_applied: usize,
}

impl Warehouse {
    /// Makes the database when it is missing, and applies what it lacks.
    ///
    /// # Errors
    /// [`WarehouseError::MigrationChanged`] when a file was changed after it had been applied,
    /// [`WarehouseError::MigrationUnknown`] when the database is newer than this program, and what
    /// ClickHouse says.
    pub async fn migrate(&self) -> Result<MigrationReport, WarehouseError> {
        self.create_database().await?;
        self.execute("make the table schema_migrations", RECORD_TABLE)
            .await?;
        let applied = self.applied_migrations().await?;
        let missing = missing_migrations(&self.config().database, MIGRATIONS, &applied)?;
        let mut report = MigrationReport {
            applied: Vec::new(),
            already_applied: applied.len(),
        };
        for migration in missing {
            self.apply(migration).await?;
            report.applied.push(migration.name.to_owned());
        }
        if !report.applied.is_empty() {
            self.comment_views().await?;
            self.client().clear_cached_metadata().await;
        }
        self.follow_moved_games().await?;
        Ok(report)
    }

    async fn applied_migrations(&self) -> Result<Vec<Applied>, WarehouseError> {
        let sql = "SELECT number, name, sha256 FROM schema_migrations FINAL ORDER BY number";
        let answer = self.client().query(sql).fetch_all::<Applied>();
        self.within("list the migrations applied", answer).await
    }

    async fn apply(&self, migration: &Migration) -> Result<(), WarehouseError> {
        let action = format!("apply migration {}", migration.name);
        for statement in statements(migration.sql) {
            let statement = statement.replace(DATABASE, &self.config().database);
            // Some fill a new table from a log.
            match self.execute_long(&action, &statement).await {
                Err(error) if is_tuning(&statement) && error.is_unknown_setting() => {
                    tracing::info!(
                        statement,
                        "this ClickHouse has no such setting, and does without"
                    );
                }
                done => done?,
            }
        }
        let record = self
            .client()
            .query("INSERT INTO schema_migrations (number, name, sha256) VALUES (?, ?, ?)")
            .bind(migration.number)
            .bind(migration.name)
            .bind(sha256_hex(migration.sql))
            .execute();
        self.within(&action, record).await
    }

    /// A view takes names and types from its log, but no comments.
    async fn comment_views(&self) -> Result<(), WarehouseError> {
        for (view, log) in VIEWS.iter().chain(comments::VIEWS) {
            let own = VIEW_COLUMNS.iter().chain(comments::COLUMNS);
            let own = own.filter(|(of, ..)| of == view);
            let mut comments: Vec<ColumnComment> = own
                .map(|(_, column, comment)| ColumnComment {
                    name: (*column).to_owned(),
                    comment: (*comment).to_owned(),
                })
                .collect();
            let shared = self.shared_comments(log, view).await?;
            let is_said = |name: &str| comments.iter().any(|own| own.name == name);
            let shared: Vec<ColumnComment> = shared
                .into_iter()
                .filter(|column| !is_said(&column.name))
                .collect();
            comments.extend(shared);
            let sql = format!("ALTER TABLE {view} {}", comment_clauses(&comments));
            self.execute("comment the columns of its views", &sql)
                .await?;
        }
        Ok(())
    }

    /// Comments of the columns of a log that its view shows.
    async fn shared_comments(
        &self,
        log: &str,
        view: &str,
    ) -> Result<Vec<ColumnComment>, WarehouseError> {
        let sql = "SELECT name, comment FROM system.columns \
                   WHERE database = currentDatabase() AND table = ? AND name IN \
                   (SELECT name FROM system.columns \
                    WHERE database = currentDatabase() AND table = ?) ORDER BY position";
        let answer = self.client().query(sql).bind(log).bind(view).fetch_all();
        self.within("describe its tables", answer).await
    }
}

fn comment_clauses(comments: &[ColumnComment]) -> String {
    let clauses: Vec<String> = comments
        .iter()
        .map(|column| {
            let comment = column.comment.replace('\\', "\\\\").replace('\'', "\\'");
            format!("COMMENT COLUMN `{}` '{comment}'", column.name)
        })
        .collect();
    clauses.join(", ")
}

/// The files that `applied` lacks, after checking that all else agrees.
fn missing_migrations<'a>(
    database: &str,
    ours: &'a [Migration],
    applied: &[Applied],
) -> Result<Vec<&'a Migration>, WarehouseError> {
    for theirs in applied {
        let Some(migration) = ours.iter().find(|one| one.number == theirs.number) else {
            return Err(WarehouseError::MigrationUnknown {
                database: database.to_owned(),
                number: theirs.number,
                name: theirs.name.clone(),
            });
        };
        let found = sha256_hex(migration.sql);
        if found != theirs.sha256 {
            return Err(WarehouseError::MigrationChanged {
                database: database.to_owned(),
                name: migration.name.to_owned(),
                recorded: theirs.sha256.clone(),
                found,
            });
        }
    }
    let is_missing = |one: &&Migration| applied.iter().all(|theirs| theirs.number != one.number);
    Ok(ours.iter().filter(is_missing).collect())
}

/// The statements of a file: each ends with `;` at the end of a line.
fn statements(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(";\n")
        .map(|statement| statement.trim().trim_end_matches(';'))
        .filter(|statement| !statement.is_empty())
}

/// True for a statement that changes how fast a table is and what it takes, never what it holds. An
/// older server may not know the setting.
fn is_tuning(statement: &str) -> bool {
    statement
        .lines()
        .find(|line| !line.starts_with("--") && !line.is_empty())
        .is_some_and(|line| line.starts_with("ALTER TABLE") && line.contains("MODIFY SETTING"))
}

fn sha256_hex(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(migration: &Migration) -> Applied {
        Applied {
            number: migration.number,
            name: migration.name.to_owned(),
            sha256: sha256_hex(migration.sql),
        }
    }

    #[test]
    fn migrations_are_in_the_order_of_their_numbers_as_their_files_say() {
        assert!(MIGRATIONS.is_sorted_by(|one, next| one.number < next.number));
        for migration in MIGRATIONS {
            assert!(
                migration
                    .name
                    .starts_with(&format!("{:04}_", migration.number))
            );
        }
    }

    #[test]
    fn every_file_of_the_folder_is_a_migration() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let ours: Vec<String> = MIGRATIONS
            .iter()
            .map(|one| format!("{}.sql", one.name))
            .collect();
        assert_eq!(files, ours);
    }

    /// Columns stand on lines indented by four; members of a Nested by eight, commented as a whole.
    #[test]
    fn every_column_of_every_table_has_a_comment() {
        let statements = MIGRATIONS.iter().flat_map(|one| one.sql.split(";\n"));
        for table in statements.filter(|statement| statement.contains("CREATE TABLE")) {
            for line in table.lines() {
                let Some(column) = line.strip_prefix("    ") else {
                    continue;
                };
                let is_column = column.starts_with(|first: char| first.is_ascii_lowercase());
                let is_commented = column.contains(" COMMENT '") || column.ends_with(" Nested");
                assert!(!is_column || is_commented, "{line}");
            }
            assert_eq!(
                table.matches(" Nested\n").count(),
                table.matches("\n    ) COMMENT '").count()
            );
        }
    }

    #[test]
    fn only_a_change_of_settings_may_be_left_out_by_a_server_that_has_none_such() {
        assert!(is_tuning(
            "-- Why.\n\nALTER TABLE a_log MODIFY SETTING compress_marks = 0"
        ));
        assert!(!is_tuning("ALTER TABLE a_log ADD COLUMN b Int64"));
        assert!(!is_tuning(
            "-- ALTER TABLE a_log MODIFY SETTING\nDROP TABLE a_log"
        ));
        // One setting each: one that a server lacks would take the others with it.
        let new = MIGRATIONS.iter().filter(|one| one.number >= 32);
        let mut tuned = new
            .flat_map(|one| statements(one.sql))
            .filter(|one| is_tuning(one));
        assert!(tuned.all(|statement| statement.matches(" = ").count() == 1));
    }

    #[test]
    fn a_file_is_applied_once() {
        let all: Vec<Applied> = MIGRATIONS.iter().map(applied).collect();
        assert!(
            missing_migrations("w", MIGRATIONS, &all)
                .unwrap()
                .is_empty()
        );
        let rest = missing_migrations("w", MIGRATIONS, &all[..2]).unwrap();
        let numbers: Vec<u32> = rest.iter().map(|one| one.number).collect();
        assert_eq!(numbers[..2], [3, 4]);
        assert_eq!(rest.len(), MIGRATIONS.len() - 2);
    }

    #[test]
    fn a_changed_file_is_refused_by_name() {
        let mut changed = applied(&MIGRATIONS[1]);
        changed.sha256 = "0".repeat(64);
        let error = missing_migrations("w", MIGRATIONS, &[changed])
            .err()
            .unwrap();
        assert!(
            error.to_string().contains("0002_outcome_and_run_logs"),
            "{error}"
        );
    }

    #[test]
    fn a_database_from_a_newer_program_is_refused() {
        let newer = Applied {
            number: 9_999,
            name: "9999_later".into(),
            sha256: String::new(),
        };
        let error = missing_migrations("w", MIGRATIONS, &[newer]).err().unwrap();
        assert!(matches!(
            error,
            WarehouseError::MigrationUnknown { number: 9_999, .. }
        ));
    }

    #[test]
    fn a_file_splits_into_its_statements() {
        let found: Vec<&str> = statements("CREATE A\n(x);\n\nINSERT ';' INTO A;\n").collect();
        assert_eq!(found, ["CREATE A\n(x)", "INSERT ';' INTO A"]);
    }

    #[test]
    fn a_comment_with_a_quote_is_escaped() {
        let comment = ColumnComment {
            name: "id".into(),
            comment: "the league's \\ id".into(),
        };
        assert_eq!(
            comment_clauses(&[comment]),
            r"COMMENT COLUMN `id` 'the league\'s \\ id'"
        );
    }
}
