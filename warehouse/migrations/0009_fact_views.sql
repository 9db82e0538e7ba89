-- The plain views over the tables of 0006 to 0008: folded, without what was taken back or refused.
--
-- Refused: there is a dead letter of the statement's own place, and raw did not accept it later
-- (a player may be registered after his first line).
CREATE OR REPLACE VIEW change_events AS
SELECT * FROM change_event_log FINAL
COMMENT 'Every accepted ingress event, with the value before and after.';

CREATE OR REPLACE VIEW refused_events AS
SELECT topic, partition, offset
FROM dead_letter_log FINAL
WHERE phase = 'raw'
  AND (topic, partition, offset) NOT IN (SELECT cause_topic, cause_partition, cause_offset FROM change_event_log)
COMMENT 'Places of ingress events that were refused and not accepted since.';

CREATE OR REPLACE VIEW lines AS
SELECT * EXCEPT is_deleted
FROM line_log FINAL
WHERE NOT is_deleted
  AND (kafka_partition, kafka_offset) NOT IN
      (SELECT partition, offset FROM refused_events WHERE endsWith(topic, '-lines') AND NOT endsWith(topic, '-game-lines'))
COMMENT 'Every accepted line of every book. The newest per book counts; is_retracted: it no longer stands.';

-- What a source took back no longer counts; another source's word then stands again.
CREATE OR REPLACE VIEW box_scores AS
SELECT * EXCEPT (is_deleted, is_retracted)
FROM
(
    SELECT *
    FROM box_score_log FINAL
    WHERE NOT is_deleted
      AND (kafka_partition, kafka_offset) NOT IN (SELECT partition, offset FROM refused_events WHERE endsWith(topic, '-box-scores'))
    ORDER BY player_lookup, game_id, source, known_at DESC
    LIMIT 1 BY player_lookup, game_id, source
)
WHERE NOT is_retracted
ORDER BY player_lookup, game_id, known_at DESC, kafka_offset DESC
LIMIT 1 BY player_lookup, game_id
COMMENT 'The newest accepted box score line of each player and game.';

CREATE OR REPLACE VIEW games AS
SELECT * EXCEPT (is_deleted, is_retracted)
FROM
(
    SELECT *
    FROM game_log FINAL
    WHERE NOT is_deleted
      AND (kafka_partition, kafka_offset) NOT IN (SELECT partition, offset FROM refused_events WHERE endsWith(topic, '-games'))
    ORDER BY game_id, source, known_at DESC
    LIMIT 1 BY game_id, source
)
WHERE NOT is_retracted
ORDER BY game_id, known_at DESC, kafka_offset DESC
LIMIT 1 BY game_id
COMMENT 'The newest accepted word on each game.';

CREATE OR REPLACE VIEW players AS
SELECT * EXCEPT (is_deleted, is_retracted)
FROM
(
    SELECT *
    FROM player_log FINAL
    WHERE NOT is_deleted
      AND (kafka_partition, kafka_offset) NOT IN (SELECT partition, offset FROM refused_events WHERE endsWith(topic, '-rosters'))
    ORDER BY player_lookup, source, known_at DESC
    LIMIT 1 BY player_lookup, source
)
WHERE NOT is_retracted
ORDER BY player_lookup, known_at DESC, kafka_offset DESC
LIMIT 1 BY player_lookup
COMMENT 'The newest registration of every player.';

CREATE OR REPLACE VIEW batches AS
SELECT *
FROM batch_log FINAL
ORDER BY game_date, batch_id, written_at DESC, kafka_offset DESC
LIMIT 1 BY game_date, batch_id
COMMENT 'Every batch, as it stands.';

CREATE OR REPLACE VIEW batch_values AS
SELECT * FROM batch_value_log FINAL
COMMENT 'What every batch said of every key.';

CREATE OR REPLACE VIEW coverage AS
SELECT * FROM coverage_log FINAL
COMMENT 'Whom each batch reached, per game, prop and system.';
