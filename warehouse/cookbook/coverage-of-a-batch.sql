-- Whom did a batch reach, per prop, and why not the others?
--
-- {batch:String} such as 'batch_2024-12-23_06:00': the batch.
SELECT
    prop,
    system_id,
    sum(expected) AS expected_players,
    sum(predicted) AS predicted_players,
    sum(skipped) AS skipped_players,
    sum(failed) AS failed_players,
    sum(players_with_line) AS with_line,
    sumMap(reasons) AS reasons
FROM coverage
WHERE batch_id = {batch:String}
GROUP BY prop, system_id
ORDER BY prop, system_id
