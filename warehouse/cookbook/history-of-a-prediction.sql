-- How did a prediction come to what it says: every version and its cause?
--
-- {player:String} such as 'lebronjames': the player, as player_lookup.
-- {prop:String} = 'points': the prop.
-- {day:Date} = today: league day of the game.
SELECT
    version,
    effective_at,
    predicted,
    line,
    recommendation,
    status,
    change_type,
    subject,
    old_value,
    new_value,
    superseded_at
FROM history
WHERE player_lookup = {player:String} AND game_date = {day:Date} AND prop = {prop:String} AND is_champion
ORDER BY version
