-- Who has a line on a day, and no prediction?
--
-- {day:Date} = today: league day of the games.
SELECT player_lookup, prop, uniqExact(book) AS books, max(known_at) AS newest_line
FROM lines
WHERE game_id IN (SELECT game_id FROM games WHERE game_date = {day:Date})
  AND NOT is_retracted
  AND (player_lookup, game_id, prop) NOT IN
      (SELECT player_lookup, game_id, prop FROM latest WHERE game_date = {day:Date})
GROUP BY player_lookup, prop
ORDER BY player_lookup, prop
