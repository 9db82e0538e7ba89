//! Record keys: of events, and of what the phases write.
//!
//! The key of an event is `fact|source|known_at` in plain UTF-8, so compaction folds exact resends
//! only, and nothing that was once known is lost.
//!
//! ```
//! use sideline_avro::events::LineEvent;
//! use sideline_avro::time::Timestamp;
//! use sideline_topics::keys::{IngressEvent, IngressKey};
//!
//! let event = LineEvent {
//!     game_id: "0022400410".into(),
//!     player: "lebronjames".into(),
//!     prop: "points".into(),
//!     book: "draftkings".into(),
//!     source: "odds".into(),
//!     known_at: Timestamp(1_734_998_400_000_000),
//!     ..LineEvent::default()
//! };
//! let key = event.record_key();
//! assert_eq!(key, "line/0022400410/lebronjames/points/draftkings|odds|1734998400000000");
//! assert_eq!(IngressKey::parse(key.as_bytes())?.source, "odds");
//! # Ok::<(), sideline_topics::keys::KeyError>(())
//! ```

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use sha2::{Digest, Sha256};
use sideline_avro::AvroRecord;
use sideline_avro::events::{
    AliasEvent, BoxScoreEvent, GameEvent, GameLineEvent, InjuryStatusEvent, LineEvent, LineupEvent,
    PlayerUpdateTriggerEvent, RefereesEvent, RosterEvent, ShotZonesEvent,
};
use sideline_avro::time::{LeagueDay, Timestamp};

use crate::catalogue::TopicId;

/// Between the three parts of an event's key. None of them may contain it.
pub const SEPARATOR: char = '|';

/// Hex digits of a correlation id derived from a key.
const CORRELATION_DIGITS: usize = 32;

/// What every ingress event has in common.
pub trait IngressEvent: AvroRecord {
    /// The topic it belongs to.
    const TOPIC: TopicId;

    /// Key of the fact it states, for example `injury/lebronjames/2024-12-23`.
    fn fact(&self) -> String;

    /// Who states it.
    fn source(&self) -> &str;

    /// When it was known.
    fn known_at(&self) -> Timestamp;

    /// When it was appended.
    fn ingested_at(&self) -> Timestamp;

    /// The producer's id for the change, if it gave one.
    fn correlation_id(&self) -> Option<&str>;

    /// What its partition is computed from: see [`crate::partitioner::partition_for`]. For a player
    /// it is right only if the event names him by his player_lookup.
    fn partition_key(&self) -> &str;

    /// The record's key: `fact|source|known_at`.
    fn record_key(&self) -> String {
        format!(
            "{}{SEPARATOR}{}{SEPARATOR}{}",
            self.fact(),
            self.source(),
            self.known_at().0
        )
    }
}

/// One event per line: type, topic, field of the partition key, fact.
macro_rules! ingress_events {
    ($($event:ty, $topic:ident, $partition_key:ident, |$it:ident| $fact:expr;)+) => {
        $(
            impl IngressEvent for $event {
                const TOPIC: TopicId = TopicId::$topic;

                fn fact(&self) -> String {
                    let $it = self;
                    $fact
                }

                fn source(&self) -> &str {
                    &self.source
                }

                fn known_at(&self) -> Timestamp {
                    self.known_at
                }

                fn ingested_at(&self) -> Timestamp {
                    self.ingested_at
                }

                fn correlation_id(&self) -> Option<&str> {
                    self.correlation_id.as_deref()
                }

                fn partition_key(&self) -> &str {
                    &self.$partition_key
                }
            }
        )+
    };
}

ingress_events! {
    InjuryStatusEvent, Injuries, player, |it| injury_fact(it);
    LineupEvent, Lineups, team, |it| format!("lineup/{}/{}", it.game_id, it.team);
    LineEvent, Lines, player, |it| {
        format!("line/{}/{}/{}/{}", it.game_id, it.player, it.prop, it.book)
    };
    GameLineEvent, GameLines, home, |it| format!("game-line/{}/{}", it.game_id, it.book);
    BoxScoreEvent, BoxScores, player, |it| format!("box-score/{}/{}", it.game_id, it.player);
    GameEvent, Games, home, |it| format!("game/{}", it.game_id);
    RosterEvent, Rosters, player, |it| format!("roster/{}", it.player);
    PlayerUpdateTriggerEvent, PlayerUpdateTrigger, player, |it| trigger_fact(it);
    AliasEvent, Aliases, alias, |it| format!("alias/{}", it.alias);
    ShotZonesEvent, ShotZones, player, |it| format!("shot-zones/{}/{}", it.game_id, it.player);
    RefereesEvent, Referees, home, |it| format!("referees/{}", it.game_id);
}

fn injury_fact(event: &InjuryStatusEvent) -> String {
    match &event.game_id {
        Some(game_id) => format!("injury/{}/{game_id}", event.player),
        None => format!("injury/{}/{}", event.player, iso_date(event.effective_date)),
    }
}

fn trigger_fact(event: &PlayerUpdateTriggerEvent) -> String {
    let correlation_id = event.correlation_id.as_deref().unwrap_or_default();
    format!("trigger/{}/{correlation_id}", event.player)
}

/// The day as `2024-12-23`. A day outside the years -9999 to 9999 is written as its number: such an
/// event is bad input, and its key still tells it from others.
#[must_use]
pub fn iso_date(day: LeagueDay) -> String {
    let span: Result<Span, _> = 0.days().try_days(day.0);
    let epoch = Date::constant(1970, 1, 1);
    match span.and_then(|days| epoch.checked_add(days)) {
        Ok(date) => date.to_string(),
        Err(_) => day.0.to_string(),
    }
}

/// The three parts of an event's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngressKey<'k> {
    /// Key of the fact, for example `injury/lebronjames/2024-12-23`.
    pub fact: &'k str,
    /// Who states it.
    pub source: &'k str,
    /// When it was known.
    pub known_at: Timestamp,
}

/// Why a key is not that of an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not text.
    #[error("the key is not UTF-8 text but {bytes} bytes that begin with {first:02x?}")]
    NotText {
        /// Its length.
        bytes: usize,
        /// Its first bytes, four at most.
        first: Vec<u8>,
    },
    /// Not three parts.
    #[error("the key {key:?} is not fact|source|known_at: three parts, none empty, joined by |")]
    NotThreeParts {
        /// The key.
        key: String,
    },
    /// The last part is no time.
    #[error(
        "the key {key:?} ends in {known_at:?}, not in known_at as microseconds since 1970, for example 1734998400000000"
    )]
    NoTime {
        /// The key.
        key: String,
        /// Its last part.
        known_at: String,
    },
}

impl<'k> IngressKey<'k> {
    /// Takes a record's key apart.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(key: &'k [u8]) -> Result<Self, KeyError> {
        let Ok(text) = std::str::from_utf8(key) else {
            return Err(KeyError::NotText {
                bytes: key.len(),
                first: key.iter().copied().take(4).collect(),
            });
        };
        let not_three = || KeyError::NotThreeParts {
            key: text.to_owned(),
        };
        let mut parts = text.split(SEPARATOR);
        let (Some(fact), Some(source), Some(known_at), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(not_three());
        };
        if fact.is_empty() || source.is_empty() {
            return Err(not_three());
        }
        match known_at.parse() {
            // One spelling per time: +7 and 007 are other keys to compaction.
            Ok(micros) if i64::to_string(&micros) == known_at => Ok(Self {
                fact,
                source,
                known_at: Timestamp(micros),
            }),
            _ => Err(KeyError::NoTime {
                key: text.to_owned(),
                known_at: known_at.to_owned(),
            }),
        }
    }

    /// First word of the fact, for example `injury`.
    #[must_use]
    pub fn kind(&self) -> &'k str {
        self.fact.split('/').next().unwrap_or_default()
    }
}

/// Correlation id of a record: the producer's, or the first 32 hex digits of the SHA-256 over topic
/// and record key, so that a resend has the id of the first.
#[must_use]
pub fn correlation_id(given: Option<&str>, topic: &str, record_key: &[u8]) -> String {
    if let Some(given) = given
        && !given.is_empty()
    {
        return given.to_owned();
    }
    let digest = Sha256::new()
        .chain_update(topic)
        .chain_update(record_key)
        .finalize();
    let hex = digest.iter().map(|byte| format!("{byte:02x}"));
    hex.take(CORRELATION_DIGITS / 2).collect()
}

/// Key on `team-facts`.
#[must_use]
pub fn team_fact_key(team: &str, fact: &str, source: &str) -> String {
    format!("{team}/{fact}{SEPARATOR}{source}")
}

/// Key on `player-facts`.
#[must_use]
pub fn player_fact_key(fact: &str, source: &str) -> String {
    format!("{fact}{SEPARATOR}{source}")
}

/// Key on `player-contexts`, `player-games`, `player-features` and `candidates`.
#[must_use]
pub fn player_game_key(player_lookup: &str, game_id: &str) -> String {
    format!("{player_lookup}/{game_id}")
}

/// Key on `predictions`.
#[must_use]
pub fn prediction_key(player_lookup: &str, game_id: &str, prop: &str, system_id: &str) -> String {
    format!("{player_lookup}/{game_id}/{prop}/{system_id}")
}

/// Key on `graded`.
#[must_use]
pub fn graded_key(player_lookup: &str, game_id: &str, prop: &str) -> String {
    format!("{player_lookup}/{game_id}/{prop}")
}

/// Key on `touches`: who touched, `raw` or `team/<code>`.
#[must_use]
pub fn touch_key(correlation_id: &str, origin: &str) -> String {
    format!("{correlation_id}/{origin}")
}

/// Key on `outcomes`.
#[must_use]
pub fn outcome_key(correlation_id: &str, player_lookup: &str, path: &str, game_id: &str) -> String {
    format!("{correlation_id}/{player_lookup}/{path}/{game_id}")
}

/// Key on `runs`.
#[must_use]
pub fn run_key(correlation_id: &str, phase: &str) -> String {
    format!("{correlation_id}/{phase}")
}

/// Key on `dead-letters`: the place of the record that was refused.
#[must_use]
pub fn dead_letter_key(topic: &str, partition: i32, offset: i64) -> String {
    format!("{topic}/{partition}/{offset}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(event: &impl IngressEvent) -> String {
        event.record_key()
    }

    #[test]
    fn an_injury_without_a_game_is_keyed_by_its_date() {
        let mut event = InjuryStatusEvent {
            player: "lebronjames".into(),
            effective_date: LeagueDay(20_080),
            source: "manual".into(),
            known_at: Timestamp(5),
            ..InjuryStatusEvent::default()
        };
        assert_eq!(key_of(&event), "injury/lebronjames/2024-12-23|manual|5");
        event.game_id = Some("0022400410".into());
        assert_eq!(key_of(&event), "injury/lebronjames/0022400410|manual|5");
    }

    /// An event of source `s`, known 7 microseconds before 1970, with these fields.
    macro_rules! event {
        ($event:ident { $($field:ident: $value:expr),* }) => {
            $event {
                $($field: $value.into(),)*
                source: "s".into(),
                known_at: Timestamp(-7),
                ..$event::default()
            }
        };
    }

    fn check(event: &impl IngressEvent, expected: &str) {
        let key = event.record_key();
        let parsed = IngressKey::parse(key.as_bytes()).unwrap();
        assert_eq!(parsed.fact, expected);
        assert_eq!(parsed.fact, event.fact());
        assert_eq!(parsed.source, "s");
        assert_eq!(parsed.known_at, Timestamp(-7));
        assert_eq!(expected.split('/').next(), Some(parsed.kind()));
    }

    #[test]
    fn every_key_follows_the_pattern_of_its_topic_and_can_be_taken_apart() {
        check(
            &event!(LineupEvent {
                game_id: "g",
                team: "LAL"
            }),
            "lineup/g/LAL",
        );
        let line = event!(LineEvent {
            game_id: "g",
            player: "p",
            prop: "points",
            book: "b"
        });
        check(&line, "line/g/p/points/b");
        check(
            &event!(GameLineEvent {
                game_id: "g",
                book: "b"
            }),
            "game-line/g/b",
        );
        check(
            &event!(BoxScoreEvent {
                game_id: "g",
                player: "p"
            }),
            "box-score/g/p",
        );
        check(&event!(GameEvent { game_id: "g" }), "game/g");
        check(&event!(RosterEvent { player: "p" }), "roster/p");
        let trigger = event!(PlayerUpdateTriggerEvent {
            player: "p",
            correlation_id: "c".to_owned()
        });
        check(&trigger, "trigger/p/c");
        check(
            &event!(ShotZonesEvent {
                game_id: "g",
                player: "p"
            }),
            "shot-zones/g/p",
        );
        check(&event!(RefereesEvent { game_id: "g" }), "referees/g");
    }

    #[test]
    fn promise_7_keys_that_are_none_of_ours_are_told_apart() {
        for key in ["", "a", "a|b", "|b|5", "a||5", "a|b|5|6"] {
            let error = IngressKey::parse(key.as_bytes()).unwrap_err();
            assert!(
                matches!(error, KeyError::NotThreeParts { .. }),
                "{key}: {error}"
            );
        }
        for key in [
            "a|b|",
            "a|b|x",
            "a|b|+5",
            "a|b|05",
            "a|b|1.5",
            "a|b|99999999999999999999",
        ] {
            let error = IngressKey::parse(key.as_bytes()).unwrap_err();
            assert!(matches!(error, KeyError::NoTime { .. }), "{key}: {error}");
        }
        let error = IngressKey::parse(&[0xff, 1]).unwrap_err();
        assert!(
            matches!(error, KeyError::NotText { bytes: 2, .. }),
            "{error}"
        );
    }

    #[test]
    fn days_that_no_calendar_has_still_have_a_spelling() {
        assert_eq!(iso_date(LeagueDay(0)), "1970-01-01");
        assert_eq!(iso_date(LeagueDay(-1)), "1969-12-31");
        assert_eq!(iso_date(LeagueDay(i32::MAX)), i32::MAX.to_string());
        assert_eq!(iso_date(LeagueDay(i32::MIN)), i32::MIN.to_string());
    }

    #[test]
    fn a_resend_has_the_correlation_id_of_the_first() {
        assert_eq!(correlation_id(Some("mine"), "t", b"k"), "mine");
        let derived = correlation_id(None, "nba-injuries", b"injury/x/1|s|5");
        assert_eq!(derived.len(), CORRELATION_DIGITS);
        assert_eq!(
            derived,
            correlation_id(None, "nba-injuries", b"injury/x/1|s|5")
        );
        // SHA-256("abc"), known far and wide.
        assert_eq!(
            correlation_id(None, "a", b"bc"),
            "ba7816bf8f01cfea414140de5dae2223"
        );
    }
}
