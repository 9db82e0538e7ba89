//! `sideline accuracy`: how good the predictions were, beside the market and plain averages.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use sideline_accuracy::{Contender, ContenderKind, Errors, Report, Sample, calibration_plot};
use sideline_avro::graded::{Graded, Verdict};
use sideline_avro::time::LeagueDay;
use sideline_season::Season;
use sideline_simulator::Expectation;
use sideline_warehouse::queries::{Days, GRADES_MAX, GradedLine};

use crate::cli::{AccuracyArgs, PlaceArgs};
use crate::commands::simulate;
use crate::printer::Printer;
use crate::system::System;
use crate::walk_forward::walk_forward;

/// Days outside which no league has played: 1970 and 2243.
const FIRST_DAY: LeagueDay = LeagueDay(0);
const LAST_DAY: LeagueDay = LeagueDay(100_000);

/// Prints the table, as JSON if asked for, and draws the calibration plot.
///
/// # Errors
/// A day cannot be read, the season or the warehouse cannot, or the plot cannot be written.
pub async fn run(place: &PlaceArgs, args: &AccuracyArgs, printer: Printer) -> Result<()> {
    let days = days(args)?;
    let report = if let Some(dir) = &args.data {
        let season = Season::read(dir)?;
        Report::of(&walked(&season, days, args, &printer)?)
    } else if args.simulated {
        let league = simulate::play(&args.league)?;
        let mut samples = walked(&league.season, days, args, &printer)?;
        tell_truth(&mut samples, &league.truth);
        Report::of(&samples)
    } else {
        stored(&System::from_flags(place)?, days, args, &printer).await?
    };
    if let Some(file) = &args.plot {
        draw(&report, file, &printer)?;
    }
    print(&report, printer)
}

/// The report of what the warehouse holds, prop by prop, so that one prop's grades are in memory.
async fn stored(
    system: &System,
    days: Days,
    args: &AccuracyArgs,
    printer: &Printer,
) -> Result<Report> {
    let warehouse = system.warehouse()?;
    let props = match &args.prop {
        Some(prop) => vec![prop.clone()],
        None => warehouse.graded_props(days).await?,
    };
    let mut bar = printer.progress("reading grades", props.len() as u64);
    let mut report = Report::default();
    for (done, prop) in props.iter().enumerate() {
        let lines = warehouse.grades(days, prop).await?;
        if lines.len() as u64 >= GRADES_MAX {
            bail!(
                "{prop} has {GRADES_MAX} grades or more in these days; ask for fewer with --from and --to"
            );
        }
        let samples = lines.into_iter().map(|line| sample(line, prop));
        let asked: Vec<Sample> = samples.filter(|sample| is_asked(sample, args)).collect();
        report.props.extend(Report::of(&asked).props);
        bar.set(done as u64 + 1, props.len() as u64);
    }
    bar.finish();
    let missing = warehouse.player_games_without_grade(days).await?;
    printer.say(&format!(
        "{missing} player-games were predicted and have no grade (yet)"
    ));
    Ok(report)
}

fn sample(line: GradedLine, prop: &str) -> Sample {
    Sample {
        player_lookup: line.player_lookup,
        game_id: line.game_id,
        prop: prop.to_owned(),
        system_id: line.system_id,
        predicted: line.predicted,
        actual: line.actual,
        line: line.line,
        closing_line: line.closing_line,
        verdict: Verdict::from_word(&line.verdict),
        probability_over: line.probability_over,
        games_before: line.games_before,
        baseline_last_5: line.baseline_last_5,
        baseline_last_10: line.baseline_last_10,
        baseline_season: line.baseline_season,
        expected: None,
    }
}

/// The samples of a season played in this process.
fn walked(
    season: &Season,
    days: Days,
    args: &AccuracyArgs,
    printer: &Printer,
) -> Result<Vec<Sample>> {
    let threads = match args.threads {
        Some(threads) => threads,
        None => std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    };
    let started = Instant::now();
    let mut bar = printer.progress("walking through the season", 0);
    // The walk computes for minutes; nothing else waits for this thread meanwhile.
    let walk = tokio::task::block_in_place(|| {
        walk_forward(season, threads.get(), |done, all| {
            bar.set(done as u64, all as u64);
        })
    })?;
    bar.finish();
    printer.say(&format!(
        "{} events, {} refused, {} grades, in {:.0} s",
        walk.events,
        walk.dead_letters,
        walk.graded.len(),
        started.elapsed().as_secs_f64()
    ));
    let in_days = |graded: &&Graded| (days.from..=days.to).contains(&graded.game_date);
    let samples = walk.graded.iter().filter(in_days).flat_map(Sample::of);
    Ok(samples.filter(|sample| is_asked(sample, args)).collect())
}

fn is_asked(sample: &Sample, args: &AccuracyArgs) -> bool {
    let is = |asked: &Option<String>, own: &str| asked.as_ref().is_none_or(|asked| asked == own);
    is(&args.system, &sample.system_id) && is(&args.prop, &sample.prop)
}

/// Puts beside each sample what was to be expected.
fn tell_truth(samples: &mut [Sample], truth: &[Expectation]) {
    let by_key: BTreeMap<(&str, &str, &str), f64> = truth
        .iter()
        .map(|one| {
            let key = (one.slug.as_str(), one.game_id.as_str(), one.prop.as_str());
            (key, one.expected)
        })
        .collect();
    for sample in samples {
        let key = (
            sample.player_lookup.as_str(),
            sample.game_id.as_str(),
            sample.prop.as_str(),
        );
        sample.expected = by_key.get(&key).copied();
    }
}

fn days(args: &AccuracyArgs) -> Result<Days> {
    let read = |text: &Option<String>, default| match text {
        Some(text) => day(text),
        None => Ok(default),
    };
    Ok(Days {
        from: read(&args.from, FIRST_DAY)?,
        to: read(&args.to, LAST_DAY)?,
    })
}

fn day(text: &str) -> Result<LeagueDay> {
    match sideline_processors::calendar::parse_day(text) {
        Some(day) => Ok(day),
        None => bail!("`{text}` is no day; write it as 2024-12-23"),
    }
}

fn draw(report: &Report, file: &Path, printer: &Printer) -> Result<()> {
    let Some(svg) = calibration_plot(report) else {
        printer.say("no system gave a probability of the over, so there is no calibration to plot");
        return Ok(());
    };
    std::fs::write(file, svg).with_context(|| format!("writing {}", file.display()))?;
    printer.say(&format!("wrote {}", file.display()));
    Ok(())
}

/// One line of the table.
struct Line<'r> {
    prop: &'r str,
    contender: &'r Contender,
}

const HEADER: [&str; 17] = [
    "prop",
    "who",
    "games",
    "MAE",
    "RMSE",
    "bias",
    "within 3",
    "within 5",
    "all games",
    "all MAE",
    "hit rate",
    "95 %",
    "picks",
    "push",
    "void",
    "pass/no line",
    "Brier",
];

fn print(report: &Report, printer: Printer) -> Result<()> {
    if printer.is_json() {
        return Ok(printer.json(report)?);
    }
    let lines: Vec<Line<'_>> = report
        .props
        .iter()
        .flat_map(|prop| {
            let line = |contender| Line {
                prop: &prop.prop,
                contender,
            };
            prop.contenders.iter().map(line)
        })
        .collect();
    let is_truth_known = lines
        .iter()
        .any(|line| line.contender.kind == ContenderKind::BestPossible);
    let mut header = HEADER.to_vec();
    if is_truth_known {
        header.extend(["MAE above best", "RMSE above best"]);
    }
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            let mut cells = cells(line);
            if is_truth_known {
                cells.push(number(line.contender.mae_above_best, 3));
                cells.push(number(line.contender.rmse_above_best, 3));
            }
            cells
        })
        .collect();
    printer.table(&header, &rows, Clone::clone)?;
    Ok(())
}

fn cells(line: &Line<'_>) -> Vec<String> {
    let contender = line.contender;
    let mut cells = vec![line.prop.to_owned(), contender.name.clone()];
    cells.extend(errors(contender.compared.as_ref()));
    let all = contender.all.as_ref();
    cells.push(all.map_or_else(String::new, |all| all.games.to_string()));
    cells.push(number(all.map(|all| all.mae), 2));
    cells.extend(picks(contender));
    let brier = contender.calibration.as_ref().map(|one| one.brier);
    cells.push(number(brier, 4));
    cells
}

fn errors(errors: Option<&Errors>) -> Vec<String> {
    let Some(errors) = errors else {
        return vec![String::new(); 6];
    };
    vec![
        errors.games.to_string(),
        number(Some(errors.mae), 2),
        number(Some(errors.rmse), 2),
        format!("{:+.2}", errors.bias),
        percent(Some(errors.within_3)),
        percent(Some(errors.within_5)),
    ]
}

fn picks(contender: &Contender) -> Vec<String> {
    let Some(picks) = &contender.picks else {
        return vec![String::new(); 6];
    };
    let interval = picks.hit_rate_interval.map(|interval| {
        format!(
            "{}..{}",
            percent(Some(interval.low)),
            percent(Some(interval.high))
        )
    });
    vec![
        percent(picks.hit_rate),
        interval.unwrap_or_default(),
        (picks.correct + picks.wrong).to_string(),
        picks.pushes.to_string(),
        picks.voids.to_string(),
        format!("{}/{}", picks.passes, picks.no_lines),
    ]
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(String::new, |value| format!("{value:.decimals$}"))
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| format!("{:.1} %", share * 100.0))
}
