-- Where are the biggest edges of an evening, and at which book?
--
-- {day:Date} = today: league day of the games.
-- {prop:String} = '': the prop; empty for all.
-- {limit:UInt32} = '20': rows shown at most.
SELECT player_lookup, team, opponent, prop, predicted, side, book, line, price, edge, confidence
FROM edges
WHERE game_date = {day:Date}
  AND ({prop:String} = '' OR prop = {prop:String})
  AND is_best AND NOT is_stale
ORDER BY abs(edge) DESC, player_lookup, prop, book
LIMIT {limit:UInt32}
