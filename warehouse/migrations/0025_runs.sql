-- Runs (replays, shadows, backtests) that were dropped. Their versions stay in the topic, which keeps
-- everything; this says that the table need not have them. highest_offset counts as stored, or the
-- sink would read a partition again whose last versions were those of a dropped run.
CREATE TABLE IF NOT EXISTS dropped_run_log
(
    run_id String COMMENT 'The run.',
    log_table LowCardinality(String) COMMENT 'The table that its versions were in.',
    kafka_partition Int32 COMMENT 'Partition of its topic.',
    highest_offset Int64 COMMENT 'Highest offset of its versions in that partition.',
    rows UInt64 COMMENT 'Versions that were dropped, in that partition.',
    dropped_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'When it was dropped, UTC.'
)
ENGINE = MergeTree
ORDER BY (run_id, log_table, kafka_partition)
COMMENT 'Runs that were dropped.';

-- What a promotion puts in is no news: it is not told as made in real time. The rest is as it was.
CREATE OR REPLACE VIEW player_prop_predictions AS
SELECT
    prediction_id,
    spelling AS player_lookup,
    game_date,
    game_id,
    system_id,
    version AS prediction_version,
    predicted AS predicted_points,
    confidence AS confidence_score,
    recommendation,
    CAST(line IS NOT NULL, 'Bool') AS has_prop_line,
    line AS current_points_line,
    edge AS line_margin,
    if(line IS NULL, 'NO_PROP_LINE', 'ACTUAL_PROP') AS line_source,
    status AS injury_status_at_prediction,
    team AS team_abbr,
    opponent AS opponent_team_abbr,
    is_home,
    projected_minutes,
    quality AS feature_quality_score,
    feature_version,
    model_version,
    build AS build_commit_sha,
    NOT is_superseded AS is_active,
    is_superseded,
    if(superseded_by IS NULL, NULL, lower(hex(substring(SHA256(concat(league, '|', plain_lookup, '/', game_id, '/', prop, '/', system_id, '|', toString(superseded_by))), 1, 16)))) AS superseded_by,
    superseded_at,
    batch_id,
    CAST(batch_id IS NULL AND origin = 'live', 'Bool') AS is_realtime_update,
    change_type,
    correlation_id,
    CAST(effective_at < tip_off, 'Bool') AS prediction_made_before_game,
    effective_at AS predicted_at,
    written_at AS created_at,
    is_alias
FROM
(
    SELECT *, player_lookup AS plain_lookup, player_lookup AS spelling, false AS is_alias
    FROM history
    WHERE prop = 'points' AND is_champion
    UNION ALL
    SELECT own.*, own.player_lookup AS plain_lookup, spelt.spelling AS spelling, true AS is_alias
    FROM (SELECT * FROM history WHERE prop = 'points' AND is_champion) AS own
    INNER JOIN player_spellings AS spelt ON spelt.player_lookup = own.player_lookup
)
COMMENT 'The champion''s points predictions in the columns of a batch system. A row per version and spelling of the player: count with WHERE NOT is_alias.';
