-- Planning is most of what a player's evening takes, and a condition of two look-ups and a comparison is
-- a tenth of that: which days a game has left stands in one column now. Days and moments stay, for the
-- answer as of a moment. The program fills the table anew after these migrations.
CREATE OR REPLACE TABLE moved_games
(
    game_id String COMMENT 'A game for which more than one day was stated.',
    days Array(Date32) COMMENT 'The days stated for it, in the order in which they were known: the last one holds. Empty when it was not moved after all.',
    known_at Array(DateTime64(6, 'UTC')) COMMENT 'When each of the days was known, UTC.',
    left_days Array(Date32) COMMENT 'Those of the days that hold no longer.'
)
ENGINE = Join(ANY, LEFT, game_id)
SETTINGS join_any_take_last_row = 1
COMMENT 'Games that were moved, for looking up. Kept by the sink and by a rebuild.';

CREATE OR REPLACE VIEW latest_all AS
SELECT
    *,
    CAST(system_id = coalesce(nullIf(joinGet('{database}.champion_lookup', 'system_id', prop), ''), joinGet('{database}.champion_lookup', 'system_id', '')), 'Bool') AS is_champion
FROM latest_versions FINAL
WHERE NOT has(joinGet('{database}.moved_games', 'left_days', game_id), game_date)
COMMENT 'The newest version of every prediction, of every system.';

CREATE OR REPLACE VIEW latest AS
SELECT
    *
FROM latest_versions FINAL
WHERE system_id = coalesce(nullIf(joinGet('{database}.champion_lookup', 'system_id', prop), ''), joinGet('{database}.champion_lookup', 'system_id', ''))
  AND NOT has(joinGet('{database}.moved_games', 'left_days', game_id), game_date)
COMMENT 'The newest version of every prediction, of the champion system of its prop: the answer.';

-- Whether a game was moved is asked of the rows of the answer, not of all that were read to find them:
-- two of three are another player's. All versions of a key are of one game, so the windows are the same.
--
-- The rest is as it was. Rows of one version: the last one stays, the one after it has another version.
-- The hash of what a version says is left out of it: it is half of what a history reads, and two
-- different rows of one version are named by `sideline verify`. The second branch is for games that
-- were moved: what replaced a version may bear another day. Its last condition is a constant, false
-- when no game was moved.
CREATE OR REPLACE VIEW history AS
SELECT
    *,
    CAST(system_id = coalesce(nullIf(joinGet('{database}.champion_lookup', 'system_id', prop), ''), joinGet('{database}.champion_lookup', 'system_id', '')), 'Bool') AS is_champion,
    leadInFrame(toNullable(version)) OVER versions_of_key AS superseded_by,
    leadInFrame(toNullable(effective_at)) OVER versions_of_key AS superseded_at,
    CAST(superseded_by IS NOT NULL, 'Bool') AS is_superseded
FROM prediction_log
WHERE run_id = ''
WINDOW versions_of_key AS
(
    PARTITION BY game_date, player_lookup, game_id, prop, system_id, league
    ORDER BY version
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
QUALIFY leadInFrame(version) OVER versions_of_key != version
  AND empty(joinGet('{database}.moved_games', 'days', game_id))
UNION ALL
SELECT
    *,
    CAST(system_id = coalesce(nullIf(joinGet('{database}.champion_lookup', 'system_id', prop), ''), joinGet('{database}.champion_lookup', 'system_id', '')), 'Bool') AS is_champion,
    leadInFrame(toNullable(version)) OVER versions_of_key AS superseded_by,
    leadInFrame(toNullable(effective_at)) OVER versions_of_key AS superseded_at,
    CAST(superseded_by IS NOT NULL, 'Bool') AS is_superseded
FROM prediction_log
WHERE run_id = ''
  AND notEmpty(joinGet('{database}.moved_games', 'days', game_id)) AND (SELECT count() > 0 FROM moved_games)
WINDOW versions_of_key AS
(
    PARTITION BY player_lookup, game_id, prop, system_id, league
    ORDER BY version
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
QUALIFY leadInFrame(version) OVER versions_of_key != version
COMMENT 'Every version of every prediction, with what replaced it and when.';
