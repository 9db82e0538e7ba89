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

-- One envelope per event and phase. A row of the log holds them all: its own is the one of the update
-- as a whole, and each entry of phases is one more. What an entry does not say is the row's, except
-- what only the whole has (and its candidates, which are the ledger's too).
CREATE OR REPLACE VIEW runs AS
SELECT * EXCEPT ('^phases\\.')
FROM run_log FINAL
UNION ALL
SELECT * EXCEPT ('^phases\\.') REPLACE (
    part.phase AS phase,
    part.processor_name AS processor_name,
    concat(correlation_id, '/', part.phase) AS execution_id,
    part.status AS status,
    if(part.phase = 'ledger', expected, 0) AS expected,
    if(part.phase = 'ledger', changed, 0) AS changed,
    if(part.phase = 'ledger', unchanged, 0) AS unchanged,
    if(part.phase = 'ledger', held, 0) AS held,
    if(part.phase = 'ledger', blocked, 0) AS blocked,
    if(part.phase = 'ledger', too_late, 0) AS too_late,
    if(part.phase = 'ledger', skipped, 0) AS skipped,
    if(part.phase = 'ledger', failed, 0) AS failed,
    CAST([], 'Array(String)') AS missing,
    part.duration_seconds AS duration_seconds,
    part.ended_at AS ended_at,
    part.record_count AS record_count,
    part.records_failed AS records_failed,
    part.entities_total AS entities_total,
    part.entities_processed AS entities_processed,
    part.entities_skipped AS entities_skipped,
    part.entities_changed AS entities_changed,
    CAST(NULL, 'Nullable(Int64)') AS prediction_version,
    CAST(NULL, 'Nullable(Int64)') AS supersedes_version,
    CAST(NULL, 'Nullable(String)') AS supersedes_batch_id,
    part.output_table AS output_table,
    part.parent_processor AS parent_processor,
    if(part.status = 'failed', error_message, NULL) AS error_message,
    CAST(if(part.status = 'failed', error_type, NULL), 'LowCardinality(Nullable(String))') AS error_type
)
FROM run_log FINAL
ARRAY JOIN phases AS part
COMMENT 'How each unit of work ended, one row per event and phase. Phase completion is the update as a whole.';

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
