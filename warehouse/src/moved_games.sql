INSERT INTO moved_games
SELECT game_id, days, moments, arrayDistinct(arrayFilter(day -> day != days[-1], days))
FROM
(
    SELECT
        game_id,
        arraySort(groupUniqArrayIf((known_at, kafka_offset, game_date), stands)) AS statements,
        uniqExactIf(game_date, stands) > 1 AS is_moved,
        if(is_moved, arrayMap(statement -> statement.3, statements), []) AS days,
        if(is_moved, arrayMap(statement -> statement.1, statements), []) AS moments
    FROM (SELECT *, NOT is_deleted AND NOT is_retracted AS stands FROM game_log)
    GROUP BY game_id
)
WHERE days != joinGet('{database}.moved_games', 'days', game_id)
   OR moments != joinGet('{database}.moved_games', 'known_at', game_id)
