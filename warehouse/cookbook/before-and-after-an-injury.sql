-- What did a team's players look like before and after a player's injury news?
--
-- {player:String} such as 'anthonydavis': the player whose news it was.
-- {day:Date} = today: league day of the game.
WITH news AS
(
    SELECT correlation_id
    FROM change_events
    WHERE change_type = 'injury_status' AND subject = {player:String} AND NOT is_unchanged
    ORDER BY known_at DESC
    LIMIT 1
)
SELECT
    player_lookup,
    prop,
    previous_predicted AS before,
    predicted AS after,
    round(predicted - previous_predicted, 2) AS moved,
    line,
    previous_recommendation AS said_before,
    recommendation AS says_after,
    old_value,
    new_value
FROM history
WHERE game_date = {day:Date} AND is_champion
  AND correlation_id IN (SELECT correlation_id FROM news)
ORDER BY abs(moved) DESC NULLS FIRST, player_lookup, prop
