-- What did a batch say, player by player?
--
-- {batch:String} such as 'batch_2024-12-23_06:00': the batch.
-- {prop:String} = 'points': the prop.
SELECT player_lookup, system_id, predicted, line, recommendation, outcome, reason, version
FROM as_of_batch(id = {batch:String})
WHERE prop IN ({prop:String}, '')
ORDER BY player_lookup, system_id
