-- What did the champions say at a moment, for example at 6 AM?
--
-- {moment:DateTime64(6, 'UTC')} = now: the moment, UTC.
-- {day:Date} = today: league day of the games.
-- {prop:String} = 'points': the prop.
SELECT player_lookup, team, predicted, line, recommendation, status, version, effective_at
FROM as_of(moment = {moment:DateTime64(6, 'UTC')})
WHERE game_date = {day:Date} AND prop = {prop:String} AND is_champion
ORDER BY team, player_lookup
