-- What are the newest predictions of a day?
--
-- {day:Date} = today: league day of the games.
-- {prop:String} = 'points': the prop.
SELECT player_lookup, team, opponent, is_home, predicted, line, edge, recommendation, status, version
FROM latest
WHERE game_date = {day:Date} AND prop = {prop:String}
ORDER BY team, player_lookup
