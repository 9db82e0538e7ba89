-- Which predictions of a day changed most often?
--
-- {day:Date} = today: league day of the games.
-- {limit:UInt32} = '20': rows shown at most.
SELECT player_lookup, prop, system_id, version AS versions, predicted, effective_at AS newest
FROM latest_all
WHERE game_date = {day:Date}
ORDER BY versions DESC, player_lookup, prop, system_id
LIMIT {limit:UInt32}
