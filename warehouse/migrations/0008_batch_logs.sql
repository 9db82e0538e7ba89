-- Batches: when each ran, what it said of every key, and whom it reached. Appended to, never changed.
CREATE TABLE IF NOT EXISTS batch_log
(
    batch_id String COMMENT 'Id of the batch: batch_<date>_<HH:MM>.',
    game_date Date32 COMMENT 'League day it predicts.',
    kind LowCardinality(String) COMMENT 'nightly (every player) or changed (players with news since the last).',
    status LowCardinality(String) COMMENT 'running when it began; then success, partial, no_data or failed.',
    started_at DateTime64(6, 'UTC') COMMENT 'When it began, UTC.',
    ended_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When it ended, UTC. NULL while it runs.',
    as_of Nullable(DateTime64(6, 'UTC')) COMMENT 'Newest known_at among the facts used, UTC. NULL when there were none.',
    view Map(String, Int64) COMMENT 'Ends of the ingress topics that it read to: highest offset contained, per topic/partition.',
    expected Int32 COMMENT 'Keys it had to judge. Equals the sum of the five counts that follow.',
    new Int32 COMMENT 'Keys with a new version.',
    refresh Int32 COMMENT 'Keys whose value differs from the last version only by what a threshold had held back.',
    unchanged Int32 COMMENT 'Keys equal to their last version.',
    skipped Int32 COMMENT 'Keys not predicted; batch_values.reason says why.',
    failed Int32 COMMENT 'Keys that failed; batch_values.reason says why.',
    build LowCardinality(String) COMMENT 'Build of the program that made it.',
    error_message Nullable(String) COMMENT 'What went wrong.',
    written_at DateTime64(6, 'UTC') COMMENT 'When Kafka appended the record, UTC, to the millisecond.',
    kafka_partition Int32 COMMENT 'Partition of the record in its topic.',
    kafka_offset Int64 COMMENT 'Offset of the record in its topic.'
)
ENGINE = ReplacingMergeTree
ORDER BY (game_date, batch_id, kafka_partition, kafka_offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Beginning and end of every batch. Ask the view batches instead.';

-- What a batch said is kept whole, also where nothing changed: "what did 6 AM say" reads one batch.
CREATE TABLE IF NOT EXISTS batch_value_log
(
    batch_id LowCardinality(String) COMMENT 'The batch.',
    league LowCardinality(String) COMMENT 'The league, for example nba.',
    player_lookup String COMMENT 'The player.' CODEC(ZSTD(1)),
    game_id String COMMENT 'Ten-digit game id as text, leading zeros kept.' CODEC(ZSTD(1)),
    game_date Date32 COMMENT 'League day of the game.',
    prop LowCardinality(String) COMMENT 'The prop. Empty when the player was skipped as a whole.',
    system_id LowCardinality(String) COMMENT 'The prediction system. Empty when the player was skipped as a whole.',
    predicted Nullable(Float64) COMMENT 'Predicted value, in units of the prop, rounded to 2 decimals. NULL without one.',
    line Nullable(Float64) COMMENT 'Consensus line. NULL without one.',
    confidence Nullable(Float64) COMMENT '0 to 1: how sure the system is. NULL without a value.',
    recommendation LowCardinality(String) COMMENT 'OVER, UNDER, PASS or NO_LINE. Empty without a value.',
    outcome LowCardinality(String) COMMENT 'new, refresh, unchanged, skipped or failed.',
    reason LowCardinality(Nullable(String)) COMMENT 'Why, when skipped or failed.',
    version Nullable(Int64) COMMENT 'The version that it made, or that it found unchanged. NULL when there is none.',
    content_hash String COMMENT 'Hash of what it says, 32 hex digits: equal to that of a version that says the same. Empty without a value.' CODEC(ZSTD(1)),
    written_at DateTime64(6, 'UTC') COMMENT 'When Kafka appended the record, UTC, to the millisecond.' CODEC(Delta, ZSTD(1)),
    kafka_partition Int32 COMMENT 'Partition of the record in its topic.',
    kafka_offset Int64 COMMENT 'Offset of the record in its topic.' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(game_date)
ORDER BY (batch_id, player_lookup, game_id, prop, system_id, league, content_hash, kafka_partition, kafka_offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'What every batch said of every key. Ask the view batch_values instead.';

CREATE TABLE IF NOT EXISTS coverage_log
(
    batch_id String COMMENT 'The batch.',
    game_date Date32 COMMENT 'League day of the game.',
    game_id String COMMENT 'Ten-digit game id as text, leading zeros kept.',
    prop LowCardinality(String) COMMENT 'The prop.',
    system_id LowCardinality(String) COMMENT 'The prediction system.',
    players_with_line Int32 COMMENT 'Players of the game with a line on the prop.',
    expected Int32 COMMENT 'Players of the game to be predicted, with or without a line. Equals predicted + skipped + failed.',
    predicted Int32 COMMENT 'Players with a value.',
    skipped Int32 COMMENT 'Players not predicted.',
    failed Int32 COMMENT 'Players whose prediction failed.',
    reasons Map(LowCardinality(String), Int32) COMMENT 'Players skipped or failed, by reason.',
    written_at DateTime64(6, 'UTC') COMMENT 'When Kafka appended the record, UTC, to the millisecond.',
    kafka_partition Int32 COMMENT 'Partition of the record in its topic.',
    kafka_offset Int64 COMMENT 'Offset of the record in its topic.'
)
ENGINE = ReplacingMergeTree
ORDER BY (game_date, batch_id, game_id, prop, system_id, kafka_partition, kafka_offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Whom each batch reached, per game, prop and system.';

-- Which log this warehouse was filled from. The sink refuses to fill it from another.
CREATE TABLE IF NOT EXISTS ledger_origin
(
    log_table String COMMENT 'A table.',
    topic String COMMENT 'The topic that it is filled from.',
    cluster_id String COMMENT 'Id of the Kafka cluster that holds the topic.',
    noted_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'When that was noted, UTC. The newest word on a table counts.'
)
ENGINE = ReplacingMergeTree(noted_at)
ORDER BY log_table
COMMENT 'The log that this warehouse was filled from.';

-- What a rebuild that was cut short left open. The next start of the sink reads it again.
CREATE TABLE IF NOT EXISTS rebuild_log
(
    log_table String COMMENT 'A table that was rebuilt.',
    kafka_partition Int32 COMMENT 'Partition of its topic.',
    owed_from Int64 COMMENT 'Offset from which rows may be missing until they have been read again.',
    is_settled Bool COMMENT 'True when they have been read.',
    noted_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'When that was noted, UTC. The newest word on a partition counts.'
)
ENGINE = ReplacingMergeTree(noted_at)
ORDER BY (log_table, kafka_partition)
COMMENT 'What the rebuilding of tables has left to do.';
