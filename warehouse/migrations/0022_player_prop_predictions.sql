-- The points predictions of the champion in the columns of a batch system, in either spelling.
--
-- A spelling with hyphens comes from a name that the player was registered with: without accents,
-- in lower case, apostrophes and full stops left out, and every other break between letters one
-- hyphen. It counts where it is the player_lookup once its hyphens are taken out, so no spelling
-- means two players.
CREATE OR REPLACE VIEW player_spellings AS
SELECT DISTINCT
    trim(BOTH '-' FROM replaceRegexpAll(
        replaceRegexpAll(
            replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(
                replaceRegexpAll(normalizeUTF8NFKD(lowerUTF8(player_name)), '\\p{M}', ''),
                'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'đ', 'd'), 'ł', 'l'),
            '[''’`.]', ''),
        '[^a-z0-9]+', '-')) AS spelling,
    player_lookup
FROM player_log
WHERE spelling != player_lookup AND replaceAll(spelling, '-', '') = player_lookup
COMMENT 'The ways in which each player is spelt with hyphens, from the names he was registered with.';

-- Each version stands here once under the player_lookup and once under each spelling with hyphens:
-- only so does a filter on either meet rows. The sort key prunes for both: for the first directly,
-- for the second by the join's own filter, which holds the one player_lookup that the spelling
-- means and is laid over the key of the log while it is read (setting
-- enable_join_runtime_filters_index_analysis; without it the player_lookup of every row is read).
CREATE OR REPLACE VIEW player_prop_predictions AS
SELECT
    prediction_id,
    spelling AS player_lookup,
    game_date,
    game_id,
    system_id,
    version AS prediction_version,
    predicted AS predicted_points,
    confidence AS confidence_score,
    recommendation,
    CAST(line IS NOT NULL, 'Bool') AS has_prop_line,
    line AS current_points_line,
    edge AS line_margin,
    if(line IS NULL, 'NO_PROP_LINE', 'ACTUAL_PROP') AS line_source,
    status AS injury_status_at_prediction,
    team AS team_abbr,
    opponent AS opponent_team_abbr,
    is_home,
    projected_minutes,
    quality AS feature_quality_score,
    feature_version,
    model_version,
    build AS build_commit_sha,
    NOT is_superseded AS is_active,
    is_superseded,
    if(superseded_by IS NULL, NULL, lower(hex(substring(SHA256(concat(league, '|', plain_lookup, '/', game_id, '/', prop, '/', system_id, '|', toString(superseded_by))), 1, 16)))) AS superseded_by,
    superseded_at,
    batch_id,
    CAST(batch_id IS NULL AND origin != 'batch', 'Bool') AS is_realtime_update,
    change_type,
    correlation_id,
    CAST(effective_at < tip_off, 'Bool') AS prediction_made_before_game,
    effective_at AS predicted_at,
    written_at AS created_at,
    is_alias
FROM
(
    SELECT *, player_lookup AS plain_lookup, player_lookup AS spelling, false AS is_alias
    FROM history
    WHERE prop = 'points' AND is_champion
    UNION ALL
    SELECT own.*, own.player_lookup AS plain_lookup, spelt.spelling AS spelling, true AS is_alias
    FROM (SELECT * FROM history WHERE prop = 'points' AND is_champion) AS own
    INNER JOIN player_spellings AS spelt ON spelt.player_lookup = own.player_lookup
)
COMMENT 'The champion''s points predictions in the columns of a batch system. A row per version and spelling of the player: count with WHERE NOT is_alias.';
