-- How old is the newest word of each source, and which has fallen silent?
SELECT what, source, events, newest_known_at, newest_written_at, behind_seconds
FROM freshness
ORDER BY behind_seconds DESC, what, source
