//! Rows of what is said before a game: player lines, game lines, lineups.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::column::{Column, Kind};
use crate::error::Fault;
use crate::known::Known;
use crate::serde_forms::default_true;
use crate::table::{Row, Table};
use crate::words::Prop;

/// Highest player line: above any line ever posted on points, rebounds and assists together.
const LINE_MAX: f64 = 200.0;

/// Widest American odds a book posts on a two-way market.
const PRICE_MAX: i32 = 100_000;

/// One book's line on one prop of a player, at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineRow {
    /// Ten digits.
    pub game_id: String,
    /// The league's id of the player.
    pub player_id: u64,
    /// The `player_lookup`.
    pub slug: String,
    /// What the line is about.
    pub prop: Prop,
    /// Bookmaker, lower case.
    pub book: String,
    /// The line, in the units of the prop.
    pub line: f64,
    /// American odds for the over; none when unknown.
    pub over_price: Option<i32>,
    /// American odds for the under; none when unknown.
    pub under_price: Option<i32>,
    /// When the book showed it.
    pub as_of_utc: Timestamp,
    /// False when that moment is inferred.
    #[serde(default = "default_true")]
    pub as_of_known: bool,
}

impl Row for LineRow {
    const TABLE: Table = Table {
        name: "lines",
        is_required: false,
        columns: &[
            Column::required("game_id", Kind::GameId),
            Column::required("player_id", Kind::Id),
            Column::required("slug", Kind::Slug),
            Column::required("prop", Kind::Word(Prop::WORDS)),
            Column::required("book", Kind::Text),
            Column::required("line", Kind::Number(0.0, LINE_MAX)),
            Column::required("over_price", Kind::OptionalWhole(-PRICE_MAX, PRICE_MAX)),
            Column::required("under_price", Kind::OptionalWhole(-PRICE_MAX, PRICE_MAX)),
            Column::required("as_of_utc", Kind::Instant),
            Column::optional("as_of_known", Kind::Flag),
        ],
    };

    fn key(&self) -> Option<String> {
        let Self {
            game_id,
            slug,
            book,
            as_of_utc,
            ..
        } = self;
        Some(format!(
            "{} of {slug} in {game_id} by {book} at {as_of_utc}",
            self.prop.as_str()
        ))
    }

    fn check(&self, known: &Known) -> Result<(), Fault> {
        known.game(&self.game_id)?;
        known.player(&self.slug, self.player_id)
    }
}

/// One book's spread and total of a game, at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GameLineRow {
    /// Ten digits.
    pub game_id: String,
    /// Bookmaker, lower case.
    pub book: String,
    /// Points given to the home side, negative when it is the favourite; none when unknown.
    pub spread_home: Option<f64>,
    /// Points of both teams; none when unknown.
    pub total: Option<f64>,
    /// When the book showed it.
    pub as_of_utc: Timestamp,
}

impl Row for GameLineRow {
    const TABLE: Table = Table {
        name: "game_lines",
        is_required: false,
        columns: &[
            Column::required("game_id", Kind::GameId),
            Column::required("book", Kind::Text),
            Column::required("spread_home", Kind::OptionalNumber(-100.0, 100.0)),
            Column::required("total", Kind::OptionalNumber(0.0, 500.0)),
            Column::required("as_of_utc", Kind::Instant),
        ],
    };

    fn key(&self) -> Option<String> {
        let Self {
            game_id,
            book,
            as_of_utc,
            ..
        } = self;
        Some(format!("line of game {game_id} by {book} at {as_of_utc}"))
    }

    fn check(&self, known: &Known) -> Result<(), Fault> {
        known.game(&self.game_id)
    }
}

/// One place of a team's starting five, as told at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineupRow {
    /// Ten digits.
    pub game_id: String,
    /// Code of the team.
    pub team: String,
    /// The `player_lookup` of the starter.
    pub slug: String,
    /// Place among the starters, 1 to 5.
    pub lineup_position: u8,
    /// True when the team said so, false when a reporter expects it.
    pub is_confirmed: bool,
    /// When it was told.
    pub known_at_utc: Timestamp,
}

impl Row for LineupRow {
    const TABLE: Table = Table {
        name: "lineups",
        is_required: false,
        columns: &[
            Column::required("game_id", Kind::GameId),
            Column::required("team", Kind::TeamCode),
            Column::required("slug", Kind::Slug),
            Column::required("lineup_position", Kind::Whole(1, 5)),
            Column::required("is_confirmed", Kind::Flag),
            Column::required("known_at_utc", Kind::Instant),
        ],
    };

    fn key(&self) -> Option<String> {
        let Self {
            game_id,
            team,
            lineup_position,
            known_at_utc,
            ..
        } = self;
        Some(format!(
            "starter {lineup_position} of {team} in {game_id} at {known_at_utc}"
        ))
    }

    fn check(&self, known: &Known) -> Result<(), Fault> {
        known.team_in_game(&self.game_id, &self.team)?;
        known.slug(&self.slug).map(|_| ())
    }
}
