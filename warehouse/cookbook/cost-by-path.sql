-- How much work and time did each phase take, by path and kind of change?
--
-- {since:DateTime64(6, 'UTC')} such as '2024-12-23 00:00:00': from this moment on, UTC.
SELECT
    metadata['path'] AS path,
    phase,
    change_type,
    count() AS runs,
    sum(record_count) AS records,
    sum(changed) AS new_versions,
    round(avg(duration_seconds), 4) AS seconds_mean,
    round(quantileExact(0.99)(duration_seconds), 4) AS seconds_p99
FROM runs
WHERE written_at >= {since:DateTime64(6, 'UTC')}
GROUP BY path, phase, change_type
ORDER BY path, change_type, seconds_mean DESC, phase
