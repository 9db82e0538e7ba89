-- Which predictions stand on a line that a book has long left behind?
--
-- {day:Date} = today: league day of the games.
--
-- Stale: the book's quote is more than 6 hours older than the freshest on the same prop.
SELECT player_lookup, prop, book, line, known_at, behind_hours, predicted, edge
FROM edges
WHERE game_date = {day:Date} AND is_stale
ORDER BY behind_hours DESC, player_lookup, prop, book
