-- Which updates took longest from the news to the last prediction it caused?
--
-- {since:DateTime64(6, 'UTC')} such as '2024-12-23 00:00:00': from this moment on, UTC.
-- {limit:UInt32} = '20': rows shown at most.
SELECT correlation_id, change_type, target_entity_id, status, duration_seconds, entities_total, changed, missing
FROM runs
WHERE phase = 'completion' AND written_at >= {since:DateTime64(6, 'UTC')}
ORDER BY duration_seconds DESC, correlation_id
LIMIT {limit:UInt32}
