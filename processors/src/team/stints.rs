//! Who belongs to a team, and when.

use serde::{Deserialize, Serialize};
use sideline_avro::facts::RosterMove;
use sideline_avro::time::Timestamp;

use crate::truth::History;

/// A player's team from some moment on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stint {
    pub(super) team: Option<String>,
    pub(super) position: Option<String>,
}

impl Stint {
    pub(super) fn of(roster: &RosterMove) -> Self {
        Self {
            team: roster.team.clone(),
            position: roster.position.clone(),
        }
    }

    pub(super) fn is_with(&self, team: &str) -> bool {
        self.team.as_deref() == Some(team)
    }
}

/// True when what was known before the moment has him with the team.
pub(super) fn is_member(stints: &History<Stint>, team: &str, before: Timestamp) -> bool {
    stints
        .value_as_of(before)
        .is_some_and(|stint| stint.is_with(team))
}
