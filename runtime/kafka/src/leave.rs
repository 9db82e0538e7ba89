//! Giving a member's place in its group up for good.
//!
//! A static member that stops keeps its place until its session times out, which is what makes
//! restarts cheap; one that never comes back leaves its share unread for that time. Kafka's own
//! tools remove such members by an admin request that librdkafka does not have. But librdkafka does
//! say goodbye for a static member when it unsubscribes while it lives, so this does: it takes the
//! member's place, as a restart would, and unsubscribes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::groups::GroupInfo;

/// How long taking a member's place, and giving it up, may take each: a group that is rebalancing
/// waits for all its members, who answer within a heartbeat's time or lose their place.
const STEP_MAX: Duration = Duration::from_secs(30);

/// One poll.
const POLL: Duration = Duration::from_millis(50);

/// Pause between two looks at who is in the group.
const LOOK: Duration = Duration::from_millis(50);

/// Why a member may still be in its group.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeaveError {
    /// Kafka did not do what was asked.
    #[error("{doing} failed: {source}")]
    Kafka {
        /// What was asked.
        doing: String,
        /// What Kafka said.
        source: KafkaError,
    },
    /// The group did not settle in time.
    #[error(
        "{member} is still in group {group} after {} s; it loses its place by itself when its session times out",
        STEP_MAX.as_secs()
    )]
    Late {
        /// The group.
        group: String,
        /// The member.
        member: String,
    },
}

/// Removes a static member (`group.instance.id`) from its group, if it is there; tells whether it
/// was. Nobody may be running as this member: he would be fenced.
///
/// `client` needs the brokers and what they ask for, `topic` is one that the group reads.
///
/// # Errors
/// The broker does not answer, or the group does not settle.
pub fn leave(
    client: &ClientConfig,
    group: &str,
    member: &str,
    topic: &str,
) -> Result<bool, LeaveError> {
    if !is_in(client, group, member)? {
        return Ok(false);
    }
    let failed = |doing: &str, source| LeaveError::Kafka {
        doing: format!("{doing} group {group} as {member}"),
        source,
    };
    let mut client = client.clone();
    client
        .set("group.id", group)
        .set("group.instance.id", member)
        .set("partition.assignment.strategy", "range")
        .set("enable.auto.commit", "false")
        .set("session.timeout.ms", "10000");
    let consumer: BaseConsumer<Joined> = client
        .create_with_context(Joined::default())
        .map_err(|error| failed("joining", error))?;
    consumer
        .subscribe(&[topic])
        .map_err(|error| failed("joining", error))?;
    until(group, member, || {
        // What it reads meanwhile is nobody's loss: nothing is committed.
        drop(consumer.poll(POLL));
        Ok(consumer.context().0.load(Ordering::Acquire))
    })?;
    consumer.unsubscribe();
    until(group, member, || {
        drop(consumer.poll(POLL));
        Ok(!is_in(&client, group, member)?)
    })?;
    Ok(true)
}

/// Whether the group has given an assignment.
#[derive(Default)]
struct Joined(AtomicBool);

impl ClientContext for Joined {}

impl ConsumerContext for Joined {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if matches!(rebalance, Rebalance::Assign(_)) {
            self.0.store(true, Ordering::Release);
        }
    }
}

/// Whether the group has this member. The broker makes a static member's id of its name, a hyphen
/// and chance.
fn is_in(client: &ClientConfig, group: &str, member: &str) -> Result<bool, LeaveError> {
    let failed = |source| LeaveError::Kafka {
        doing: format!("asking who is in group {group}"),
        source,
    };
    let consumer: BaseConsumer = client.create().map_err(failed)?;
    let groups = consumer
        .fetch_group_list(Some(group), STEP_MAX)
        .map_err(failed)?;
    let is_of = |id: &str| id.strip_prefix(member).is_some_and(is_chance);
    let mut members = groups.groups().iter().flat_map(GroupInfo::members);
    Ok(members.any(|one| is_of(one.id())))
}

/// A hyphen and a UUID.
fn is_chance(rest: &str) -> bool {
    let is_hex = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
    rest.len() == 37 && rest.starts_with('-') && rest.chars().all(is_hex)
}

fn until(
    group: &str,
    member: &str,
    mut done: impl FnMut() -> Result<bool, LeaveError>,
) -> Result<(), LeaveError> {
    let deadline = Instant::now() + STEP_MAX;
    while !done()? {
        if Instant::now() > deadline {
            let (group, member) = (group.to_owned(), member.to_owned());
            return Err(LeaveError::Late { group, member });
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}
