//! The registry: every feature with its number, name, default, and the function that reads it.
//! Numbers are those of the published vector; new features are appended.

use sideline_avro::form::{PlayerGame, PropLine, StatForm};

use super::{averages, market, minutes, schedule};
use crate::props::Prop;

/// Version of this table. It changes with any definition or default in it.
pub(crate) const FEATURE_VERSION: &str = "v1";

/// Names of the features, so that a system cannot misspell one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    AverageLast5,
    AverageLast10,
    AverageSeason,
    StdLast10,
    GamesInLast7Days,
    HomeAway,
    BackToBack,
    MarketLine,
    MinutesAvgLast10,
    PerMinuteLast10,
}

impl Name {
    /// As it stands in records.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AverageLast5 => "average_last_5",
            Self::AverageLast10 => "average_last_10",
            Self::AverageSeason => "average_season",
            Self::StdLast10 => "std_last_10",
            Self::GamesInLast7Days => "games_in_last_7_days",
            Self::HomeAway => "home_away",
            Self::BackToBack => "back_to_back",
            Self::MarketLine => "market_line",
            Self::MinutesAvgLast10 => "minutes_avg_last_10",
            Self::PerMinuteLast10 => "per_minute_last_10",
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Follows from the matchup.
    Calculated,
    /// From the player's game log.
    History,
    /// From the books.
    Market,
    /// Stands in for what is not known.
    Default,
    /// Not known, and nothing can stand in.
    Missing,
}

impl Source {
    /// As it stands in records.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Calculated => "calculated",
            Self::History => "history",
            Self::Market => "market",
            Self::Default => "default",
            Self::Missing => "missing",
        }
    }

    /// Weight in the quality score, 0 to 100.
    pub(super) fn weight(self) -> f64 {
        match self {
            Self::Calculated | Self::History | Self::Market => 100.0,
            Self::Default => 40.0,
            Self::Missing => 0.0,
        }
    }
}

/// What a feature is read from.
pub(super) struct Inputs<'g> {
    pub(super) game: &'g PlayerGame,
    pub(super) stat: Option<&'g StatForm>,
    pub(super) line: Option<&'g PropLine>,
}

/// What reading a feature gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) value: Option<f64>,
    pub(super) source: Source,
    pub(super) reason: Option<&'static str>,
}

impl Reading {
    /// A value, or nothing for a reason.
    pub(super) fn of(value: Option<f64>, source: Source, reason: &'static str) -> Self {
        match value {
            Some(_) => Self {
                value,
                source,
                reason: None,
            },
            None => Self {
                value,
                source: Source::Missing,
                reason: Some(reason),
            },
        }
    }

    /// Another value in place of the one that is not known.
    pub(super) fn instead(value: Option<f64>, reason: &'static str) -> Self {
        let source = if value.is_some() {
            Source::Default
        } else {
            Source::Missing
        };
        Self {
            value,
            source,
            reason: Some(reason),
        }
    }

    /// The registry's default where nothing was read, with the reason kept.
    pub(super) fn or_default(self, entry: &Entry, prop: &Prop) -> Self {
        match (self.value, entry.default) {
            (None, Some(default)) => Self {
                value: Some(default.of(prop)),
                source: Source::Default,
                ..self
            },
            _ => self,
        }
    }
}

/// What stands in for an unknown value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Default {
    /// The same for all props.
    Fixed(f64),
    /// Given for points, carried over by the prop's ratio.
    InPoints(f64),
}

impl Default {
    fn of(self, prop: &Prop) -> f64 {
        match self {
            Self::Fixed(value) => value,
            Self::InPoints(value) => value * prop.points_ratio,
        }
    }
}

/// One feature.
pub(super) struct Entry {
    /// Its number in the published vector.
    pub(super) index: u8,
    pub(super) name: Name,
    pub(super) default: Option<Default>,
    /// Left out of the quality when it is not known.
    pub(super) is_optional: bool,
    pub(super) read: fn(&Inputs<'_>) -> Reading,
}

const fn entry(index: u8, name: Name, default: Default, read: fn(&Inputs<'_>) -> Reading) -> Entry {
    Entry {
        index,
        name,
        default: Some(default),
        is_optional: false,
        read,
    }
}

/// All features, by number.
pub(super) const REGISTRY: &[Entry] = &[
    entry(
        0,
        Name::AverageLast5,
        Default::InPoints(10.0),
        averages::last_5,
    ),
    entry(
        1,
        Name::AverageLast10,
        Default::InPoints(10.0),
        averages::last_10,
    ),
    entry(
        2,
        Name::AverageSeason,
        Default::InPoints(10.0),
        averages::season,
    ),
    entry(
        3,
        Name::StdLast10,
        Default::InPoints(5.0),
        averages::deviation_last_10,
    ),
    entry(
        4,
        Name::GamesInLast7Days,
        Default::Fixed(3.0),
        schedule::games_in_last_7_days,
    ),
    entry(15, Name::HomeAway, Default::Fixed(0.0), schedule::home_away),
    entry(
        16,
        Name::BackToBack,
        Default::Fixed(0.0),
        schedule::back_to_back,
    ),
    Entry {
        index: 25,
        name: Name::MarketLine,
        default: None,
        is_optional: true,
        read: market::line,
    },
    entry(
        31,
        Name::MinutesAvgLast10,
        Default::Fixed(28.0),
        minutes::average_last_10,
    ),
    entry(
        32,
        Name::PerMinuteLast10,
        Default::InPoints(0.4),
        averages::per_minute_last_10,
    ),
];

/// True when numbers go up from entry to entry.
const fn is_ordered(entries: &[Entry]) -> bool {
    let mut place = 1;
    while place < entries.len() {
        if entries[place - 1].index >= entries[place].index {
            return false;
        }
        place += 1;
    }
    true
}

const _: () = assert!(
    is_ordered(REGISTRY),
    "features stand in the order of their numbers"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_features_are_unique() {
        let names: std::collections::BTreeSet<&str> =
            REGISTRY.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names.len(), REGISTRY.len());
    }
}
