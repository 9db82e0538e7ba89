-- On which props of an evening do the books lie furthest apart?
--
-- {day:Date} = today: league day of the games.
-- {limit:UInt32} = '20': rows shown at most.
SELECT
    player_lookup,
    prop,
    any(predicted) AS predicted,
    min(line) AS lowest,
    argMin(book, (line, book)) AS lowest_at,
    max(line) AS highest,
    argMax(book, (line, book)) AS highest_at,
    highest - lowest AS apart
FROM edges
WHERE game_date = {day:Date} AND NOT is_stale
GROUP BY player_lookup, prop
HAVING apart > 0
ORDER BY apart DESC, player_lookup, prop
LIMIT {limit:UInt32}
