//! A database of its own for one test of the views, without Kafka.

use std::sync::atomic::{AtomicU32, Ordering};

use sideline_warehouse::{Question, Warehouse};

use crate::bench::{client_of, database};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// What one test stands on.
pub(crate) struct Shelf {
    pub(crate) warehouse: Warehouse,
    client: clickhouse::Client,
}

impl Shelf {
    /// A database with every table and view, or none when the server is not named.
    pub(crate) async fn new() -> Option<Self> {
        let Ok(url) = std::env::var("SIDELINE_TEST_CLICKHOUSE") else {
            eprintln!("skipped: set SIDELINE_TEST_CLICKHOUSE");
            return None;
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let config = database(url, &format!("v{}x{number}", std::process::id()));
        let client = client_of(&config);
        let warehouse = Warehouse::new(config).unwrap();
        warehouse.migrate().await.unwrap();
        Some(Self { warehouse, client })
    }

    /// Runs the statements of a text; each ends with `;` at the end of a line.
    pub(crate) async fn execute(&self, sql: &str) {
        for statement in sql.split(";\n").map(str::trim) {
            if !statement.is_empty() {
                let done = self.client.query_raw(statement).execute().await;
                done.unwrap_or_else(|error| panic!("{statement}\n{error}"));
            }
        }
    }

    /// Fills tables by hand, and what follows them.
    pub(crate) async fn fill(&self, sql: &str) {
        self.execute(sql).await;
        self.warehouse.follow_moved_games().await.unwrap();
    }

    /// The answer to a query, as comma-separated lines below a line of names.
    pub(crate) async fn answer(&self, sql: &str, parameters: &[(String, String)]) -> String {
        let question = Question {
            sql,
            parameters,
            format: "CSVWithNames",
            settings: &[],
        };
        let answer = self.warehouse.ask(question).unwrap().collect().await;
        let answer = answer.unwrap_or_else(|error| panic!("{sql}\n{error}"));
        String::from_utf8(answer.to_vec()).unwrap()
    }

    /// The lines of an answer, without the names and quotes.
    pub(crate) async fn lines(&self, sql: &str) -> Vec<String> {
        let answer = self.answer(sql, &[]).await;
        let lines = answer.lines().skip(1);
        lines.map(|line| line.replace('"', "")).collect()
    }

    /// The same, asked by somebody whose own database is another.
    pub(crate) async fn lines_from(&self, database: &str, sql: &str) -> Vec<String> {
        let client = self.client.clone().with_database(database);
        let mut cursor = client.query_raw(sql).fetch_bytes("CSV").unwrap();
        let answer = cursor.collect().await;
        let answer = answer.unwrap_or_else(|error| panic!("{sql}\n{error}"));
        let answer = String::from_utf8(answer.to_vec()).unwrap();
        answer.lines().map(|line| line.replace('"', "")).collect()
    }

    /// Rows of the log that a query reads at most, by what its indexes leave.
    pub(crate) async fn granules(&self, sql: &str) -> u32 {
        let plan = self
            .answer(&format!("EXPLAIN indexes = 1 {sql}"), &[])
            .await;
        let mut granules = 0;
        let mut last = None;
        for line in plan.lines() {
            if line.contains("ReadFromMergeTree") {
                granules += last.take().unwrap_or(0);
            }
            if let Some(read) = line.split("Granules: ").nth(1) {
                let digits = read.split(|letter: char| !letter.is_ascii_digit());
                last = digits
                    .take(1)
                    .map(|read| read.parse::<u32>().unwrap())
                    .next();
            }
        }
        granules + last.unwrap_or(0)
    }

    /// Rows that a query read in the tables.
    pub(crate) async fn rows_read(&self, sql: &str) -> u64 {
        let query = self.client.query_raw(sql);
        let query = query.with_setting("wait_end_of_query", "1");
        let mut cursor = query.fetch_bytes("TSV").unwrap();
        cursor.collect().await.unwrap();
        let summary = cursor.summary().unwrap();
        summary.read_rows().unwrap_or_default()
    }

    pub(crate) async fn end(self) {
        let database = &self.warehouse.config().database;
        self.execute(&format!("DROP DATABASE {database}")).await;
    }
}
