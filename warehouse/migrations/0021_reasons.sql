-- Why a version says what it says, what a batch said, where the edges are, and how fresh the sources.
--
-- Rows that were stored twice agree in every column, so any column may have a part in folding them,
-- and a filter on it then reaches the log: on the id of a version or a change, on what and whose the
-- news was, and on the moment.
CREATE OR REPLACE VIEW why AS
WITH (SELECT systems FROM champion_systems) AS champion_of_prop
SELECT
    league,
    player_lookup,
    game_id,
    game_date,
    tip_off,
    prop,
    system_id,
    CAST(system_id = if(mapContains(champion_of_prop, toString(prop)), champion_of_prop[toString(prop)], champion_of_prop['']), 'Bool') AS is_champion,
    version,
    prediction_id,
    previous_predicted,
    predicted,
    round(predicted - previous_predicted, 2) AS moved,
    previous_line,
    line,
    previous_recommendation,
    recommendation,
    recommendation_reason,
    concat(
        change_type, ' ', subject,
        if(old_value IS NULL, '', concat(' ', ifNull(old_value, ''), ' ->')),
        if(new_value IS NULL, ' taken back', concat(' ', ifNull(new_value, '')))
    ) AS because,
    change_type,
    subject,
    fact,
    old_value,
    new_value,
    cause_source,
    trigger_source,
    trigger_user,
    cause_known_at AS known_at,
    effective_at,
    written_at,
    if(origin = 'live', dateDiff('microsecond', ifNull(published_at, ingested_at), written_at) / 1e6, NULL) AS seconds_to_version,
    correlation_id,
    concat(cause_topic, '/', toString(cause_partition), '/', toString(cause_offset)) AS cause_place,
    components,
    teammates_out,
    status,
    projected_minutes,
    origin,
    batch_id,
    build,
    system_version,
    model_version,
    supersedes_version,
    if(supersedes_version IS NULL, NULL, lower(hex(substring(SHA256(concat(league, '|', player_lookup, '/', game_id, '/', prop, '/', system_id, '|', toString(supersedes_version))), 1, 16)))) AS supersedes_prediction_id
FROM
(
    SELECT *
    FROM prediction_log
    WHERE run_id = ''
    ORDER BY player_lookup, game_id, prop, system_id, league, version, content_hash
    LIMIT 1 BY
        player_lookup, game_id, prop, system_id, league, version, content_hash, game_date,
        prediction_id, correlation_id, change_type, subject, effective_at, written_at
)
COMMENT 'What moved each version, by how much, and where it came from.';

-- prediction_id has no part in the sort key; blocks without it are skipped.
ALTER TABLE prediction_log
    ADD INDEX IF NOT EXISTS prediction_id_filter prediction_id TYPE bloom_filter(0.01) GRANULARITY 4;

-- A batch keeps its own word on every key, also where it made no version.
CREATE OR REPLACE VIEW as_of_batch AS
SELECT
    batch_id,
    league,
    player_lookup,
    game_id,
    game_date,
    prop,
    system_id,
    predicted,
    line,
    confidence,
    recommendation,
    outcome,
    reason,
    version,
    if(version IS NULL, NULL, lower(hex(substring(SHA256(concat(league, '|', player_lookup, '/', game_id, '/', prop, '/', system_id, '|', toString(version))), 1, 16)))) AS prediction_id,
    content_hash,
    written_at
FROM batch_values
WHERE batch_id = {id:String}
COMMENT 'What a batch said of every key: SELECT … FROM as_of_batch(id = ''batch_2024-12-23_06:00'').';

-- The best price is that of the best line for the side the prediction takes: for OVER the lowest
-- line, for UNDER the highest, and among equal lines the highest payout. A quote that lies more
-- than 6 hours behind the freshest on the same prop is stale and never the best.
CREATE OR REPLACE VIEW edges AS
SELECT
    *,
    CAST(NOT is_stale AND rank() OVER best_first = 1, 'Bool') AS is_best
FROM
(
    SELECT
        answer.league AS league,
        answer.player_lookup AS player_lookup,
        answer.team AS team,
        answer.opponent AS opponent,
        answer.game_id AS game_id,
        answer.game_date AS game_date,
        answer.tip_off AS tip_off,
        answer.prop AS prop,
        answer.system_id AS system_id,
        answer.version AS version,
        answer.prediction_id AS prediction_id,
        answer.predicted AS predicted,
        answer.confidence AS confidence,
        answer.status AS status,
        quote.book AS book,
        assumeNotNull(quote.line) AS line,
        quote.over_price AS over_price,
        quote.under_price AS under_price,
        quote.known_at AS known_at,
        round(answer.predicted - line, 2) AS edge,
        if(edge >= 0, 'OVER', 'UNDER') AS side,
        if(edge >= 0, quote.over_price, quote.under_price) AS price,
        round(if(price > 0, 100 / (price + 100), -price / (100 - price)), 4) AS implied_probability,
        count() OVER quotes_of_prop AS books,
        round(dateDiff('second', quote.known_at, max(quote.known_at) OVER quotes_of_prop) / 3600, 2) AS behind_hours,
        CAST(behind_hours > 6, 'Bool') AS is_stale
    FROM latest AS answer
    INNER JOIN
    (
        SELECT player_lookup, game_id, prop, book, line, over_price, under_price, known_at, is_retracted
        FROM lines
        ORDER BY player_lookup, game_id, prop, book, known_at DESC, kafka_offset DESC
        LIMIT 1 BY player_lookup, game_id, prop, book
    ) AS quote ON quote.player_lookup = answer.player_lookup AND quote.game_id = answer.game_id AND quote.prop = answer.prop
    WHERE answer.predicted IS NOT NULL AND quote.line IS NOT NULL AND NOT quote.is_retracted
    WINDOW quotes_of_prop AS (PARTITION BY answer.player_lookup, answer.game_id, answer.game_date, answer.prop, answer.league)
)
WINDOW best_first AS
(
    PARTITION BY player_lookup, game_id, game_date, prop, league, side
    ORDER BY is_stale, if(side = 'OVER', line, -line), implied_probability
)
COMMENT 'The champion''s newest prediction against the newest line of each book, and where the best price is.';

CREATE OR REPLACE VIEW freshness AS
SELECT
    change_type AS what,
    source,
    count() AS events,
    max(known_at) AS newest_known_at,
    max(written_at) AS newest_written_at,
    dateDiff('second', newest_written_at, max(newest_written_at) OVER ()) AS behind_seconds
FROM change_events
GROUP BY change_type, source
COMMENT 'How old the newest word of each source is.';
