//! The registry: every feature with its number, name, default, and the function that reads it.
//! Numbers are those of the published vector; new features are appended.

use sideline_avro::form::{PlayerGame, PropLine, StatForm};

use super::{
    averages, fatigue, lines, market, minutes, pace, referees, schedule, teams, usage, zones,
};
use crate::props::Prop;

/// Version of this table. It changes with any definition or default in it.
pub(crate) const FEATURE_VERSION: &str = "v3_70";

/// Names of the features, so that a system cannot misspell one; in the registry's order.
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
    DnpRate,
    SlopeLast10,
    SeasonZScore,
    Breakout,
    StarTeammatesOut,
    GameTotal,
    DaysRest,
    MinutesLoadLast7Days,
    AbsoluteSpread,
    ImpliedTeamTotal,
    AverageLast3,
    SlopeLast7,
    Last3ZScore,
    GamesBelowAverage,
    TeammateUsage,
    UsageLast10,
    GamesSinceChange,
    LineStd,
    OverStreak,
    UnderStreak,
    LineVsSeason,
    LineVsPrevious,
    OverShareLast10,
    MarginVsLineLast5,
    BlowoutShare,
    MinutesStdLast10,
    PaceDifference,
    LineMovement,
    VigSkew,
    SelfCreatedRate,
    LateLineMove,
    SimilarGames,
    SimilarAverage,
    SimilarDeviation,
    Similarity,
    MinutesSeason,
    RefereeFavorability,
}

impl Name {
    /// Its place in records, from 0: among the features of a game, or among those of a prop.
    pub(crate) const fn place(self) -> usize {
        PLACES[self as usize]
    }

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
            Self::DnpRate => "dnp_rate",
            Self::SlopeLast10 => "slope_last_10",
            Self::SeasonZScore => "season_z_score",
            Self::Breakout => "breakout_flag",
            Self::StarTeammatesOut => "star_teammates_out",
            Self::GameTotal => "game_total_line",
            Self::DaysRest => "days_rest",
            Self::MinutesLoadLast7Days => "minutes_load_last_7d",
            Self::AbsoluteSpread => "absolute_spread",
            Self::ImpliedTeamTotal => "implied_team_total",
            Self::AverageLast3 => "average_last_3",
            Self::SlopeLast7 => "slope_last_7",
            Self::Last3ZScore => "last_3_z_score",
            Self::GamesBelowAverage => "games_below_average",
            Self::TeammateUsage => "teammate_usage_available",
            Self::UsageLast10 => "usage_rate_last_10",
            Self::GamesSinceChange => "games_since_change",
            Self::LineStd => "line_std",
            Self::OverStreak => "over_streak",
            Self::UnderStreak => "under_streak",
            Self::LineVsSeason => "line_vs_season",
            Self::LineVsPrevious => "line_vs_previous",
            Self::OverShareLast10 => "over_share_last_10",
            Self::MarginVsLineLast5 => "margin_vs_line_last_5",
            Self::BlowoutShare => "blowout_share",
            Self::MinutesStdLast10 => "minutes_std_last_10",
            Self::PaceDifference => "pace_difference",
            Self::LineMovement => "line_movement_last_12h",
            Self::VigSkew => "vig_skew",
            Self::SelfCreatedRate => "self_created_rate",
            Self::LateLineMove => "late_line_move",
            Self::SimilarGames => "similar_games",
            Self::SimilarAverage => "similar_average",
            Self::SimilarDeviation => "similar_deviation",
            Self::Similarity => "similarity",
            Self::MinutesSeason => "minutes_avg_season",
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

    /// The default where nothing was read, with the reason kept.
    fn or_default(self, default: Option<f64>) -> Self {
        match (self.value, default) {
            (None, Some(_)) => Self {
                value: default,
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
    fn of(self, points_ratio: f64) -> f64 {
        match self {
            Self::Fixed(value) => value,
            Self::InPoints(value) => value * points_ratio,
        }
    }
}

/// What a feature is about, and the function that reads it.
enum Read {
    /// The player in this game: one reading is that of all props.
    OfGame(fn(&PlayerGame) -> Reading),
    /// One of his props.
    OfProp(fn(&Inputs<'_>) -> Reading),
}

/// One feature.
pub(super) struct Entry {
    /// Its number in the published vector.
    pub(super) index: u8,
    pub(super) name: Name,
    default: Option<Default>,
    /// Left out of the quality when it is not known.
    pub(super) is_optional: bool,
    read: Read,
}

/// A feature that differs between props.
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
        read: Read::OfProp(read),
    }
}

/// A feature that is the same for all props of the player in the game.
const fn of_game(
    index: u8,
    name: Name,
    default: Option<f64>,
    read: fn(&PlayerGame) -> Reading,
) -> Entry {
    let default = match default {
        Some(value) => Some(Default::Fixed(value)),
        None => None,
    };
    Entry {
        index,
        name,
        default,
        is_optional: false,
        read: Read::OfGame(read),
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

    /// Its reading for all props; none when each has its own.
    pub(super) fn shared(&self, game: &PlayerGame) -> Option<Reading> {
        let Read::OfGame(read) = self.read else {
            return None;
        };
        // Its default is fixed, so that no prop's ratio carries it over.
        let default = self.default.map(|default| default.of(1.0));
        Some(read(game).or_default(default))
    }

    /// Its reading for one prop.
    pub(super) fn reading(&self, inputs: &Inputs<'_>) -> Reading {
        let reading = match self.read {
            Read::OfGame(read) => read(inputs.game),
            Read::OfProp(read) => read(inputs),
        };
        let ratio = inputs.prop.points_ratio;
        reading.or_default(self.default.map(|default| default.of(ratio)))
    }
}

/// All features, by number: 0 to 32 the published vector, 33 to 63 later ones of its list, from 100
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
    of_game(
        4,
        Name::GamesInLast7Days,
        Some(3.0),
        schedule::games_in_last_7_days,
    ),
    of_game(5, Name::FatigueScore, Some(50.0), fatigue::score),
    of_game(6, Name::ShotZoneMismatch, Some(0.0), zones::mismatch).optional(),
    of_game(7, Name::PaceScore, Some(0.0), pace::score),
    of_game(8, Name::UsageSpike, Some(0.0), usage::spike),
    of_game(9, Name::RestAdvantage, Some(0.0), schedule::rest_advantage),
    of_game(10, Name::InjuryRisk, Some(0.0), schedule::injury_risk),
    entry(
        11,
        Name::RecentTrend,
        Some(Default::Fixed(0.0)),
        averages::recent_trend,
    ),
    of_game(12, Name::MinutesChange, Some(0.0), minutes::change),
    of_game(
        13,
        Name::OpponentDefRating,
        Some(112.0),
        teams::opponent_def_rating,
    ),
    of_game(14, Name::OpponentPace, Some(100.0), teams::opponent_pace),
    of_game(15, Name::HomeAway, Some(0.0), schedule::home_away),
    of_game(16, Name::BackToBack, Some(0.0), schedule::back_to_back),
    of_game(17, Name::PlayoffGame, Some(0.0), schedule::playoff_game),
    of_game(18, Name::PaintShare, Some(0.35), zones::paint_share).optional(),
    of_game(19, Name::MidRangeShare, Some(0.15), zones::mid_range_share).optional(),
    of_game(20, Name::ThreeShare, Some(0.35), zones::three_share).optional(),
    of_game(
        21,
        Name::FreeThrowShare,
        Some(0.15),
        averages::free_throw_share,
    ),
    of_game(22, Name::TeamPace, Some(100.0), teams::team_pace),
    of_game(23, Name::TeamOffRating, Some(112.0), teams::team_off_rating),
    of_game(24, Name::TeamWinShare, Some(0.5), teams::team_win_share),
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
    of_game(
        30,
        Name::GamesVsOpponent,
        Some(0.0),
        averages::games_vs_opponent,
    ),
    of_game(
        31,
        Name::MinutesAvgLast10,
        Some(28.0),
        minutes::average_last_10,
    ),
    entry(
        32,
        Name::PerMinuteLast10,
        Some(Default::InPoints(0.4)),
        averages::per_minute_last_10,
    ),
    of_game(33, Name::DnpRate, None, schedule::dnp_rate).optional(),
    entry(34, Name::SlopeLast10, None, averages::slope).optional(),
    entry(35, Name::SeasonZScore, None, averages::season_z_score).optional(),
    entry(36, Name::Breakout, None, averages::breakout).optional(),
    of_game(
        37,
        Name::StarTeammatesOut,
        Some(0.0),
        usage::star_teammates_out,
    )
    .optional(),
    of_game(38, Name::GameTotal, Some(224.0), market::game_total).optional(),
    of_game(39, Name::DaysRest, Some(1.0), schedule::days_rest).optional(),
    of_game(
        40,
        Name::MinutesLoadLast7Days,
        Some(0.0),
        minutes::load_last_7_days,
    )
    .optional(),
    of_game(41, Name::AbsoluteSpread, None, market::absolute_spread).optional(),
    of_game(42, Name::ImpliedTeamTotal, None, market::implied_team_total).optional(),
    entry(43, Name::AverageLast3, None, averages::last_3).optional(),
    entry(44, Name::SlopeLast7, None, averages::slope_last_7).optional(),
    entry(45, Name::Last3ZScore, None, averages::last_3_z_score).optional(),
    entry(
        46,
        Name::GamesBelowAverage,
        None,
        averages::games_below_average,
    )
    .optional(),
    of_game(47, Name::TeammateUsage, Some(0.0), usage::gained).optional(),
    of_game(48, Name::UsageLast10, None, usage::last_10).optional(),
    of_game(
        49,
        Name::GamesSinceChange,
        None,
        schedule::games_since_change,
    )
    .optional(),
    entry(50, Name::LineStd, None, market::line_std).optional(),
    entry(51, Name::OverStreak, None, lines::over_streak).optional(),
    entry(52, Name::UnderStreak, None, lines::under_streak).optional(),
    entry(53, Name::LineVsSeason, None, market::line_vs_season).optional(),
    entry(54, Name::LineVsPrevious, None, lines::line_vs_previous).optional(),
    entry(55, Name::OverShareLast10, None, lines::over_share_last_10).optional(),
    entry(56, Name::MarginVsLineLast5, None, lines::margin_last_5).optional(),
    of_game(57, Name::BlowoutShare, None, teams::blowout_share).optional(),
    of_game(58, Name::MinutesStdLast10, None, minutes::deviation_last_10).optional(),
    of_game(59, Name::PaceDifference, None, pace::difference).optional(),
    entry(60, Name::LineMovement, None, market::line_movement).optional(),
    entry(61, Name::VigSkew, None, market::vig_skew).optional(),
    of_game(62, Name::SelfCreatedRate, None, zones::self_created_rate).optional(),
    entry(63, Name::LateLineMove, None, market::late_line_move).optional(),
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
    of_game(104, Name::MinutesSeason, None, minutes::average_season).optional(),
    of_game(
        105,
        Name::RefereeFavorability,
        Some(0.0),
        referees::favorability,
    )
    .optional(),
];

/// By place in the registry, how many entries of the same kind stand before it.
const PLACES: [usize; REGISTRY.len()] = {
    let mut places = [0; REGISTRY.len()];
    let (mut of_game, mut of_prop, mut place) = (0, 0, 0);
    while place < REGISTRY.len() {
        let before = match REGISTRY[place].read {
            Read::OfGame(_) => &mut of_game,
            Read::OfProp(_) => &mut of_prop,
        };
        places[place] = *before;
        *before += 1;
        place += 1;
    }
    places
};

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

/// True when names stand as the entries do.
const fn is_in_place(entries: &[Entry]) -> bool {
    let mut place = 0;
    while place < entries.len() {
        if entries[place].name as usize != place {
            return false;
        }
        place += 1;
    }
    true
}

const _: () = assert!(
    is_in_place(REGISTRY),
    "names of features stand in the order of the registry"
);

const _: () = assert!(
    is_ordered(REGISTRY),
    "features stand in the order of their numbers"
);

/// What tests of single features are written with.
#[cfg(test)]
pub(super) mod golden {
    use super::*;
    use crate::props::prop;

    /// The reading of a feature of points, from this form and line alone.
    pub(in crate::features) fn of_prop(
        read: fn(&Inputs<'_>) -> Reading,
        stat: Option<&StatForm>,
        line: Option<&PropLine>,
    ) -> Reading {
        read(&Inputs {
            game: &PlayerGame::default(),
            prop: prop("points").unwrap(),
            stat,
            line,
        })
    }

    pub(in crate::features) fn missing(reason: &'static str) -> Reading {
        Reading::instead(None, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_says_how_many_features_there_are() {
        assert!(FEATURE_VERSION.ends_with(&format!("_{}", REGISTRY.len())));
    }

    #[test]
    fn names_of_features_are_unique() {
        let names: std::collections::BTreeSet<&str> =
            REGISTRY.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names.len(), REGISTRY.len());
    }
}
