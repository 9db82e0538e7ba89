-- A player's whole history lies in as many places as he played days, and each column of each place is
-- looked up and unpacked on its own: half of what the question takes. The columns that a history is
-- asked for lie by player once more, a stretch for each month, for a sixth more on disk. A question
-- for any other column reads the log as before.
--
-- An insert does not write them, since news must not wait: the first merge does. Parts that were merged
-- before this migration get them when they are next merged with new ones, or by
-- ALTER TABLE prediction_log MATERIALIZE PROJECTION by_player.
ALTER TABLE prediction_log MODIFY SETTING materialize_projections_on_insert = 0;

ALTER TABLE prediction_log MODIFY SETTING materialize_projections_on_merge = 1;

-- A row that was sent twice is one after a merge; here both stay, and the view folds them as it folds
-- rows that are not merged yet. Sorting all rows anew at each merge would save that, for more memory
-- than the local server has.
ALTER TABLE prediction_log MODIFY SETTING deduplicate_merge_projection_mode = 'ignore';

ALTER TABLE prediction_log ADD PROJECTION IF NOT EXISTS by_player
(
    SELECT
        player_lookup, game_date, game_id, prop, system_id, league, version, run_id,
        predicted, line, edge, confidence, recommendation, recommendation_reason, status,
        projected_minutes, change_type, subject, old_value, new_value, effective_at, written_at
    ORDER BY player_lookup, game_date, game_id, prop, system_id, league, version
);
