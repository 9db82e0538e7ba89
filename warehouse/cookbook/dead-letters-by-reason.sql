-- What was refused, why, and what is to be done?
--
-- {since:DateTime64(6, 'UTC')} such as '2024-12-23 00:00:00': refused from this moment on, UTC.
SELECT
    reason,
    topic,
    count() AS records,
    max(written_at) AS newest,
    argMax(message, (written_at, partition, offset)) AS for_example,
    any(hint) AS what_to_do
FROM dead_letters
WHERE written_at >= {since:DateTime64(6, 'UTC')}
GROUP BY reason, topic
ORDER BY records DESC, reason, topic
