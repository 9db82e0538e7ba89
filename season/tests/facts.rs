//! Facts come in the order in which the world knew them, and none tells of what came later.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use jiff::Timestamp;
use jiff::civil::date;
use sideline_season::{
    AliasRow, Fact, GameRow, InjuryRow, InjuryStatus, LineRow, LineupRow, PlayerRow, Prop, Season,
    SeasonError, SeasonType, Stint, TeamRow,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn game(game_id: &str, tip_off: &str, points: Option<(u16, u16)>) -> GameRow {
    let tip_off_utc = at(tip_off);
    GameRow {
        game_id: game_id.into(),
        season: "2025-26".into(),
        season_type: SeasonType::Regular,
        tip_off_utc,
        tip_off_known: true,
        game_date: date(2025, 10, 20),
        home: "AAA".into(),
        away: "BBB".into(),
        home_points: points.map(|points| points.0),
        away_points: points.map(|points| points.1),
        has_box: false,
    }
}

fn injury(slug: &str, status: InjuryStatus) -> InjuryRow {
    InjuryRow {
        player_id: 1,
        slug: slug.into(),
        team: "AAA".into(),
        status,
        designation: String::new(),
        reason: String::new(),
        reported_date: date(2025, 10, 20),
    }
}

fn line(book: &str, as_of: &str) -> LineRow {
    LineRow {
        game_id: "9926000001".into(),
        player_id: 1,
        slug: "jonasvale".into(),
        prop: Prop::Points,
        book: book.into(),
        line: 18.5,
        over_price: None,
        under_price: None,
        as_of_utc: at(as_of),
        as_of_known: true,
    }
}

fn season() -> Season {
    let team = |code: &str| TeamRow {
        team: code.into(),
        name: code.into(),
        conference: String::new(),
        division: String::new(),
        team_id: String::new(),
    };
    let lineup = |slug: &str, lineup_position| LineupRow {
        game_id: "9926000001".into(),
        team: "AAA".into(),
        slug: slug.into(),
        lineup_position,
        is_confirmed: true,
        known_at_utc: at("2025-10-20T23:10:00Z"),
    };
    Season {
        teams: vec![team("BBB"), team("AAA")],
        games: vec![
            game("9926000002", "2025-10-21T02:00:00Z", None),
            game("9926000001", "2025-10-20T23:40:00Z", Some((101, 99))),
        ],
        players: vec![PlayerRow {
            player_id: 1,
            name: "Jonas Vale".into(),
            slug: "jonasvale".into(),
            games: 40,
            stints: vec![Stint {
                team: "AAA".into(),
                first_date: date(2025, 10, 20),
                last_date: date(2026, 4, 1),
            }],
            position: "G".into(),
        }],
        lines: vec![
            line("secondbook", "2025-10-20T19:00:00Z"),
            line("firstbook", "2025-10-20T19:00:00Z"),
        ],
        injuries: vec![
            injury("jonasvale", InjuryStatus::Questionable),
            injury("jonasvale", InjuryStatus::Available),
            injury("adammoss", InjuryStatus::Out),
        ],
        lineups: vec![lineup("second", 2), lineup("first", 1)],
        ..Season::default()
    }
}

fn told(season: &Season) -> Vec<(String, String)> {
    let told = |fact: &Fact<'_>| match fact {
        Fact::Team(row) => format!("team {}", row.team),
        Fact::PlayerRegistered(player) => format!("registered {}", player.slug),
        Fact::RosterStint(stint) => format!("stint {} {}", stint.player.slug, stint.team),
        Fact::Alias(alias) => format!(
            "alias {} {} {}",
            alias.variant,
            alias.slug,
            alias.team.unwrap_or("nowhere")
        ),
        Fact::GameScheduled(game) => format!("schedule {}", game.game_id),
        Fact::InjuryMove(row) => format!("injury {} {:?}", row.slug, row.status),
        Fact::Lineup(lineup) => format!("lineup {} {}", lineup.team, lineup.starters.join(" ")),
        Fact::Line(row) => format!("line {}", row.book),
        Fact::GameFinal(result) => format!("final {}", result.game.game_id),
        other => format!("{other:?}"),
    };
    let moment = |micros| Timestamp::from_microsecond(micros).unwrap().to_string();
    let facts = season.facts().unwrap();
    facts
        .iter()
        .map(|timed| (moment(timed.known_at_us), told(&timed.fact)))
        .collect()
}

#[test]
fn facts_come_in_the_order_in_which_they_became_known() {
    let expected = [
        ("2025-09-20T12:00:00Z", "team AAA"),
        ("2025-09-20T12:00:00Z", "team BBB"),
        ("2025-09-20T12:00:00Z", "registered jonasvale"),
        ("2025-09-20T12:00:00Z", "schedule 9926000001"),
        ("2025-09-20T12:00:00Z", "schedule 9926000002"),
        ("2025-10-19T16:00:00Z", "stint jonasvale AAA"),
        ("2025-10-20T19:00:00Z", "injury adammoss Out"),
        // Two moves of one player on one day keep the order of the file.
        ("2025-10-20T19:00:00Z", "injury jonasvale Questionable"),
        ("2025-10-20T19:00:00Z", "injury jonasvale Available"),
        ("2025-10-20T19:00:00Z", "line firstbook"),
        ("2025-10-20T19:00:00Z", "line secondbook"),
        ("2025-10-20T23:10:00Z", "lineup AAA first second"),
        ("2025-10-21T02:10:00Z", "final 9926000001"),
    ];
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(moment, fact)| ((*moment).to_owned(), (*fact).to_owned()))
        .collect();
    assert_eq!(told(&season()), expected);
}

#[test]
fn news_of_the_summer_finds_its_player_registered() {
    let mut season = season();
    let in_july = InjuryRow {
        reported_date: date(2025, 7, 11),
        ..injury("jonasvale", InjuryStatus::Out)
    };
    season.injuries.insert(0, in_july);
    let expected = [
        ("2025-07-11T18:00:00Z", "registered jonasvale"),
        ("2025-07-11T19:00:00Z", "injury jonasvale Out"),
        ("2025-09-20T12:00:00Z", "team AAA"),
    ];
    let found = told(&season);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(moment, fact)| (moment.as_str(), fact.as_str()))
        .collect();
    assert_eq!(found[..3], expected);
    let registrations = found.iter().filter(|(_, fact)| fact.contains("registered"));
    assert_eq!(registrations.count(), 1);
}

#[test]
fn another_name_is_told_with_the_registration_and_with_each_team() {
    let mut season = season();
    season.aliases.push(AliasRow {
        variant: "jvale".into(),
        slug: "jonasvale".into(),
    });
    let found = told(&season);
    let aliases: Vec<(&str, &str)> = found
        .iter()
        .map(|(moment, fact)| (moment.as_str(), fact.as_str()))
        .filter(|(_, fact)| fact.starts_with("alias"))
        .collect();
    let expected = [
        ("2025-09-20T12:00:00Z", "alias jvale jonasvale nowhere"),
        ("2025-10-19T16:00:00Z", "alias jvale jonasvale AAA"),
    ];
    assert_eq!(aliases, expected);
}

#[test]
fn the_order_of_rows_changes_nothing_but_moves_of_one_day() {
    let mut turned = season();
    turned.teams.reverse();
    turned.games.reverse();
    turned.lines.reverse();
    turned.lineups.reverse();
    assert_eq!(told(&turned), told(&season()));
}

#[test]
fn facts_until_a_moment_hold_what_was_known_at_it() {
    let season = season();
    let tip_off = at("2025-10-20T23:40:00Z");
    let until = season.facts_until(tip_off).unwrap();
    assert_eq!(until.len(), season.facts().unwrap().len() - 1);
    assert!(
        until
            .iter()
            .all(|timed| timed.known_at_us <= tip_off.as_microsecond())
    );
}

#[test]
fn a_row_about_an_unknown_game_is_an_error_and_never_dropped() {
    let mut season = season();
    season.games.remove(1);
    season.absences.push(sideline_season::AbsenceRow {
        game_id: "9926000001".into(),
        game_date: date(2025, 10, 20),
        player_id: 1,
        slug: "jonasvale".into(),
        team: "AAA".into(),
        avg_minutes: 0.0,
        games_averaged: 0,
        missed_in_a_row: 1,
    });
    let error = season.facts().unwrap_err();
    assert!(
        matches!(
            error,
            SeasonError::UnknownGame {
                table: "absences",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn the_default_moment_is_an_hour_before_the_last_evening_with_lines() {
    let mut season = season();
    let mut later = game("9926000003", "2025-10-23T23:40:00Z", None);
    later.game_date = date(2025, 10, 23);
    season.games.push(later);
    assert_eq!(season.default_moment(), Some(at("2025-10-20T22:40:00Z")));
    season.lines.clear();
    assert_eq!(season.default_moment(), Some(at("2025-10-23T22:40:00Z")));
    assert_eq!(Season::default().default_moment(), None);
}
