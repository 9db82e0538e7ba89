//! One graded prediction: what was said last before tip-off, and what happened.

use sideline_avro::graded::{GradeState, Graded, Verdict};

/// What one system said last of one prop of a player in a game, and what happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// The player.
    pub player_lookup: String,
    /// The game.
    pub game_id: String,
    /// The prop.
    pub prop: String,
    /// The system.
    pub system_id: String,
    /// What it predicted; none when it had no value.
    pub predicted: Option<f64>,
    /// What he did; none when he did not play.
    pub actual: Option<f64>,
    /// The line the prediction saw.
    pub line: Option<f64>,
    /// The closing line.
    pub closing_line: Option<f64>,
    /// What became of what was said.
    pub verdict: Verdict,
    /// Probability given to the over, 0 to 1.
    pub probability_over: Option<f64>,
    /// Games he had played before this one.
    pub games_before: i32,
    /// His mean over the last 5 games before it.
    pub baseline_last_5: Option<f64>,
    /// His mean over the last 10 games before it.
    pub baseline_last_10: Option<f64>,
    /// His mean over the season's games before it.
    pub baseline_season: Option<f64>,
    /// What was to be expected by somebody who knows everything; of simulated seasons only.
    pub expected: Option<f64>,
}

impl Sample {
    /// What each system said last. Nothing of a grade that was taken back.
    pub fn of(graded: &Graded) -> impl Iterator<Item = Self> + '_ {
        let is_known = matches!(graded.state, GradeState::Graded | GradeState::Void);
        let last = graded.grades.iter().filter(|grade| grade.is_last);
        last.filter(move |_| is_known).map(|grade| Self {
            player_lookup: graded.player_lookup.clone(),
            game_id: graded.game_id.clone(),
            prop: graded.prop.clone(),
            system_id: grade.system_id.clone(),
            predicted: grade.predicted,
            actual: graded.actual,
            line: grade.line,
            closing_line: graded.closing_line,
            verdict: grade.verdict,
            probability_over: grade.probability_over,
            games_before: graded.games_before,
            baseline_last_5: graded.baseline_last_5,
            baseline_last_10: graded.baseline_last_10,
            baseline_season: graded.baseline_season,
            expected: None,
        })
    }
}
