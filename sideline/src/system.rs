//! What every verb stands on: the settings, where the servers are, and the catalogue.

use std::sync::Arc;

use anyhow::{Context, Result};
use rdkafka::ClientConfig;
use sideline_avro::registry::Registry;
use sideline_stack::{Endpoints, Flags, Settings};
use sideline_topics::{Catalogue, Cluster, SchemaIds};
use sideline_warehouse::{ClickHouseConfig, KafkaConfig, Secret, SinkTopics, Warehouse};

use crate::cli::PlaceArgs;

/// The league. One league for now; its name is the prefix of every topic.
pub const LEAGUE: &str = "nba";

/// Settings, endpoints and catalogue of one installation.
#[derive(Clone, Debug)]
pub struct System {
    /// The settings in force.
    pub settings: Settings,
    /// Where the servers are.
    pub endpoints: Endpoints,
    /// Every topic and group.
    pub catalogue: Arc<Catalogue>,
}

impl System {
    /// From the flags of the command line: servers that run already.
    ///
    /// # Errors
    /// A setting is wrong, or the stack was never up.
    pub fn from_flags(place: &PlaceArgs) -> Result<Self> {
        let settings = load_settings(place)?;
        let endpoints = sideline_stack::endpoints(&settings).map_err(with_hint)?;
        Self::new(settings, endpoints)
    }

    /// From settings and the endpoints that bringing the stack up gave.
    ///
    /// # Errors
    /// The environment's name cannot be part of a topic's name.
    pub fn new(settings: Settings, endpoints: Endpoints) -> Result<Self> {
        let catalogue = Arc::new(Catalogue::new(LEAGUE, settings.environment.as_deref())?);
        Ok(Self {
            settings,
            endpoints,
            catalogue,
        })
    }

    /// Kafka settings that every client begins with.
    #[must_use]
    pub fn kafka_client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.endpoints.kafka);
        for (name, value) in &self.endpoints.kafka_properties {
            config.set(name, value);
        }
        config
    }

    /// Kafka as the warehouse's readers want it.
    #[must_use]
    pub fn warehouse_kafka(&self) -> KafkaConfig {
        let mut config = KafkaConfig::new(&self.endpoints.kafka);
        config.settings = self.endpoints.kafka_properties.clone();
        config
    }

    /// The topics that the sink and `verify` read.
    #[must_use]
    pub fn sink_topics(&self) -> SinkTopics {
        SinkTopics::of(&self.catalogue)
    }

    /// What every topic's name begins with, for example `staging-nba-`.
    #[must_use]
    pub fn prefix(&self) -> String {
        match self.catalogue.environment() {
            Some(environment) => format!("{environment}-{LEAGUE}-"),
            None => format!("{LEAGUE}-"),
        }
    }

    /// The registry.
    ///
    /// # Errors
    /// Its client cannot be made.
    pub fn registry(&self) -> Result<Registry> {
        Registry::new(&self.endpoints.registry).context("the registry's client could not be made")
    }

    /// Broker and registry, for planning and applying the catalogue.
    ///
    /// # Errors
    /// A client cannot be made.
    pub fn cluster(&self) -> Result<Cluster> {
        Ok(Cluster::new(&self.kafka_client(), Some(self.registry()?))?)
    }

    /// Ids under which the schemas are registered.
    ///
    /// # Errors
    /// The registry cannot be asked, or a schema is missing.
    pub async fn schema_ids(&self) -> Result<SchemaIds> {
        self.cluster()?
            .schema_ids(&self.catalogue)
            .await
            .context("looking schemas up (sideline topics apply registers them)")
    }

    /// Where ClickHouse is, and as whom it is asked.
    #[must_use]
    pub fn clickhouse(&self) -> ClickHouseConfig {
        let mut config = ClickHouseConfig::new(
            &self.endpoints.clickhouse,
            &self.endpoints.clickhouse_database,
        );
        config.user = Some(self.endpoints.clickhouse_user.clone());
        config.password = Some(Secret::new(self.endpoints.clickhouse_password.clone()));
        config
    }

    /// The warehouse.
    ///
    /// # Errors
    /// The database's name is none.
    pub fn warehouse(&self) -> Result<Warehouse> {
        Ok(Warehouse::new(self.clickhouse())?)
    }

    /// Makes topics, schemas, group positions and tables what this build needs: the one set-up that
    /// local stack, compose and tests share.
    ///
    /// # Errors
    /// A server cannot be reached, or something would be lost.
    pub async fn apply(&self) -> Result<()> {
        self.cluster()?.apply_catalogue(&self.catalogue).await?;
        self.warehouse()?.migrate().await?;
        Ok(())
    }
}

/// The settings that flags, environment, file and defaults give.
///
/// # Errors
/// A setting is wrong; all faults are reported together.
pub fn load_settings(place: &PlaceArgs) -> Result<Settings> {
    let flags = Flags {
        home: place.home.clone(),
        config: place.config.clone(),
        environment: place.environment.clone(),
        is_external: place.external,
        ..Flags::default()
    };
    Settings::load(&flags).map_err(with_hint)
}

/// A stack error with what to do about it.
#[must_use]
pub fn with_hint(error: sideline_stack::Error) -> anyhow::Error {
    let hint = error.hint();
    if hint.is_empty() {
        return anyhow::Error::new(error);
    }
    anyhow::anyhow!("{error}\nhint: {hint}")
}
