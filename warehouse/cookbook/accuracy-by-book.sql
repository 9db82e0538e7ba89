-- How near did each book's closing lines come, and how did the champions do against them?
--
-- {from:Date} such as '2024-12-01': first league day.
-- {to:Date} = today: last league day.
-- {prop:String} = 'points': the prop.
--
-- A book's closing line is its last before tip-off. Pushes count neither as right nor as wrong.
WITH closing AS
(
    SELECT
        player_lookup,
        game_id,
        prop,
        book,
        argMax(tuple(line), known_at).1 AS book_line
    FROM lines
    WHERE prop = {prop:String}
      AND NOT is_retracted
      AND (player_lookup, game_id) IN (SELECT player_lookup, game_id FROM graded WHERE game_date BETWEEN {from:Date} AND {to:Date})
      AND known_at < (SELECT max(tip_off) FROM graded WHERE game_date BETWEEN {from:Date} AND {to:Date})
    GROUP BY player_lookup, game_id, prop, book
)
SELECT
    book,
    count() AS games,
    round(avg(abs(book_line - actual)), 2) AS line_error,
    round(avg(abs(predicted - actual)), 2) AS prediction_error,
    countIf(predicted != book_line AND actual != book_line AND (predicted > book_line) = (actual > book_line)) AS correct,
    countIf(predicted != book_line AND actual != book_line AND (predicted > book_line) != (actual > book_line)) AS wrong,
    countIf(actual = book_line) AS pushes
FROM champion_grades
INNER JOIN closing USING (player_lookup, game_id, prop)
WHERE game_date BETWEEN {from:Date} AND {to:Date}
  AND prop = {prop:String}
  AND is_last
  AND predicted IS NOT NULL AND actual IS NOT NULL AND book_line IS NOT NULL
GROUP BY book
ORDER BY line_error, book
