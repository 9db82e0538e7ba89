-- Who is champion is said on the topic champion-control. The sink keeps each word, and champions follows
-- it row by row: what comes twice says the same, and the newest word of a prop stays.
CREATE TABLE IF NOT EXISTS champion_log
(
    prop LowCardinality(String) COMMENT 'The prop.',
    system_id LowCardinality(String) COMMENT 'The system that was made its champion.',
    set_at DateTime64(6, 'UTC') COMMENT 'When it was made champion, UTC.',
    set_by Nullable(String) COMMENT 'Who made it champion.',
    kafka_partition Int32 COMMENT 'Partition of the record in the champion-control topic.',
    kafka_offset Int64 COMMENT 'Offset of the record in the champion-control topic.'
)
ENGINE = ReplacingMergeTree
ORDER BY (prop, set_at, kafka_partition, kafka_offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Every word about champions. Ask champions for those of today.';

CREATE MATERIALIZED VIEW IF NOT EXISTS champions_follow TO champions
(
    prop LowCardinality(String) COMMENT 'The prop.',
    system_id LowCardinality(String) COMMENT 'The champion system.',
    set_at DateTime64(6, 'UTC') COMMENT 'When it was made champion, UTC.'
)
AS SELECT prop, system_id, set_at
FROM champion_log
COMMENT 'Puts each row of champion_log into champions.';

-- The ensemble speaks live now, and for every prop of which nobody has said otherwise.
INSERT INTO champions (prop, system_id, set_at) VALUES ('', 'ensemble', '1970-01-02 00:00:00');
