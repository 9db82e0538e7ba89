-- Which book gives the best line and price on what is predicted of a player?
--
-- {player:String} such as 'lebronjames': the player, as player_lookup.
-- {day:Date} = today: league day of the game.
SELECT prop, predicted, side, book, line, price, edge, books, known_at
FROM edges
WHERE player_lookup = {player:String} AND game_date = {day:Date} AND is_best AND NOT is_stale
ORDER BY abs(edge) DESC, prop, side
