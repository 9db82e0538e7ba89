//! Rows of what players do and miss: box scores, injuries, absences; and how else they are spelled.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::column::{Column, Kind};
use crate::error::Fault;
use crate::known::Known;
use crate::league_rows::COUNT_MAX;
use crate::serde_forms::{bit, optional_bit};
use crate::table::{Row, Table};
use crate::words::InjuryStatus;

/// Longest a player can be on the floor, in minutes: 48 and the six overtimes of the longest game,
/// rounded up.
const MINUTES_MAX: f64 = 80.0;

/// One player's line of a finished game. Only players who played have one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoxScoreRow {
    /// Ten digits.
    pub game_id: String,
    /// League day (US Eastern).
    pub game_date: Date,
    /// The league's id of the player.
    pub player_id: u64,
    /// The `player_lookup`.
    pub slug: String,
    /// Code of his team.
    pub team: String,
    /// Code of the other team.
    pub opponent: String,
    /// Whether his team played at home.
    #[serde(with = "bit")]
    pub home: bool,
    /// Minutes played, decimal.
    pub minutes: f64,
    /// Field goals made.
    pub fgm: u16,
    /// Field goals attempted.
    pub fga: u16,
    /// Three-pointers made.
    pub fg3m: u16,
    /// Three-pointers attempted.
    pub fg3a: u16,
    /// Free throws made.
    pub ftm: u16,
    /// Free throws attempted.
    pub fta: u16,
    /// Offensive rebounds.
    pub oreb: u16,
    /// Defensive rebounds.
    pub dreb: u16,
    /// Rebounds.
    pub reb: u16,
    /// Assists.
    pub ast: u16,
    /// Steals.
    pub stl: u16,
    /// Blocks.
    pub blk: u16,
    /// Turnovers.
    pub tov: u16,
    /// Personal fouls.
    pub pf: u16,
    /// Points.
    pub pts: u16,
    /// His team's margin while he was on the floor; none when unknown.
    pub plus_minus: Option<i16>,
    /// Whether he started; none when unknown.
    #[serde(default, with = "optional_bit")]
    pub started: Option<bool>,
}

impl Row for BoxScoreRow {
    const TABLE: Table = Table {
        name: "box_scores",
        is_required: true,
        columns: &[
            Column::required("game_id", Kind::GameId),
            Column::required("game_date", Kind::Date),
            Column::required("player_id", Kind::Id),
            Column::required("slug", Kind::Slug),
            Column::required("team", Kind::TeamCode),
            Column::required("opponent", Kind::TeamCode),
            Column::required("home", Kind::Bit),
            Column::required("minutes", Kind::Number(0.0, MINUTES_MAX)),
            Column::required("fgm", Kind::Whole(0, COUNT_MAX)),
            Column::required("fga", Kind::Whole(0, COUNT_MAX)),
            Column::required("fg3m", Kind::Whole(0, COUNT_MAX)),
            Column::required("fg3a", Kind::Whole(0, COUNT_MAX)),
            Column::required("ftm", Kind::Whole(0, COUNT_MAX)),
            Column::required("fta", Kind::Whole(0, COUNT_MAX)),
            Column::required("oreb", Kind::Whole(0, COUNT_MAX)),
            Column::required("dreb", Kind::Whole(0, COUNT_MAX)),
            Column::required("reb", Kind::Whole(0, COUNT_MAX)),
            Column::required("ast", Kind::Whole(0, COUNT_MAX)),
            Column::required("stl", Kind::Whole(0, COUNT_MAX)),
            Column::required("blk", Kind::Whole(0, COUNT_MAX)),
            Column::required("tov", Kind::Whole(0, COUNT_MAX)),
            Column::required("pf", Kind::Whole(0, COUNT_MAX)),
            Column::required("pts", Kind::Whole(0, COUNT_MAX)),
            Column::required("plus_minus", Kind::OptionalWhole(-COUNT_MAX, COUNT_MAX)),
            Column::optional("started", Kind::OptionalBit),
        ],
    };

    fn key(&self) -> Option<String> {
        Some(format!("{} in game {}", self.slug, self.game_id))
    }

    fn check(&self, known: &Known) -> Result<(), Fault> {
        known.team_in_game(&self.game_id, &self.team)?;
        known.player(&self.slug, self.player_id)
    }
}

/// A move on the injury list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InjuryRow {
    /// The league's id of the player.
    pub player_id: u64,
    /// The `player_lookup`.
    pub slug: String,
    /// Code of his team as the source gives it. For information only: the stints decide.
    pub team: String,
    /// His status from this move on.
    pub status: InjuryStatus,
    /// Finer word of the source, for example `DTD` or `OUT_FOR_SEASON`; empty when it gives none.
    #[serde(default)]
    pub designation: String,
    /// Coded reason, `side_part_kind`; empty when unknown.
    #[serde(default)]
    pub reason: String,
    /// Day of the move (US Eastern).
    pub reported_date: Date,
}

impl Row for InjuryRow {
    const TABLE: Table = Table {
        name: "injuries",
        is_required: false,
        columns: &[
            Column::required("player_id", Kind::Id),
            Column::required("slug", Kind::Slug),
            Column::required("team", Kind::TeamCode),
            Column::required("status", Kind::Word(InjuryStatus::WORDS)),
            Column::optional("designation", Kind::AnyText),
            Column::optional("reason", Kind::AnyText),
            Column::required("reported_date", Kind::Date),
        ],
    };

    fn key(&self) -> Option<String> {
        // Sources list several moves of a player on one day; their order in the file is kept.
        None
    }

    fn check(&self, known: &Known) -> Result<(), Fault> {
        known.team("team", &self.team)?;
        known.player(&self.slug, self.player_id)
    }
}

/// A player of the rotation who is on the inactive list of a game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AbsenceRow {
    /// Ten digits.
    pub game_id: String,
    /// League day (US Eastern).
    pub game_date: Date,
    /// The league's id of the player.
    pub player_id: u64,
    /// The `player_lookup`.
    pub slug: String,
    /// Code of his team.
    pub team: String,
    /// Minutes per game over the games averaged.
    #[serde(default)]
    pub avg_minutes: f64,
    /// Last games for the team that were averaged, at most 10.
    #[serde(default)]
    pub games_averaged: u16,
    /// Games missed in a row, this one included.
    #[serde(default)]
    pub missed_in_a_row: u16,
}

impl Row for AbsenceRow {
    const TABLE: Table = Table {
        name: "absences",
        is_required: false,
        columns: &[
            Column::required("game_id", Kind::GameId),
            Column::required("game_date", Kind::Date),
            Column::required("player_id", Kind::Id),
            Column::required("slug", Kind::Slug),
            Column::required("team", Kind::TeamCode),
            Column::optional("avg_minutes", Kind::Number(0.0, MINUTES_MAX)),
            Column::optional("games_averaged", Kind::Whole(0, COUNT_MAX)),
            Column::optional("missed_in_a_row", Kind::Whole(0, COUNT_MAX)),
        ],
    };

    fn key(&self) -> Option<String> {
        Some(format!(
            "absence of {} from game {}",
            self.slug, self.game_id
        ))
    }

    fn check(&self, known: &Known) -> Result<(), Fault> {
        known.team_in_game(&self.game_id, &self.team)?;
        known.player(&self.slug, self.player_id)
    }
}

/// Another spelling of a player's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasRow {
    /// The spelling: lower-case ASCII letters and digits.
    pub variant: String,
    /// The `player_lookup` it stands for.
    pub slug: String,
}

impl Row for AliasRow {
    const TABLE: Table = Table {
        name: "aliases",
        is_required: false,
        columns: &[
            Column::required("variant", Kind::Slug),
            Column::required("slug", Kind::Slug),
        ],
    };

    fn key(&self) -> Option<String> {
        Some(self.variant.clone())
    }

    fn check(&self, known: &Known) -> Result<(), Fault> {
        known.slug(&self.slug).map(|_| ())
    }
}
