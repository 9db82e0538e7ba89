-- Games that were moved, as a table that a function looks up. The views asked left_days instead, a
-- query within the query, planned and run before each answer, a dozen times over in
-- player_prop_predictions.
--
-- Whoever writes game_log brings this table up to date before he goes on (the sink, a rebuild, and
-- the program after these migrations); the last row of a game counts. Days and moments stand in
-- arrays, so that one row answers for any moment.
CREATE TABLE IF NOT EXISTS moved_games
(
    game_id String COMMENT 'A game for which more than one day was stated.',
    days Array(Date32) COMMENT 'The days stated for it, in the order in which they were known: the last one holds. Empty when it was not moved after all.',
    known_at Array(DateTime64(6, 'UTC')) COMMENT 'When each of the days was known, UTC.'
)
ENGINE = Join(ANY, LEFT, game_id)
SETTINGS join_any_take_last_row = 1
COMMENT 'Games that were moved, for looking up. Kept by the sink and by a rebuild.';

-- The newest version of a key is its last row in the sort key, so the log is read backwards: then
-- nothing is sorted, which took half of the time of a slate. run_id is one for all rows, and stands
-- here because it stands in the sort key.
CREATE OR REPLACE VIEW latest_all AS
SELECT
    *,
    CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool') AS is_champion
FROM prediction_log
WHERE run_id = ''
  AND NOT (
    has(joinGet('{database}.moved_games', 'days', game_id), game_date)
    AND joinGet('{database}.moved_games', 'days', game_id)[-1] != game_date
  )
ORDER BY game_date DESC, player_lookup DESC, game_id DESC, prop DESC, system_id DESC, league DESC, run_id DESC, version DESC
LIMIT 1 BY game_date, player_lookup, game_id, prop, system_id, league
COMMENT 'The newest version of every prediction, of every system.';

CREATE OR REPLACE VIEW latest AS
SELECT
    *
FROM prediction_log
WHERE run_id = ''
  AND CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool')
  AND NOT (
    has(joinGet('{database}.moved_games', 'days', game_id), game_date)
    AND joinGet('{database}.moved_games', 'days', game_id)[-1] != game_date
  )
ORDER BY game_date DESC, player_lookup DESC, game_id DESC, prop DESC, system_id DESC, league DESC, run_id DESC, version DESC
LIMIT 1 BY game_date, player_lookup, game_id, prop, system_id, league
COMMENT 'The newest version of every prediction, of the champion system of its prop: the answer.';

CREATE OR REPLACE VIEW as_of AS
SELECT
    *,
    CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool') AS is_champion
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

-- Of rows that were stored twice the last one stays: the one after it says something else. The second
-- branch is for games that were moved: what replaced a version may bear another day. Its last
-- condition is a constant, false when no game was moved.
CREATE OR REPLACE VIEW history AS
SELECT
    *,
    CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool') AS is_champion,
    leadInFrame(toNullable(version)) OVER versions_of_key AS superseded_by,
    leadInFrame(toNullable(effective_at)) OVER versions_of_key AS superseded_at,
    CAST(superseded_by IS NOT NULL, 'Bool') AS is_superseded
FROM prediction_log
WHERE run_id = ''
  AND empty(joinGet('{database}.moved_games', 'days', game_id))
WINDOW versions_of_key AS
(
    PARTITION BY game_date, player_lookup, game_id, prop, system_id, league
    ORDER BY version, content_hash
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
QUALIFY (leadInFrame(version) OVER versions_of_key, leadInFrame(content_hash) OVER versions_of_key) != (version, content_hash)
UNION ALL
SELECT
    *,
    CAST(system_id = if(joinGet('{database}.champion_lookup', 'system_id', toString(prop)) = '', joinGet('{database}.champion_lookup', 'system_id', ''), joinGet('{database}.champion_lookup', 'system_id', toString(prop))), 'Bool') AS is_champion,
    leadInFrame(toNullable(version)) OVER versions_of_key AS superseded_by,
    leadInFrame(toNullable(effective_at)) OVER versions_of_key AS superseded_at,
    CAST(superseded_by IS NOT NULL, 'Bool') AS is_superseded
FROM prediction_log
WHERE run_id = ''
  AND notEmpty(joinGet('{database}.moved_games', 'days', game_id)) AND (SELECT count() > 0 FROM moved_games)
WINDOW versions_of_key AS
(
    PARTITION BY player_lookup, game_id, prop, system_id, league
    ORDER BY version, content_hash
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
QUALIFY (leadInFrame(version) OVER versions_of_key, leadInFrame(content_hash) OVER versions_of_key) != (version, content_hash)
COMMENT 'Every version of every prediction, with what replaced it and when.';
