-- How did each book's line on a player move through the day?
--
-- {player:String} such as 'lebronjames': the player, as player_lookup.
-- {prop:String} = 'points': the prop.
-- {day:Date} = today: league day of the game.
SELECT book, known_at, line, over_price, under_price, source
FROM lines
WHERE player_lookup = {player:String} AND prop = {prop:String}
  AND game_id IN (SELECT game_id FROM latest WHERE player_lookup = {player:String} AND game_date = {day:Date})
  AND NOT is_retracted
ORDER BY known_at, book
