//! Words that a season's files use, spelled as they stand there.

use serde::{Deserialize, Serialize};

use crate::player_rows::BoxScoreRow;

/// Part of the season a game belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeasonType {
    /// Before the season; counts for nothing.
    Preseason,
    /// Regular season.
    Regular,
    /// The final of the cup played within the season.
    CupFinal,
    /// Games for the last playoff places.
    PlayIn,
    /// Playoffs.
    Playoffs,
    /// All-Star games.
    AllStar,
}

impl SeasonType {
    /// Every word the column may hold.
    pub const WORDS: &'static [&'static str] = &[
        "preseason",
        "regular",
        "cup_final",
        "play_in",
        "playoffs",
        "all_star",
    ];
}

/// Status of a player on the injury list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum InjuryStatus {
    /// Does not play.
    Out,
    /// Unlikely to play.
    Doubtful,
    /// May or may not play.
    Questionable,
    /// Likely to play.
    Probable,
    /// Plays.
    Available,
}

impl InjuryStatus {
    /// Every word the column may hold.
    pub const WORDS: &'static [&'static str] =
        &["OUT", "DOUBTFUL", "QUESTIONABLE", "PROBABLE", "AVAILABLE"];
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prop {
    /// Points.
    Points,
    /// Rebounds.
    Rebounds,
    /// Assists.
    Assists,
    /// Three-pointers made.
    Threes,
    /// Steals.
    Steals,
    /// Blocks.
    Blocks,
    /// Turnovers.
    Turnovers,
    /// Points, rebounds and assists together.
    PointsReboundsAssists,
    /// Points and rebounds together.
    PointsRebounds,
    /// Points and assists together.
    PointsAssists,
    /// Rebounds and assists together.
    ReboundsAssists,
}

impl Prop {
    /// Every prop, in the order of [`Prop::WORDS`].
    pub const ALL: [Self; 11] = [
        Self::Points,
        Self::Rebounds,
        Self::Assists,
        Self::Threes,
        Self::Steals,
        Self::Blocks,
        Self::Turnovers,
        Self::PointsReboundsAssists,
        Self::PointsRebounds,
        Self::PointsAssists,
        Self::ReboundsAssists,
    ];

    /// Every word the column may hold.
    pub const WORDS: &'static [&'static str] = &[
        "points",
        "rebounds",
        "assists",
        "threes",
        "steals",
        "blocks",
        "turnovers",
        "points_rebounds_assists",
        "points_rebounds",
        "points_assists",
        "rebounds_assists",
    ];

    /// The word as files and events spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// What the player did, in the units of the prop.
    #[must_use]
    pub fn actual(self, row: &BoxScoreRow) -> u32 {
        let (points, rebounds, assists) =
            (u32::from(row.pts), u32::from(row.reb), u32::from(row.ast));
        match self {
            Self::Points => points,
            Self::Rebounds => rebounds,
            Self::Assists => assists,
            Self::Threes => u32::from(row.fg3m),
            Self::Steals => u32::from(row.stl),
            Self::Blocks => u32::from(row.blk),
            Self::Turnovers => u32::from(row.tov),
            Self::PointsReboundsAssists => points + rebounds + assists,
            Self::PointsRebounds => points + rebounds,
            Self::PointsAssists => points + assists,
            Self::ReboundsAssists => rebounds + assists,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prop_has_its_own_word() {
        for (prop, word) in Prop::ALL.into_iter().zip(Prop::WORDS) {
            assert_eq!(prop.as_str(), *word);
        }
    }
}
