-- Has a part of the predictions drifted from week to week?
--
-- {part:String} = 'base': name of a part in components, for example base.
-- {prop:String} = 'points': the prop.
-- {system:String} = 'ensemble': the system.
--
-- Last versions only. A jump in mean or spread that the games don't explain is a fault of the input.
SELECT
    toMonday(game_date) AS week,
    count() AS predictions,
    countIf(mapContains(components, {part:String})) AS with_part,
    round(avgIf(components[{part:String}], mapContains(components, {part:String})), 3) AS mean,
    round(stddevPopIf(components[{part:String}], mapContains(components, {part:String})), 3) AS spread,
    round(avg(projected_minutes), 2) AS minutes,
    round(avg(quality), 1) AS quality
FROM as_of(moment = now64(6))
WHERE prop = {prop:String} AND system_id = {system:String} AND predicted IS NOT NULL
GROUP BY week
ORDER BY week
