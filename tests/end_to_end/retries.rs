//! Promise 7: what was refused can be sent again once its cause is mended.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use rdkafka::message::{Headers, Message};
use sideline::ingress::IngressRecord;
use sideline_avro::cause::TriggerSource;
use sideline_avro::events::RosterEvent;
use sideline_avro::words::InjuryStatus;
use sideline_topics::TopicId;

use crate::bad_input::letter_at;
use crate::producer::{Place, Producer, until_in_log};
use crate::shared::{Shared, trial};
use crate::updates::{self, SOURCE};

/// A player whom nobody has registered before.
const NEWCOMER: &str = "latelyregistered";

/// The trials of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "a_retry_is_accepted_once_the_player_is_registered",
            registered,
        ),
        trial("a_retry_goes_to_the_right_partition", right_partition),
    ]
}

fn registered(shared: &Shared) -> Result<()> {
    let system = &shared.system;
    let producer = Producer::connect(system)?;
    let now = updates::now(system)?;
    let injury = IngressRecord::Injury(updates::injury(NEWCOMER, InjuryStatus::Out, now));
    let place = producer.publish(&injury)?;
    let letter = letter_at(shared, &place)?;
    ensure!(letter["reason"] == "unknown_player", "{letter}");
    let early = retry(shared, &place)?;
    let letter = letter_at(shared, &early).context("retried too early, it is refused again")?;
    ensure!(letter["reason"] == "unknown_player", "{letter}");

    let registration = IngressRecord::Roster(RosterEvent {
        player: NEWCOMER.to_owned(),
        player_name: "Lately Registered".to_owned(),
        source: SOURCE.to_owned(),
        known_at: now,
        ingested_at: now,
        correlation_id: Some(updates::new_id()),
        trigger_source: TriggerSource::Kafka,
        ..RosterEvent::default()
    });
    producer.publish(&registration)?;
    updates::completed(system, &registration)?;
    let again = retry(shared, &early)?;
    ensure_accepted(shared, &again)
}

fn right_partition(shared: &Shared) -> Result<()> {
    let system = &shared.system;
    let producer = Producer::connect(system)?;
    let player = shared.scorer(2)?;
    let now = updates::now(system)?;
    let injury = updates::injury(&player, InjuryStatus::Questionable, now);
    let mut bytes = producer.bytes(&IngressRecord::Injury(injury))?;
    let right = bytes.partition;
    let partitions = system
        .catalogue
        .topic(TopicId::Injuries)
        .settings
        .partitions;
    bytes.partition = (right + 1) % partitions;
    let place = producer.send(&bytes)?;
    let letter = letter_at(shared, &place)?;
    ensure!(letter["reason"] == "wrong_partition", "{letter}");
    let before = shared.points(&player)?;
    ensure!(before["status"] == "AVAILABLE", "it was refused: {before}");

    let again = retry(shared, &place)?;
    ensure!(
        again.partition == right,
        "{again} is not in partition {right}"
    );
    ensure_accepted(shared, &again)?;
    let version = crate::wait::until(crate::wait::SOON, || {
        let latest = shared.points(&player)?;
        Ok((latest["status"] == "QUESTIONABLE").then_some(latest))
    })?;
    ensure!(
        version["version"].as_i64() > before["version"].as_i64(),
        "{version}"
    );
    let history = shared.json(&["history", "--player", &player, "--prop", "points"])?;
    ensure!(
        history[0]["cause_place"] == again.to_string().as_str(),
        "{history}"
    );
    shared.injury(&player, "AVAILABLE").map(drop)
}

/// Retries a dead letter by its place, and finds where the record stands now.
fn retry(shared: &Shared, place: &Place) -> Result<Place> {
    let wanted = place.to_string();
    let answer = shared.json(&["dead-letters", "retry", &wanted])?;
    ensure!(answer["retried"] == 1, "{answer}");
    until_in_log(&shared.system, TopicId::Injuries, |message| {
        let headers = message.headers().into_iter().flat_map(Headers::iter);
        let mut retries = headers.filter(|header| header.key == "retry_of");
        let is_it = retries.any(|header| header.value == Some(wanted.as_bytes()));
        Ok(is_it.then(|| Place {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
        }))
    })
}

/// Phase raw took the record, and there is no dead letter of it.
fn ensure_accepted(shared: &Shared, place: &Place) -> Result<()> {
    let touch = updates::touched(&shared.system, place)?;
    ensure!(touch.failed_reason.is_none(), "{touch:?}");
    let place = place.to_string();
    let letters = shared.dead_letters()?;
    let again = letters
        .iter()
        .find(|letter| letter["place"] == place.as_str());
    ensure!(again.is_none(), "{again:?}");
    Ok(())
}
