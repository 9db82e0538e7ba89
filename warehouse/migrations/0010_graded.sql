-- How predictions did, once the game is over: appended to, never changed. One row per grade of a prop,
-- with what each version said side by side; a corrected box score makes a row with the next
-- grade_version.
CREATE TABLE IF NOT EXISTS graded_log
(
    league LowCardinality(String) COMMENT 'The league.',
    player_lookup String COMMENT 'The player.',
    game_id String COMMENT 'The game.',
    game_date Date32 COMMENT 'League day of the game.',
    tip_off DateTime64(6, 'UTC') COMMENT 'Tip-off as the newest version had it, UTC.',
    team LowCardinality(String) COMMENT 'His team.',
    opponent LowCardinality(String) COMMENT 'The other team.',
    is_home Bool COMMENT 'True at home.',
    prop LowCardinality(String) COMMENT 'The prop.',
    grade_version Int64 COMMENT '1 for the first grade of player, game and prop, one more for each that says something else.',
    state LowCardinality(String) COMMENT 'graded: he played. void: he did not. open: an earlier grade was taken back.',
    actual Nullable(Float64) COMMENT 'What he did, in units of the prop. NULL unless he played.',
    minutes Nullable(Float64) COMMENT 'Minutes he played. NULL unless he played.',
    closing_line Nullable(Float64) COMMENT 'Consensus of the last quotes before tip-off. NULL without one.',
    closing_line_as_of Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the newest of these quotes, UTC.',
    actual_margin_closing Nullable(Float64) COMMENT 'actual - closing_line.',
    games_before Int32 COMMENT 'Games he had played before this one.',
    baseline_last_5 Nullable(Float64) COMMENT 'His mean over the last 5 games played before it.',
    baseline_last_10 Nullable(Float64) COMMENT 'His mean over the last 10 games played before it.',
    baseline_season Nullable(Float64) COMMENT 'His mean over the games of the season before it.',
    grades Nested
    (
        system_id LowCardinality(String),
        system_version LowCardinality(String),
        version Int64,
        is_last Bool,
        effective_at DateTime64(6, 'UTC'),
        status LowCardinality(String),
        predicted Nullable(Float64),
        line Nullable(Float64),
        recommendation LowCardinality(String),
        confidence Float64,
        spread Nullable(Float64),
        probability_over Nullable(Float64),
        verdict LowCardinality(String),
        void_reason Nullable(String),
        absolute_error Nullable(Float64),
        signed_error Nullable(Float64),
        is_within_3 Nullable(Bool),
        is_within_5 Nullable(Bool),
        predicted_margin Nullable(Float64),
        actual_margin Nullable(Float64),
        predicted_margin_closing Nullable(Float64)
    ) COMMENT 'One entry per version before tip-off, by system and version. The view graded shows each as a row.',
    content_hash String COMMENT 'Hash of what the grade says, 32 hex digits. Equal content makes no new grade version.',
    correlation_id String COMMENT 'Id of the change that made the grade.',
    fact String COMMENT 'Key of the fact that made the grade.',
    cause_topic LowCardinality(String) COMMENT 'Ingress topic of the event.',
    cause_partition Int32 COMMENT 'Partition of the event.',
    cause_offset Int64 COMMENT 'Offset of the event.',
    cause_known_at DateTime64(6, 'UTC') COMMENT 'When the fact was known, UTC.',
    written_at DateTime64(6, 'UTC') COMMENT 'When Kafka appended the grade, UTC, to the millisecond.',
    kafka_partition Int32 COMMENT 'Partition of the grade in the graded topic.',
    kafka_offset Int64 COMMENT 'Offset of the grade in the graded topic.',
    INDEX game_date_range game_date TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(game_date)
ORDER BY (player_lookup, game_id, prop, league, grade_version, content_hash)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'How predictions did, one row per player, game, prop and grade version. Ask the view graded instead.';

CREATE OR REPLACE VIEW graded AS
SELECT
        league, player_lookup, game_id, game_date, tip_off, team, opponent, is_home, prop,
        grade_version, state, actual, minutes, closing_line, closing_line_as_of,
        actual_margin_closing, games_before, baseline_last_5, baseline_last_10, baseline_season,
        system_id, system_version, version, is_last, effective_at, status, predicted, line,
        recommendation, confidence, spread, probability_over, verdict, void_reason, absolute_error,
        signed_error, is_within_3, is_within_5, predicted_margin, actual_margin,
        predicted_margin_closing, correlation_id, fact, cause_topic, cause_partition, cause_offset,
        cause_known_at, written_at, kafka_partition, kafka_offset
FROM
(
        SELECT *
        FROM graded_log FINAL
        ORDER BY player_lookup, game_id, prop, league, grade_version DESC
        LIMIT 1 BY player_lookup, game_id, prop, league
)
ARRAY JOIN
        grades.system_id AS system_id, grades.system_version AS system_version,
        grades.version AS version, grades.is_last AS is_last, grades.effective_at AS effective_at,
        grades.status AS status, grades.predicted AS predicted, grades.line AS line,
        grades.recommendation AS recommendation, grades.confidence AS confidence,
        grades.spread AS spread, grades.probability_over AS probability_over,
        grades.verdict AS verdict, grades.void_reason AS void_reason,
        grades.absolute_error AS absolute_error, grades.signed_error AS signed_error,
        grades.is_within_3 AS is_within_3, grades.is_within_5 AS is_within_5,
        grades.predicted_margin AS predicted_margin, grades.actual_margin AS actual_margin,
        grades.predicted_margin_closing AS predicted_margin_closing
COMMENT 'How every version before tip-off did, by the newest grade; is_last marks those that stood at tip-off.';
