-- Who moved because of a player's news, and by how much?
--
-- {player:String} such as 'anthonydavis': the player whose news it was.
-- {day:Date} = today: league day of the games.
SELECT player_lookup, prop, previous_predicted, predicted, moved, line, recommendation, because, known_at
FROM why
WHERE game_date = {day:Date} AND subject = {player:String} AND is_champion
ORDER BY known_at DESC, abs(moved) DESC NULLS FIRST, player_lookup, prop
