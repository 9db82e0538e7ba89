//! The connection to one ClickHouse database.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clickhouse::Client;

use crate::error::WarehouseError;

/// Longest wait for the answer to a question of the command line or a migration. A whole slate of a
/// season takes well under a second; at the bound the question ends with an error.
pub(crate) const QUERY_LIMIT: Duration = Duration::from_secs(30);

/// Longest time for a statement that reads a whole log: the engine reads a million rows in a few
/// seconds, and a log of many seasons has some hundred million.
pub(crate) const LONG_LIMIT: Duration = Duration::from_mins(60);

/// Longest name of a database.
const DATABASE_NAME_MAX: usize = 64;

/// A password, which prints as `***`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` from being printed.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// Where ClickHouse is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickHouseConfig {
    /// Address of its HTTP interface, for example `http://127.0.0.1:8123`.
    pub url: String,
    /// The database; made when it is missing. Lower-case letters, digits and `_`.
    pub database: String,
    /// User; the server's default user when absent.
    pub user: Option<String>,
    /// Password.
    pub password: Option<Secret>,
}

impl ClickHouseConfig {
    /// The database at `url`, as the default user.
    #[must_use]
    pub fn new(url: impl Into<String>, database: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            database: database.into(),
            user: None,
            password: None,
        }
    }

    /// A client that names no database, for the one request that makes it.
    fn bare_client(&self) -> Client {
        let mut client = Client::default().with_url(&self.url);
        if let Some(user) = &self.user {
            client = client.with_user(user);
        }
        if let Some(password) = &self.password {
            client = client.with_password(&password.0);
        }
        client
    }
}

/// One database of one ClickHouse.
#[derive(Clone)]
pub struct Warehouse {
    config: ClickHouseConfig,
    client: Client,
    life: u128,
}

impl fmt::Debug for Warehouse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Warehouse")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Warehouse {
    /// Prepares a connection; nothing is sent yet.
    ///
    /// # Errors
    /// [`WarehouseError::BadDatabaseName`].
    pub fn new(config: ClickHouseConfig) -> Result<Self, WarehouseError> {
        if !is_database_name(&config.database) {
            let name = config.database;
            return Err(WarehouseError::BadDatabaseName { name });
        }
        let client = config.bare_client().with_database(&config.database);
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        Ok(Self {
            config,
            client,
            life: since_1970.map_or(0, |since| since.as_nanos()),
        })
    }

    /// Tells this connection from earlier ones. Part of the deduplication token of inserts: what
    /// another life has stored may have been lost since, and must not make ours be dropped.
    pub(crate) const fn life(&self) -> u128 {
        self.life
    }

    /// Where it is.
    #[must_use]
    pub const fn config(&self) -> &ClickHouseConfig {
        &self.config
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// [`WarehouseError::ClickHouse`] and [`WarehouseError::Slow`].
    pub async fn ping(&self) -> Result<(), WarehouseError> {
        let answer = self
            .config
            .bare_client()
            .query("SELECT 1")
            .fetch_one::<u8>();
        self.within("answer a question", async move { answer.await.map(|_| ()) })
            .await
    }

    /// Makes the database when it is missing.
    pub(crate) async fn create_database(&self) -> Result<(), WarehouseError> {
        let sql = format!("CREATE DATABASE IF NOT EXISTS {}", self.config.database);
        let answer = self.config.bare_client().query_raw(&sql).execute();
        self.within("make its database", answer).await
    }

    /// Runs one statement without an answer.
    pub(crate) async fn execute(&self, action: &str, sql: &str) -> Result<(), WarehouseError> {
        self.within(action, self.client.query_raw(sql).execute())
            .await
    }

    /// Runs one statement that reads a whole log.
    pub(crate) async fn execute_long(&self, action: &str, sql: &str) -> Result<(), WarehouseError> {
        self.within_limit(action, LONG_LIMIT, self.client.query_raw(sql).execute())
            .await
    }

    /// The client, bound to the database.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// Awaits `answer` for as long as a question may take.
    pub(crate) async fn within<T>(
        &self,
        action: &str,
        answer: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> Result<T, WarehouseError> {
        self.within_limit(action, QUERY_LIMIT, answer).await
    }

    /// Awaits `answer` until `limit` is over.
    pub(crate) async fn within_limit<T>(
        &self,
        action: &str,
        limit: Duration,
        answer: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> Result<T, WarehouseError> {
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(source)) => Err(self.refused(action, source)),
            Err(_) => Err(WarehouseError::Slow {
                url: self.config.url.clone(),
                action: action.to_owned(),
                limit,
            }),
        }
    }

    /// An error that names the server and what was asked of it.
    pub(crate) fn refused(&self, action: &str, source: clickhouse::error::Error) -> WarehouseError {
        WarehouseError::ClickHouse {
            url: self.config.url.clone(),
            action: action.to_owned(),
            source,
        }
    }
}

/// A name that needs no quoting in SQL.
fn is_database_name(name: &str) -> bool {
    let mut letters = name.chars();
    let Some(first) = letters.next() else {
        return false;
    };
    first.is_ascii_lowercase()
        && name.len() <= DATABASE_NAME_MAX
        && letters
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_name_that_needs_quoting_is_refused() {
        for good in ["sideline", "staging_nba_sideline", "a1"] {
            assert!(is_database_name(good), "{good}");
        }
        for bad in [
            "",
            "1a",
            "a-b",
            "A",
            "a b",
            "a`; DROP DATABASE b",
            &"a".repeat(65),
        ] {
            assert!(!is_database_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let mut config = ClickHouseConfig::new("http://127.0.0.1:1", "sideline");
        config.password = Some(Secret::new("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
