-- What became of a change for every player it reached?
--
-- {correlation:String} such as 'change-1': correlation id of the change.
SELECT player_lookup, path, expected, changed, unchanged, held, blocked, too_late, skipped, failed, arrayDistinct(arrayFilter(reason -> reason IS NOT NULL, `items.reason`)) AS reasons
FROM outcomes
WHERE correlation_id = {correlation:String}
ORDER BY player_lookup, path, game_id
