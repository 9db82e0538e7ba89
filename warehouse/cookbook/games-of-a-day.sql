-- Which games are there on a day, and how many players are predicted in each?
--
-- {day:Date} = today: league day.
SELECT
    games.game_id AS game_id,
    games.away AS away,
    games.home AS home,
    games.tip_off AS tip_off,
    games.status AS status,
    uniqExactIf(answer.player_lookup, answer.predicted IS NOT NULL) AS players,
    countIf(answer.predicted IS NOT NULL) AS predictions,
    countIf(answer.recommendation IN ('OVER', 'UNDER')) AS recommended
FROM games
LEFT JOIN (SELECT * FROM latest WHERE game_date = {day:Date}) AS answer ON answer.game_id = games.game_id
WHERE games.game_date = {day:Date}
GROUP BY game_id, away, home, tip_off, status
ORDER BY tip_off, game_id
