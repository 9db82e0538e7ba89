-- Every ingress event that phase raw accepted, once, with what it changed.
--
-- Filled from the topic touches, where raw says of each event whom it reaches. Identity of a row is
-- the event's place in its ingress topic, which never changes; an event that raw takes again (a
-- replay) folds into the newest word about it. Partition and key follow from the event alone.
--
-- Day first: most questions are about an evening ("what changed since 5 PM"). Within a day the kinds
-- of change lie together, and within a kind whose fact it is.
CREATE TABLE IF NOT EXISTS change_event_log
(
    change_type LowCardinality(String) COMMENT 'Kind of change: injury_status, lineup, line_movement, box_score, schedule, roster or forced.',
    subject String COMMENT 'Whose fact it is: a player_lookup, a team code or a game id.' CODEC(ZSTD(1)),
    fact String COMMENT 'Key of the fact that changed, for example injury/lebronjames/2024-12-23.' CODEC(ZSTD(1)),
    source LowCardinality(String) COMMENT 'Who stated the fact, for example nba_com.',
    known_at DateTime64(6, 'UTC') COMMENT 'When the fact was known, UTC.' CODEC(Delta, ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') COMMENT 'When the event was appended to the log, by the clock of whoever appended it, UTC.' CODEC(Delta, ZSTD(1)),
    published_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Real time at which our own producers sent the event, UTC. NULL for others.' CODEC(ZSTD(1)),
    old_value Nullable(String) COMMENT 'Value of the fact before, readable. NULL for a fact that is new.' CODEC(ZSTD(1)),
    new_value Nullable(String) COMMENT 'Value of the fact now, readable. NULL when it was taken back.' CODEC(ZSTD(1)),
    is_unchanged Bool COMMENT 'True when the event said nothing new: sent again, or a source that repeats itself.',
    trigger_source LowCardinality(String) COMMENT 'Which way the event came in: manual_entry, webhook, api, kafka, schedule, batch, replay or rollback.',
    trigger_user LowCardinality(Nullable(String)) COMMENT 'Who entered it, for events made by a person.',
    targets Array(LowCardinality(String)) COMMENT 'Who was told: team/<code>, or player/<player_lookup>/<path>. Empty when the event said nothing new.',
    correlation_id String COMMENT 'Id of the change: the same on everything that follows from it.' CODEC(ZSTD(1)),
    cause_topic LowCardinality(String) COMMENT 'Ingress topic of the event.',
    cause_partition Int32 COMMENT 'Partition of the event.',
    cause_offset Int64 COMMENT 'Offset of the event.' CODEC(Delta, ZSTD(1)),
    written_at DateTime64(6, 'UTC') COMMENT 'When Kafka appended what raw said of the event, UTC, to the millisecond.' CODEC(Delta, ZSTD(1)),
    kafka_partition Int32 COMMENT 'Partition of the touch in the touches topic.',
    kafka_offset Int64 COMMENT 'Offset of the touch in the touches topic. Of two rows about one event the higher one stays.' CODEC(Delta, ZSTD(1)),
    INDEX correlation_id_filter correlation_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX written_at_range written_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(kafka_offset)
PARTITION BY toYYYYMM(known_at)
ORDER BY (toDate32(known_at), change_type, subject, known_at, cause_topic, cause_partition, cause_offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Every accepted ingress event. Ask the view change_events instead.';
