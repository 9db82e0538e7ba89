//! The form on disk: what is read comes back when written, and what is wrong is named.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::fs;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::date;
use sideline_season::{
    AbsenceRow, AliasRow, BoxScoreRow, GameLineRow, GameRow, InjuryRow, InjuryStatus, LineRow,
    LineupRow, PlayerRow, Prop, Row, Season, SeasonError, SeasonType, Stint, TeamRow,
};

const GAME: &str = "9926000001";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn team(code: &str) -> TeamRow {
    TeamRow {
        team: code.into(),
        name: format!("The, \"{code}\""),
        conference: String::new(),
        division: "North".into(),
        team_id: "7".into(),
    }
}

fn box_score() -> BoxScoreRow {
    BoxScoreRow {
        game_id: GAME.into(),
        game_date: date(2025, 10, 20),
        player_id: 1,
        slug: "jonasvale".into(),
        team: "AAA".into(),
        opponent: "BBB".into(),
        home: true,
        minutes: 31.25,
        fgm: 8,
        fga: 17,
        fg3m: 2,
        fg3a: 5,
        ftm: 3,
        fta: 4,
        oreb: 1,
        dreb: 6,
        reb: 7,
        ast: 4,
        stl: 1,
        blk: 0,
        tov: 2,
        pf: 3,
        pts: 21,
        plus_minus: Some(-4),
        started: None,
    }
}

fn line(as_of: &str) -> LineRow {
    LineRow {
        game_id: GAME.into(),
        player_id: 1,
        slug: "jonasvale".into(),
        prop: Prop::PointsReboundsAssists,
        book: "firstbook".into(),
        line: 29.5,
        over_price: Some(-115),
        under_price: None,
        as_of_utc: at(as_of),
        as_of_known: false,
    }
}

fn game() -> GameRow {
    GameRow {
        game_id: GAME.into(),
        season: "2025-26".into(),
        season_type: SeasonType::Regular,
        tip_off_utc: at("2025-10-20T23:40:00Z"),
        tip_off_known: true,
        game_date: date(2025, 10, 20),
        home: "AAA".into(),
        away: "BBB".into(),
        home_points: Some(101),
        away_points: Some(99),
        has_box: true,
    }
}

fn player() -> PlayerRow {
    let stint = |team: &str, first_date, last_date| Stint {
        team: team.into(),
        first_date,
        last_date,
    };
    PlayerRow {
        player_id: 1,
        name: "Jonas Vale".into(),
        slug: "jonasvale".into(),
        games: 1,
        stints: vec![
            stint("AAA", date(2025, 10, 20), date(2025, 10, 20)),
            stint("BBB", date(2025, 11, 2), date(2025, 11, 9)),
        ],
        position: "G".into(),
    }
}

fn injury(status: InjuryStatus) -> InjuryRow {
    InjuryRow {
        player_id: 1,
        slug: "jonasvale".into(),
        team: "AAA".into(),
        status,
        designation: "DTD".into(),
        reason: "left_knee_sprain".into(),
        reported_date: date(2025, 10, 20),
    }
}

fn lineup(slug: &str, lineup_position: u8) -> LineupRow {
    LineupRow {
        game_id: GAME.into(),
        team: "AAA".into(),
        slug: slug.into(),
        lineup_position,
        is_confirmed: false,
        known_at_utc: at("2025-10-20T14:00:00Z"),
    }
}

/// One row of everything, and a second player so that a lineup has two places.
fn season() -> Season {
    let mut other = player();
    other.player_id = 2;
    other.slug = "terrymoss".into();
    other.stints.truncate(1);
    Season {
        teams: vec![team("AAA"), team("BBB")],
        games: vec![game()],
        players: vec![player(), other],
        box_scores: vec![box_score()],
        lines: vec![
            line("2025-10-20T15:00:00Z"),
            line("2025-10-20T15:00:00.25Z"),
        ],
        injuries: vec![
            injury(InjuryStatus::Questionable),
            injury(InjuryStatus::Available),
        ],
        absences: vec![AbsenceRow {
            game_id: GAME.into(),
            game_date: date(2025, 10, 20),
            player_id: 2,
            slug: "terrymoss".into(),
            team: "AAA".into(),
            avg_minutes: 22.5,
            games_averaged: 6,
            missed_in_a_row: 1,
        }],
        aliases: vec![AliasRow {
            variant: "jvale".into(),
            slug: "jonasvale".into(),
        }],
        lineups: vec![lineup("terrymoss", 2), lineup("jonasvale", 1)],
        game_lines: vec![GameLineRow {
            game_id: GAME.into(),
            book: "firstbook".into(),
            spread_home: Some(-3.5),
            total: None,
            as_of_utc: at("2025-10-20T15:00:00Z"),
        }],
        is_simulated: true,
    }
}

fn written() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    season().write(dir.path()).unwrap();
    dir
}

/// Replaces a table of a written season by the plain text `edit` makes of it.
fn edited(table: &str, edit: impl Fn(&str) -> String) -> Result<Season, SeasonError> {
    let dir = written();
    let path = dir.path().join(format!("{table}.csv.gz"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(&path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(dir.path().join(format!("{table}.csv")), edit(&text)).unwrap();
    Season::read(dir.path())
}

#[track_caller]
fn refused(table: &str, from: &str, to: &str, expected: &str) {
    let error = edited(table, |text| {
        assert!(text.contains(from), "{from} is not in {text}");
        text.replacen(from, to, 1)
    })
    .unwrap_err();
    let message = error.to_string();
    let message = message
        .split_once("csv")
        .map_or(message.as_str(), |(_, rest)| rest);
    assert_eq!(message, expected, "{error}");
    assert!(!error.hint().is_empty());
}

#[test]
fn a_season_written_and_read_is_the_same_season() {
    assert_eq!(Season::read(written().path()).unwrap(), season());
}

#[test]
fn a_season_written_twice_has_the_same_bytes() {
    let bytes = |dir: &Path, name: &str| fs::read(dir.join(name)).unwrap();
    let (first, second) = (written(), written());
    for entry in fs::read_dir(first.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(
            bytes(first.path(), &name),
            bytes(second.path(), &name),
            "{name}"
        );
    }
}

#[test]
fn plain_files_and_unknown_columns_are_read() {
    let season_read = edited("aliases", |text| text.replace('\n', ",noted\n")).unwrap();
    assert_eq!(season_read, season());
}

#[test]
fn a_missing_optional_table_is_empty() {
    let dir = written();
    for table in [
        "lines",
        "injuries",
        "absences",
        "aliases",
        "lineups",
        "game_lines",
    ] {
        fs::remove_file(dir.path().join(format!("{table}.csv.gz"))).unwrap();
    }
    let season = Season::read(dir.path()).unwrap();
    assert!(season.lines.is_empty() && season.lineups.is_empty() && season.aliases.is_empty());
}

#[test]
fn a_missing_optional_column_is_unknown() {
    let read = edited("box_scores", |text| {
        text.lines()
            .map(|row| format!("{}\n", row.rsplit_once(',').unwrap().0))
            .collect()
    });
    assert_eq!(read.unwrap().box_scores[0].started, None);
}

#[test]
fn a_missing_required_table_is_named() {
    let dir = written();
    fs::remove_file(dir.path().join("games.csv.gz")).unwrap();
    let error = Season::read(dir.path()).unwrap_err();
    assert!(
        matches!(error, SeasonError::MissingFile { name: "games", .. }),
        "{error}"
    );
}

#[test]
fn a_table_in_two_forms_is_refused_both_ways() {
    let dir = written();
    fs::write(dir.path().join("teams.csv"), "team,name\n").unwrap();
    let error = Season::read(dir.path()).unwrap_err();
    assert!(
        matches!(error, SeasonError::BothForms { name: "teams", .. }),
        "{error}"
    );
    let error = season().write(dir.path()).unwrap_err();
    assert!(matches!(error, SeasonError::InTheWay { .. }), "{error}");
}

#[test]
fn a_real_season_is_not_written_over_a_simulated_one() {
    let dir = written();
    let error = Season {
        is_simulated: false,
        ..season()
    }
    .write(dir.path())
    .unwrap_err();
    assert!(matches!(error, SeasonError::InTheWay { .. }), "{error}");
}

#[test]
fn a_missing_column_is_named_with_what_it_holds() {
    let expected = " line 1: column line is missing; it holds a number from 0 to 200";
    refused("lines", ",line,", ",strich,", expected);
}

#[test]
fn a_wrong_value_is_named_with_file_line_column_and_what_is_allowed() {
    refused(
        "lines",
        "29.5",
        "-999",
        " line 2, column line: \"-999\" is not allowed; allowed is a number from 0 to 200",
    );
    refused(
        "injuries",
        "AVAILABLE",
        "ACTIVE",
        " line 3, column status: \"ACTIVE\" is not allowed; allowed is one of OUT, DOUBTFUL, \
         QUESTIONABLE, PROBABLE, AVAILABLE",
    );
    refused(
        "games",
        "23:40:00Z",
        "19:40:00-04:00",
        " line 2, column tip_off_utc: \"2025-10-20T19:40:00-04:00\" is not allowed; allowed is an \
         instant in UTC, for example 2024-12-23T22:30:00Z",
    );
}

#[test]
fn a_row_that_names_what_no_other_table_has_is_refused() {
    refused(
        "box_scores",
        GAME,
        "9926000002",
        " line 2, column game_id: \"9926000002\" is not allowed; allowed is a game_id of games",
    );
    refused(
        "aliases",
        "jonasvale",
        "nobody",
        " line 2, column slug: \"nobody\" is not allowed; allowed is a slug of players",
    );
    refused(
        "absences",
        ",2,terrymoss",
        ",3,terrymoss",
        " line 2, column player_id: \"3\" is not allowed; allowed is 2, the player_id of terrymoss",
    );
}

#[test]
fn a_second_row_that_states_the_same_is_refused() {
    refused(
        "lines",
        "15:00:00.25Z",
        "15:00:00Z",
        " line 3: points_rebounds_assists of jonasvale in 9926000001 by firstbook at \
         2025-10-20T15:00:00Z was already stated above",
    );
}

#[test]
fn a_file_cut_short_is_an_error() {
    let dir = written();
    let path = dir.path().join("lines.csv.gz");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = Season::read(dir.path()).unwrap_err();
    assert!(matches!(error, SeasonError::Csv { .. }), "{error}");
}

#[test]
fn the_manual_describes_every_table_and_column() {
    let manual = include_str!("../../docs/season-csv.md");
    let tables = [
        TeamRow::TABLE,
        GameRow::TABLE,
        PlayerRow::TABLE,
        BoxScoreRow::TABLE,
        LineRow::TABLE,
        InjuryRow::TABLE,
        AbsenceRow::TABLE,
        AliasRow::TABLE,
        LineupRow::TABLE,
        GameLineRow::TABLE,
    ];
    for table in tables {
        let title = format!("### {}\n", table.name);
        let (_, section) = manual.split_once(&title).expect(table.name);
        let section = section.split("\n### ").next().unwrap();
        for column in table.columns {
            let needed = if column.is_required { "yes" } else { "no" };
            let row = format!(
                "| `{}` | {needed} | {} |",
                column.name,
                column.kind.allowed()
            );
            // A bar inside a cell is escaped, or it would end the cell.
            let row = row.replace("by |,", "by \\|,");
            assert!(
                section.contains(&row),
                "docs/season-csv.md lacks in {}: {row}",
                table.name
            );
        }
    }
}
