//! What can be broken.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::kafka::Place;

/// Breaches a report shows; the rest is counted. Twenty are enough to see what is wrong, and fit a
/// terminal.
pub const SHOWN_MAX: usize = 20;

/// One broken promise. A key reads `<player_lookup>/<game_id>/<prop>/<system_id>`, with `@<run_id>`
/// behind it for shadows and backtests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "breach", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Breach {
    /// Promise 1: a version does not follow the one before; 0 stands before the first.
    #[error("{key}: version {version} follows {after} (predictions {place})")]
    VersionGap {
        /// The key.
        key: String,
        /// The version before.
        after: i64,
        /// The version found.
        version: i64,
        /// Its place.
        place: Place,
    },
    /// Promise 1: a version came again, or an older one came after a newer one.
    #[error("{key}: version {version} comes after {after} (predictions {place})")]
    VersionRepeated {
        /// The key.
        key: String,
        /// The highest version so far.
        after: i64,
        /// The version found.
        version: i64,
        /// Its place.
        place: Place,
    },
    /// Promise 2: a version says what the one before it said.
    #[error("{key}: version {version} says what the one before said (predictions {place})")]
    ContentRepeated {
        /// The key.
        key: String,
        /// The version found.
        version: i64,
        /// Its place.
        place: Place,
    },
    /// Promise 3: a part of the cause is not named.
    #[error("{key}: version {version} does not name {} (predictions {place})", missing.join(", "))]
    CauseIncomplete {
        /// The key.
        key: String,
        /// The version.
        version: i64,
        /// What is not named.
        missing: Vec<&'static str>,
        /// Its place.
        place: Place,
    },
    /// Promise 3: a version names another version than the one before as superseded.
    #[error("{key}: version {version} names {} as superseded (predictions {place})", none_or(*supersedes))]
    SupersedesWrong {
        /// The key.
        key: String,
        /// The version.
        version: i64,
        /// What it names.
        supersedes: Option<i64>,
        /// Its place.
        place: Place,
    },
    /// Promise 9: the counts do not add up to what was expected.
    #[error("{of}: {expected} expected, the counts add up to {sum} (at {place})")]
    SumWrong {
        /// The outcome or envelope.
        of: String,
        /// What was expected.
        expected: i64,
        /// Sum of the counts.
        sum: i64,
        /// Its place.
        place: Place,
    },
    /// Promise 9: the items of an outcome do not agree with one of its counts.
    #[error("{of}: {kind} is {count}, its items are {items} (outcomes {place})")]
    ItemsDisagree {
        /// The outcome.
        of: String,
        /// The count.
        kind: &'static str,
        /// What the count says.
        count: i64,
        /// Items of this kind.
        items: i64,
        /// Its place.
        place: Place,
    },
    /// Promise 9: an outcome tells of a version that is not in the log.
    #[error("{of}: tells of version {} of {key}, which is not in the log (outcomes {place})", none_or(*version))]
    ChangedWithoutVersion {
        /// The outcome.
        of: String,
        /// The key.
        key: String,
        /// The version it names.
        version: Option<i64>,
        /// Its place.
        place: Place,
    },
    /// Promise 9: an envelope tells of a phase more than once.
    #[error("{of} is told more than once (runs {place})")]
    PhaseRepeated {
        /// The correlation id and the phase.
        of: String,
        /// The place of the envelope.
        place: Place,
    },
    /// The topic holds a version that the table lacks.
    #[error("predictions {place} is not in the table")]
    RowMissing {
        /// Its place.
        place: Place,
    },
    /// The table holds a version that the topic lacks.
    #[error("the table has predictions {place}, the topic has not")]
    RowExtra {
        /// Its place.
        place: Place,
    },
    /// Topic and table hold different versions for one place.
    #[error("topic and table differ at predictions {place}")]
    RowDiffers {
        /// The place.
        place: Place,
    },
    /// The table of the newest versions holds others than the newest of the log.
    #[error(
        "latest says something else of {day} than the log; `sideline warehouse rebuild` makes it anew"
    )]
    NewestDiffers {
        /// League day.
        day: String,
    },
    /// Promise 7: a record of one of our own topics cannot be read.
    #[error("{topic}/{place}: {error}")]
    Unreadable {
        /// Its topic.
        topic: String,
        /// Its place.
        place: Place,
        /// Why.
        error: String,
    },
    /// The log does not begin at its beginning: records were deleted.
    #[error("{topic} begins at {place}: what was before it has been deleted")]
    BeginningCut {
        /// The topic.
        topic: String,
        /// The first place there is.
        place: Place,
    },
}

/// A version number, or none.
fn none_or(version: Option<i64>) -> String {
    version.map_or_else(|| "none".to_owned(), |version| version.to_string())
}

impl Breach {
    /// One machine word, as in the JSON form.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::VersionGap { .. } => "version_gap",
            Self::VersionRepeated { .. } => "version_repeated",
            Self::ContentRepeated { .. } => "content_repeated",
            Self::CauseIncomplete { .. } => "cause_incomplete",
            Self::SupersedesWrong { .. } => "supersedes_wrong",
            Self::SumWrong { .. } => "sum_wrong",
            Self::ItemsDisagree { .. } => "items_disagree",
            Self::ChangedWithoutVersion { .. } => "changed_without_version",
            Self::PhaseRepeated { .. } => "phase_repeated",
            Self::RowMissing { .. } => "row_missing",
            Self::RowExtra { .. } => "row_extra",
            Self::RowDiffers { .. } => "row_differs",
            Self::NewestDiffers { .. } => "newest_differs",
            Self::Unreadable { .. } => "unreadable",
            Self::BeginningCut { .. } => "beginning_cut",
        }
    }

    /// The promise it breaks, by its number in the design.
    #[must_use]
    pub const fn promise(&self) -> u8 {
        match self {
            Self::VersionGap { .. }
            | Self::VersionRepeated { .. }
            | Self::RowMissing { .. }
            | Self::RowExtra { .. }
            | Self::RowDiffers { .. }
            | Self::NewestDiffers { .. }
            | Self::BeginningCut { .. } => 1,
            Self::ContentRepeated { .. } => 2,
            Self::CauseIncomplete { .. } | Self::SupersedesWrong { .. } => 3,
            Self::Unreadable { .. } => 7,
            Self::SumWrong { .. }
            | Self::ItemsDisagree { .. }
            | Self::ChangedWithoutVersion { .. }
            | Self::PhaseRepeated { .. } => 9,
        }
    }
}

/// All breaches counted, the first of them kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Breaches {
    /// How many.
    pub total: u64,
    /// How many of each kind, by [`Breach::word`].
    pub by_kind: BTreeMap<&'static str, u64>,
    /// The first, at most [`SHOWN_MAX`].
    pub shown: Vec<Breach>,
}

impl Extend<Breach> for Breaches {
    fn extend<I: IntoIterator<Item = Breach>>(&mut self, breaches: I) {
        for breach in breaches {
            self.total += 1;
            *self.by_kind.entry(breach.word()).or_default() += 1;
            if self.shown.len() < SHOWN_MAX {
                self.shown.push(breach);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_breaches_are_counted_and_the_first_are_shown() {
        let mut breaches = Breaches::default();
        breaches.extend((0..50).map(|offset| Breach::RowMissing {
            place: Place {
                partition: 0,
                offset,
            },
        }));
        assert_eq!(breaches.total, 50);
        assert_eq!(breaches.by_kind.get("row_missing"), Some(&50));
        assert_eq!(breaches.shown.len(), SHOWN_MAX);
    }

    #[test]
    fn the_json_form_names_the_breach_by_its_word() {
        let breach = Breach::RowExtra {
            place: Place {
                partition: 1,
                offset: 2,
            },
        };
        let json = serde_json::to_value(&breach).unwrap();
        assert_eq!(json["breach"], breach.word());
        assert_eq!(json["place"]["offset"], 2);
    }
}
