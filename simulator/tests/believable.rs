//! A simulated league beside a real one: each figure is measured in both by the same code, and must
//! lie within a band around the real one.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use sideline_season::{BoxScoreRow, Prop, Season, SeasonType, eastern_us};
use sideline_simulator::{LeagueSettings, simulate};

/// Days of both seasons that are compared: six weeks and an evening.
const DAYS: i32 = 43;

/// Seeds whose figures are averaged, so that the bands can be narrow.
const SEEDS: [u64; 4] = [1, 2, 3, 4];

/// The real season: `SIDELINE_DATA`, or `../shared/data` beside the project.
fn real_season() -> Option<Season> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("SIDELINE_DATA").map_or(beside, PathBuf::from);
    let dir = data.join("nba-2024-25");
    dir.is_dir().then(|| Season::read(&dir).unwrap())
}

type Figures = BTreeMap<String, f64>;

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn sd(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: Vec<f64> = values
        .iter()
        .map(|value| (value - middle).powi(2))
        .collect();
    mean(&squares).sqrt()
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let (first, second): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (a, b) = (mean(&first), mean(&second));
    let products: Vec<f64> = pairs.iter().map(|(x, y)| (x - a) * (y - b)).collect();
    mean(&products) / (sd(&first) * sd(&second))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

/// What a box score counts, with its name.
type Count = (&'static str, fn(&BoxScoreRow) -> f64);

const COUNTS: [Count; 8] = [
    ("minutes", |row| row.minutes),
    ("points", |row| f64::from(row.pts)),
    ("rebounds", |row| f64::from(row.reb)),
    ("assists", |row| f64::from(row.ast)),
    ("threes", |row| f64::from(row.fg3m)),
    ("steals", |row| f64::from(row.stl)),
    ("blocks", |row| f64::from(row.blk)),
    ("turnovers", |row| f64::from(row.tov)),
];

fn last_day(season: &Season) -> Date {
    season
        .opening_day()
        .unwrap()
        .saturating_add(jiff::Span::new().days(DAYS - 1))
}

/// Means and spreads of players with ten minutes or more, and how well the last five games tell.
fn player_figures(season: &Season, figures: &mut Figures) {
    let end = last_day(season);
    let mut rows: Vec<&BoxScoreRow> = season
        .box_scores
        .iter()
        .filter(|row| row.game_date <= end)
        .collect();
    rows.sort_by_key(|row| (row.game_date, &row.game_id));
    let regular: Vec<&&BoxScoreRow> = rows.iter().filter(|row| row.minutes >= 10.0).collect();
    let mut games: BTreeMap<&str, Vec<&BoxScoreRow>> = BTreeMap::new();
    for row in &rows {
        games.entry(&row.slug).or_default().push(row);
    }
    for (name, count) in COUNTS {
        let values: Vec<f64> = regular.iter().map(|row| count(row)).collect();
        figures.insert(format!("{name} mean"), mean(&values));
        figures.insert(format!("{name} sd"), sd(&values));
        let mut pairs = Vec::new();
        for games in games.values() {
            for six in games.windows(6).filter(|six| six[5].minutes >= 10.0) {
                let before: Vec<f64> = six[..5].iter().map(|row| count(row)).collect();
                pairs.push((mean(&before), count(six[5])));
            }
        }
        figures.insert(format!("{name} last-5 correlation"), correlation(&pairs));
    }
    let sides: BTreeSet<(&str, &str)> =
        rows.iter().map(|row| (&*row.game_id, &*row.team)).collect();
    figures.insert(
        "players per side".into(),
        rows.len() as f64 / sides.len() as f64,
    );
}

/// Scores, rest, and games missed.
fn team_figures(season: &Season, figures: &mut Figures) {
    let end = last_day(season);
    let mut days: BTreeMap<&str, Vec<Date>> = BTreeMap::new();
    let (mut scores, mut margins) = (Vec::new(), Vec::new());
    let games = season.games.iter().filter(|game| {
        game.season_type == SeasonType::Regular && game.game_date <= end && game.has_box
    });
    for game in games {
        days.entry(&game.home).or_default().push(game.game_date);
        days.entry(&game.away).or_default().push(game.game_date);
        let [home, away] =
            [game.home_points, game.away_points].map(|side| f64::from(side.unwrap()));
        scores.extend([home, away]);
        margins.push(home - away);
    }
    figures.insert("score mean".into(), mean(&scores));
    figures.insert("score sd".into(), sd(&scores));
    figures.insert("margin sd".into(), sd(&margins));
    let (mut gaps, mut back_to_backs) = (0, 0);
    for days in days.values_mut() {
        days.sort_unstable();
        for pair in days.windows(2) {
            gaps += 1;
            back_to_backs += u32::from(pair[0].duration_until(pair[1]).as_hours() == 24);
        }
    }
    figures.insert(
        "back-to-back share".into(),
        f64::from(back_to_backs) / f64::from(gaps),
    );
    let is_regular = |row: &&sideline_season::AbsenceRow| {
        row.games_averaged >= 5 && row.avg_minutes >= 15.0 && row.game_date <= end
    };
    let missed = season.absences.iter().filter(is_regular).count() as f64;
    let played = season
        .box_scores
        .iter()
        .filter(|row| row.game_date <= end && row.minutes >= 10.0)
        .count() as f64;
    figures.insert("games missed share".into(), missed / (missed + played));
}

/// Quotes of one prop of a player in a game: moment, book, line.
type Quotes<'season> = Vec<(Timestamp, &'season str, f64)>;

fn consensus_at(quotes: &Quotes<'_>, at_us: i64) -> Option<f64> {
    let mut books = BTreeMap::new();
    for (as_of, book, line) in quotes {
        if as_of.as_microsecond() <= at_us {
            books.insert(*book, *line);
        }
    }
    (!books.is_empty()).then(|| median(books.into_values().collect()))
}

/// How far lines miss, and how far they move from the evening before to the afternoon of the game:
/// those are the two moments the real season has them at.
fn line_figures(season: &Season, figures: &mut Figures) {
    let actual: BTreeMap<(&str, &str), &BoxScoreRow> = season
        .box_scores
        .iter()
        .map(|row| ((&*row.game_id, &*row.slug), row))
        .collect();
    let dates: BTreeMap<&str, Date> = season
        .games
        .iter()
        .map(|game| (&*game.game_id, game.game_date))
        .collect();
    for prop in [
        Prop::Points,
        Prop::Rebounds,
        Prop::Assists,
        Prop::Threes,
        Prop::PointsReboundsAssists,
    ] {
        let mut posted: BTreeMap<(&str, &str), Quotes<'_>> = BTreeMap::new();
        for row in season.lines.iter().filter(|row| row.prop == prop) {
            let quotes = posted.entry((&row.game_id, &row.slug)).or_default();
            quotes.push((row.as_of_utc, &row.book, row.line));
        }
        let (mut misses, mut moves, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
        for (key, quotes) in &mut posted {
            quotes.sort_by_key(|(as_of, _, _)| *as_of);
            let date = dates[key.0];
            let last = consensus_at(quotes, i64::MAX).unwrap();
            if let Some(row) = actual.get(key) {
                misses.push((f64::from(prop.actual(row)) - last).abs());
                pairs.push((last, f64::from(prop.actual(row))));
            }
            let evening = eastern_us(date.yesterday().unwrap(), 22, 5);
            let afternoon = eastern_us(date, 17, 5);
            if let Some(before) = consensus_at(quotes, evening) {
                moves.push(consensus_at(quotes, afternoon).unwrap() - before);
            }
        }
        let name = prop.as_str();
        figures.insert(format!("{name} line error"), mean(&misses));
        figures.insert(format!("{name} line correlation"), correlation(&pairs));
        if moves.len() > 100 {
            figures.insert(format!("{name} line move sd"), sd(&moves));
        }
    }
}

fn figures(season: &Season) -> Figures {
    let mut figures = Figures::new();
    player_figures(season, &mut figures);
    team_figures(season, &mut figures);
    line_figures(season, &mut figures);
    figures
}

fn simulated_figures() -> Figures {
    let mut sums = Figures::new();
    for seed in SEEDS {
        let settings = LeagueSettings {
            seed,
            ..LeagueSettings::default()
        };
        for (name, figure) in figures(&simulate(&settings).unwrap().season) {
            *sums.entry(name).or_default() += figure / SEEDS.len() as f64;
        }
    }
    sums
}

/// Lowest and highest share of the real figure that is believable.
fn band(name: &str) -> (f64, f64) {
    match name {
        "blocks sd" | "games missed share" => (0.75, 1.25),
        // Books of an invented league move more, so that every evening is worth watching.
        _ if name.ends_with("line move sd") => (1.0, 3.2),
        _ if name.ends_with("correlation") => (0.85, 1.15),
        _ if name.ends_with("line error") => (0.85, 1.12),
        _ => (0.88, 1.12),
    }
}

#[test]
fn a_simulated_league_is_like_a_real_one() {
    let Some(real) = real_season() else {
        println!("SKIPPED: no real season at ../shared/data, and SIDELINE_DATA is not set");
        return;
    };
    let (real, simulated) = (figures(&real), simulated_figures());
    let mut strange = Vec::new();
    println!(
        "{:<42} {:>8} {:>9} {:>6}",
        "figure", "real", "simulated", "ratio"
    );
    for (name, real) in &real {
        let Some(figure) = simulated.get(name) else {
            continue;
        };
        let (ratio, (low, high)) = (figure / real, band(name));
        let is_strange = !(low..=high).contains(&ratio);
        let mark = if is_strange { "  <-" } else { "" };
        println!("{name:<42} {real:>8.3} {figure:>9.3} {ratio:>6.2}{mark}");
        if is_strange {
            strange.push(format!(
                "{name}: {figure:.3} beside {real:.3}, allowed {low} to {high}"
            ));
        }
    }
    assert!(strange.is_empty(), "{strange:#?}");
}
