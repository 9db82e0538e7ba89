-- What changed since a moment, and why?
--
-- {since:DateTime64(6, 'UTC')} such as '2024-12-23 22:00:00': known from this moment on, UTC.
-- {day:Date} = today: league day of the games.
SELECT effective_at, player_lookup, prop, previous_predicted, predicted, recommendation, because
FROM why
WHERE game_date = {day:Date} AND is_champion AND effective_at >= {since:DateTime64(6, 'UTC')}
ORDER BY effective_at DESC, player_lookup, prop
