//! The newest candidate of every key: where a league's computation has come to, whatever way it
//! took.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, ensure};
use rdkafka::message::Message;
use sideline::system::System;
use sideline_avro::WireReader;
use sideline_avro::candidates::{Candidate, CandidateSet};
use sideline_avro::words::InjuryStatus;
use sideline_topics::TopicId;

/// What a candidate says, and of which player: all of it but the cause, which is another on another
/// way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    candidate: Candidate,
    status: InjuryStatus,
    teammates_out: Vec<String>,
}

/// By player, game, prop and system.
pub(crate) type Newest = BTreeMap<String, Said>;

/// Why a player is skipped in a game for which nothing said of him holds any more; what was said
/// before is then as if it never had been.
const WITHDRAWING: [&str; 5] = [
    "game_postponed",
    "game_cancelled",
    "left_team",
    "not_next_game",
    "not_eligible",
];

/// Reads the candidates topic to its end.
pub(crate) fn newest(system: &System) -> Result<Newest> {
    let reader = WireReader::<CandidateSet>::new(Arc::new(system.registry()?));
    let topic = system.catalogue.name(TopicId::Candidates);
    let mut newest = Newest::new();
    sideline::log::read_all(&system.endpoints.kafka, topic, |message| {
        let set = reader.decode(message.payload().unwrap_or_default())?;
        let skipped = set.matchup.skip_reason.as_deref().unwrap_or_default();
        if WITHDRAWING.contains(&skipped) && !set.matchup.game_id.is_empty() {
            let game = format!("{}/{}/", set.matchup.player_lookup, set.matchup.game_id);
            newest.retain(|key, _| !key.starts_with(&game));
        }
        for candidate in &set.candidates {
            let key = format!(
                "{}/{}/{}/{}",
                set.matchup.player_lookup, set.matchup.game_id, candidate.prop, candidate.system_id
            );
            let said = Said {
                candidate: candidate.clone(),
                status: set.matchup.status,
                teammates_out: set.matchup.teammates_out.clone(),
            };
            newest.insert(key, said);
        }
        Ok(())
    })?;
    Ok(newest)
}

/// Fails on the first key in which two ends differ.
pub(crate) fn ensure_equal(here: &Newest, there: &Newest) -> Result<()> {
    for (key, said) in here {
        let other = there.get(key);
        ensure!(other == Some(said), "{key}: here {said:?}, there {other:?}");
    }
    let extra = there.keys().find(|key| !here.contains_key(*key));
    ensure!(extra.is_none(), "only there: {extra:?}");
    Ok(())
}
