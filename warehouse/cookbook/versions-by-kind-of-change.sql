-- Which kinds of change made the versions of a day?
--
-- {day:Date} = today: league day of the games.
SELECT
    change_type,
    trigger_source,
    count() AS versions,
    uniqExact(player_lookup) AS players,
    uniqExact(correlation_id) AS changes,
    countIf(recommendation != previous_recommendation) AS turned
FROM history
WHERE game_date = {day:Date}
GROUP BY change_type, trigger_source
ORDER BY versions DESC, change_type, trigger_source
