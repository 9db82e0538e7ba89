-- What the predictions are: now, at a moment, and how they came to it.
--
-- A filter on player_lookup and one on game_date reach the log through each of these views, so that
-- an answer about one player's evening reads a few granules. A filter passes only if the newest
-- version is chosen among rows that agree in what is filtered. All versions of a key bear one day,
-- unless its game was moved: what was said for a day that the game has left is no answer, and is
-- left out. In the history it stays, with the version of the new day as what replaced it; there the
-- few moved games have a branch of their own, which is not read when there are none.
--
-- Without FINAL, which would keep the day from the index: a row that was stored twice is twice the
-- same row, and one of them is taken.
CREATE OR REPLACE VIEW left_days AS
SELECT
    game_id,
    arrayJoin(arrayFilter(day -> day != argMax(game_date, (known_at, kafka_offset)), groupUniqArray(game_date))) AS game_date
FROM game_log
WHERE NOT is_deleted AND NOT is_retracted
GROUP BY game_id
COMMENT 'Days for which a game was once stated and which it has left since.';

CREATE OR REPLACE VIEW champion_systems AS
SELECT mapFromArrays(groupArray(toString(prop)), groupArray(toString(system_id))) AS systems
FROM champions FINAL
COMMENT 'The champion system of each prop, as one map. The empty prop stands for all others.';

CREATE OR REPLACE VIEW latest_all AS
WITH (SELECT systems FROM champion_systems) AS champion_of_prop
SELECT
    *,
    CAST(system_id = if(mapContains(champion_of_prop, toString(prop)), champion_of_prop[toString(prop)], champion_of_prop['']), 'Bool') AS is_champion
FROM prediction_log
WHERE run_id = ''
  AND (game_id, game_date) NOT IN (SELECT game_id, game_date FROM left_days)
ORDER BY player_lookup, game_id, prop, system_id, league, game_date, version DESC, content_hash
LIMIT 1 BY player_lookup, game_id, prop, system_id, league, game_date
COMMENT 'The newest version of every prediction, of every system.';

CREATE OR REPLACE VIEW latest AS
WITH (SELECT systems FROM champion_systems) AS champion_of_prop
SELECT
    *
FROM prediction_log
WHERE run_id = ''
  AND CAST(system_id = if(mapContains(champion_of_prop, toString(prop)), champion_of_prop[toString(prop)], champion_of_prop['']), 'Bool')
  AND (game_id, game_date) NOT IN (SELECT game_id, game_date FROM left_days)
ORDER BY player_lookup, game_id, prop, system_id, league, game_date, version DESC, content_hash
LIMIT 1 BY player_lookup, game_id, prop, system_id, league, game_date
COMMENT 'The newest version of every prediction, of the champion system of its prop: the answer.';

CREATE OR REPLACE VIEW history AS
WITH (SELECT systems FROM champion_systems) AS champion_of_prop
SELECT
    *,
    CAST(system_id = if(mapContains(champion_of_prop, toString(prop)), champion_of_prop[toString(prop)], champion_of_prop['']), 'Bool') AS is_champion,
    leadInFrame(toNullable(version)) OVER versions_of_key AS superseded_by,
    leadInFrame(toNullable(effective_at)) OVER versions_of_key AS superseded_at,
    CAST(superseded_by IS NOT NULL, 'Bool') AS is_superseded
FROM
(
    SELECT *
    FROM prediction_log
    WHERE run_id = ''
      AND game_id NOT IN (SELECT game_id FROM left_days)
    ORDER BY player_lookup, game_id, prop, system_id, league, game_date, version, content_hash
    LIMIT 1 BY player_lookup, game_id, prop, system_id, league, game_date, version, content_hash
)
WINDOW versions_of_key AS
(
    PARTITION BY player_lookup, game_id, prop, system_id, league, game_date
    ORDER BY version
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
UNION ALL
WITH (SELECT systems FROM champion_systems) AS champion_of_prop
SELECT
    *,
    CAST(system_id = if(mapContains(champion_of_prop, toString(prop)), champion_of_prop[toString(prop)], champion_of_prop['']), 'Bool') AS is_champion,
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

-- A version is the answer from effective_at on, when its cause was known, and not from written_at.
CREATE OR REPLACE VIEW as_of AS
WITH (SELECT systems FROM champion_systems) AS champion_of_prop
SELECT
    *,
    CAST(system_id = if(mapContains(champion_of_prop, toString(prop)), champion_of_prop[toString(prop)], champion_of_prop['']), 'Bool') AS is_champion
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
ORDER BY player_lookup, game_id, prop, system_id, league, game_date, version DESC, content_hash
LIMIT 1 BY player_lookup, game_id, prop, system_id, league, game_date
COMMENT 'What was predicted at a moment, by every system: SELECT … FROM as_of(moment = ''2024-12-23 11:00:00'').';
