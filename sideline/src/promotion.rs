//! Promoting a run: what it says goes to the ledger as candidates, and the ledger, the one writer of
//! versions, makes the next version of each key whose content differs. `docs/decisions/009` has why.
//!
//! One league day is one change: its touch says whom it reaches, so its completion is told by an
//! envelope like that of any news.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rdkafka::message::OwnedHeaders;
use sideline_avro::WireWriter;
use sideline_avro::candidates::CandidateSet;
use sideline_avro::cause::{Cause, ChangeType, TriggerSource};
use sideline_avro::context::Touch;
use sideline_avro::form::Matchup;
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_topics::{PhaseName, SchemaIds, TopicId, keys, partition_for};
use sideline_warehouse::{PlacedVersion, promotion_fact};

use crate::moments;
use crate::publisher::{Outgoing, Publisher};
use crate::system::System;

/// The path by which a promotion reaches a player.
const PATH: &str = "promote";
/// Who states the fact of a promotion.
const SOURCE: &str = "sideline";

/// What all days of one promotion share.
#[derive(Clone, Debug)]
pub struct Promotion {
    /// The run.
    pub run_id: String,
    /// The moment from which the versions are the answer, by the league clock.
    pub at: Timestamp,
    /// The same by the wall clock.
    pub wall: Timestamp,
    /// Who promotes.
    pub user: Option<String>,
    /// The predictions topic, where the run's versions stand.
    pub topic: String,
}

/// What is sent for one league day.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// The day.
    pub day: LeagueDay,
    /// Whom it reaches.
    pub touch: Touch,
    /// What the run says, one set per player and game.
    pub sets: Vec<CandidateSet>,
}

impl Promotion {
    /// Sorts the newest versions of a run into days. Of none there is none.
    #[must_use]
    pub fn days(&self, versions: &[PlacedVersion]) -> Vec<Day> {
        let mut games: BTreeMap<LeagueDay, BTreeMap<(&str, &str), Vec<&PlacedVersion>>> =
            BTreeMap::new();
        for one in versions {
            let version = &one.version;
            let game = (version.player_lookup.as_str(), version.game_id.as_str());
            let of_day = games.entry(version.game_date).or_default();
            of_day.entry(game).or_default().push(one);
        }
        let days = games.into_iter();
        days.map(|(day, games)| self.day(day, &games)).collect()
    }

    fn day(&self, day: LeagueDay, games: &BTreeMap<(&str, &str), Vec<&PlacedVersion>>) -> Day {
        let mut parts: BTreeMap<&str, i32> = BTreeMap::new();
        for (player, _) in games.keys() {
            *parts.entry(player).or_default() += 1;
        }
        let mut sets = Vec::with_capacity(games.len());
        for ((player, _), versions) in games {
            let parts = parts.get(player).copied().unwrap_or(1);
            sets.extend(self.set(day, versions, parts));
        }
        let causes = sets.iter().map(|set| &set.cause);
        let newest = causes.max_by_key(|cause| (cause.partition, cause.offset));
        let targets = parts.keys().map(|player| format!("player/{player}/{PATH}"));
        let touch = Touch {
            cause: Cause {
                subject: self.run_id.clone(),
                ..newest.cloned().unwrap_or_default()
            },
            origin: PhaseName::Raw.as_str().to_owned(),
            targets: targets.collect(),
            failed_reason: None,
            is_unchanged: false,
        };
        Day { day, touch, sets }
    }

    /// What the run says of one player in one game. Its cause is the newest of the run's versions,
    /// by its place in the topic; its view holds that place, so that no view of the live path has
    /// seen more.
    fn set(&self, day: LeagueDay, versions: &[&PlacedVersion], parts: i32) -> Option<CandidateSet> {
        let newest = versions.iter().max_by_key(|one| one.place)?;
        let version = &newest.version;
        let mut view = version.view.clone();
        let place = format!("{}/{}", self.topic, newest.place.partition);
        view.insert(place, newest.place.offset);
        Some(CandidateSet {
            cause: Cause {
                correlation_id: self.correlation_id(day),
                change_type: ChangeType::Forced,
                trigger_source: TriggerSource::Replay,
                trigger_user: self.user.clone(),
                topic: self.topic.clone(),
                partition: newest.place.partition,
                offset: newest.place.offset,
                source: SOURCE.to_owned(),
                fact: promotion_fact(&self.run_id),
                subject: version.player_lookup.clone(),
                old_value: None,
                new_value: Some(self.run_id.clone()),
                known_at: self.at,
                ingested_at: self.at,
                published_at: Some(self.wall),
                trail: Vec::new(),
            },
            view,
            matchup: Matchup {
                player_lookup: version.player_lookup.clone(),
                path: PATH.to_owned(),
                parts,
                game_id: version.game_id.clone(),
                game_date: version.game_date,
                tip_off: version.tip_off,
                team: version.team.clone(),
                opponent: version.opponent.clone(),
                is_home: version.is_home,
                as_of: version.as_of,
                status: version.status,
                teammates_out: version.teammates_out.clone(),
                ..Matchup::default()
            },
            candidates: versions
                .iter()
                .map(|one| one.version.candidate.clone())
                .collect(),
        })
    }

    fn correlation_id(&self, day: LeagueDay) -> String {
        let day = moments::show_day(day);
        format!("promote-{}-{day}-{}", self.run_id, self.wall.0)
    }
}

/// Sends days to the ledger.
pub struct Promoter<'s> {
    system: &'s System,
    publisher: Publisher,
    ids: SchemaIds,
}

impl<'s> Promoter<'s> {
    /// A promoter for this installation.
    ///
    /// # Errors
    /// A client cannot be made, or the schemas are not registered.
    pub async fn connect(system: &'s System) -> Result<Self> {
        Ok(Self {
            system,
            publisher: Publisher::connect(system).await?,
            ids: system.schema_ids().await?,
        })
    }

    /// Sends one day, and returns once Kafka has it.
    ///
    /// # Errors
    /// A record does not fit its schema, or Kafka does not take it.
    pub fn send(&self, day: &Day) -> Result<()> {
        let id = &day.touch.cause.correlation_id;
        let touch_key = keys::touch_key(id, &day.touch.origin);
        let touches = WireWriter::<Touch>::new(self.ids.of(TopicId::Touches));
        let touch = touches.to_vec(&day.touch).context("the touch of a day")?;
        self.send_one(TopicId::Touches, id, &touch_key, &touch)?;
        let writer = WireWriter::<CandidateSet>::new(self.ids.of(TopicId::Candidates));
        for set in &day.sets {
            let matchup = &set.matchup;
            let key = keys::player_game_key(&matchup.player_lookup, &matchup.game_id);
            let value = writer.to_vec(set).with_context(|| key.clone())?;
            self.send_one(TopicId::Candidates, &matchup.player_lookup, &key, &value)?;
        }
        self.publisher.flush()
    }

    fn send_one(&self, topic: TopicId, owner: &str, key: &str, value: &[u8]) -> Result<()> {
        let topic = self.system.catalogue.topic(topic);
        self.publisher.send_raw(Outgoing {
            topic: &topic.name,
            partition: partition_for(owner, topic.settings.partitions),
            key: key.as_bytes(),
            value: Some(value),
            // The broker stamps these topics itself.
            timestamp_ms: crate::league_clock::wall_time().as_millis(),
            headers: OwnedHeaders::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use sideline_avro::predictions::Prediction;
    use sideline_warehouse::Place;

    use super::*;

    fn version(player: &str, game: &str, day: i32, prop: &str, offset: i64) -> PlacedVersion {
        let mut version = Prediction {
            player_lookup: player.to_owned(),
            game_id: game.to_owned(),
            game_date: LeagueDay(day),
            run_id: Some("replay-1".to_owned()),
            view: BTreeMap::from([("nba-lines/0".to_owned(), offset)]),
            ..Prediction::default()
        };
        version.candidate.prop = prop.to_owned();
        PlacedVersion {
            place: Place {
                partition: 3,
                offset,
            },
            version,
        }
    }

    fn promotion() -> Promotion {
        Promotion {
            run_id: "replay-1".to_owned(),
            at: Timestamp(7),
            wall: Timestamp(9),
            user: None,
            topic: "nba-predictions".to_owned(),
        }
    }

    #[test]
    fn a_day_is_one_change_and_names_everybody_it_reaches() {
        let versions = [
            version("a", "1", 10, "points", 4),
            version("a", "1", 10, "assists", 6),
            version("b", "1", 10, "points", 5),
            version("a", "2", 11, "points", 8),
        ];
        let days = promotion().days(&versions);
        let told: Vec<(i32, usize, usize)> = days
            .iter()
            .map(|day| (day.day.0, day.sets.len(), day.touch.targets.len()))
            .collect();
        assert_eq!(told, [(10, 2, 2), (11, 1, 1)]);
        assert_eq!(
            days[0].touch.targets,
            ["player/a/promote", "player/b/promote"]
        );
        assert_eq!(
            days[0].sets[0].candidates.len(),
            2,
            "both props of one game"
        );
        let id = &days[0].touch.cause.correlation_id;
        assert!(
            days[0]
                .sets
                .iter()
                .all(|set| &set.cause.correlation_id == id)
        );
        assert_ne!(id, &days[1].touch.cause.correlation_id);
    }

    #[test]
    fn promise_3_the_cause_of_a_promoted_version_is_the_version_of_the_run() {
        let versions = [
            version("a", "1", 10, "points", 4),
            version("a", "1", 10, "assists", 6),
        ];
        let set = &promotion().days(&versions)[0].sets[0];
        let place = (
            set.cause.topic.as_str(),
            set.cause.partition,
            set.cause.offset,
        );
        assert_eq!(place, ("nba-predictions", 3, 6));
        assert_eq!(set.cause.fact, "promote/replay-1");
        assert_eq!(set.cause.known_at, Timestamp(7), "from the promotion on");
        assert_eq!(set.view.get("nba-predictions/3"), Some(&6));
        assert_eq!(set.view.get("nba-lines/0"), Some(&6));
    }

    #[test]
    fn of_no_versions_there_is_no_day() {
        assert!(promotion().days(&[]).is_empty());
    }
}
