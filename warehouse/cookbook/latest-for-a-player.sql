-- What are a player's newest predictions?
--
-- {player:String} such as 'lebronjames': the player, as player_lookup.
-- {day:Date} = today: league day of the game.
SELECT prop, predicted, line, edge, recommendation, confidence, status, version, effective_at
FROM latest
WHERE player_lookup = {player:String} AND game_date = {day:Date}
ORDER BY prop
