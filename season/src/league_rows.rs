//! Rows of the league itself: teams, games, players.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::column::{Column, Kind};
use crate::error::Fault;
use crate::known::Known;
use crate::serde_forms::{default_true, stints};
use crate::table::{Row, Table};
use crate::words::SeasonType;

/// Most of one thing a player or a team can do in a game: far above any record (183 points by a
/// team, 55 rebounds by a player), low enough to catch shifted columns such as a year.
pub(crate) const COUNT_MAX: i32 = 400;

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRow {
    /// Code, two to four capital letters or digits.
    pub team: String,
    /// Name for people.
    pub name: String,
    /// Conference, empty when unknown.
    #[serde(default)]
    pub conference: String,
    /// Division, empty when unknown.
    #[serde(default)]
    pub division: String,
    /// The league's id of the team, empty when unknown.
    #[serde(default)]
    pub team_id: String,
}

impl Row for TeamRow {
    const TABLE: Table = Table {
        name: "teams",
        is_required: true,
        columns: &[
            Column::required("team", Kind::TeamCode),
            Column::required("name", Kind::Text),
            Column::optional("conference", Kind::AnyText),
            Column::optional("division", Kind::AnyText),
            Column::optional("team_id", Kind::AnyText),
        ],
    };

    fn key(&self) -> Option<String> {
        Some(self.team.clone())
    }

    fn check(&self, _known: &Known) -> Result<(), Fault> {
        Ok(())
    }
}

/// A game: its place in the schedule, and its result once it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameRow {
    /// Ten digits.
    pub game_id: String,
    /// Label of the season, for example 2024-25.
    pub season: String,
    /// Part of the season.
    pub season_type: SeasonType,
    /// Scheduled start.
    pub tip_off_utc: Timestamp,
    /// False when the start is a guess.
    #[serde(default = "default_true")]
    pub tip_off_known: bool,
    /// League day (US Eastern).
    pub game_date: Date,
    /// Code of the home team.
    pub home: String,
    /// Code of the away team.
    pub away: String,
    /// Final points of the home team; none when the result is unknown.
    pub home_points: Option<u16>,
    /// Final points of the away team; none when the result is unknown.
    pub away_points: Option<u16>,
    /// Whether box scores holds rows of this game.
    #[serde(default = "default_true")]
    pub has_box: bool,
}

impl Row for GameRow {
    const TABLE: Table = Table {
        name: "games",
        is_required: true,
        columns: &[
            Column::required("game_id", Kind::GameId),
            Column::required("season", Kind::Text),
            Column::required("season_type", Kind::Word(SeasonType::WORDS)),
            Column::required("tip_off_utc", Kind::Instant),
            Column::optional("tip_off_known", Kind::Flag),
            Column::required("game_date", Kind::Date),
            Column::required("home", Kind::TeamCode),
            Column::required("away", Kind::TeamCode),
            Column::required("home_points", Kind::OptionalWhole(0, COUNT_MAX)),
            Column::required("away_points", Kind::OptionalWhole(0, COUNT_MAX)),
            Column::optional("has_box", Kind::Flag),
        ],
    };

    fn key(&self) -> Option<String> {
        Some(self.game_id.clone())
    }

    fn check(&self, known: &Known) -> Result<(), Fault> {
        known.team("home", &self.home)?;
        known.team("away", &self.away)?;
        if self.home == self.away {
            return Err(Fault::new(
                "away",
                self.away.as_str(),
                "another team than home",
            ));
        }
        if self.home_points.is_some() != self.away_points.is_some() {
            return Err(Fault::new(
                "away_points",
                "",
                "both teams' points, or neither",
            ));
        }
        Ok(())
    }
}

/// A stretch of games a player played for one team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stint {
    /// Code of the team.
    pub team: String,
    /// Day of his first game for it.
    pub first_date: Date,
    /// Day of his last game for it. Known only in hindsight, so no fact carries it.
    pub last_date: Date,
}

/// Stints from `TEAM:first_date:last_date` joined by `|`; none when the text is not of that form.
pub(crate) fn parse_stints(text: &str) -> Option<Vec<Stint>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split('|').map(parse_stint).collect()
}

fn parse_stint(text: &str) -> Option<Stint> {
    let mut parts = text.split(':');
    let (team, first, last) = (parts.next()?, parts.next()?, parts.next()?);
    let stint = Stint {
        team: team.to_owned(),
        first_date: first.parse().ok()?,
        last_date: last.parse().ok()?,
    };
    let is_sound = parts.next().is_none()
        && Kind::TeamCode.allows(team)
        && stint.first_date <= stint.last_date;
    is_sound.then_some(stint)
}

/// The text of [`parse_stints`].
pub(crate) fn format_stints(stints: &[Stint]) -> String {
    let texts: Vec<String> = stints
        .iter()
        .map(|stint| format!("{}:{}:{}", stint.team, stint.first_date, stint.last_date))
        .collect();
    texts.join("|")
}

/// A player.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerRow {
    /// The league's id of the player.
    pub player_id: u64,
    /// Name as people write it.
    pub name: String,
    /// The `player_lookup`: lower-case ASCII letters and digits.
    pub slug: String,
    /// Box-score rows of the whole season. In hindsight, so no fact carries it.
    #[serde(default)]
    pub games: u16,
    /// Teams he played for, in order of play.
    #[serde(rename = "teams", with = "stints")]
    pub stints: Vec<Stint>,
    /// Position, for example G, F or C; empty when unknown.
    #[serde(default)]
    pub position: String,
}

impl Row for PlayerRow {
    const TABLE: Table = Table {
        name: "players",
        is_required: true,
        columns: &[
            Column::required("player_id", Kind::Id),
            Column::required("name", Kind::Text),
            Column::required("slug", Kind::Slug),
            Column::optional("games", Kind::Whole(0, COUNT_MAX)),
            Column::required("teams", Kind::Stints),
            Column::optional("position", Kind::AnyText),
        ],
    };

    fn key(&self) -> Option<String> {
        Some(self.slug.clone())
    }

    fn check(&self, known: &Known) -> Result<(), Fault> {
        for (index, stint) in self.stints.iter().enumerate() {
            known.team("teams", &stint.team)?;
            let previous = index
                .checked_sub(1)
                .and_then(|before| self.stints.get(before));
            if previous.is_some_and(|previous| previous.first_date >= stint.first_date) {
                return Err(Fault::new(
                    "teams",
                    format_stints(&self.stints),
                    "stints in order of play",
                ));
            }
        }
        Ok(())
    }
}
