//! Servers that run elsewhere: asked, never started or stopped.

use crate::error::Error;
use crate::parts::Part;
use crate::ready::{self, Proxy};
use crate::settings::External;

/// Asks each server whether it answers.
///
/// # Errors
/// [`Error::ExternalUnreachable`] for the first that does not.
pub(crate) async fn check(external: &External) -> Result<(), Error> {
    for part in [Part::Kafka, Part::Registry, Part::ClickHouse] {
        ask(external, part)
            .await
            .map_err(|reason| Error::ExternalUnreachable {
                part,
                address: address(external, part).to_owned(),
                reason,
            })?;
    }
    Ok(())
}

/// The address of a part, as configured; the pipeline has none.
pub(crate) fn address(external: &External, part: Part) -> &str {
    match part {
        Part::Kafka => &external.kafka,
        Part::Registry => &external.registry,
        Part::ClickHouse => &external.clickhouse,
        Part::Pipeline => "",
    }
}

/// Asks one server.
pub(crate) async fn ask(external: &External, part: Part) -> Result<(), String> {
    match part {
        Part::Kafka => ready::kafka(&external.kafka, &external.kafka_properties).await,
        Part::Registry => ask_url(&external.registry, "/subjects").await,
        Part::ClickHouse => ask_url(&external.clickhouse, "/ping").await,
        Part::Pipeline => Ok(()),
    }
}

async fn ask_url(url: &str, path: &str) -> Result<(), String> {
    let parsed = reqwest::Url::parse(url).map_err(|error| error.to_string())?;
    if parsed.scheme() == "http" {
        return ready::http(&format!("{url}{path}"), Proxy::AsSet).await;
    }
    // This crate has no TLS of its own; whoever uses the server learns the rest.
    let host = parsed.host_str().unwrap_or_default();
    ready::connect(&format!(
        "{host}:{}",
        parsed.port_or_known_default().unwrap_or_default()
    ))
    .await
}
