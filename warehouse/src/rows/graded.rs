//! Rows of `graded_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::graded::{Grade, Graded};
use sideline_avro::time::{LeagueDay, Timestamp};

use super::{LogRow, RecordInfo, word};

/// One grade of a prop, with its versions side by side.
#[derive(Clone, Debug, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct GradedRow {
    league: String,
    player_lookup: String,
    game_id: String,
    game_date: LeagueDay,
    tip_off: Timestamp,
    team: String,
    opponent: String,
    is_home: bool,
    prop: String,
    grade_version: i64,
    state: String,
    actual: Option<f64>,
    minutes: Option<f64>,
    closing_line: Option<f64>,
    closing_line_as_of: Option<Timestamp>,
    actual_margin_closing: Option<f64>,
    games_before: i32,
    baseline_last_5: Option<f64>,
    baseline_last_10: Option<f64>,
    baseline_season: Option<f64>,
    #[serde(rename = "grades.system_id")]
    grades_system_id: Vec<String>,
    #[serde(rename = "grades.system_version")]
    grades_system_version: Vec<String>,
    #[serde(rename = "grades.version")]
    grades_version: Vec<i64>,
    #[serde(rename = "grades.is_last")]
    grades_is_last: Vec<bool>,
    #[serde(rename = "grades.effective_at")]
    grades_effective_at: Vec<Timestamp>,
    #[serde(rename = "grades.status")]
    grades_status: Vec<String>,
    #[serde(rename = "grades.predicted")]
    grades_predicted: Vec<Option<f64>>,
    #[serde(rename = "grades.line")]
    grades_line: Vec<Option<f64>>,
    #[serde(rename = "grades.recommendation")]
    grades_recommendation: Vec<String>,
    #[serde(rename = "grades.confidence")]
    grades_confidence: Vec<f64>,
    #[serde(rename = "grades.spread")]
    grades_spread: Vec<Option<f64>>,
    #[serde(rename = "grades.probability_over")]
    grades_probability_over: Vec<Option<f64>>,
    #[serde(rename = "grades.verdict")]
    grades_verdict: Vec<String>,
    #[serde(rename = "grades.void_reason")]
    grades_void_reason: Vec<Option<String>>,
    #[serde(rename = "grades.absolute_error")]
    grades_absolute_error: Vec<Option<f64>>,
    #[serde(rename = "grades.signed_error")]
    grades_signed_error: Vec<Option<f64>>,
    #[serde(rename = "grades.is_within_3")]
    grades_is_within_3: Vec<Option<bool>>,
    #[serde(rename = "grades.is_within_5")]
    grades_is_within_5: Vec<Option<bool>>,
    #[serde(rename = "grades.predicted_margin")]
    grades_predicted_margin: Vec<Option<f64>>,
    #[serde(rename = "grades.actual_margin")]
    grades_actual_margin: Vec<Option<f64>>,
    #[serde(rename = "grades.predicted_margin_closing")]
    grades_predicted_margin_closing: Vec<Option<f64>>,
    content_hash: String,
    correlation_id: String,
    fact: String,
    cause_topic: String,
    cause_partition: i32,
    cause_offset: i64,
    cause_known_at: Timestamp,
    written_at: Timestamp,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for GradedRow {
    const TABLE: &'static str = "graded_log";
    type Record = Graded;

    #[expect(
        clippy::too_many_lines,
        reason = "one line per column, in the order of the table"
    )]
    fn from_record(graded: Graded, info: &RecordInfo) -> Option<Self> {
        let cause = graded.cause;
        let grades = graded.grades;
        Some(Self {
            league: graded.league,
            player_lookup: graded.player_lookup,
            game_id: graded.game_id,
            game_date: graded.game_date,
            tip_off: graded.tip_off,
            team: graded.team,
            opponent: graded.opponent,
            is_home: graded.is_home,
            prop: graded.prop,
            grade_version: graded.grade_version,
            state: graded.state.as_str().to_owned(),
            actual: graded.actual,
            minutes: graded.minutes,
            closing_line: graded.closing_line,
            closing_line_as_of: graded.closing_line_as_of,
            actual_margin_closing: graded.actual_margin_closing,
            games_before: graded.games_before,
            baseline_last_5: graded.baseline_last_5,
            baseline_last_10: graded.baseline_last_10,
            baseline_season: graded.baseline_season,
            grades_system_id: column(&grades, |grade| grade.system_id.clone()),
            grades_system_version: column(&grades, |grade| grade.system_version.clone()),
            grades_version: column(&grades, |grade| grade.version),
            grades_is_last: column(&grades, |grade| grade.is_last),
            grades_effective_at: column(&grades, |grade| grade.effective_at),
            grades_status: column(&grades, |grade| word(&grade.status)),
            grades_predicted: column(&grades, |grade| grade.predicted),
            grades_line: column(&grades, |grade| grade.line),
            grades_recommendation: column(&grades, |grade| word(&grade.recommendation)),
            grades_confidence: column(&grades, |grade| grade.confidence),
            grades_spread: column(&grades, |grade| grade.spread),
            grades_probability_over: column(&grades, |grade| grade.probability_over),
            grades_verdict: column(&grades, |grade| grade.verdict.as_str().to_owned()),
            grades_void_reason: column(&grades, |grade| grade.void_reason.clone()),
            grades_absolute_error: column(&grades, |grade| grade.absolute_error),
            grades_signed_error: column(&grades, |grade| grade.signed_error),
            grades_is_within_3: column(&grades, |grade| grade.is_within_3),
            grades_is_within_5: column(&grades, |grade| grade.is_within_5),
            grades_predicted_margin: column(&grades, |grade| grade.predicted_margin),
            grades_actual_margin: column(&grades, |grade| grade.actual_margin),
            grades_predicted_margin_closing: column(&grades, |grade| {
                grade.predicted_margin_closing
            }),
            content_hash: graded.content_hash,
            correlation_id: cause.correlation_id,
            fact: cause.fact,
            cause_topic: cause.topic,
            cause_partition: cause.partition,
            cause_offset: cause.offset,
            cause_known_at: cause.known_at,
            written_at: info.timestamp,
            kafka_partition: info.place.partition,
            kafka_offset: info.place.offset,
        })
    }
}

/// One column of the grades.
fn column<T>(grades: &[Grade], of: impl Fn(&Grade) -> T) -> Vec<T> {
    grades.iter().map(of).collect()
}
