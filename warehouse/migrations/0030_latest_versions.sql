-- The newest version of every prediction, in the columns that people read.
--
-- The log holds every version of a key, in sixty-five columns. To find the newest, a slate read all of
-- them, and planning sixty-five columns took longer than the answer. The rest of a version stays in the
-- log: why, history and as_of show it.
--
-- The table follows the log row by row. The highest version of a key stays, so what comes twice, or
-- late, changes nothing. An insert that is sent again goes through to it though the log has it already
-- (setting deduplicate_blocks_in_dependent_materialized_views of the sink): a server that is killed
-- between the two must not leave the answer behind. A rebuild of the log makes it anew.
CREATE TABLE IF NOT EXISTS latest_versions
(
    game_date Date32 COMMENT 'League day of the game (US Eastern for the NBA).',
    tip_off DateTime64(6, 'UTC') COMMENT 'Tip-off as it stood at the time of the version, UTC.',
    game_id String COMMENT 'Ten-digit game id as text, leading zeros kept, for example 0022400061.',
    league LowCardinality(String) COMMENT 'The league, for example nba.',
    player_lookup String COMMENT 'The player: lower-case ASCII letters and digits, suffix kept, for example jarenjacksonjr.',
    team LowCardinality(String) COMMENT 'Team of the player.',
    opponent LowCardinality(String) COMMENT 'The other team.',
    is_home Bool COMMENT 'True at home.',
    prop LowCardinality(String) COMMENT 'The prop, for example points.',
    system_id LowCardinality(String) COMMENT 'The prediction system.',
    version Int64 COMMENT 'Version of the key (player, game, prop, system): 1, 2, 3 and so on without gap.',
    predicted Nullable(Float64) COMMENT 'Predicted value, in units of the prop, rounded to 2 decimals. NULL when the player is out or the system cannot say.',
    line Nullable(Float64) COMMENT 'Consensus line. NULL without one.',
    edge Nullable(Float64) COMMENT 'predicted - line.',
    spread Nullable(Float64) COMMENT 'How far the result may lie from predicted: one standard deviation, in units of the prop. NULL when the system does not say.',
    probability_over Nullable(Float64) COMMENT '0 to 1: chance that the result is over the line. NULL without a line or when the system does not say.',
    confidence Float64 COMMENT '0 to 1: how sure the system is.',
    recommendation LowCardinality(String) COMMENT 'OVER, UNDER, PASS (too close or too unsure) or NO_LINE.',
    recommendation_reason LowCardinality(String) COMMENT 'Why: edge, small_edge, low_confidence, no_line, player_out, no_value, or why the game fell away.',
    status LowCardinality(String) COMMENT 'Injury status for the game: OUT, DOUBTFUL, QUESTIONABLE, PROBABLE, AVAILABLE or UNKNOWN.',
    projected_minutes Float64 COMMENT 'Minutes the prediction stands on.',
    quality Float64 COMMENT '0 to 100: quality of the features.',
    change_type LowCardinality(String) COMMENT 'Kind of change that caused it: injury_status, lineup, line_movement, box_score, schedule, roster or forced.',
    subject String COMMENT 'Whose fact it is: a player_lookup, a team code or a game id.',
    effective_at DateTime64(6, 'UTC') COMMENT 'known_at of the cause, UTC: the moment from which the version is the answer.',
    written_at DateTime64(6, 'UTC') COMMENT 'When Kafka appended the version, UTC, to the millisecond: for latency and audit.',
    prediction_id String COMMENT 'Stable hash of key and version, 32 hex digits.' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(game_date)
ORDER BY (game_date, player_lookup, game_id, prop, system_id, league)
SETTINGS index_granularity = 1024, max_compress_block_size = 16384, min_compress_block_size = 8192
COMMENT 'The newest version of every prediction, in the columns that people read. Ask latest and latest_all instead.';

CREATE MATERIALIZED VIEW IF NOT EXISTS latest_versions_follow TO latest_versions
AS SELECT
    game_date,
    tip_off,
    game_id,
    league,
    player_lookup,
    team,
    opponent,
    is_home,
    prop,
    system_id,
    version,
    predicted,
    line,
    edge,
    spread,
    probability_over,
    confidence,
    recommendation,
    recommendation_reason,
    status,
    projected_minutes,
    quality,
    change_type,
    subject,
    effective_at,
    written_at,
    prediction_id
FROM prediction_log
WHERE run_id = ''
COMMENT 'Puts each live version of prediction_log into latest_versions.';

-- Small blocks: the local server may take 512 MB.
INSERT INTO latest_versions
SELECT
    game_date,
    tip_off,
    game_id,
    league,
    player_lookup,
    team,
    opponent,
    is_home,
    prop,
    system_id,
    version,
    predicted,
    line,
    edge,
    spread,
    probability_over,
    confidence,
    recommendation,
    recommendation_reason,
    status,
    projected_minutes,
    quality,
    change_type,
    subject,
    effective_at,
    written_at,
    prediction_id
FROM prediction_log
WHERE run_id = ''
ORDER BY game_date DESC, player_lookup DESC, game_id DESC, prop DESC, system_id DESC, league DESC, run_id DESC, version DESC
LIMIT 1 BY game_date, player_lookup, game_id, prop, system_id, league
SETTINGS min_insert_block_size_rows = 100000, min_insert_block_size_bytes = 33554432, max_partitions_per_insert_block = 0;

CREATE OR REPLACE VIEW latest_all AS
SELECT
    *,
    CAST(system_id = coalesce(nullIf(joinGet('{database}.champion_lookup', 'system_id', prop), ''), joinGet('{database}.champion_lookup', 'system_id', '')), 'Bool') AS is_champion
FROM latest_versions FINAL
WHERE NOT (
    has(joinGet('{database}.moved_games', 'days', game_id), game_date)
    AND joinGet('{database}.moved_games', 'days', game_id)[-1] != game_date
  )
COMMENT 'The newest version of every prediction, of every system.';

CREATE OR REPLACE VIEW latest AS
SELECT
    *
FROM latest_versions FINAL
WHERE system_id = coalesce(nullIf(joinGet('{database}.champion_lookup', 'system_id', prop), ''), joinGet('{database}.champion_lookup', 'system_id', ''))
  AND NOT (
    has(joinGet('{database}.moved_games', 'days', game_id), game_date)
    AND joinGet('{database}.moved_games', 'days', game_id)[-1] != game_date
  )
COMMENT 'The newest version of every prediction, of the champion system of its prop: the answer.';

CREATE OR REPLACE VIEW as_of AS
SELECT
    *,
    CAST(system_id = coalesce(nullIf(joinGet('{database}.champion_lookup', 'system_id', prop), ''), joinGet('{database}.champion_lookup', 'system_id', '')), 'Bool') AS is_champion
FROM prediction_log
WHERE run_id = ''
  AND effective_at <= {moment:DateTime64(6, 'UTC')}
  AND NOT (
    arrayExists((day, known) -> day = game_date AND known <= {moment:DateTime64(6, 'UTC')}, joinGet('{database}.moved_games', 'days', game_id), joinGet('{database}.moved_games', 'known_at', game_id))
    AND arrayLast((day, known) -> known <= {moment:DateTime64(6, 'UTC')}, joinGet('{database}.moved_games', 'days', game_id), joinGet('{database}.moved_games', 'known_at', game_id)) != game_date
  )
ORDER BY game_date DESC, player_lookup DESC, game_id DESC, prop DESC, system_id DESC, league DESC, run_id DESC, version DESC
LIMIT 1 BY game_date, player_lookup, game_id, prop, system_id, league
COMMENT 'What was predicted at a moment, by every system: SELECT … FROM as_of(moment = ''2024-12-23 11:00:00'').';

-- Rows of one version: the last one stays, the one after it has another version. The hash of what a
-- version says is left out of it: it is half of what a history reads, and two different rows of one
-- version are named by `sideline verify`.
CREATE OR REPLACE VIEW history AS
SELECT
    *,
    CAST(system_id = coalesce(nullIf(joinGet('{database}.champion_lookup', 'system_id', prop), ''), joinGet('{database}.champion_lookup', 'system_id', '')), 'Bool') AS is_champion,
    leadInFrame(toNullable(version)) OVER versions_of_key AS superseded_by,
    leadInFrame(toNullable(effective_at)) OVER versions_of_key AS superseded_at,
    CAST(superseded_by IS NOT NULL, 'Bool') AS is_superseded
FROM prediction_log
WHERE run_id = ''
  AND empty(joinGet('{database}.moved_games', 'days', game_id))
WINDOW versions_of_key AS
(
    PARTITION BY game_date, player_lookup, game_id, prop, system_id, league
    ORDER BY version
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
QUALIFY leadInFrame(version) OVER versions_of_key != version
UNION ALL
SELECT
    *,
    CAST(system_id = coalesce(nullIf(joinGet('{database}.champion_lookup', 'system_id', prop), ''), joinGet('{database}.champion_lookup', 'system_id', '')), 'Bool') AS is_champion,
    leadInFrame(toNullable(version)) OVER versions_of_key AS superseded_by,
    leadInFrame(toNullable(effective_at)) OVER versions_of_key AS superseded_at,
    CAST(superseded_by IS NOT NULL, 'Bool') AS is_superseded
FROM prediction_log
WHERE run_id = ''
  AND notEmpty(joinGet('{database}.moved_games', 'days', game_id)) AND (SELECT count() > 0 FROM moved_games)
WINDOW versions_of_key AS
(
    PARTITION BY player_lookup, game_id, prop, system_id, league
    ORDER BY version
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
QUALIFY leadInFrame(version) OVER versions_of_key != version
COMMENT 'Every version of every prediction, with what replaced it and when.';
