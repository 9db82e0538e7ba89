//! The table: per prop every system, and what the line and plain averages did on the same games.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::calibration::Calibration;
use crate::errors::Errors;
use crate::picks::Picks;
use crate::sample::Sample;

/// Games a player must have played before one for it to be compared: from there on the last 10 are
/// ten.
pub const GAMES_BEFORE_MIN: i32 = 10;

/// Accuracy of every system on every prop.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// By prop.
    pub props: Vec<PropReport>,
}

/// Accuracy on one prop.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PropReport {
    /// The prop.
    pub prop: String,
    /// Games on which all contenders are compared: he played, there was a closing line, he had
    /// played [`GAMES_BEFORE_MIN`] games before, and every system that ever has a value had one.
    pub compared_games: usize,
    /// The systems by name, then the baselines, then the best possible if it is known.
    pub contenders: Vec<Contender>,
}

/// Who is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ContenderKind {
    /// A system of ours.
    System,
    /// The market or a plain average.
    Baseline,
    /// The hidden truth of a simulated season: nobody's mean squared error can be lower.
    BestPossible,
}

/// One contender on one prop.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contender {
    /// A system's id, or `line`, `last_5`, `last_10`, `season`, `best_possible`.
    pub name: String,
    /// What it is.
    pub kind: ContenderKind,
    /// Errors on the compared games.
    pub compared: Option<Errors>,
    /// Errors on all its games; systems only.
    pub all: Option<Errors>,
    /// What became of over and under on all its games; systems only.
    pub picks: Option<Picks>,
    /// Calibration on all its games; systems that give probabilities only.
    pub calibration: Option<Calibration>,
    /// Compared mae minus that of the best possible; simulated seasons only.
    pub mae_above_best: Option<f64>,
    /// Compared rmse minus that of the best possible; simulated seasons only.
    pub rmse_above_best: Option<f64>,
}

/// A baseline: its name, and its value from a sample.
type Baseline = (&'static str, fn(&Sample) -> Option<f64>);

const BASELINES: [Baseline; 4] = [
    ("line", |sample| sample.closing_line),
    ("last_5", |sample| sample.baseline_last_5),
    ("last_10", |sample| sample.baseline_last_10),
    ("season", |sample| sample.baseline_season),
];

/// Samples of one prop, by system.
type BySystem<'s> = BTreeMap<&'s str, Vec<&'s Sample>>;
/// A player's game.
type Game<'s> = (&'s str, &'s str);

impl Report {
    /// Works the table out. Of one player, game, prop and system there should be one sample.
    #[must_use]
    pub fn of(samples: &[Sample]) -> Self {
        let mut by_prop: BTreeMap<&str, BySystem<'_>> = BTreeMap::new();
        for sample in samples {
            let systems = by_prop.entry(&sample.prop).or_default();
            systems.entry(&sample.system_id).or_default().push(sample);
        }
        let props = by_prop.into_iter();
        Self {
            props: props
                .map(|(prop, systems)| PropReport::of(prop, &systems))
                .collect(),
        }
    }
}

impl PropReport {
    fn of(prop: &str, systems: &BySystem<'_>) -> Self {
        let games = compared_games(systems);
        let mut contenders: Vec<Contender> = systems
            .iter()
            .map(|(name, samples)| system(name, samples, &games))
            .collect();
        // All systems have the compared games, so any one tells what the baselines said of them.
        let compared: Vec<&Sample> = systems
            .values()
            .find(|samples| samples.iter().any(|sample| has_value(sample)))
            .map(|samples| within(samples, &games))
            .unwrap_or_default();
        for (name, value) in BASELINES {
            let errors = errors(&compared, value);
            contenders.push(Contender::plain(name, ContenderKind::Baseline, errors));
        }
        if let Some(best) = errors(&compared, |sample| sample.expected) {
            for contender in &mut contenders {
                contender.mae_above_best = contender.compared.map(|one| one.mae - best.mae);
                contender.rmse_above_best = contender.compared.map(|one| one.rmse - best.rmse);
            }
            let kind = ContenderKind::BestPossible;
            contenders.push(Contender::plain("best_possible", kind, Some(best)));
        }
        Self {
            prop: prop.to_owned(),
            compared_games: games.len(),
            contenders,
        }
    }
}

impl Contender {
    fn plain(name: &str, kind: ContenderKind, compared: Option<Errors>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            compared,
            all: None,
            picks: None,
            calibration: None,
            mae_above_best: None,
            rmse_above_best: None,
        }
    }
}

fn system(name: &str, samples: &[&Sample], games: &BTreeSet<Game<'_>>) -> Contender {
    let compared = errors(&within(samples, games), |sample| sample.predicted);
    Contender {
        all: errors(samples, |sample| sample.predicted),
        picks: Some(Picks::of(samples.iter().map(|sample| sample.verdict))),
        calibration: Calibration::of(samples.iter().copied()),
        ..Contender::plain(name, ContenderKind::System, compared)
    }
}

fn errors(samples: &[&Sample], value: fn(&Sample) -> Option<f64>) -> Option<Errors> {
    let pairs = samples
        .iter()
        .filter_map(|sample| value(sample).zip(sample.actual));
    Errors::of(pairs)
}

/// The games that every contender has: a system that never has a value, since its model is not
/// there yet, does not keep the others from being compared, and neither does the line of a prop on
/// which there never is one.
fn compared_games<'s>(systems: &BySystem<'s>) -> BTreeSet<Game<'s>> {
    let is_told = |(_, value): &Baseline| {
        let mut all = systems.values().flatten();
        all.any(|sample| value(sample).is_some())
    };
    let baselines: Vec<Baseline> = BASELINES.into_iter().filter(is_told).collect();
    let mut common: Option<BTreeSet<Game<'s>>> = None;
    for samples in systems.values() {
        if !samples.iter().any(|sample| has_value(sample)) {
            continue;
        }
        let comparable = samples
            .iter()
            .filter(|sample| is_comparable(sample, &baselines));
        let own: BTreeSet<Game<'s>> = comparable.map(|sample| game(sample)).collect();
        common = Some(match common {
            Some(common) => common.intersection(&own).copied().collect(),
            None => own,
        });
    }
    common.unwrap_or_default()
}

fn game(sample: &Sample) -> Game<'_> {
    (&sample.player_lookup, &sample.game_id)
}

fn has_value(sample: &Sample) -> bool {
    sample.predicted.is_some() && sample.actual.is_some()
}

fn is_comparable(sample: &Sample, baselines: &[Baseline]) -> bool {
    has_value(sample)
        && sample.games_before >= GAMES_BEFORE_MIN
        && baselines.iter().all(|(_, value)| value(sample).is_some())
}

fn within<'s>(samples: &[&'s Sample], games: &BTreeSet<Game<'_>>) -> Vec<&'s Sample> {
    let chosen = samples.iter().copied();
    chosen
        .filter(|sample| games.contains(&game(sample)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sideline_avro::graded::Verdict;

    fn sample(player: &str, system_id: &str, predicted: f64, actual: f64) -> Sample {
        Sample {
            player_lookup: player.into(),
            game_id: "0022400001".into(),
            prop: "points".into(),
            system_id: system_id.into(),
            predicted: Some(predicted),
            actual: Some(actual),
            line: Some(20.5),
            closing_line: Some(21.5),
            verdict: Verdict::Pass,
            games_before: 10,
            baseline_last_5: Some(18.0),
            baseline_last_10: Some(19.0),
            baseline_season: Some(22.0),
            ..Sample::default()
        }
    }

    fn mae_of<'r>(report: &'r Report, name: &str) -> Option<&'r Errors> {
        let mut contenders = report.props[0].contenders.iter();
        let found = contenders.find(|contender| contender.name == name);
        found.unwrap().compared.as_ref()
    }

    #[test]
    fn baselines_stand_on_the_games_of_the_systems() {
        // One game, 24 scored: line 21.5 is off by 2.5, last 5 by 6, last 10 by 5, season by 2.
        let report = Report::of(&[sample("a", "one", 23.0, 24.0)]);
        let names = ["one", "line", "last_5", "last_10", "season"];
        let maes = names.map(|name| mae_of(&report, name).unwrap().mae);
        assert_eq!(maes, [1.0, 2.5, 6.0, 5.0, 2.0]);
    }

    #[test]
    fn all_are_compared_on_the_same_games_and_each_has_all_its_own_beside() {
        let report = Report::of(&[
            sample("a", "one", 23.0, 24.0),
            sample("b", "one", 10.0, 24.0),
            sample("a", "two", 20.0, 24.0),
        ]);
        assert_eq!(report.props[0].compared_games, 1);
        assert_eq!(mae_of(&report, "one").unwrap().mae, 1.0);
        assert_eq!(mae_of(&report, "two").unwrap().mae, 4.0);
        assert_eq!(report.props[0].contenders[0].all.unwrap().mae, 7.5);
    }

    #[test]
    fn a_system_without_any_value_does_not_empty_the_comparison() {
        let mut silent = sample("a", "trees", 0.0, 24.0);
        silent.predicted = None;
        let report = Report::of(&[sample("a", "one", 23.0, 24.0), silent]);
        assert_eq!(report.props[0].compared_games, 1);
        assert_eq!(mae_of(&report, "trees"), None);
    }

    #[test]
    fn a_prop_without_any_line_is_compared_without_it_and_one_with_lines_is_not() {
        let mut unquoted = sample("a", "one", 23.0, 24.0);
        unquoted.closing_line = None;
        let report = Report::of(&[unquoted.clone()]);
        assert_eq!(report.props[0].compared_games, 1);
        assert_eq!(mae_of(&report, "line"), None);
        assert_eq!(mae_of(&report, "season").unwrap().mae, 2.0);
        let report = Report::of(&[unquoted, sample("b", "one", 23.0, 24.0)]);
        assert_eq!(report.props[0].compared_games, 1);
    }

    #[test]
    fn a_void_is_in_no_average_and_a_newcomer_in_no_comparison() {
        let mut void = sample("a", "one", 23.0, 0.0);
        (void.actual, void.verdict) = (None, Verdict::Void);
        let mut newcomer = sample("b", "one", 23.0, 21.0);
        newcomer.games_before = 9;
        let report = Report::of(&[void, newcomer]);
        let one = &report.props[0].contenders[0];
        assert_eq!((one.compared, one.all.unwrap().games), (None, 1));
        assert_eq!(one.picks.unwrap().voids, 1);
    }

    #[test]
    fn where_the_truth_is_known_each_stands_so_far_above_the_best() {
        let mut one = sample("a", "one", 23.0, 24.0);
        one.expected = Some(23.5);
        let report = Report::of(&[one]);
        let contenders = &report.props[0].contenders;
        assert_eq!(contenders[0].mae_above_best, Some(0.5));
        let best = contenders.last().unwrap();
        assert_eq!(best.kind, ContenderKind::BestPossible);
        assert_eq!(best.compared.unwrap().mae, 0.5);
    }
}
