-- How were a team's players predicted with a teammate out, and with him in?
--
-- {teammate:String} such as 'anthonydavis': the teammate, as player_lookup.
-- {prop:String} = 'points': the prop.
SELECT
    player_lookup,
    countIf(has(teammates_out, {teammate:String})) AS versions_without_him,
    round(avgIf(predicted, has(teammates_out, {teammate:String})), 2) AS without_him,
    round(avgIf(predicted, NOT has(teammates_out, {teammate:String})), 2) AS with_him,
    round(without_him - with_him, 2) AS difference
FROM history
WHERE prop = {prop:String} AND is_champion AND predicted IS NOT NULL
  AND team IN (SELECT team FROM latest WHERE player_lookup = {teammate:String})
GROUP BY player_lookup
HAVING versions_without_him > 0
ORDER BY difference DESC, player_lookup
