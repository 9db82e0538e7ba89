-- What is a player's newest points prediction, in the columns of a batch system?
--
-- {player:String} such as 'lebron-james': the player, in either spelling.
-- {day:Date} = today: league day of the game.
SELECT prediction_id, player_lookup, prediction_version, predicted_points, current_points_line, recommendation, superseded_by, is_superseded, batch_id, is_realtime_update
FROM player_prop_predictions
WHERE player_lookup = {player:String} AND game_date = {day:Date}
ORDER BY prediction_version DESC
LIMIT 1
