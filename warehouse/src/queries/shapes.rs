//! What the questions answer with. Times are UTC, in microseconds since 1970.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sideline_avro::time::{LeagueDay, Timestamp};

/// One version of one prediction, with its cause.
#[derive(Clone, Debug, Default, PartialEq, Row, Serialize, Deserialize)]
pub struct Version {
    /// The player.
    pub player_lookup: String,
    /// The game.
    pub game_id: String,
    /// League day of the game.
    pub game_date: LeagueDay,
    /// Tip-off at the time of the version.
    pub tip_off: Timestamp,
    /// His team.
    pub team: String,
    /// The other team.
    pub opponent: String,
    /// True at home.
    pub is_home: bool,
    /// The prop.
    pub prop: String,
    /// The system.
    pub system_id: String,
    /// 1 for the first version of player, game, prop and system.
    pub version: i64,
    /// Predicted value, in units of the prop.
    pub predicted: Option<f64>,
    /// Consensus line.
    pub line: Option<f64>,
    /// predicted - line.
    pub edge: Option<f64>,
    /// 0 to 1.
    pub confidence: f64,
    /// OVER, UNDER, PASS or NO_LINE.
    pub recommendation: String,
    /// Why.
    pub recommendation_reason: String,
    /// Injury status for the game.
    pub status: String,
    /// Teammates who were out.
    pub teammates_out: Vec<String>,
    /// Minutes it stands on.
    pub projected_minutes: f64,
    /// Its parts, in units of the prop.
    pub components: Vec<(String, f64)>,
    /// 0 to 100: quality of the features.
    pub quality: f64,
    /// known_at of the cause: from then on it is the answer.
    pub effective_at: Timestamp,
    /// Newest known_at used.
    pub as_of: Timestamp,
    /// When Kafka appended it, to the millisecond.
    pub written_at: Timestamp,
    /// Value of the version it replaces.
    pub previous_predicted: Option<f64>,
    /// Line of the version it replaces.
    pub previous_line: Option<f64>,
    /// Recommendation of the version it replaces.
    pub previous_recommendation: Option<String>,
    /// Kind of change that caused it.
    pub change_type: String,
    /// Key of the fact that changed.
    pub fact: String,
    /// Whose fact it is.
    pub subject: String,
    /// The fact's value before.
    pub old_value: Option<String>,
    /// The fact's value now.
    pub new_value: Option<String>,
    /// Who stated it.
    pub cause_source: String,
    /// Which way the event came in.
    pub trigger_source: String,
    /// Who entered it.
    pub trigger_user: Option<String>,
    /// Id of the change.
    pub correlation_id: String,
    /// Ingress topic of the event.
    pub cause_topic: String,
    /// Its partition.
    pub cause_partition: i32,
    /// Its offset.
    pub cause_offset: i64,
    /// When the event was appended, by the appender's clock.
    pub ingested_at: Timestamp,
    /// Real time at which our own producers sent the event.
    pub published_at: Option<Timestamp>,
    /// Phases passed on the way.
    #[serde(rename = "trail.phase")]
    pub trail_phase: Vec<String>,
    /// When the broker appended what each of them wrote.
    #[serde(rename = "trail.appended_at")]
    pub trail_appended_at: Vec<Timestamp>,
    /// Which way it was made.
    pub origin: String,
    /// Batch that made it.
    pub batch_id: Option<String>,
    /// Build that made it.
    pub build: String,
    /// Version of the system.
    pub system_version: String,
    /// Stable hash of key and version.
    pub prediction_id: String,
    /// Partition of the version in the predictions topic.
    pub kafka_partition: i32,
    /// Its offset there.
    pub kafka_offset: i64,
    /// Version that replaced it; known in a history alone.
    pub superseded_by: Option<i64>,
    /// effective_at of that version.
    pub superseded_at: Option<Timestamp>,
}

/// A player by his newest registration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct Player {
    /// The player.
    pub player_lookup: String,
    /// Name as people write it.
    pub player_name: String,
    /// His team, when he has one.
    pub team: Option<String>,
    /// Position.
    pub position: Option<String>,
    /// When it was known.
    pub known_at: Timestamp,
    /// True in an invented league.
    pub is_simulated: bool,
}

/// An envelope: how one unit of work ended.
#[derive(Clone, Debug, Default, PartialEq, Row, Serialize, Deserialize)]
pub struct RunLine {
    /// Id of the change.
    pub correlation_id: String,
    /// The phase; completion is the update as a whole.
    pub phase: String,
    /// success, partial, no_data or failed.
    pub status: String,
    /// Kind of change.
    pub change_type: String,
    /// player or team.
    pub target_entity_type: String,
    /// The player or team.
    pub target_entity_id: String,
    /// Candidates expected: the sum of the seven counts.
    pub expected: i32,
    /// New versions.
    pub changed: i32,
    /// Equal to the last version.
    pub unchanged: i32,
    /// Only a line moved, not past the threshold.
    pub held: i32,
    /// Held back by the rollout.
    pub blocked: i32,
    /// Came at or after tip-off.
    pub too_late: i32,
    /// Not predicted.
    pub skipped: i32,
    /// Failed.
    pub failed: i32,
    /// Who has not reported, when partial.
    pub missing: Vec<String>,
    /// Time it took; for the completion the time since the event was sent.
    pub duration_seconds: Option<f64>,
    /// When it ended.
    pub ended_at: Timestamp,
    /// When Kafka appended it.
    pub written_at: Timestamp,
    /// Place of the event: topic/partition/offset.
    pub trigger_message_id: String,
    /// Value of the fact before.
    pub old_value: Option<String>,
    /// Value of the fact now.
    pub new_value: Option<String>,
    /// What went wrong.
    pub error_message: Option<String>,
}

/// What became of one change for one player and game.
#[derive(Clone, Debug, Default, PartialEq, Row, Serialize, Deserialize)]
pub struct OutcomeLine {
    /// Id of the change.
    pub correlation_id: String,
    /// The player.
    pub player_lookup: String,
    /// How the change reached him.
    pub path: String,
    /// The game; empty without one.
    pub game_id: String,
    /// Candidates judged, or 1 when he was skipped as a whole.
    pub expected: i32,
    /// New versions.
    pub changed: i32,
    /// Equal to the last version.
    pub unchanged: i32,
    /// Only a line moved, not past the threshold.
    pub held: i32,
    /// Held back by the rollout.
    pub blocked: i32,
    /// Came at or after tip-off.
    pub too_late: i32,
    /// Not predicted.
    pub skipped: i32,
    /// Failed.
    pub failed: i32,
    /// Props of the items, side by side with the columns that follow.
    #[serde(rename = "items.prop")]
    pub items_prop: Vec<String>,
    /// Systems of the items.
    #[serde(rename = "items.system_id")]
    pub items_system_id: Vec<String>,
    /// What became of each.
    #[serde(rename = "items.kind")]
    pub items_kind: Vec<String>,
    /// Why.
    #[serde(rename = "items.reason")]
    pub items_reason: Vec<Option<String>>,
    /// The new version, or the last one.
    #[serde(rename = "items.version")]
    pub items_version: Vec<Option<i64>>,
    /// When Kafka appended it.
    pub written_at: Timestamp,
}

/// A refused record, without its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct DeadLetterLine {
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// The phase that refused it.
    pub phase: String,
    /// One machine word.
    pub reason: String,
    /// The field at fault.
    pub field: Option<String>,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// permanent or transient.
    pub error_type: String,
    /// Id of the change, when it could be read.
    pub correlation_id: Option<String>,
    /// Its record timestamp.
    pub timestamp: Timestamp,
    /// Size of its value.
    pub value_bytes: i32,
    /// When Kafka appended the dead letter.
    pub written_at: Timestamp,
}

/// How much there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct Counts {
    /// Live versions.
    pub versions: u64,
    /// Keys (player, game, prop, system) with a live version.
    pub keys: u64,
    /// Players with a live version.
    pub players_predicted: u64,
    /// Games with a live version.
    pub games: u64,
    /// Registered players.
    pub players: u64,
    /// Outcomes.
    pub outcomes: u64,
    /// Envelopes.
    pub runs: u64,
    /// Refused records.
    pub dead_letters: u64,
    /// When Kafka appended the newest live version; absent without one.
    pub newest_version_at: Option<Timestamp>,
}

/// What one system said last of one prop of a player in a game, and what happened.
#[derive(Clone, Debug, Default, PartialEq, Row, Serialize, Deserialize)]
pub struct GradedLine {
    /// The player.
    pub player_lookup: String,
    /// The game.
    pub game_id: String,
    /// The system.
    pub system_id: String,
    /// Predicted value, in units of the prop.
    pub predicted: Option<f64>,
    /// What he did; none when he did not play.
    pub actual: Option<f64>,
    /// The line the prediction saw.
    pub line: Option<f64>,
    /// The closing line.
    pub closing_line: Option<f64>,
    /// correct, wrong, push, void, pass, no_line or withdrawn.
    pub verdict: String,
    /// Probability given to the over, 0 to 1.
    pub probability_over: Option<f64>,
    /// Games he had played before this one.
    pub games_before: i32,
    /// His mean over the last 5 games before it.
    pub baseline_last_5: Option<f64>,
    /// His mean over the last 10 games before it.
    pub baseline_last_10: Option<f64>,
    /// His mean over the games of the season before it.
    pub baseline_season: Option<f64>,
}
