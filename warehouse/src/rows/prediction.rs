//! Rows of `prediction_log`.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::cause::Hop;
use sideline_avro::predictions::{Prediction, PredictionPath};
use sideline_avro::time::{LeagueDay, Timestamp};

use super::{LogRow, RecordInfo, word};
use crate::sink::SinkMetrics;
use crate::trials::is_promotion;

/// One version.
#[derive(Clone, Debug, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct PredictionRow {
    league: String,
    player_lookup: String,
    game_id: String,
    game_date: LeagueDay,
    prop: String,
    system_id: String,
    version: i64,
    predicted: Option<f64>,
    line: Option<f64>,
    edge: Option<f64>,
    spread: Option<f64>,
    probability_over: Option<f64>,
    confidence: f64,
    recommendation: String,
    recommendation_reason: String,
    status: String,
    teammates_out: Vec<String>,
    projected_minutes: f64,
    components: Vec<(String, f64)>,
    quality: f64,
    team: String,
    opponent: String,
    is_home: bool,
    tip_off: Timestamp,
    effective_at: Timestamp,
    as_of: Timestamp,
    written_at: Timestamp,
    supersedes_version: Option<i64>,
    supersedes_batch_id: Option<String>,
    previous_predicted: Option<f64>,
    previous_line: Option<f64>,
    previous_recommendation: Option<String>,
    change_type: String,
    fact: String,
    subject: String,
    old_value: Option<String>,
    new_value: Option<String>,
    trigger_source: String,
    trigger_user: Option<String>,
    correlation_id: String,
    cause_topic: String,
    cause_partition: i32,
    cause_offset: i64,
    cause_source: String,
    cause_known_at: Timestamp,
    ingested_at: Timestamp,
    published_at: Option<Timestamp>,
    #[serde(rename = "trail.phase")]
    trail_phase: Vec<String>,
    #[serde(rename = "trail.appended_at")]
    trail_appended_at: Vec<Timestamp>,
    view: Vec<(String, i64)>,
    origin: String,
    batch_id: Option<String>,
    run_id: String,
    build: String,
    system_version: String,
    model_version: Option<String>,
    feature_version: String,
    prediction_id: String,
    content_hash: String,
    kafka_partition: i32,
    kafka_offset: i64,
}

impl LogRow for PredictionRow {
    const TABLE: &'static str = "prediction_log";
    const IS_URGENT: bool = true;
    const HAS_RUNS: bool = true;
    const HAS_LATEST: bool = true;
    type Record = Prediction;

    #[expect(clippy::too_many_lines, reason = "one line per column")]
    fn from_record(version: Prediction, info: &RecordInfo) -> Option<Self> {
        let says = version.candidate;
        let cause = version.cause;
        let previous = version.previous.as_ref();
        // The ledger makes a promoted version like any other; its cause tells.
        let origin = match is_promotion(&cause) {
            true => word(&PredictionPath::Promote),
            false => word(&version.origin),
        };
        let (trail_phase, trail_appended_at) = trail(cause.trail);
        let components = says.components.into_iter();
        Some(Self {
            league: version.league,
            player_lookup: version.player_lookup,
            game_id: version.game_id,
            game_date: version.game_date,
            prop: says.prop,
            system_id: says.system_id,
            version: version.version,
            predicted: says.predicted,
            line: says.line,
            edge: says.edge,
            spread: says.spread,
            probability_over: says.probability_over,
            confidence: says.confidence,
            recommendation: word(&says.recommendation),
            recommendation_reason: says.recommendation_reason,
            status: word(&version.status),
            teammates_out: version.teammates_out,
            projected_minutes: says.projected_minutes,
            components: components.map(|part| (part.name, part.value)).collect(),
            quality: says.quality,
            team: version.team,
            opponent: version.opponent,
            is_home: version.is_home,
            tip_off: version.tip_off,
            effective_at: version.effective_at,
            as_of: version.as_of,
            written_at: info.timestamp,
            supersedes_version: version.supersedes_version,
            supersedes_batch_id: version.supersedes_batch_id,
            previous_predicted: previous.and_then(|before| before.predicted),
            previous_line: previous.and_then(|before| before.line),
            previous_recommendation: previous.map(|before| word(&before.recommendation)),
            change_type: word(&cause.change_type),
            fact: cause.fact,
            subject: cause.subject,
            old_value: cause.old_value,
            new_value: cause.new_value,
            trigger_source: word(&cause.trigger_source),
            trigger_user: cause.trigger_user,
            correlation_id: cause.correlation_id,
            cause_topic: cause.topic,
            cause_partition: cause.partition,
            cause_offset: cause.offset,
            cause_source: cause.source,
            cause_known_at: cause.known_at,
            ingested_at: cause.ingested_at,
            published_at: cause.published_at,
            trail_phase,
            trail_appended_at,
            view: version.view.into_iter().collect(),
            origin,
            batch_id: version.batch_id,
            run_id: version.run_id.unwrap_or_default(),
            build: version.build,
            system_version: says.system_version,
            model_version: says.model_version,
            feature_version: says.feature_version,
            prediction_id: version.prediction_id,
            content_hash: version.content_hash,
            kafka_partition: info.place.partition,
            kafka_offset: info.place.offset,
        })
    }

    fn measure(&self, metrics: &SinkMetrics, now: Timestamp) {
        let sent_at = self.published_at.unwrap_or(self.ingested_at);
        metrics.version(&self.origin, sent_at, now);
    }
}

/// The two columns of a trail.
pub(super) fn trail(hops: Vec<Hop>) -> (Vec<String>, Vec<Timestamp>) {
    hops.into_iter()
        .map(|hop| (hop.phase, hop.appended_at))
        .unzip()
}
