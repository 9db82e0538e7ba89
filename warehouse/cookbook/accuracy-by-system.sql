-- Which system is nearest on a prop, on the games that all of them predicted?
--
-- {from:Date} such as '2024-12-01': first league day.
-- {to:Date} = today: last league day.
-- {prop:String} = 'points': the prop.
WITH rows AS
(
    SELECT *
    FROM graded
    WHERE game_date BETWEEN {from:Date} AND {to:Date}
      AND prop = {prop:String} AND is_last AND absolute_error IS NOT NULL
),
shared AS
(
    SELECT player_lookup, game_id
    FROM rows
    GROUP BY player_lookup, game_id
    HAVING uniqExact(system_id) = (SELECT uniqExact(system_id) FROM rows)
)
SELECT
    system_id,
    count() AS games,
    round(avg(absolute_error), 2) AS mean_absolute_error,
    round(avg(signed_error), 2) AS bias,
    round(avg(is_within_3), 3) AS within_3,
    round(avg(is_within_5), 3) AS within_5,
    countIf(verdict = 'correct') AS correct,
    countIf(verdict = 'wrong') AS wrong,
    round(correct / (correct + wrong), 3) AS hit_rate
FROM rows
WHERE (player_lookup, game_id) IN (SELECT player_lookup, game_id FROM shared)
GROUP BY system_id
ORDER BY mean_absolute_error, system_id
