-- Where does the answer of now differ from what a batch said?
--
-- {batch:String} such as 'batch_2024-12-23_06:00': the batch.
-- {limit:UInt32} = '50': rows shown at most.
SELECT
    said.player_lookup AS player_lookup,
    said.prop AS prop,
    said.predicted AS batch_said,
    now.predicted AS now_says,
    round(now.predicted - said.predicted, 2) AS moved,
    said.version AS batch_version,
    now.version AS version,
    now.change_type AS change_type,
    now.subject AS subject
FROM as_of_batch(id = {batch:String}) AS said
INNER JOIN latest AS now USING (player_lookup, game_id, prop, system_id, league)
WHERE now.version > said.version
ORDER BY abs(moved) DESC NULLS FIRST, player_lookup, prop
LIMIT {limit:UInt32}
