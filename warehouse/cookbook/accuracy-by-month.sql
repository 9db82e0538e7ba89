-- How did the champions do, month by month?
--
-- {prop:String} = 'points': the prop.
SELECT
    month,
    prop,
    system_id,
    games,
    mean_absolute_error,
    bias,
    hit_rate,
    correct,
    wrong,
    line_mean_absolute_error
FROM accuracy
WHERE prop = {prop:String} AND is_champion
ORDER BY month, system_id
