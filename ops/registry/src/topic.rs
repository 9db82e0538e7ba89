//! The settings of the `_schemas` topic: made as other registries want it, or refused.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;

use crate::error::Error;

/// Longest wait for an answer about topics.
pub(crate) const ADMIN_WAIT: Duration = Duration::from_secs(20);

/// Copies of the topic where there are brokers enough, as Confluent's default.
const REPLICAS_MAX: usize = 3;

/// Makes the topic where it is missing, and checks its settings where it is there.
///
/// # Errors
/// Kafka did not answer, or the topic would lose schemas: it must have one partition and be
/// compacted only. Other registries refuse such a topic too.
pub(crate) async fn prepare(kafka: &str, topic: &str) -> Result<(), Error> {
    let fault = |message: String| Error::Kafka {
        topic: topic.to_owned(),
        kafka: kafka.to_owned(),
        message,
    };
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", kafka)
        .create()
        .map_err(|error| fault(error.to_string()))?;
    // Asked for all topics: asking for one can create it, with the broker's defaults.
    let metadata = admin
        .inner()
        .fetch_metadata(None, ADMIN_WAIT)
        .map_err(|error| fault(error.to_string()))?;
    let Some(existing) = metadata.topics().iter().find(|known| known.name() == topic) else {
        return create(&admin, topic, metadata.brokers().len())
            .await
            .map_err(fault);
    };
    let wrong = |setting, found: String, needed| Error::Topic {
        topic: topic.to_owned(),
        setting,
        found,
        needed,
    };
    let partitions = existing.partitions().len();
    if partitions != 1 {
        return Err(wrong(
            "a number of partitions of",
            partitions.to_string(),
            "1",
        ));
    }
    match cleanup_policy(&admin, topic).await.map_err(fault)? {
        Some(policy) if policy != "compact" => Err(wrong("cleanup.policy", policy, "compact")),
        _ => Ok(()),
    }
}

async fn create(
    admin: &AdminClient<DefaultClientContext>,
    topic: &str,
    brokers: usize,
) -> Result<(), String> {
    let replicas = i32::try_from(brokers.clamp(1, REPLICAS_MAX)).unwrap_or(1);
    let wanted =
        NewTopic::new(topic, 1, TopicReplication::Fixed(replicas)).set("cleanup.policy", "compact");
    let options = AdminOptions::new().operation_timeout(Some(ADMIN_WAIT));
    let results = admin
        .create_topics(&[wanted], &options)
        .await
        .map_err(|error| error.to_string())?;
    match results.first() {
        Some(Err((_, code))) if *code != RDKafkaErrorCode::TopicAlreadyExists => {
            Err(format!("creating it failed: {code}"))
        }
        _ => Ok(()),
    }
}

async fn cleanup_policy(
    admin: &AdminClient<DefaultClientContext>,
    topic: &str,
) -> Result<Option<String>, String> {
    let options = AdminOptions::new().request_timeout(Some(ADMIN_WAIT));
    let results = admin
        .describe_configs(&[ResourceSpecifier::Topic(topic)], &options)
        .await
        .map_err(|error| error.to_string())?;
    match results.into_iter().next() {
        Some(Ok(resource)) => Ok(resource
            .get("cleanup.policy")
            .and_then(|entry| entry.value.clone())),
        Some(Err(code)) => Err(format!("reading its settings failed: {code}")),
        None => Ok(None),
    }
}
