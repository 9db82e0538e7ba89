-- How did the line move between a version and the close, and towards the prediction or away?
--
-- {from:Date} such as '2024-12-01': first league day.
-- {to:Date} = today: last league day.
-- {prop:String} = 'points': the prop.
SELECT
    player_lookup,
    game_date,
    system_id,
    version,
    predicted,
    line AS line_then,
    closing_line,
    closing_line - line AS line_moved,
    multiIf(closing_line = line, 'not', (closing_line > line) = (predicted > line), 'towards', 'away') AS towards_prediction,
    actual
FROM champion_grades
WHERE game_date BETWEEN {from:Date} AND {to:Date}
  AND prop = {prop:String}
  AND predicted IS NOT NULL AND line IS NOT NULL AND closing_line IS NOT NULL
ORDER BY game_date, player_lookup, system_id, version
