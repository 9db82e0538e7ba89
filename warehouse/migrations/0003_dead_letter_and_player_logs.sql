-- Records that were refused, with their bytes, and who the players are.
CREATE TABLE IF NOT EXISTS dead_letter_log
(
    topic LowCardinality(String) COMMENT 'Topic of the refused record.',
    partition Int32 COMMENT 'Its partition.',
    offset Int64 COMMENT 'Its offset.',
    phase LowCardinality(String) COMMENT 'The phase that refused it, or sink.',
    reason LowCardinality(String) COMMENT 'One machine word, for example unknown_player.',
    field Nullable(String) COMMENT 'The field at fault.',
    message String COMMENT 'What happened, with the value seen and what is allowed.',
    hint String COMMENT 'What to do.',
    error_type LowCardinality(String) COMMENT 'permanent or transient.',
    correlation_id Nullable(String) COMMENT 'Id of the change, when it could be read.',
    timestamp DateTime64(6, 'UTC') COMMENT 'Record timestamp of the refused record, UTC.',
    key Nullable(String) COMMENT 'Its key, byte for byte.',
    value Nullable(String) COMMENT 'Its value, byte for byte. NULL for a tombstone or when it was larger than 4 MB.',
    value_bytes Int32 COMMENT 'Size of the value.',
    value_hash String COMMENT 'SHA-256 of the value, hex. Empty for a tombstone.',
    headers Nested
    (
        name String,
        value String
    ) COMMENT 'Its record headers, byte for byte.',
    written_at DateTime64(6, 'UTC') COMMENT 'When Kafka appended the dead letter, UTC, to the millisecond.',
    kafka_partition Int32 COMMENT 'Partition of the dead letter in the dead-letters topic.',
    kafka_offset Int64 COMMENT 'Offset of the dead letter in the dead-letters topic.',
    INDEX written_at_range written_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(written_at)
ORDER BY (topic, partition, offset, phase, kafka_partition, kafka_offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Records that were refused. Ask the view dead_letters instead.';

CREATE TABLE IF NOT EXISTS player_log
(
    player_lookup String COMMENT 'The player: lower-case ASCII letters and digits, suffix kept.',
    player_name String COMMENT 'Name as people write it.',
    player_id Nullable(String) COMMENT 'The league''s id of the player.',
    team LowCardinality(Nullable(String)) COMMENT 'Team he belongs to from known_at on. NULL: registered, without a team.',
    position LowCardinality(Nullable(String)) COMMENT 'Position, for example G, F or C.',
    source LowCardinality(String) COMMENT 'Who states it.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it was known, UTC.',
    ingested_at DateTime64(6, 'UTC') COMMENT 'When the event was appended to the log, by the clock of whoever appended it, UTC.',
    is_retracted Bool COMMENT 'True when the source takes back what it said of him.',
    is_simulated Bool COMMENT 'True for players of an invented league.',
    kafka_partition Int32 COMMENT 'Partition of the event in the rosters topic.',
    kafka_offset Int64 COMMENT 'Offset of the event in the rosters topic.'
)
ENGINE = ReplacingMergeTree
ORDER BY (player_lookup, known_at, source, kafka_partition, kafka_offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Registrations and moves of players. Ask the view players instead.';

CREATE TABLE IF NOT EXISTS champions
(
    prop LowCardinality(String) COMMENT 'The prop. Empty: every prop without a row of its own.',
    system_id LowCardinality(String) COMMENT 'The system whose prediction the view latest shows for it.',
    set_at DateTime64(6, 'UTC') COMMENT 'When it was made champion, UTC. The newest row of a prop counts.'
)
ENGINE = ReplacingMergeTree(set_at)
ORDER BY prop
COMMENT 'The champion system of each prop.';

INSERT INTO champions (prop, system_id, set_at) VALUES ('', 'moving_average', 0);
