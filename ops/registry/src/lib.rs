//! A small schema registry that speaks the Confluent REST API over the `_schemas` topic.
//!
//! Its records have Confluent's form, so a Confluent or Karapace registry can take over the same
//! Kafka. It is a single writer: never run it beside another registry on one topic; when it reads a
//! record that it did not write, it stops.
//!
//! Avro only, default context only. `normalize=true` is accepted and means nothing: schemas are
//! stored as they come, in canonical text. It may not know what Sideline's schemas say.

mod canonical;
mod compatibility;
mod error;
mod http;
mod log;
mod proposals;
mod record;
mod schemas;
mod settings;
mod store;
mod subjects;
mod topic;
mod writes;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

pub use error::Error;

/// Where the registry listens, and where it keeps its records.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Kafka bootstrap address.
    pub kafka: String,
    /// The topic, `_schemas` by convention.
    pub topic: String,
}

/// Serves until `shutdown` resolves. Calls `ready` once, with the bound address, when all records
/// of the topic are known; requests before that are answered 503.
///
/// # Errors
/// The port is taken, Kafka cannot be used, or another registry writes to the same topic.
pub async fn serve(
    config: Config,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let listen = config.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|source| Error::Listen { listen, source })?;
    let bound = listener
        .local_addr()
        .map_err(|source| Error::Listen { listen, source })?;
    let log = Arc::new(log::Log::open(&config.kafka, &config.topic).await?);
    let registry = Arc::new(writes::Registry::new(Arc::clone(&log)));
    let server = axum::serve(listener, http::router(Arc::clone(&registry)));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = server.with_graceful_shutdown(async move { drop(stopped.await) });
    let mut serving = tokio::spawn(async move { server.await });
    let ending = match registry.catch_up().await {
        Ok(()) => {
            ready(bound);
            tokio::select! {
                () = shutdown => Ok(()),
                error = log.halted() => Err(error),
                ended = &mut serving => return ended.unwrap_or(Ok(())).map_err(Error::Http),
            }
        }
        Err(error) => Err(error),
    };
    drop(stop);
    // Connections that clients keep open would hold the server for ever: a second is enough for an
    // answer that is on its way.
    let bound = std::time::Duration::from_secs(1);
    if tokio::time::timeout(bound, &mut serving).await.is_err() {
        serving.abort();
    }
    log.close();
    ending
}
