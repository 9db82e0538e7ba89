-- What analysts ask. A filter on player_lookup (and game_id, prop) reaches the sort key of the log
-- through each of these, so one player's answer reads one player's rows. Comments of the columns
-- are copied from the logs after the migrations have run.
--
-- A column added to a log shows in its view only after the view was made anew.
CREATE OR REPLACE VIEW history AS
SELECT
    *,
    leadInFrame(toNullable(version)) OVER versions_of_key AS superseded_by,
    leadInFrame(toNullable(effective_at)) OVER versions_of_key AS superseded_at,
    CAST(superseded_by IS NOT NULL, 'Bool') AS is_superseded
FROM prediction_log FINAL
WHERE run_id = ''
WINDOW versions_of_key AS
(
    PARTITION BY player_lookup, game_id, prop, system_id, league
    ORDER BY version
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
COMMENT 'Every version of every prediction, with what replaced it and when.';

CREATE OR REPLACE VIEW latest_all AS
SELECT *
FROM prediction_log FINAL
WHERE run_id = ''
ORDER BY player_lookup, game_id, prop, system_id, league, version DESC
LIMIT 1 BY player_lookup, game_id, prop, system_id, league
COMMENT 'The newest version of every prediction, of every system.';

CREATE OR REPLACE VIEW latest AS
WITH
(
    SELECT mapFromArrays(groupArray(toString(prop)), groupArray(toString(system_id)))
    FROM champions FINAL
) AS champion_of_prop
SELECT *
FROM prediction_log FINAL
WHERE run_id = ''
  AND system_id = if(mapContains(champion_of_prop, toString(prop)), champion_of_prop[toString(prop)], champion_of_prop[''])
ORDER BY player_lookup, game_id, prop, system_id, league, version DESC
LIMIT 1 BY player_lookup, game_id, prop, system_id, league
COMMENT 'The newest version of every prediction, of the champion system of its prop: the answer.';

CREATE OR REPLACE VIEW outcomes AS
SELECT * FROM outcome_log FINAL
COMMENT 'What became of each change for each player and game.';

CREATE OR REPLACE VIEW runs AS
SELECT * FROM run_log FINAL
COMMENT 'How each unit of work ended. Phase completion is the update as a whole.';

CREATE OR REPLACE VIEW dead_letters AS
SELECT *
FROM dead_letter_log FINAL
ORDER BY topic, partition, offset, phase, written_at DESC, kafka_offset DESC
LIMIT 1 BY topic, partition, offset, phase
COMMENT 'Records that were refused, with their bytes, why, and what to do.';

CREATE OR REPLACE VIEW players AS
SELECT *
FROM player_log FINAL
WHERE NOT is_retracted
ORDER BY player_lookup, known_at DESC, kafka_offset DESC
LIMIT 1 BY player_lookup
COMMENT 'The newest registration of every player.';
