-- Are confident predictions right more often?
--
-- {from:Date} such as '2024-12-01': first league day.
-- {to:Date} = today: last league day.
-- {prop:String} = '': the prop; empty for all.
SELECT
    system_id,
    floor(confidence * 10) / 10 AS confidence_from,
    countIf(verdict = 'correct') AS correct,
    countIf(verdict = 'wrong') AS wrong,
    round(correct / (correct + wrong), 3) AS hit_rate,
    countIf(verdict = 'push') AS pushes
FROM graded
WHERE game_date BETWEEN {from:Date} AND {to:Date}
  AND ({prop:String} = '' OR prop = {prop:String})
  AND is_last AND verdict IN ('correct', 'wrong', 'push')
GROUP BY system_id, confidence_from
ORDER BY system_id, confidence_from
