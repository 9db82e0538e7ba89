//! The keys of facts: what a fact is about, readable from the key of its record alone.

use std::fmt;

use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_runtime_core::{BadInput, ProcessError};

use crate::calendar::{day_text, parse_day};
use crate::names::is_lookup;

/// Digits of a game id.
const GAME_ID_DIGITS: usize = 10;

/// For which games a status holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) enum StatusScope {
    /// For one game.
    Game(String),
    /// From a league day on, until the same source's next.
    From(LeagueDay),
}

/// What a fact is about. Displayed as the key it was read from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum FactKey {
    Injury {
        player: String,
        scope: StatusScope,
    },
    Lineup {
        game_id: String,
        team: String,
    },
    Line {
        game_id: String,
        player: String,
        prop: String,
        book: String,
    },
    GameLine {
        game_id: String,
        book: String,
    },
    BoxScore {
        game_id: String,
        player: String,
    },
    Game {
        game_id: String,
    },
    Roster {
        player: String,
    },
    Trigger {
        player: String,
        correlation_id: String,
    },
    Alias {
        /// The alias, normalised.
        alias: String,
    },
    ShotZones {
        game_id: String,
        player: String,
    },
    Referees {
        game_id: String,
    },
}

impl FactKey {
    /// Reads the key of a fact.
    pub(crate) fn parse(fact: &str) -> Option<Self> {
        let parts: Vec<&str> = fact.splitn(5, '/').collect();
        let text = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        let game = |part: &str| is_game_id(part).then(|| part.to_owned());
        let person = |part: &str| is_lookup(part).then(|| part.to_owned());
        let key = match parts.as_slice() {
            ["injury", player, scope] => Self::Injury {
                player: person(player)?,
                scope: status_scope(scope)?,
            },
            ["lineup", game_id, team] => Self::Lineup {
                game_id: game(game_id)?,
                team: text(team)?,
            },
            ["line", game_id, player, prop, book] => Self::Line {
                game_id: game(game_id)?,
                player: person(player)?,
                prop: text(prop)?,
                book: text(book)?,
            },
            ["game-line", game_id, book] => Self::GameLine {
                game_id: game(game_id)?,
                book: text(book)?,
            },
            ["box-score", game_id, player] => Self::BoxScore {
                game_id: game(game_id)?,
                player: person(player)?,
            },
            ["game", game_id] => Self::Game {
                game_id: game(game_id)?,
            },
            ["roster", player] => Self::Roster {
                player: person(player)?,
            },
            ["alias", alias] => Self::Alias {
                alias: person(alias)?,
            },
            ["shot-zones", game_id, player] => Self::ShotZones {
                game_id: game(game_id)?,
                player: person(player)?,
            },
            ["referees", game_id] => Self::Referees {
                game_id: game(game_id)?,
            },
            ["trigger", player, correlation_id] => Self::Trigger {
                player: person(player)?,
                // Empty for a trigger without one.
                correlation_id: (*correlation_id).to_owned(),
            },
            _ => return None,
        };
        Some(key)
    }

    /// The player whose fact it is, when it is one player's.
    pub(crate) fn player(&self) -> Option<&str> {
        match self {
            Self::Injury { player, .. }
            | Self::Line { player, .. }
            | Self::BoxScore { player, .. }
            | Self::Roster { player }
            | Self::ShotZones { player, .. }
            | Self::Trigger { player, .. } => Some(player),
            Self::Lineup { .. }
            | Self::GameLine { .. }
            | Self::Game { .. }
            | Self::Referees { .. }
            | Self::Alias { .. } => None,
        }
    }

    /// The fact with another player, when it is one player's.
    pub(crate) fn with_player(mut self, named: &str) -> Self {
        if let Self::Injury { player, .. }
        | Self::Line { player, .. }
        | Self::BoxScore { player, .. }
        | Self::Roster { player }
        | Self::ShotZones { player, .. }
        | Self::Trigger { player, .. } = &mut self
        {
            named.clone_into(player);
        }
        self
    }

    /// Whose fact it is: a player, a team or a game.
    pub(crate) fn subject(&self) -> &str {
        match self {
            Self::Lineup { team, .. } => team,
            Self::Alias { alias } => alias,
            Self::GameLine { game_id, .. }
            | Self::Game { game_id }
            | Self::Referees { game_id } => game_id,
            Self::Injury { player, .. }
            | Self::Line { player, .. }
            | Self::BoxScore { player, .. }
            | Self::Roster { player }
            | Self::ShotZones { player, .. }
            | Self::Trigger { player, .. } => player,
        }
    }
}

impl fmt::Display for FactKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Injury {
                player,
                scope: StatusScope::Game(game_id),
            } => {
                write!(out, "injury/{player}/{game_id}")
            }
            Self::Injury {
                player,
                scope: StatusScope::From(day),
            } => {
                write!(out, "injury/{player}/{}", day_text(*day))
            }
            Self::Lineup { game_id, team } => write!(out, "lineup/{game_id}/{team}"),
            Self::Line {
                game_id,
                player,
                prop,
                book,
            } => {
                write!(out, "line/{game_id}/{player}/{prop}/{book}")
            }
            Self::GameLine { game_id, book } => write!(out, "game-line/{game_id}/{book}"),
            Self::BoxScore { game_id, player } => write!(out, "box-score/{game_id}/{player}"),
            Self::Game { game_id } => write!(out, "game/{game_id}"),
            Self::Roster { player } => write!(out, "roster/{player}"),
            Self::Alias { alias } => write!(out, "alias/{alias}"),
            Self::ShotZones { game_id, player } => write!(out, "shot-zones/{game_id}/{player}"),
            Self::Referees { game_id } => write!(out, "referees/{game_id}"),
            Self::Trigger {
                player,
                correlation_id,
            } => {
                write!(out, "trigger/{player}/{correlation_id}")
            }
        }
    }
}

/// True for ten digits.
pub(crate) fn is_game_id(text: &str) -> bool {
    text.len() == GAME_ID_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn status_scope(text: &str) -> Option<StatusScope> {
    if is_game_id(text) {
        return Some(StatusScope::Game(text.to_owned()));
    }
    parse_day(text).map(StatusScope::From)
}

/// The key of an ingress record: `fact|source|known_at`, the time in microseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IngressKey {
    pub(crate) fact: FactKey,
    pub(crate) source: String,
    pub(crate) known_at: Timestamp,
}

impl IngressKey {
    /// Reads the key of an ingress record.
    ///
    /// # Errors
    /// `unparseable_key`, with what was seen and how it should look.
    pub(crate) fn parse(key: &str) -> Result<Self, BadInput> {
        let mut parts = key.rsplitn(3, '|');
        let known_at = parts
            .next()
            .and_then(|text| text.parse().ok())
            .map(Timestamp);
        let source = parts.next().filter(|text| !text.is_empty());
        let fact = parts.next().and_then(FactKey::parse);
        let (Some(known_at), Some(source), Some(fact)) = (known_at, source, fact) else {
            return Err(unparseable_key(key));
        };
        Ok(Self {
            fact,
            source: source.to_owned(),
            known_at,
        })
    }
}

/// The complaint about a key that is none of ours.
pub(crate) fn unparseable_key(key: &str) -> BadInput {
    let message = format!("the key {key:?} is not of the form fact|source|known_at");
    ProcessError::bad_input("unparseable_key", message)
        .field("key")
        .hint(
            "a key is the fact, its source and known_at in microseconds, for example \
         injury/lebronjames/2024-12-23|manual|1734993000000000; docs/producing.md has one for \
         every topic",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_displayed_as_they_are_read() {
        for fact in [
            "injury/lebronjames/2024-12-23",
            "injury/lebronjames/0022400410",
            "lineup/0022400410/LAL",
            "line/0022400410/lebronjames/points/draftkings",
            "game-line/0022400410/fanduel",
            "box-score/0022400410/lebronjames",
            "game/0022400410",
            "roster/lebronjames",
            "trigger/lebronjames/a1b2",
            "alias/kingjames",
            "shot-zones/0022400410/lebronjames",
            "referees/0022400410",
        ] {
            assert_eq!(FactKey::parse(fact).unwrap().to_string(), fact);
        }
    }

    #[test]
    fn promise_7_a_foreign_key_is_refused_with_an_example() {
        for key in [
            "",
            "injury/lebronjames/2024-12-23",
            "injury/lebronjames/tomorrow|manual|1",
            "injury/LeBron James/2024-12-23|manual|1",
            "injury/lebronjames/2024-12-23||1",
            "injury/lebronjames/2024-12-23|manual|soon",
            "weather/lebronjames|manual|1",
            "game/22400410|manual|1",
        ] {
            let fault = IngressKey::parse(key).unwrap_err();
            assert_eq!(fault.reason, "unparseable_key", "{key}");
            assert!(
                fault
                    .hint
                    .unwrap()
                    .contains("injury/lebronjames/2024-12-23|manual|")
            );
        }
    }

    #[test]
    fn the_source_may_not_hide_in_the_fact() {
        let key = IngressKey::parse("game/0022400410|nba_com|1734993000000000").unwrap();
        assert_eq!(key.source, "nba_com");
        assert_eq!(key.known_at, Timestamp(1_734_993_000_000_000));
        assert_eq!(
            key.fact,
            FactKey::Game {
                game_id: "0022400410".into()
            }
        );
    }
}
