//! Giving this instance's places in the consumer groups up for good.

use anyhow::{Context, Result, anyhow};
use sideline_runtime_kafka::leave;
use sideline_topics::{PhaseName, TopicId};
use sideline_warehouse::sink;

use crate::instance::Instance;
use crate::pipeline;
use crate::system::System;

/// A group, this instance's members in it, and a topic to ask for meanwhile.
struct Place {
    group: String,
    members: Vec<String>,
    topic: String,
}

/// Leaves the groups of all phases and of the sink; tells how many members there were. The instance
/// is held meanwhile, so none of them can be at work.
///
/// # Errors
/// The instance runs, the broker does not answer, or a group does not settle.
pub fn leave_all(system: &System) -> Result<usize> {
    if !Instance::is_known(&system.settings.home) {
        return Ok(0);
    }
    let instance = Instance::take(&system.settings.home)?;
    let client = system.kafka_client();
    let leave_one = |place: &Place| -> Result<usize> {
        let mut left = 0;
        for member in &place.members {
            let was_in = leave(&client, &place.group, member, &place.topic);
            left += usize::from(was_in.with_context(|| format!("leaving {}", place.group))?);
        }
        Ok(left)
    };
    let places = places(system, &instance);
    // Side by side: a group that settles takes seconds, and there are eight of them.
    std::thread::scope(|scope| {
        let works = places.iter().map(|place| scope.spawn(|| leave_one(place)));
        let works: Vec<_> = works.collect();
        let ended = works.into_iter().map(|work| {
            let ended = work.join();
            ended.unwrap_or_else(|_| Err(anyhow!("leaving a group panicked")))
        });
        ended.sum()
    })
}

fn places(system: &System, instance: &Instance) -> Vec<Place> {
    let config = pipeline::config(system, instance);
    // The clock's topic is small, and what is read of it is kept by nobody.
    let topic = system.catalogue.name(TopicId::ClockControl);
    let mut places: Vec<Place> = PhaseName::ALL
        .iter()
        .map(|phase| Place {
            group: config.group(phase.as_str()),
            members: config.members(phase.as_str()).collect(),
            topic: topic.to_owned(),
        })
        .collect();
    places.push(Place {
        group: system.sink_topics().group,
        members: vec![sink::member_name(instance.name())],
        topic: topic.to_owned(),
    });
    places
}
