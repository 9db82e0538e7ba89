-- Who entered what by hand?
--
-- {since:DateTime64(6, 'UTC')} such as '2024-12-23 00:00:00': known from this moment on, UTC.
SELECT known_at, trigger_user, change_type, subject, old_value, new_value, correlation_id
FROM change_events
WHERE known_at >= {since:DateTime64(6, 'UTC')} AND trigger_source = 'manual_entry'
ORDER BY known_at DESC, correlation_id
