-- When a system says 60 %, does the over come 60 times in a hundred?
--
-- {system:String} = 'ensemble': the system.
-- {from:Date} such as '2024-12-01': first league day.
-- {to:Date} = today: last league day.
--
-- Ten bins of the probability that the result is over the line; pushes are left out.
SELECT
    least(9, toUInt8(floor(probability_over * 10))) / 10 AS bin,
    count() AS predictions,
    round(avg(probability_over), 3) AS said,
    round(avg(actual > line), 3) AS came,
    round(avg(pow(probability_over - (actual > line), 2)), 4) AS brier
FROM graded
WHERE system_id = {system:String}
  AND game_date BETWEEN {from:Date} AND {to:Date}
  AND is_last AND probability_over IS NOT NULL AND actual IS NOT NULL AND actual != line
GROUP BY bin
ORDER BY bin
