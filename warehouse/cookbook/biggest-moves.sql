-- Which predictions of an evening moved most in one step, and what moved them?
--
-- {day:Date} = today: league day of the games.
-- {limit:UInt32} = '20': rows shown at most.
SELECT player_lookup, prop, version, previous_predicted, predicted, moved, because, known_at
FROM why
WHERE game_date = {day:Date} AND is_champion AND moved IS NOT NULL
ORDER BY abs(moved) DESC, player_lookup, prop, version
LIMIT {limit:UInt32}
