-- How long does each kind of change take until its versions are written?
--
-- {since:DateTime64(6, 'UTC')} such as '2024-12-23 00:00:00': from this moment on, UTC.
SELECT
    change_type,
    count() AS versions,
    round(quantileExact(0.5)(seconds_to_version), 3) AS seconds_p50,
    round(quantileExact(0.99)(seconds_to_version), 3) AS seconds_p99
FROM why
WHERE written_at >= {since:DateTime64(6, 'UTC')} AND seconds_to_version IS NOT NULL
GROUP BY change_type
ORDER BY change_type
