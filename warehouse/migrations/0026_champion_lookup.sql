-- Who is champion, as a table that a function looks up. The views asked champion_systems instead, a
-- query within the query, which was planned and run before the first row of the answer: 4 of the 14 ms
-- that a player's evening took.
--
-- Who is champion stands in champions; the table here follows it row by row, and the last row of a
-- prop counts. What comes twice says the same.
CREATE TABLE IF NOT EXISTS champion_lookup
(
    prop String COMMENT 'The prop. Empty: every prop without a row of its own.',
    system_id String COMMENT 'The champion system.'
)
ENGINE = Join(ANY, LEFT, prop)
SETTINGS join_any_take_last_row = 1
COMMENT 'The champion system of each prop, for looking up. Kept by champion_follows.';

CREATE MATERIALIZED VIEW IF NOT EXISTS champion_follows TO champion_lookup
(
    prop String COMMENT 'The prop.',
    system_id String COMMENT 'The champion system.'
)
AS SELECT toString(prop) AS prop, toString(system_id) AS system_id
FROM champions
COMMENT 'Puts each row of champions into champion_lookup.';

INSERT INTO champion_lookup SELECT toString(prop), toString(system_id) FROM champions FINAL;

-- The views are as they were but for that, and for choosing in the order of the sort key: the day first.
CREATE OR REPLACE VIEW latest_all AS
SELECT
    *,
    CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool') AS is_champion
FROM prediction_log
WHERE run_id = ''
  AND (game_id, game_date) NOT IN (SELECT game_id, game_date FROM left_days)
ORDER BY game_date, player_lookup, game_id, prop, system_id, league, version DESC, content_hash
LIMIT 1 BY game_date, player_lookup, game_id, prop, system_id, league
COMMENT 'The newest version of every prediction, of every system.';

CREATE OR REPLACE VIEW latest AS
SELECT
    *
FROM prediction_log
WHERE run_id = ''
  AND CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool')
  AND (game_id, game_date) NOT IN (SELECT game_id, game_date FROM left_days)
ORDER BY game_date, player_lookup, game_id, prop, system_id, league, version DESC, content_hash
LIMIT 1 BY game_date, player_lookup, game_id, prop, system_id, league
COMMENT 'The newest version of every prediction, of the champion system of its prop: the answer.';

CREATE OR REPLACE VIEW history AS
SELECT
    *,
    CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool') AS is_champion,
    leadInFrame(toNullable(version)) OVER versions_of_key AS superseded_by,
    leadInFrame(toNullable(effective_at)) OVER versions_of_key AS superseded_at,
    CAST(superseded_by IS NOT NULL, 'Bool') AS is_superseded
FROM
(
    SELECT *
    FROM prediction_log
    WHERE run_id = ''
      AND game_id NOT IN (SELECT game_id FROM left_days)
    ORDER BY game_date, player_lookup, game_id, prop, system_id, league, version, content_hash
    LIMIT 1 BY game_date, player_lookup, game_id, prop, system_id, league, version, content_hash
)
WINDOW versions_of_key AS
(
    PARTITION BY game_date, player_lookup, game_id, prop, system_id, league
    ORDER BY version
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
UNION ALL
SELECT
    *,
    CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool') AS is_champion,
    leadInFrame(toNullable(version)) OVER versions_of_key AS superseded_by,
    leadInFrame(toNullable(effective_at)) OVER versions_of_key AS superseded_at,
    CAST(superseded_by IS NOT NULL, 'Bool') AS is_superseded
FROM
(
    SELECT *
    FROM prediction_log
    WHERE run_id = ''
      AND game_id IN (SELECT game_id FROM left_days) AND (SELECT count() > 0 FROM left_days)
    ORDER BY player_lookup, game_id, prop, system_id, league, version, content_hash
    LIMIT 1 BY player_lookup, game_id, prop, system_id, league, version, content_hash
)
WINDOW versions_of_key AS
(
    PARTITION BY player_lookup, game_id, prop, system_id, league
    ORDER BY version
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
COMMENT 'Every version of every prediction, with what replaced it and when.';

CREATE OR REPLACE VIEW as_of AS
SELECT
    *,
    CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool') AS is_champion
FROM prediction_log
WHERE run_id = ''
  AND effective_at <= {moment:DateTime64(6, 'UTC')}
  AND (game_id, game_date) NOT IN (
    SELECT
        game_id,
        arrayJoin(arrayFilter(day -> day != argMax(game_date, (known_at, kafka_offset)), groupUniqArray(game_date))) AS game_date
    FROM game_log
    WHERE NOT is_deleted AND NOT is_retracted AND known_at <= {moment:DateTime64(6, 'UTC')}
    GROUP BY game_id
  )
ORDER BY game_date, player_lookup, game_id, prop, system_id, league, version DESC, content_hash
LIMIT 1 BY game_date, player_lookup, game_id, prop, system_id, league
COMMENT 'What was predicted at a moment, by every system: SELECT … FROM as_of(moment = ''2024-12-23 11:00:00'').';

CREATE OR REPLACE VIEW why AS
SELECT
    league,
    player_lookup,
    game_id,
    game_date,
    tip_off,
    prop,
    system_id,
    CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool') AS is_champion,
    version,
    prediction_id,
    previous_predicted,
    predicted,
    round(predicted - previous_predicted, 2) AS moved,
    previous_line,
    line,
    previous_recommendation,
    recommendation,
    recommendation_reason,
    concat(
        change_type, ' ', subject,
        if(old_value IS NULL, '', concat(' ', ifNull(old_value, ''), ' ->')),
        if(new_value IS NULL, ' taken back', concat(' ', ifNull(new_value, '')))
    ) AS because,
    change_type,
    subject,
    fact,
    old_value,
    new_value,
    cause_source,
    trigger_source,
    trigger_user,
    cause_known_at AS known_at,
    effective_at,
    written_at,
    if(origin = 'live', dateDiff('microsecond', ifNull(published_at, ingested_at), written_at) / 1e6, NULL) AS seconds_to_version,
    correlation_id,
    concat(cause_topic, '/', toString(cause_partition), '/', toString(cause_offset)) AS cause_place,
    components,
    teammates_out,
    status,
    projected_minutes,
    origin,
    batch_id,
    build,
    system_version,
    model_version,
    supersedes_version,
    if(supersedes_version IS NULL, NULL, lower(hex(substring(SHA256(concat(league, '|', player_lookup, '/', game_id, '/', prop, '/', system_id, '|', toString(supersedes_version))), 1, 16)))) AS supersedes_prediction_id
FROM
(
    SELECT *
    FROM prediction_log
    WHERE run_id = ''
    ORDER BY game_date, player_lookup, game_id, prop, system_id, league, version, content_hash
    LIMIT 1 BY
        game_date, player_lookup, game_id, prop, system_id, league, version, content_hash,
        prediction_id, correlation_id, change_type, subject, effective_at, written_at
)
COMMENT 'What moved each version, by how much, and where it came from.';
