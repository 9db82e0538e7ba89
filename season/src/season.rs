//! A season in memory, and its folder.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::error::SeasonError;
use crate::known::Known;
use crate::league_rows::{GameRow, PlayerRow, TeamRow};
use crate::market_rows::{GameLineRow, LineRow, LineupRow};
use crate::player_rows::{AbsenceRow, AliasRow, BoxScoreRow, InjuryRow};
use crate::table::{exists, read_table, write_table};

/// Name of the file that marks a season as invented. What it says is for people.
pub const SIMULATED_MARK: &str = "simulated.txt";

/// What the mark of a season says that was invented.
const SIMULATED_TEXT: &str =
    "This season was simulated: its teams, players, games and lines are invented.\n";

/// How long before the evening's first tip-off [`Season::default_moment`] stands.
const DEFAULT_MOMENT_BEFORE_TIP_OFF: SignedDuration = SignedDuration::from_mins(60);

/// A season: what its folder holds, each table in the order of its file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Season {
    /// Teams.
    pub teams: Vec<TeamRow>,
    /// Games, with results where they are known.
    pub games: Vec<GameRow>,
    /// Players and their stints.
    pub players: Vec<PlayerRow>,
    /// Box scores of players who played.
    pub box_scores: Vec<BoxScoreRow>,
    /// Player lines of the books.
    pub lines: Vec<LineRow>,
    /// Moves on the injury list.
    pub injuries: Vec<InjuryRow>,
    /// Inactive lists.
    pub absences: Vec<AbsenceRow>,
    /// Other spellings of names.
    pub aliases: Vec<AliasRow>,
    /// Starting fives.
    pub lineups: Vec<LineupRow>,
    /// Spreads and totals.
    pub game_lines: Vec<GameLineRow>,
    /// Whether the season was invented.
    pub is_simulated: bool,
}

impl Season {
    /// Reads a season from its folder and checks that its tables agree with each other.
    ///
    /// # Errors
    /// The first thing that is wrong, with file, line, column, value and what is allowed. Teams,
    /// games, players and box scores must be there; every other table may be missing.
    pub fn read(dir: &Path) -> Result<Self, SeasonError> {
        let mut known = Known::default();
        let teams = read_table(dir, &known)?;
        known.add_teams(&teams);
        let games = read_table(dir, &known)?;
        known.add_games(&games);
        let players = read_table(dir, &known)?;
        known.add_players(&players);
        let season = Self {
            teams,
            games,
            players,
            box_scores: read_table(dir, &known)?,
            lines: read_table(dir, &known)?,
            injuries: read_table(dir, &known)?,
            absences: read_table(dir, &known)?,
            aliases: read_table(dir, &known)?,
            lineups: read_table(dir, &known)?,
            game_lines: read_table(dir, &known)?,
            is_simulated: exists(&dir.join(SIMULATED_MARK))?,
        };
        if season.games.is_empty() {
            return Err(SeasonError::NoGames);
        }
        Ok(season)
    }

    /// Writes the season to a folder, which is made if it is not there. The same season gives the
    /// same bytes.
    ///
    /// # Errors
    /// When a plain file of a table, or the mark of a simulated season under a real one, stands in
    /// the way, or writing fails.
    pub fn write(&self, dir: &Path) -> Result<(), SeasonError> {
        let in_io = |path: &Path, source| SeasonError::Io {
            path: path.to_path_buf(),
            source,
        };
        fs::create_dir_all(dir).map_err(|source| in_io(dir, source))?;
        let mark = dir.join(SIMULATED_MARK);
        if self.is_simulated {
            fs::write(&mark, SIMULATED_TEXT).map_err(|source| in_io(&mark, source))?;
        } else if exists(&mark)? {
            return Err(SeasonError::InTheWay { path: mark });
        }
        write_table(dir, &self.teams)?;
        write_table(dir, &self.games)?;
        write_table(dir, &self.players)?;
        write_table(dir, &self.box_scores)?;
        write_table(dir, &self.lines)?;
        write_table(dir, &self.injuries)?;
        write_table(dir, &self.absences)?;
        write_table(dir, &self.aliases)?;
        write_table(dir, &self.lineups)?;
        write_table(dir, &self.game_lines)
    }

    /// The first league day with a game; none without games.
    #[must_use]
    pub fn opening_day(&self) -> Option<Date> {
        self.games.iter().map(|row| row.game_date).min()
    }

    /// A good moment to stand on: an hour before the first tip-off of the last league day whose
    /// games have player lines (without lines, of the last league day). None without games.
    #[must_use]
    pub fn default_moment(&self) -> Option<Timestamp> {
        let with_lines: HashSet<&str> = self.lines.iter().map(|row| row.game_id.as_str()).collect();
        let last_day = self
            .games
            .iter()
            .map(|row| (with_lines.contains(row.game_id.as_str()), row.game_date))
            .max()?
            .1;
        let evening = self.games.iter().filter(|row| row.game_date == last_day);
        let first_tip_off = evening.map(|row| row.tip_off_utc).min()?;
        first_tip_off
            .checked_sub(DEFAULT_MOMENT_BEFORE_TIP_OFF)
            .ok()
    }

    /// Rows of all tables together.
    pub(crate) fn row_count(&self) -> usize {
        self.teams.len()
            + self.games.len() * 2
            + self.players.len() * 2
            + self.aliases.len() * 2
            + self.box_scores.len()
            + self.lines.len()
            + self.injuries.len()
            + self.absences.len()
            + self.lineups.len()
            + self.game_lines.len()
    }
}
