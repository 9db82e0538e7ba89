//! The registry: every feature with its number, name, default, and the function that reads it.
//! Numbers are those of the published vector; new features are appended.

use sideline_avro::form::{PlayerGame, PropLine, StatForm};

use super::{averages, fatigue, market, minutes, pace, referees, schedule, teams, usage, zones};
use crate::props::Prop;

/// Version of this table. It changes with any definition or default in it.
pub(crate) const FEATURE_VERSION: &str = "v2_54";

/// Names of the features, so that a system cannot misspell one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    AverageLast5,
    AverageLast10,
    AverageSeason,
    StdLast10,
    GamesInLast7Days,
    FatigueScore,
    ShotZoneMismatch,
    PaceScore,
    UsageSpike,
    RestAdvantage,
    InjuryRisk,
    RecentTrend,
    MinutesChange,
    OpponentDefRating,
    OpponentPace,
    HomeAway,
    BackToBack,
    PlayoffGame,
    PaintShare,
    MidRangeShare,
    ThreeShare,
    FreeThrowShare,
    TeamPace,
    TeamOffRating,
    TeamWinShare,
    MarketLine,
    OpeningLine,
    LineMove,
    HasLine,
    AverageVsOpponent,
    GamesVsOpponent,
    MinutesAvgLast10,
    PerMinuteLast10,
    SlopeLast10,
    SeasonZScore,
    StarTeammatesOut,
    GameTotal,
    DaysRest,
    MinutesLoadLast7Days,
    AbsoluteSpread,
    ImpliedTeamTotal,
    AverageLast3,
    TeammateUsage,
    UsageLast10,
    LineVsSeason,
    MinutesStdLast10,
    PaceDifference,
    SimilarGames,
    SimilarAverage,
    SimilarDeviation,
    Similarity,
    MinutesSeason,
    SelfCreatedRate,
    RefereeFavorability,
}

impl Name {
    /// As it stands in records.
    #[expect(clippy::too_many_lines, reason = "one line per feature")]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AverageLast5 => "average_last_5",
            Self::AverageLast10 => "average_last_10",
            Self::AverageSeason => "average_season",
            Self::StdLast10 => "std_last_10",
            Self::GamesInLast7Days => "games_in_last_7_days",
            Self::FatigueScore => "fatigue_score",
            Self::ShotZoneMismatch => "shot_zone_mismatch_score",
            Self::PaceScore => "pace_score",
            Self::UsageSpike => "usage_spike_score",
            Self::RestAdvantage => "rest_advantage",
            Self::InjuryRisk => "injury_risk",
            Self::RecentTrend => "recent_trend",
            Self::MinutesChange => "minutes_change",
            Self::OpponentDefRating => "opponent_def_rating",
            Self::OpponentPace => "opponent_pace",
            Self::HomeAway => "home_away",
            Self::BackToBack => "back_to_back",
            Self::PlayoffGame => "playoff_game",
            Self::PaintShare => "pct_paint",
            Self::MidRangeShare => "pct_mid_range",
            Self::ThreeShare => "pct_three",
            Self::FreeThrowShare => "pct_free_throw",
            Self::TeamPace => "team_pace",
            Self::TeamOffRating => "team_off_rating",
            Self::TeamWinShare => "team_win_pct",
            Self::MarketLine => "market_line",
            Self::OpeningLine => "opening_line",
            Self::LineMove => "line_move",
            Self::HasLine => "has_line",
            Self::AverageVsOpponent => "average_vs_opponent",
            Self::GamesVsOpponent => "games_vs_opponent",
            Self::MinutesAvgLast10 => "minutes_avg_last_10",
            Self::PerMinuteLast10 => "per_minute_last_10",
            Self::SlopeLast10 => "slope_last_10",
            Self::SeasonZScore => "season_z_score",
            Self::StarTeammatesOut => "star_teammates_out",
            Self::GameTotal => "game_total_line",
            Self::DaysRest => "days_rest",
            Self::MinutesLoadLast7Days => "minutes_load_last_7d",
            Self::AbsoluteSpread => "absolute_spread",
            Self::ImpliedTeamTotal => "implied_team_total",
            Self::AverageLast3 => "average_last_3",
            Self::TeammateUsage => "teammate_usage_available",
            Self::UsageLast10 => "usage_rate_last_10",
            Self::LineVsSeason => "line_vs_season",
            Self::MinutesStdLast10 => "minutes_std_last_10",
            Self::PaceDifference => "pace_difference",
            Self::SimilarGames => "similar_games",
            Self::SimilarAverage => "similar_average",
            Self::SimilarDeviation => "similar_deviation",
            Self::Similarity => "similarity",
            Self::MinutesSeason => "minutes_avg_season",
            Self::SelfCreatedRate => "self_created_rate",
            Self::RefereeFavorability => "referee_favorability",
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
    /// From his minutes, which say less in a new role.
    Minutes,
    /// From his games against one opponent, which are few.
    Opponent,
    /// From the ended games of a team.
    Team,
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
            Self::Minutes => "minutes",
            Self::Opponent => "opponent_history",
            Self::Team => "team",
            Self::Market => "market",
            Self::Default => "default",
            Self::Missing => "missing",
        }
    }

    /// Weight in the quality score, 0 to 100.
    pub(super) fn weight(self) -> f64 {
        match self {
            Self::Calculated | Self::History | Self::Market | Self::Team => 100.0,
            Self::Minutes => 95.0,
            Self::Opponent => 90.0,
            Self::Default => 40.0,
            Self::Missing => 0.0,
        }
    }
}

/// What a feature is read from.
pub(super) struct Inputs<'g> {
    pub(super) game: &'g PlayerGame,
    pub(super) prop: &'static Prop,
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

    /// True when the value is a default, or there is none.
    pub(super) fn is_made_up(&self) -> bool {
        matches!(self.source, Source::Default | Source::Missing)
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

const fn entry(
    index: u8,
    name: Name,
    default: Option<Default>,
    read: fn(&Inputs<'_>) -> Reading,
) -> Entry {
    Entry {
        index,
        name,
        default,
        is_optional: false,
        read,
    }
}

impl Entry {
    /// Left out of the quality while it is not known.
    const fn optional(self) -> Self {
        Self {
            is_optional: true,
            ..self
        }
    }
}

/// All features, by number: 0 to 32 the published vector, 34 to 62 later ones of its list, from 100
/// on our own.
pub(super) const REGISTRY: &[Entry] = &[
    entry(
        0,
        Name::AverageLast5,
        Some(Default::InPoints(10.0)),
        averages::last_5,
    ),
    entry(
        1,
        Name::AverageLast10,
        Some(Default::InPoints(10.0)),
        averages::last_10,
    ),
    entry(
        2,
        Name::AverageSeason,
        Some(Default::InPoints(10.0)),
        averages::season,
    ),
    entry(
        3,
        Name::StdLast10,
        Some(Default::InPoints(5.0)),
        averages::deviation_last_10,
    ),
    entry(
        4,
        Name::GamesInLast7Days,
        Some(Default::Fixed(3.0)),
        schedule::games_in_last_7_days,
    ),
    entry(
        5,
        Name::FatigueScore,
        Some(Default::Fixed(50.0)),
        fatigue::score,
    ),
    entry(
        6,
        Name::ShotZoneMismatch,
        Some(Default::Fixed(0.0)),
        zones::mismatch,
    )
    .optional(),
    entry(7, Name::PaceScore, Some(Default::Fixed(0.0)), pace::score),
    entry(8, Name::UsageSpike, Some(Default::Fixed(0.0)), usage::spike),
    entry(
        9,
        Name::RestAdvantage,
        Some(Default::Fixed(0.0)),
        schedule::rest_advantage,
    ),
    entry(
        10,
        Name::InjuryRisk,
        Some(Default::Fixed(0.0)),
        schedule::injury_risk,
    ),
    entry(
        11,
        Name::RecentTrend,
        Some(Default::Fixed(0.0)),
        averages::recent_trend,
    ),
    entry(
        12,
        Name::MinutesChange,
        Some(Default::Fixed(0.0)),
        minutes::change,
    ),
    entry(
        13,
        Name::OpponentDefRating,
        Some(Default::Fixed(112.0)),
        teams::opponent_def_rating,
    ),
    entry(
        14,
        Name::OpponentPace,
        Some(Default::Fixed(100.0)),
        teams::opponent_pace,
    ),
    entry(
        15,
        Name::HomeAway,
        Some(Default::Fixed(0.0)),
        schedule::home_away,
    ),
    entry(
        16,
        Name::BackToBack,
        Some(Default::Fixed(0.0)),
        schedule::back_to_back,
    ),
    entry(
        17,
        Name::PlayoffGame,
        Some(Default::Fixed(0.0)),
        schedule::playoff_game,
    ),
    entry(
        18,
        Name::PaintShare,
        Some(Default::Fixed(0.35)),
        zones::paint_share,
    )
    .optional(),
    entry(
        19,
        Name::MidRangeShare,
        Some(Default::Fixed(0.15)),
        zones::mid_range_share,
    )
    .optional(),
    entry(
        20,
        Name::ThreeShare,
        Some(Default::Fixed(0.35)),
        zones::three_share,
    )
    .optional(),
    entry(
        21,
        Name::FreeThrowShare,
        Some(Default::Fixed(0.15)),
        averages::free_throw_share,
    ),
    entry(
        22,
        Name::TeamPace,
        Some(Default::Fixed(100.0)),
        teams::team_pace,
    ),
    entry(
        23,
        Name::TeamOffRating,
        Some(Default::Fixed(112.0)),
        teams::team_off_rating,
    ),
    entry(
        24,
        Name::TeamWinShare,
        Some(Default::Fixed(0.5)),
        teams::team_win_share,
    ),
    entry(25, Name::MarketLine, None, market::line).optional(),
    entry(26, Name::OpeningLine, None, market::opening).optional(),
    entry(27, Name::LineMove, None, market::line_move).optional(),
    entry(
        28,
        Name::HasLine,
        Some(Default::Fixed(0.0)),
        market::has_line,
    ),
    entry(29, Name::AverageVsOpponent, None, averages::versus_opponent),
    entry(
        30,
        Name::GamesVsOpponent,
        Some(Default::Fixed(0.0)),
        averages::games_vs_opponent,
    ),
    entry(
        31,
        Name::MinutesAvgLast10,
        Some(Default::Fixed(28.0)),
        minutes::average_last_10,
    ),
    entry(
        32,
        Name::PerMinuteLast10,
        Some(Default::InPoints(0.4)),
        averages::per_minute_last_10,
    ),
    entry(34, Name::SlopeLast10, None, averages::slope).optional(),
    entry(35, Name::SeasonZScore, None, averages::season_z_score).optional(),
    entry(
        37,
        Name::StarTeammatesOut,
        Some(Default::Fixed(0.0)),
        usage::star_teammates_out,
    )
    .optional(),
    entry(
        38,
        Name::GameTotal,
        Some(Default::Fixed(224.0)),
        market::game_total,
    )
    .optional(),
    entry(
        39,
        Name::DaysRest,
        Some(Default::Fixed(1.0)),
        schedule::days_rest,
    )
    .optional(),
    entry(
        40,
        Name::MinutesLoadLast7Days,
        Some(Default::Fixed(0.0)),
        minutes::load_last_7_days,
    )
    .optional(),
    entry(41, Name::AbsoluteSpread, None, market::absolute_spread).optional(),
    entry(42, Name::ImpliedTeamTotal, None, market::implied_team_total).optional(),
    entry(43, Name::AverageLast3, None, averages::last_3).optional(),
    entry(
        47,
        Name::TeammateUsage,
        Some(Default::Fixed(0.0)),
        usage::gained,
    )
    .optional(),
    entry(48, Name::UsageLast10, None, usage::last_10).optional(),
    entry(53, Name::LineVsSeason, None, market::line_vs_season).optional(),
    entry(58, Name::MinutesStdLast10, None, minutes::deviation_last_10).optional(),
    entry(59, Name::PaceDifference, None, pace::difference).optional(),
    entry(62, Name::SelfCreatedRate, None, zones::self_created_rate).optional(),
    entry(
        100,
        Name::SimilarGames,
        Some(Default::Fixed(0.0)),
        averages::similar_games,
    )
    .optional(),
    entry(101, Name::SimilarAverage, None, averages::similar_average).optional(),
    entry(
        102,
        Name::SimilarDeviation,
        None,
        averages::similar_deviation,
    )
    .optional(),
    entry(103, Name::Similarity, None, averages::similarity).optional(),
    entry(104, Name::MinutesSeason, None, minutes::average_season).optional(),
    entry(
        105,
        Name::RefereeFavorability,
        Some(Default::Fixed(0.0)),
        referees::favorability,
    )
    .optional(),
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
