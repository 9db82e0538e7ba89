//! How predictions did, once the game is over.

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::time::{LeagueDay, Timestamp};
use crate::words::{InjuryStatus, Recommendation};

/// What became of what a version said.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Verdict {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// It said OVER or UNDER, and so it was.
    #[serde(rename = "correct")]
    Correct,
    /// It said OVER or UNDER, and it was the other.
    #[serde(rename = "wrong")]
    Wrong,
    /// It said OVER or UNDER, and the line was hit exactly.
    #[serde(rename = "push")]
    Push,
    /// The player did not play.
    #[serde(rename = "void")]
    Void,
    /// It said PASS.
    #[serde(rename = "pass")]
    Pass,
    /// There was no line to say anything about.
    #[serde(rename = "no_line")]
    NoLine,
    /// It took the prediction back, so there is nothing to judge.
    #[serde(rename = "withdrawn")]
    Withdrawn,
}

impl Verdict {
    /// Every verdict.
    const ALL: [Self; 8] = [
        Self::Unknown,
        Self::Correct,
        Self::Wrong,
        Self::Push,
        Self::Void,
        Self::Pass,
        Self::NoLine,
        Self::Withdrawn,
    ];

    /// The verdict of a word; unknown for a word that none has.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|verdict| verdict.as_str() == word)
            .unwrap_or_default()
    }

    /// The word, as the schema has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Correct => "correct",
            Self::Wrong => "wrong",
            Self::Push => "push",
            Self::Void => "void",
            Self::Pass => "pass",
            Self::NoLine => "no_line",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Whether it is known what happened.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum GradeState {
    /// `unknown`
    #[default]
    #[serde(rename = "unknown")]
    Unknown,
    /// He played.
    #[serde(rename = "graded")]
    Graded,
    /// He did not play.
    #[serde(rename = "void")]
    Void,
    /// An earlier grade was taken back, and what happened is not known.
    #[serde(rename = "open")]
    Open,
}

impl GradeState {
    /// The word, as the schema has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Graded => "graded",
            Self::Void => "void",
            Self::Open => "open",
        }
    }
}

/// How one version of one system did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grade {
    /// The system.
    pub system_id: String,
    /// Its version.
    pub system_version: String,
    /// The prediction's version, 1 for the first.
    pub version: i64,
    /// True for the last version before tip-off.
    pub is_last: bool,
    /// known_at of what caused the version.
    pub effective_at: Timestamp,
    /// Injury status captured by the version.
    pub status: InjuryStatus,
    /// Its value; null when it had none.
    pub predicted: Option<f64>,
    /// The consensus line it saw; null without one.
    pub line: Option<f64>,
    /// What it said about the line.
    pub recommendation: Recommendation,
    /// 0 to 1.
    pub confidence: f64,
    /// Standard deviation it gave its value; null when it gave none.
    pub spread: Option<f64>,
    /// Probability it gave the over, 0 to 1; null when it gave none.
    pub probability_over: Option<f64>,
    /// What became of what it said.
    pub verdict: Verdict,
    /// Why it is void: dnp_injury_confirmed, dnp_late_scratch, dnp_unknown; null unless it is.
    pub void_reason: Option<String>,
    /// Distance between value and what happened.
    pub absolute_error: Option<f64>,
    /// predicted - actual: positive when it said too much.
    pub signed_error: Option<f64>,
    /// True when the value was off by 3 at most.
    pub is_within_3: Option<bool>,
    /// True when the value was off by 5 at most.
    pub is_within_5: Option<bool>,
    /// predicted - line.
    pub predicted_margin: Option<f64>,
    /// actual - line.
    pub actual_margin: Option<f64>,
    /// predicted - closing line.
    pub predicted_margin_closing: Option<f64>,
}

/// How everything that was said of one prop of a player in a game did. Key:
/// `<player_lookup>/<game_id>/<prop>`. Grade versions of a key are 1, 2, 3 and so on without gap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graded {
    /// What caused this record.
    pub cause: Cause,
    /// The league, for example nba.
    pub league: String,
    /// The player.
    pub player_lookup: String,
    /// Ten-digit game id as text, leading zeros kept, for example 0022400061.
    pub game_id: String,
    /// League day.
    pub game_date: LeagueDay,
    /// Tip-off as the newest version had it.
    pub tip_off: Timestamp,
    /// His team.
    pub team: String,
    /// The other team.
    pub opponent: String,
    /// True at home.
    pub is_home: bool,
    /// The prop.
    pub prop: String,
    /// 1 for the first grade, one more for each that says something else.
    pub grade_version: i64,
    /// Whether it is known what happened.
    pub state: GradeState,
    /// What he did; null unless he played.
    pub actual: Option<f64>,
    /// Minutes he played; null unless he played.
    pub minutes: Option<f64>,
    /// Consensus of the last quotes before tip-off; null without one.
    pub closing_line: Option<f64>,
    /// Time of the newest of these quotes.
    pub closing_line_as_of: Option<Timestamp>,
    /// actual - closing line.
    pub actual_margin_closing: Option<f64>,
    /// Games he had played before this one.
    pub games_before: i32,
    /// His mean over the last 5 games played before it.
    pub baseline_last_5: Option<f64>,
    /// His mean over the last 10 games played before it.
    pub baseline_last_10: Option<f64>,
    /// His mean over the season's games before it.
    pub baseline_season: Option<f64>,
    /// Hash of what the grade says, 32 hex digits; equal content makes no new grade version.
    pub content_hash: String,
    /// One entry per version before tip-off: by system, then version.
    pub grades: Vec<Grade>,
}
