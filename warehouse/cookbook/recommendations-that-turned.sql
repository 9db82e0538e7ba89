-- Which recommendations turned on a day, and why?
--
-- {day:Date} = today: league day of the games.
SELECT player_lookup, prop, version, previous_recommendation, recommendation, predicted, line, because
FROM why
WHERE game_date = {day:Date} AND is_champion
  AND previous_recommendation IS NOT NULL AND recommendation != previous_recommendation
ORDER BY effective_at, player_lookup, prop
