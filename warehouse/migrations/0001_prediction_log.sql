-- The log of prediction versions: appended to, never changed.
--
-- Sort key: the day, whose version it is, its number, and what it says. A row that is sent twice folds into
-- one; two different rows of one version both stay, for `sideline verify` to find. The partition
-- follows from the row itself, so both copies of a row lie in one partition. Each run (shadow,
-- replay, backtest) has partitions of its own: questions about live versions never read its rows, and
-- dropping it takes files away instead of rewriting those of others.
--
-- Day first, then the player: a slate is one stretch of the table, and a player's evening one of a few
-- granules in it. A player's whole history is a granule or two of each day. Small granules (1,024 rows
-- instead of 8,192) make such reads short.
CREATE TABLE IF NOT EXISTS prediction_log
(
    league LowCardinality(String) COMMENT 'The league, for example nba.',
    player_lookup String COMMENT 'The player: lower-case ASCII letters and digits, suffix kept, for example jarenjacksonjr.',
    game_id String COMMENT 'Ten-digit game id as text, leading zeros kept, for example 0022400061.',
    game_date Date32 COMMENT 'League day of the game (US Eastern for the NBA).',
    prop LowCardinality(String) COMMENT 'The prop, for example points.',
    system_id LowCardinality(String) COMMENT 'The prediction system.',
    version Int64 COMMENT 'Version of the key (player, game, prop, system): 1, 2, 3 and so on without gap.',
    predicted Nullable(Float64) COMMENT 'Predicted value, in units of the prop, rounded to 2 decimals. NULL when the player is out or the system cannot say.',
    line Nullable(Float64) COMMENT 'Consensus line. NULL without one.',
    edge Nullable(Float64) COMMENT 'predicted - line.',
    confidence Float64 COMMENT '0 to 1: how sure the system is.',
    recommendation LowCardinality(String) COMMENT 'OVER, UNDER, PASS (too close or too unsure) or NO_LINE.',
    recommendation_reason LowCardinality(String) COMMENT 'Why: edge, small_edge, low_confidence, no_line, player_out, no_value, or why the game fell away.',
    status LowCardinality(String) COMMENT 'Injury status for the game: OUT, DOUBTFUL, QUESTIONABLE, PROBABLE, AVAILABLE or UNKNOWN.',
    teammates_out Array(String) COMMENT 'Teammates who were out, as player_lookup.',
    projected_minutes Float64 COMMENT 'Minutes the prediction stands on.',
    components Map(LowCardinality(String), Float64) COMMENT 'Parts that add up to the value before rounding and clamping, in units of the prop.',
    quality Float64 COMMENT '0 to 100: quality of the features.',
    team LowCardinality(String) COMMENT 'Team of the player.',
    opponent LowCardinality(String) COMMENT 'The other team.',
    is_home Bool COMMENT 'True at home.',
    tip_off DateTime64(6, 'UTC') COMMENT 'Tip-off as it stood at the time of the version, UTC.',
    effective_at DateTime64(6, 'UTC') COMMENT 'known_at of the cause, UTC: the moment from which the version is the answer.',
    as_of DateTime64(6, 'UTC') COMMENT 'Newest known_at among the facts used, UTC.',
    written_at DateTime64(6, 'UTC') COMMENT 'When Kafka appended the version, UTC, to the millisecond: for latency and audit.',
    supersedes_version Nullable(Int64) COMMENT 'The version this one replaces. NULL for the first.',
    supersedes_batch_id Nullable(String) COMMENT 'Newest batch whose values hold the superseded version.',
    previous_predicted Nullable(Float64) COMMENT 'predicted of the superseded version.',
    previous_line Nullable(Float64) COMMENT 'line of the superseded version.',
    previous_recommendation LowCardinality(Nullable(String)) COMMENT 'recommendation of the superseded version. NULL for the first.',
    change_type LowCardinality(String) COMMENT 'Kind of change that caused it: injury_status, lineup, line_movement, box_score, schedule, roster or forced.',
    fact String COMMENT 'Key of the fact that changed, for example injury/lebronjames/2024-12-23.',
    subject String COMMENT 'Whose fact it is: a player_lookup, a team code or a game id.',
    old_value Nullable(String) COMMENT 'Value of the fact before, readable.',
    new_value Nullable(String) COMMENT 'Value of the fact now, readable. NULL when it was taken back.',
    trigger_source LowCardinality(String) COMMENT 'Which way the event came in: manual_entry, webhook, api, kafka, schedule, batch, replay or rollback.',
    trigger_user Nullable(String) COMMENT 'Who entered it, for events made by a person.',
    correlation_id String COMMENT 'Id of the change: the same on everything that follows from it.',
    cause_topic LowCardinality(String) COMMENT 'Ingress topic of the event.',
    cause_partition Int32 COMMENT 'Partition of the event.',
    cause_offset Int64 COMMENT 'Offset of the event.',
    cause_source LowCardinality(String) COMMENT 'Who stated the fact, for example nba_com.',
    cause_known_at DateTime64(6, 'UTC') COMMENT 'When the fact was known, UTC.',
    ingested_at DateTime64(6, 'UTC') COMMENT 'When the event was appended to the log, by the clock of whoever appended it, UTC.',
    published_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Real time at which our own producers sent the event, UTC. NULL for others.',
    trail Nested
    (
        phase LowCardinality(String),
        appended_at DateTime64(6, 'UTC')
    ) COMMENT 'Phases passed on the way, oldest first, and when the broker appended what each wrote, UTC.',
    view Map(String, Int64) COMMENT 'Highest ingress offset contained, per topic/partition.',
    origin LowCardinality(String) COMMENT 'Which way it was made: live, batch, backtest, rollback or promote.',
    batch_id Nullable(String) COMMENT 'Batch that made it. NULL for live versions.',
    run_id String COMMENT 'Run that made it, for shadows and backtests. Empty for live versions.',
    build LowCardinality(String) COMMENT 'Build of the program that made it.',
    system_version LowCardinality(String) COMMENT 'Version of the system.',
    model_version LowCardinality(Nullable(String)) COMMENT 'Model of the system, for systems with one.',
    feature_version LowCardinality(String) COMMENT 'Version of the feature registry.',
    prediction_id String COMMENT 'Stable hash of key and version, 32 hex digits.',
    content_hash String COMMENT 'Hash of what the version says, 32 hex digits. Equal content makes no new version.',
    kafka_partition Int32 COMMENT 'Partition of the version in the predictions topic.',
    kafka_offset Int64 COMMENT 'Offset of the version in the predictions topic.',
    INDEX game_date_range game_date TYPE minmax GRANULARITY 1,
    INDEX written_at_range written_at TYPE minmax GRANULARITY 1,
    INDEX correlation_id_filter correlation_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree
PARTITION BY (toYYYYMM(game_date), run_id)
ORDER BY (game_date, player_lookup, game_id, prop, system_id, league, run_id, version, content_hash)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Every version of every prediction, with its cause. Ask the views latest, latest_all and history instead.';
