//! The schemas, embedded, and which Rust type mirrors which.

use std::fmt;
use std::sync::OnceLock;

use apache_avro::Schema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A Rust type that mirrors one of the schemas field by field.
pub trait AvroRecord: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The schema it mirrors.
    const SCHEMA: SchemaName;
}

/// One line per schema: variant, file name, Rust type, full name of the record.
macro_rules! schemas {
    ($($name:ident = $file:literal => $record:ty, $full_name:literal;)+) => {
        /// Names a schema of this crate: a file `schemas/<name>.avsc`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SchemaName {
            $(
                #[doc = concat!("`", $file, "`, record `", $full_name, "`.")]
                $name,
            )+
        }

        impl SchemaName {
            /// Every schema, ingress first, in the order of the flow.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name of its file, without `.avsc`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $file,)+
                }
            }

            /// Namespace and name of its record, for example `sideline.LineEvent`.
            #[must_use]
            pub const fn full_name(self) -> &'static str {
                match self {
                    $(Self::$name => $full_name,)+
                }
            }

            /// Its text, as in the file.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../schemas/", $file, ".avsc")),)+
                }
            }
        }

        $(
            impl AvroRecord for $record {
                const SCHEMA: SchemaName = SchemaName::$name;
            }
        )+

        /// Runs a generic check for every type that mirrors a schema.
        #[cfg(test)]
        macro_rules! for_every_record {
            ($check:ident) => {
                $($check::<$record>();)+
            };
        }
    };
}

schemas! {
    InjuryStatus = "injury_status" => crate::events::InjuryStatusEvent, "sideline.InjuryStatusEvent";
    Lineup = "lineup" => crate::events::LineupEvent, "sideline.LineupEvent";
    Line = "line" => crate::events::LineEvent, "sideline.LineEvent";
    GameLine = "game_line" => crate::events::GameLineEvent, "sideline.GameLineEvent";
    BoxScore = "box_score" => crate::events::BoxScoreEvent, "sideline.BoxScoreEvent";
    Game = "game" => crate::events::GameEvent, "sideline.GameEvent";
    Roster = "roster" => crate::events::RosterEvent, "sideline.RosterEvent";
    PlayerUpdateTrigger = "player_update_trigger" => crate::events::PlayerUpdateTriggerEvent, "sideline.PlayerUpdateTriggerEvent";
    Alias = "alias" => crate::events::AliasEvent, "sideline.AliasEvent";
    ShotZones = "shot_zones" => crate::events::ShotZonesEvent, "sideline.ShotZonesEvent";
    Referees = "referees" => crate::events::RefereesEvent, "sideline.RefereesEvent";
    RolloutControl = "rollout_control" => crate::control::RolloutControl, "sideline.RolloutControl";
    ChampionControl = "champion_control" => crate::control::ChampionControl, "sideline.ChampionControl";
    ClockControl = "clock_control" => crate::control::ClockControl, "sideline.ClockControl";
    TeamFact = "team_fact" => crate::facts::TeamFact, "sideline.TeamFact";
    PlayerFact = "player_fact" => crate::facts::PlayerFact, "sideline.PlayerFact";
    PlayerContext = "player_context" => crate::context::PlayerContext, "sideline.PlayerContext";
    Touch = "touch" => crate::context::Touch, "sideline.Touch";
    PlayerGame = "player_game" => crate::form::PlayerGame, "sideline.PlayerGame";
    PlayerFeatures = "player_features" => crate::features::PlayerFeatures, "sideline.PlayerFeatures";
    CandidateSet = "candidate_set" => crate::candidates::CandidateSet, "sideline.CandidateSet";
    Prediction = "prediction" => crate::predictions::Prediction, "sideline.Prediction";
    Outcome = "outcome" => crate::predictions::Outcome, "sideline.Outcome";
    Graded = "graded" => crate::graded::Graded, "sideline.Graded";
    RunEnvelope = "run_envelope" => crate::runs::RunEnvelope, "sideline.RunEnvelope";
    DeadLetter = "dead_letter" => crate::runs::DeadLetter, "sideline.DeadLetter";
}

impl SchemaName {
    /// The schema, parsed once for the whole process.
    #[must_use]
    pub fn schema(self) -> &'static Schema {
        static PARSED: [OnceLock<Schema>; SchemaName::ALL.len()] =
            [const { OnceLock::new() }; SchemaName::ALL.len()];
        PARSED[self as usize].get_or_init(|| parse(self))
    }

    /// The schema of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|schema| schema.as_str() == name)
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[expect(
    clippy::expect_used,
    reason = "the text is part of the program, and a test parses every one"
)]
fn parse(name: SchemaName) -> Schema {
    Schema::parse_str(name.text()).expect("embedded schemas are valid Avro")
}

#[cfg(test)]
mod tests;
