-- What producers said of lines, box scores, games and players, statement by statement.
--
-- Filled from the ingress topics themselves: they keep every statement for ever, while the facts
-- topics keep the last word only, so that a line's way from opening to close would be lost there.
-- Identity of a row is the record's key (fact, source, known_at) within its partition, just as for
-- the compaction of the topic: of two records with one key the one with the higher offset stays,
-- here and there, and a table made anew from a compacted topic is the same. A tombstone is a row
-- too, is_deleted.
--
-- A statement that raw refused is here as well, as it is in its topic; the views leave it out.
CREATE TABLE IF NOT EXISTS line_log
(
    player_lookup String COMMENT 'The player: lower-case ASCII letters and digits, suffix kept.' CODEC(ZSTD(1)),
    game_id String COMMENT 'Ten-digit game id as text, leading zeros kept.' CODEC(ZSTD(1)),
    prop LowCardinality(String) COMMENT 'The prop, for example points.',
    book LowCardinality(String) COMMENT 'The book, for example draftkings.',
    line Nullable(Float64) COMMENT 'The line, in units of the prop. NULL when the book has withdrawn it.',
    over_price Nullable(Int32) COMMENT 'American odds for the over, for example -115. NULL when not given.',
    under_price Nullable(Int32) COMMENT 'American odds for the under. NULL when not given.',
    source LowCardinality(String) COMMENT 'Who states it.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it was known, UTC.' CODEC(Delta, ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') COMMENT 'When the event was appended to the log, by the clock of whoever appended it, UTC.' CODEC(Delta, ZSTD(1)),
    is_retracted Bool COMMENT 'True when the source takes back what it said of the fact, from known_at on.',
    is_deleted Bool COMMENT 'True when the statement of this fact, source and known_at was deleted by a tombstone.',
    is_simulated Bool COMMENT 'True for an invented league.',
    kafka_partition Int32 COMMENT 'Partition of the event in the lines topic.',
    kafka_offset Int64 COMMENT 'Offset of the event in the lines topic.' CODEC(Delta, ZSTD(1)),
    INDEX game_id_range game_id TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(kafka_offset)
PARTITION BY toYYYYMM(known_at)
ORDER BY (player_lookup, game_id, prop, book, source, known_at, kafka_partition)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Every line that a book was said to offer. Ask the view lines instead.';

CREATE TABLE IF NOT EXISTS box_score_log
(
    player_lookup String COMMENT 'The player: lower-case ASCII letters and digits, suffix kept.' CODEC(ZSTD(1)),
    game_id String COMMENT 'Ten-digit game id as text, leading zeros kept.' CODEC(ZSTD(1)),
    game_date Date32 COMMENT 'League day of the game (US Eastern for the NBA).',
    team LowCardinality(String) COMMENT 'Team he played for.',
    opponent LowCardinality(String) COMMENT 'The other team.',
    is_home Bool COMMENT 'True at home.',
    minutes Float64 COMMENT 'Minutes played, decimal.',
    points Int32 COMMENT 'Points.',
    rebounds Int32 COMMENT 'Rebounds.',
    offensive_rebounds Int32 COMMENT 'Offensive rebounds.',
    defensive_rebounds Int32 COMMENT 'Defensive rebounds.',
    assists Int32 COMMENT 'Assists.',
    threes Int32 COMMENT 'Three-pointers made.',
    threes_attempted Int32 COMMENT 'Three-pointers attempted.',
    field_goals Int32 COMMENT 'Field goals made.',
    field_goals_attempted Int32 COMMENT 'Field goals attempted.',
    free_throws Int32 COMMENT 'Free throws made.',
    free_throws_attempted Int32 COMMENT 'Free throws attempted.',
    steals Int32 COMMENT 'Steals.',
    blocks Int32 COMMENT 'Blocks.',
    turnovers Int32 COMMENT 'Turnovers.',
    personal_fouls Int32 COMMENT 'Personal fouls.',
    plus_minus Nullable(Int32) COMMENT 'Margin of his team while he was on the floor. NULL when not given.',
    started Nullable(Bool) COMMENT 'True when he started. NULL when unknown.',
    did_not_play Bool COMMENT 'True when he was listed and did not play; such a row is never a game of 0 points.',
    source LowCardinality(String) COMMENT 'Who states it.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it was known, UTC.' CODEC(Delta, ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') COMMENT 'When the event was appended to the log, by the clock of whoever appended it, UTC.' CODEC(Delta, ZSTD(1)),
    is_retracted Bool COMMENT 'True when the source takes back what it said of the fact, from known_at on.',
    is_deleted Bool COMMENT 'True when the statement of this fact, source and known_at was deleted by a tombstone.',
    is_simulated Bool COMMENT 'True for an invented league.',
    kafka_partition Int32 COMMENT 'Partition of the event in the box-scores topic.',
    kafka_offset Int64 COMMENT 'Offset of the event in the box-scores topic.' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(kafka_offset)
ORDER BY (player_lookup, game_id, source, known_at, kafka_partition)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Every box score line that was stated, corrections included. Ask the view box_scores instead.';

CREATE TABLE IF NOT EXISTS game_log
(
    game_id String COMMENT 'Ten-digit game id as text, leading zeros kept.',
    game_date Date32 COMMENT 'League day of the game (US Eastern for the NBA).',
    season LowCardinality(String) COMMENT 'Season label, for example 2024-25.',
    season_type LowCardinality(String) COMMENT 'Part of the season, for example regular.',
    tip_off DateTime64(6, 'UTC') COMMENT 'Scheduled start, UTC.',
    is_tip_off_estimated Bool COMMENT 'True when the start time is a guess.',
    home LowCardinality(String) COMMENT 'Home team.',
    away LowCardinality(String) COMMENT 'Away team.',
    status LowCardinality(String) COMMENT 'State of the game: scheduled, live, final, postponed or cancelled.',
    home_points Nullable(Int32) COMMENT 'Final points of the home team. NULL before the end.',
    away_points Nullable(Int32) COMMENT 'Final points of the away team. NULL before the end.',
    source LowCardinality(String) COMMENT 'Who states it.',
    known_at DateTime64(6, 'UTC') COMMENT 'When it was known, UTC.',
    ingested_at DateTime64(6, 'UTC') COMMENT 'When the event was appended to the log, by the clock of whoever appended it, UTC.',
    is_retracted Bool COMMENT 'True when the source takes back what it said of the fact, from known_at on.',
    is_deleted Bool COMMENT 'True when the statement of this fact, source and known_at was deleted by a tombstone.',
    is_simulated Bool COMMENT 'True for an invented league.',
    kafka_partition Int32 COMMENT 'Partition of the event in the games topic.',
    kafka_offset Int64 COMMENT 'Offset of the event in the games topic.'
)
ENGINE = ReplacingMergeTree(kafka_offset)
ORDER BY (game_id, source, known_at, kafka_partition)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Every statement about a game: schedule, moved tip-offs, results. Ask the view games instead.';

-- Players get the same identity as the rest. The sink fills the new table from the topic.
DROP TABLE IF EXISTS player_log;

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
    is_retracted Bool COMMENT 'True when the source takes back what it said of him, from known_at on.',
    is_deleted Bool COMMENT 'True when the statement of this fact, source and known_at was deleted by a tombstone.',
    is_simulated Bool COMMENT 'True for players of an invented league.',
    kafka_partition Int32 COMMENT 'Partition of the event in the rosters topic.',
    kafka_offset Int64 COMMENT 'Offset of the event in the rosters topic.'
)
ENGINE = ReplacingMergeTree(kafka_offset)
ORDER BY (player_lookup, source, known_at, kafka_partition)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000
COMMENT 'Registrations and moves of players. Ask the view players instead.';
