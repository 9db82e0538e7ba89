-- Who plays for a team, and how is each spelt?
--
-- {team:String} such as 'LAL': the team.
SELECT players.player_lookup AS player_lookup, player_name, position, groupArray(spelling) AS spellings
FROM players
LEFT JOIN player_spellings ON player_spellings.player_lookup = players.player_lookup
WHERE team = {team:String}
GROUP BY player_lookup, player_name, position
ORDER BY player_lookup
