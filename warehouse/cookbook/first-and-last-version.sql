-- Did the news of the day bring the predictions nearer: first version against last?
--
-- {from:Date} such as '2024-12-01': first league day.
-- {to:Date} = today: last league day.
WITH first AS
(
    SELECT player_lookup, game_id, prop, system_id, absolute_error
    FROM graded
    WHERE game_date BETWEEN {from:Date} AND {to:Date} AND version = 1
)
SELECT
    last.prop AS prop,
    last.system_id AS system_id,
    count() AS games,
    round(avg(first.absolute_error), 2) AS first_error,
    round(avg(last.absolute_error), 2) AS last_error,
    round(first_error - last_error, 2) AS gained
FROM graded AS last
INNER JOIN first USING (player_lookup, game_id, prop, system_id)
WHERE last.game_date BETWEEN {from:Date} AND {to:Date}
  AND last.is_last AND last.version > 1
  AND last.absolute_error IS NOT NULL AND first.absolute_error IS NOT NULL
GROUP BY prop, system_id
ORDER BY gained DESC, prop, system_id
