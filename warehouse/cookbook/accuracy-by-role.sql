-- How well are stars, starters, role players and the bench predicted?
--
-- {from:Date} such as '2024-12-01': first league day.
-- {to:Date} = today: last league day.
--
-- Roles go by the season's scoring average before the game: 25, 15 and 5 points are the bounds.
SELECT
    multiIf(baseline_season >= 25, 'star', baseline_season >= 15, 'starter', baseline_season >= 5, 'role', 'bench') AS role,
    system_id,
    count() AS games,
    round(avg(absolute_error), 2) AS mean_absolute_error,
    round(avg(signed_error), 2) AS bias,
    countIf(verdict = 'correct') AS correct,
    countIf(verdict = 'wrong') AS wrong
FROM graded
WHERE game_date BETWEEN {from:Date} AND {to:Date}
  AND prop = 'points' AND is_last
  AND absolute_error IS NOT NULL AND baseline_season IS NOT NULL
GROUP BY role, system_id
ORDER BY indexOf(['star', 'starter', 'role', 'bench'], role), system_id
