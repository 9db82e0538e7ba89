-- How did the champion of each prop do over some days, beside the line and the last ten games?
--
-- {from:Date} such as '2024-12-01': first league day.
-- {to:Date} = today: last league day.
SELECT
    prop,
    system_id,
    countIf(absolute_error IS NOT NULL) AS games,
    round(avg(absolute_error), 2) AS mean_absolute_error,
    round(avgIf(abs(line - actual), absolute_error IS NOT NULL), 2) AS line_error,
    round(avgIf(abs(baseline_last_10 - actual), absolute_error IS NOT NULL), 2) AS last_10_error,
    round(avg(signed_error), 2) AS bias,
    countIf(verdict = 'correct') AS correct,
    countIf(verdict = 'wrong') AS wrong,
    countIf(verdict = 'push') AS pushes,
    countIf(verdict = 'void') AS voids
FROM champion_grades
WHERE game_date BETWEEN {from:Date} AND {to:Date} AND is_last
GROUP BY prop, system_id
ORDER BY prop, system_id
