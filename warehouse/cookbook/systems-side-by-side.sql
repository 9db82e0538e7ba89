-- What does each system say of a player?
--
-- {player:String} such as 'lebronjames': the player, as player_lookup.
-- {prop:String} = 'points': the prop.
-- {day:Date} = today: league day of the game.
SELECT system_id, is_champion, predicted, line, edge, recommendation, confidence, version
FROM latest_all
WHERE player_lookup = {player:String} AND game_date = {day:Date} AND prop = {prop:String}
ORDER BY is_champion DESC, system_id
