//! What every simulated league keeps, whatever its seed and size.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::civil::Date;
use sideline_season::{BoxScoreRow, Fact, InjuryStatus, LineRow, Prop, Row, Season, read_table};
use sideline_simulator::{Expectation, LeagueSettings, SimulatedLeague, simulate};

fn tiny(seed: u64) -> SimulatedLeague {
    simulate(&LeagueSettings {
        seed,
        teams: 4,
        weeks: 2,
        books: 3,
        ..LeagueSettings::default()
    })
    .unwrap()
}

fn whole(seed: u64) -> SimulatedLeague {
    simulate(&LeagueSettings {
        seed,
        ..LeagueSettings::default()
    })
    .unwrap()
}

fn boxes_by_side(season: &Season) -> BTreeMap<(&str, &str), Vec<&BoxScoreRow>> {
    let mut sides: BTreeMap<(&str, &str), Vec<&BoxScoreRow>> = BTreeMap::new();
    for row in &season.box_scores {
        sides
            .entry((&row.game_id, &row.team))
            .or_default()
            .push(row);
    }
    sides
}

#[track_caller]
fn check_box_scores(season: &Season) {
    let sides = boxes_by_side(season);
    assert_eq!(sides.len(), season.games.len() * 2);
    for game in &season.games {
        let points = [game.home_points.unwrap(), game.away_points.unwrap()].map(i32::from);
        assert_ne!(points[0], points[1], "{} is a draw", game.game_id);
        let [home, away] = [&game.home, &game.away].map(|team| &sides[&(&*game.game_id, &**team)]);
        for (rows, own, other) in [(home, points[0], points[1]), (away, points[1], points[0])] {
            let place = format!("{} {}", game.game_id, rows[0].team);
            assert_eq!(
                rows.iter().map(|row| i32::from(row.pts)).sum::<i32>(),
                own,
                "{place}"
            );
            let plus_minus: i32 = rows
                .iter()
                .map(|row| i32::from(row.plus_minus.unwrap()))
                .sum();
            assert_eq!(plus_minus, 5 * (own - other), "{place}");
            assert_eq!(
                rows.iter().filter(|row| row.started == Some(true)).count(),
                5,
                "{place}"
            );
            let hundredths: i64 = rows
                .iter()
                .map(|row| (row.minutes * 100.0).round() as i64)
                .sum();
            assert!(
                hundredths >= 24_000 && (hundredths - 24_000) % 2_500 == 0,
                "{place}"
            );
            assert!(rows.len() >= 8, "{place} dressed {}", rows.len());
        }
    }
    check_rows(season);
}

#[track_caller]
fn check_rows(season: &Season) {
    for row in &season.box_scores {
        let place = format!("{} {}", row.game_id, row.slug);
        assert_eq!(2 * row.fgm + row.fg3m + row.ftm, row.pts, "{place}");
        assert_eq!(row.oreb + row.dreb, row.reb, "{place}");
        assert!(
            row.fgm <= row.fga && row.fg3m <= row.fg3a && row.ftm <= row.fta,
            "{place}"
        );
        assert!(
            row.fg3a <= row.fga && row.fg3m <= row.fgm && row.pf <= 6,
            "{place}"
        );
        assert!(
            row.minutes > 0.0 && row.minutes <= 68.0,
            "{place} played {}",
            row.minutes
        );
    }
}

#[test]
fn box_scores_add_up_in_leagues_of_every_size() {
    for (teams, weeks, books) in [(2, 1, 1), (3, 2, 2), (4, 2, 3), (7, 3, 20), (60, 1, 1)] {
        for seed in 0..5 {
            let settings = LeagueSettings {
                seed,
                teams,
                weeks,
                books,
                ..LeagueSettings::default()
            };
            let league = simulate(&settings).unwrap();
            assert!(!league.season.games.is_empty() && !league.season.lines.is_empty());
            check_box_scores(&league.season);
        }
    }
    check_box_scores(&whole(11).season);
}

#[test]
fn a_season_written_and_read_is_the_same_season() {
    let league = tiny(1);
    let dir = tempfile::tempdir().unwrap();
    league.write(dir.path()).unwrap();
    let season = Season::read(dir.path()).unwrap();
    assert_eq!(season, league.season);
    let mut known = sideline_season::Known::default();
    known.add_games(&season.games);
    known.add_players(&season.players);
    assert_eq!(
        read_table::<Expectation>(dir.path(), &known).unwrap(),
        league.truth
    );
}

fn bytes(league: &SimulatedLeague) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    league.write(dir.path()).unwrap();
    files(dir.path())
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read(&path).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    assert_eq!(bytes(&tiny(1)), bytes(&tiny(1)));
    assert_ne!(
        bytes(&tiny(1))["box_scores.csv.gz"],
        bytes(&tiny(2))["box_scores.csv.gz"]
    );
}

#[test]
fn the_number_of_books_changes_no_game() {
    let settings = LeagueSettings {
        teams: 6,
        weeks: 2,
        ..LeagueSettings::default()
    };
    let few = simulate(&LeagueSettings {
        books: 1,
        ..settings
    })
    .unwrap();
    let many = simulate(&LeagueSettings {
        books: 12,
        ..settings
    })
    .unwrap();
    assert_eq!(few.season.box_scores, many.season.box_scores);
    assert_ne!(few.season.lines.len(), many.season.lines.len());
}

#[test]
fn settings_out_of_range_are_named() {
    let error = simulate(&LeagueSettings {
        teams: 61,
        ..LeagueSettings::default()
    })
    .unwrap_err();
    assert_eq!(error.to_string(), "teams is 61, allowed are 2 to 60");
    for settings in [
        LeagueSettings {
            teams: 1,
            ..LeagueSettings::default()
        },
        LeagueSettings {
            weeks: 0,
            ..LeagueSettings::default()
        },
        LeagueSettings {
            books: 21,
            ..LeagueSettings::default()
        },
        LeagueSettings {
            start_date: Date::constant(1999, 10, 1),
            ..LeagueSettings::default()
        },
    ] {
        assert!(simulate(&settings).is_err(), "{settings:?}");
    }
}

#[test]
fn the_default_moment_has_an_evening_of_games_with_lines_before_it() {
    for league in [tiny(1), whole(1)] {
        let season = &league.season;
        let moment = season.default_moment().unwrap();
        let coming: Vec<_> = season
            .games
            .iter()
            .filter(|game| game.tip_off_utc > moment)
            .collect();
        let last_day = season
            .games
            .iter()
            .map(|game| game.game_date)
            .max()
            .unwrap();
        assert!(!coming.is_empty() && coming.iter().all(|game| game.game_date == last_day));
        let known = season.facts_until(moment).unwrap();
        let is_coming = |id: &str| coming.iter().any(|game| game.game_id == id);
        let with_line: BTreeSet<&str> = known
            .iter()
            .filter_map(|timed| match &timed.fact {
                Fact::Line(row) if is_coming(&row.game_id) => Some(row.slug.as_str()),
                _ => None,
            })
            .collect();
        println!(
            "{moment}: {} games to come, {} players with lines",
            coming.len(),
            with_line.len()
        );
        assert!(
            with_line.len() >= 12 * coming.len(),
            "{} players with lines",
            with_line.len()
        );
    }
}

#[test]
fn whoever_is_absent_has_no_box_score_and_whoever_is_listed_out_does_not_play() {
    let season = whole(2).season;
    let played: BTreeSet<(&str, &str)> = season
        .box_scores
        .iter()
        .map(|row| (&*row.game_id, &*row.slug))
        .collect();
    assert!(
        season.absences.len() > 300,
        "{} absences",
        season.absences.len()
    );
    for row in &season.absences {
        assert!(!played.contains(&(&*row.game_id, &*row.slug)), "{row:?}");
    }
    let mut latest: BTreeMap<&str, InjuryStatus> = BTreeMap::new();
    for timed in season.facts().unwrap() {
        match timed.fact {
            Fact::InjuryMove(row) => {
                latest.insert(&row.slug, row.status);
            }
            Fact::BoxScore(row) => {
                // The next move may come between the game's start and its box score, but not for a
                // game of the same evening: moves are told at 15:00 and games start from 18:00.
                assert_ne!(latest.get(&*row.slug), Some(&InjuryStatus::Out), "{row:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn some_absences_are_told_by_the_inactive_list_alone() {
    let season = whole(2).season;
    let mut listed: BTreeMap<&str, Vec<(Date, InjuryStatus)>> = BTreeMap::new();
    for row in &season.injuries {
        listed
            .entry(&row.slug)
            .or_default()
            .push((row.reported_date, row.status));
    }
    let is_late = |slug: &str, date: Date| {
        let moves = listed.get(slug).map_or(&[][..], Vec::as_slice);
        moves
            .iter()
            .rev()
            .find(|(day, _)| *day <= date)
            .map(|(_, status)| *status)
            != Some(InjuryStatus::Out)
    };
    let late = season
        .absences
        .iter()
        .filter(|row| is_late(&row.slug, row.game_date))
        .count();
    let share = late as f64 / season.absences.len() as f64;
    println!("late scratches: {late} of {}", season.absences.len());
    assert!((0.03..0.3).contains(&share), "{share}");
}

#[test]
fn confirmed_starters_started_and_projected_ones_are_mostly_right() {
    let season = whole(3).season;
    let started: BTreeSet<(&str, &str)> = season
        .box_scores
        .iter()
        .filter(|row| row.started == Some(true))
        .map(|row| (&*row.game_id, &*row.slug))
        .collect();
    let (mut projected, mut right) = (0, 0);
    for row in &season.lineups {
        let is_right = started.contains(&(&*row.game_id, &*row.slug));
        if row.is_confirmed {
            assert!(is_right, "{row:?}");
        } else {
            projected += 1;
            right += usize::from(is_right);
        }
    }
    let share = f64::from(right as u32) / f64::from(projected);
    assert_eq!(season.lineups.len(), season.games.len() * 20);
    assert!((0.8..0.99).contains(&share), "{share}");
}

#[test]
fn lines_come_between_the_eve_and_tip_off_and_never_before_the_player_has_a_team() {
    let season = whole(4).season;
    let tip_offs: BTreeMap<&str, i64> = season
        .games
        .iter()
        .map(|game| (&*game.game_id, game.tip_off_utc.as_microsecond()))
        .collect();
    let mut teams = BTreeSet::new();
    for timed in season.facts().unwrap() {
        match timed.fact {
            Fact::RosterStint(stint) => {
                teams.insert(stint.player.slug);
            }
            Fact::Line(row) => {
                let before = tip_offs[&*row.game_id] - timed.known_at_us;
                assert!((0..=31 * 3_600_000_000).contains(&before), "{row:?}");
                assert!(teams.contains(&*row.slug), "{row:?}");
            }
            _ => {}
        }
    }
    let rows = season.lines.len();
    let halves = season
        .lines
        .iter()
        .filter(|row| row.line.fract() != 0.0)
        .count();
    println!("{rows} lines, {} games", season.games.len());
    assert!((40_000..=120_000).contains(&rows), "{rows} lines");
    assert!((0.9..1.0).contains(&(halves as f64 / rows as f64)));
}

/// How far a consensus must move from where it last counted.
fn threshold(prop: Prop) -> f64 {
    match prop {
        Prop::Points => 2.0,
        Prop::PointsReboundsAssists => 2.5,
        Prop::Rebounds | Prop::Assists => 0.5,
        _ => 0.25,
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

/// Moves of one prop's consensus past its threshold, from the rows of that prop of a player in a
/// game.
fn moves(rows: &[&LineRow]) -> usize {
    let mut sorted = rows.to_vec();
    sorted.sort_by_key(|row| row.as_of_utc);
    let mut quotes: BTreeMap<&str, f64> = BTreeMap::new();
    let (mut counted, mut seen) = (0, None);
    for at_once in sorted.chunk_by(|a, b| a.as_of_utc == b.as_of_utc) {
        quotes.extend(at_once.iter().map(|row| (&*row.book, row.line)));
        let consensus = median(quotes.values().copied());
        match seen {
            Some(last) if f64::abs(consensus - last) > threshold(sorted[0].prop) => {
                counted += 1;
                seen = Some(consensus);
            }
            None => seen = Some(consensus),
            Some(_) => {}
        }
    }
    counted
}

fn moves_by_day(season: &Season) -> BTreeMap<Date, usize> {
    let dates: BTreeMap<&str, Date> = season
        .games
        .iter()
        .map(|game| (&*game.game_id, game.game_date))
        .collect();
    let mut props: BTreeMap<(&str, &str, Prop), Vec<&LineRow>> = BTreeMap::new();
    for row in &season.lines {
        props
            .entry((&row.game_id, &row.slug, row.prop))
            .or_default()
            .push(row);
    }
    let mut days: BTreeMap<Date, usize> = dates.values().map(|date| (*date, 0)).collect();
    for ((game_id, _, _), rows) in &props {
        *days.entry(dates[game_id]).or_default() += moves(rows);
    }
    days
}

#[test]
fn every_slate_of_thirty_teams_has_twenty_moves_past_the_threshold() {
    for seed in 1..=8 {
        let season = whole(seed).season;
        let days = moves_by_day(&season);
        let games = |day: &Date| {
            season
                .games
                .iter()
                .filter(|game| game.game_date == *day)
                .count()
        };
        let least = days.iter().min_by_key(|(_, moves)| **moves).unwrap();
        let total: usize = days.values().sum();
        println!(
            "seed {seed}: {total} moves on {} days, least {} on {} with {} games",
            days.len(),
            least.1,
            least.0,
            games(least.0)
        );
        assert!(*least.1 >= 20, "seed {seed}: {least:?}");
    }
}

/// Mean absolute errors of the truth and of the last line, and the bias of the truth, per prop.
fn errors(league: &SimulatedLeague, prop: Prop) -> (f64, f64, f64) {
    let season = &league.season;
    let actual: BTreeMap<(&str, &str), u32> = season
        .box_scores
        .iter()
        .map(|row| ((&*row.game_id, &*row.slug), prop.actual(row)))
        .collect();
    let truth: BTreeMap<(&str, &str), f64> = league
        .truth
        .iter()
        .filter(|row| row.prop == prop)
        .map(|row| ((&*row.game_id, &*row.slug), row.expected))
        .collect();
    let mut lines: BTreeMap<(&str, &str), BTreeMap<&str, &LineRow>> = BTreeMap::new();
    for row in season.lines.iter().filter(|row| row.prop == prop) {
        let books = lines.entry((&row.game_id, &row.slug)).or_default();
        let last = books.entry(&row.book).or_insert(row);
        if row.as_of_utc > last.as_of_utc {
            *last = row;
        }
    }
    let (mut by_truth, mut by_line, mut bias, mut count) = (0.0, 0.0, 0.0, 0.0);
    for (key, books) in lines {
        if let Some(actual) = actual.get(&key) {
            let actual = f64::from(*actual);
            by_truth += (actual - truth[&key]).abs();
            by_line += (actual - median(books.values().map(|row| row.line))).abs();
            bias += actual - truth[&key];
            count += 1.0;
        }
    }
    (by_truth / count, by_line / count, bias / count)
}

#[test]
fn the_truth_beats_the_line_and_is_unbiased() {
    let league = whole(5);
    for prop in [
        Prop::Points,
        Prop::Rebounds,
        Prop::Assists,
        Prop::Threes,
        Prop::PointsReboundsAssists,
    ] {
        let (truth, line, bias) = errors(&league, prop);
        println!(
            "{}: truth {truth:.3}, line {line:.3}, bias {bias:+.3}",
            prop.as_str()
        );
        // Threes are so coarse that a line at the median rivals the mean in absolute error.
        let allowed = if prop == Prop::Threes { 1.03 } else { 1.0 };
        assert!(truth < line * allowed, "{}: {truth} {line}", prop.as_str());
        assert!(bias.abs() < 0.05 * truth, "{}: {bias}", prop.as_str());
    }
}

#[test]
fn the_truth_knows_its_own_spread() {
    let league = whole(6);
    for prop in [
        Prop::Points,
        Prop::Rebounds,
        Prop::Assists,
        Prop::PointsReboundsAssists,
    ] {
        let actual: BTreeMap<(&str, &str), f64> = league
            .season
            .box_scores
            .iter()
            .map(|row| ((&*row.game_id, &*row.slug), f64::from(prop.actual(row))))
            .collect();
        let scores: Vec<f64> = league
            .truth
            .iter()
            .filter(|row| row.prop == prop && row.expected >= 3.0)
            .map(|row| (actual[&(&*row.game_id, &*row.slug)] - row.expected) / row.sd)
            .collect();
        let square = scores.iter().map(|score| score * score).sum::<f64>() / scores.len() as f64;
        println!(
            "{}: spread of actual over told {:.3}",
            prop.as_str(),
            square.sqrt()
        );
        assert!(
            (0.9..1.1).contains(&square.sqrt()),
            "{}: {}",
            prop.as_str(),
            square.sqrt()
        );
    }
}

#[test]
fn the_truth_is_a_table_of_the_season() {
    let league = tiny(3);
    let keys: BTreeSet<String> = league.truth.iter().filter_map(Row::key).collect();
    assert_eq!(keys.len(), league.truth.len());
    assert_eq!(league.truth.len(), league.season.box_scores.len() * 8);
}
