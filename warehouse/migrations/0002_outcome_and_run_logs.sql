-- What became of each change, and how each unit of work ended: appended to, never changed.
--
-- Identity of a row is its place in Kafka, since a replay may say the same thing about a change
-- again, and both are true. Partitions follow from the append time, which the broker wrote once.
CREATE TABLE IF NOT EXISTS outcome_log
(
    correlation_id String COMMENT 'Id of the change: the same on everything that follows from it.',
    player_lookup String COMMENT 'The player.',
    path LowCardinality(String) COMMENT 'How the change reached him: direct, or the team it came through.',
    game_id String COMMENT 'The game. Empty when there was none to predict.',
    game_date Nullable(Date32) COMMENT 'League day of the game. NULL without a game.',
    parts Int32 COMMENT 'Number of outcomes that this player and path owe to this change.',
    expected Int32 COMMENT 'Candidates judged, or 1 when the player was skipped as a whole. Equals the sum of the seven counts that follow.',
    changed Int32 COMMENT 'New versions.',
    unchanged Int32 COMMENT 'Equal to the last version.',
    held Int32 COMMENT 'Only a line moved, not past the threshold.',
    blocked Int32 COMMENT 'Held back by the rollout.',
    too_late Int32 COMMENT 'Came at or after tip-off.',
    skipped Int32 COMMENT 'Not predicted; items.reason says why.',
    failed Int32 COMMENT 'Failed; items.reason says why.',
    items Nested
    (
        prop LowCardinality(String),
        system_id LowCardinality(String),
        kind LowCardinality(String),
        reason Nullable(String),
        version Nullable(Int64)
    ) COMMENT 'One entry per candidate: prop (empty when the player was skipped as a whole), system, what became of it, why, and the new or last version.',
    change_type LowCardinality(String) COMMENT 'Kind of change.',
    fact String COMMENT 'Key of the fact that changed.',
    subject String COMMENT 'Whose fact it is: a player_lookup, a team code or a game id.',
    old_value Nullable(String) COMMENT 'Value of the fact before, readable.',
    new_value Nullable(String) COMMENT 'Value of the fact now, readable.',
    trigger_source LowCardinality(String) COMMENT 'Which way the event came in.',
    trigger_user Nullable(String) COMMENT 'Who entered it, for events made by a person.',
    cause_topic LowCardinality(String) COMMENT 'Ingress topic of the event.',
    cause_partition Int32 COMMENT 'Partition of the event.',
    cause_offset Int64 COMMENT 'Offset of the event.',
    cause_source LowCardinality(String) COMMENT 'Who stated the fact.',
    cause_known_at DateTime64(6, 'UTC') COMMENT 'When the fact was known, UTC.',
    ingested_at DateTime64(6, 'UTC') COMMENT 'When the event was appended to the log, by the clock of whoever appended it, UTC.',
    published_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Real time at which our own producers sent the event, UTC. NULL for others.',
    trail Nested
    (
        phase LowCardinality(String),
        appended_at DateTime64(6, 'UTC')
    ) COMMENT 'Phases passed on the way, oldest first, and when the broker appended what each wrote, UTC.',
    written_at DateTime64(6, 'UTC') COMMENT 'When Kafka appended the outcome, UTC, to the millisecond.',
    kafka_partition Int32 COMMENT 'Partition of the outcome in the outcomes topic.',
    kafka_offset Int64 COMMENT 'Offset of the outcome in the outcomes topic.',
    INDEX correlation_id_filter correlation_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX written_at_range written_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(written_at)
ORDER BY (player_lookup, correlation_id, path, game_id, kafka_partition, kafka_offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'What became of each change for each player and game. Ask the view outcomes instead.';

CREATE TABLE IF NOT EXISTS run_log
(
    correlation_id String COMMENT 'Id of the change: the same on everything that follows from it.',
    phase LowCardinality(String) COMMENT 'raw, team, player, features, systems, ledger, or completion for the update as a whole.',
    processor_name LowCardinality(String) COMMENT 'Who did the work.',
    execution_id String COMMENT 'Id of this unit of work: correlation_id/phase.',
    status LowCardinality(String) COMMENT 'How it ended: success, partial, no_data or failed.',
    game_date Nullable(Date32) COMMENT 'League day of the game concerned.',
    target_entity_type LowCardinality(String) COMMENT 'player or team.',
    target_entity_id String COMMENT 'The player or team.',
    change_type LowCardinality(String) COMMENT 'Kind of change.',
    expected Int32 COMMENT 'Candidates expected. Equals the sum of the seven counts that follow.',
    changed Int32 COMMENT 'New versions.',
    unchanged Int32 COMMENT 'Equal to the last version.',
    held Int32 COMMENT 'Only a line moved, not past the threshold.',
    blocked Int32 COMMENT 'Held back by the rollout.',
    too_late Int32 COMMENT 'Came at or after tip-off.',
    skipped Int32 COMMENT 'Not predicted.',
    failed Int32 COMMENT 'Failed.',
    missing Array(String) COMMENT 'Who has not reported, when partial.',
    duration_seconds Nullable(Float64) COMMENT 'Time it took; for phase completion the time since the event was sent.',
    ended_at DateTime64(6, 'UTC') COMMENT 'When it ended, UTC. Field timestamp of the envelope.',
    record_count Int32 COMMENT 'Records written.',
    records_failed Int32 COMMENT 'Records refused.',
    entities_total Int32 COMMENT 'Entities expected.',
    entities_processed Int32 COMMENT 'Entities processed.',
    entities_skipped Int32 COMMENT 'Entities skipped.',
    entities_changed Int32 COMMENT 'Entities with a new version.',
    prediction_version Nullable(Int64) COMMENT 'Version of the points key of the champion system.',
    supersedes_version Nullable(Int64) COMMENT 'The version it replaces.',
    supersedes_batch_id Nullable(String) COMMENT 'Batch that holds the superseded version.',
    output_table LowCardinality(String) COMMENT 'Topic or table written.',
    output_dataset LowCardinality(String) COMMENT 'League or database.',
    parent_processor LowCardinality(Nullable(String)) COMMENT 'Who came before.',
    trigger_source LowCardinality(String) COMMENT 'Which way the event came in.',
    trigger_message_id String COMMENT 'Place of the event: topic/partition/offset.',
    is_incremental Bool COMMENT 'True for one change, false for a batch.',
    event_type LowCardinality(Nullable(String)) COMMENT 'The change type with _change. NULL for a batch, like the five columns that follow.',
    event_trigger_source LowCardinality(Nullable(String)) COMMENT 'Which way the change came in.',
    trigger_user Nullable(String) COMMENT 'Who entered it.',
    old_value Nullable(String) COMMENT 'Value of the fact before, readable.',
    new_value Nullable(String) COMMENT 'Value of the fact now, readable.',
    change_timestamp Nullable(DateTime64(6, 'UTC')) COMMENT 'known_at of the change, UTC.',
    error_message Nullable(String) COMMENT 'What went wrong.',
    error_type LowCardinality(Nullable(String)) COMMENT 'Whether trying again helps: transient, permanent or partial.',
    phases Nested
    (
        phase LowCardinality(String),
        processor_name LowCardinality(String),
        output_table LowCardinality(String),
        status LowCardinality(String),
        record_count Int32,
        records_failed Int32,
        entities_total Int32,
        entities_processed Int32,
        entities_skipped Int32,
        entities_changed Int32,
        ended_at DateTime64(6, 'UTC'),
        duration_seconds Nullable(Float64),
        parent_processor LowCardinality(Nullable(String))
    ) COMMENT 'One entry per phase that took part, in the order of the flow; members mean what the columns of the same name mean. The view runs shows each as a row.',
    metadata Map(LowCardinality(String), String) COMMENT 'path (live or batch), records_in, and more as text.',
    written_at DateTime64(6, 'UTC') COMMENT 'When Kafka appended the envelope, UTC, to the millisecond.',
    kafka_partition Int32 COMMENT 'Partition of the envelope in the runs topic.',
    kafka_offset Int64 COMMENT 'Offset of the envelope in the runs topic.',
    INDEX written_at_range written_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(written_at)
ORDER BY (correlation_id, phase, execution_id, kafka_partition, kafka_offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'How each unit of work ended, one row per event. Ask the view runs instead.';
