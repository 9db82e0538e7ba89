//! Asking a part whether it is ready.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tokio::net::TcpStream;

use crate::parts::Part;

/// How long one question may take. A busy machine answers in milliseconds; a part that needs longer
/// is asked again.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Asks the part that listens on a port of this machine.
pub(crate) async fn ask(part: Part, port: u16) -> Result<(), String> {
    let address = format!("127.0.0.1:{port}");
    match part {
        Part::Kafka => {
            // Until the port is open, librdkafka would only wait: its first retry comes late.
            connect(&address).await?;
            kafka(&address, &BTreeMap::new()).await
        }
        Part::Registry => http(&format!("http://{address}/"), Proxy::Never).await,
        Part::ClickHouse => http(&format!("http://{address}/ping"), Proxy::Never).await,
        Part::Pipeline => http(&format!("http://{address}/ready"), Proxy::Never).await,
    }
}

/// Asks Kafka for its brokers. An open port is not enough: the controller may not have let the
/// broker in yet, and topics made before that find no place.
pub(crate) async fn kafka(
    addresses: &str,
    properties: &BTreeMap<String, String>,
) -> Result<(), String> {
    let mut config = ClientConfig::new();
    for (name, value) in properties {
        config.set(name, value);
    }
    config
        .set("bootstrap.servers", addresses)
        // The default waits 100 ms and doubles; a broker that starts is back within 20.
        .set("reconnect.backoff.ms", "20")
        .set("reconnect.backoff.max.ms", "100")
        .set_log_level(RDKafkaLogLevel::Emerg);
    let asked = tokio::task::spawn_blocking(move || {
        let consumer: BaseConsumer = config.create().map_err(|error| error.to_string())?;
        let metadata = consumer
            .fetch_metadata(None, ANSWER_WITHIN)
            .map_err(|error| error.to_string())?;
        if metadata.brokers().is_empty() {
            return Err("no broker is up yet".to_owned());
        }
        Ok(())
    });
    asked.await.map_err(|error| error.to_string())?
}

/// Whether the machine's proxy settings count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Proxy {
    /// As the environment says.
    AsSet,
    /// Never: the server is on this machine.
    Never,
}

/// Asks for a page and wants a 2xx.
pub(crate) async fn http(url: &str, proxy: Proxy) -> Result<(), String> {
    let mut builder = reqwest::Client::builder().timeout(ANSWER_WITHIN);
    if proxy == Proxy::Never {
        builder = builder.no_proxy();
    }
    let client = builder.build().map_err(|error| error.to_string())?;
    let response = client
        .get(url)
        .send()
        .await
        .map_err(|error| innermost(&error))?;
    if response.status().is_success() {
        return Ok(());
    }
    Err(format!("it answers {}", response.status()))
}

/// Asks whether anything listens.
pub(crate) async fn connect(address: &str) -> Result<(), String> {
    match tokio::time::timeout(ANSWER_WITHIN, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer within 3 s".to_owned()),
    }
}

/// The cause at the bottom: `connection refused` says more than `error sending request`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
