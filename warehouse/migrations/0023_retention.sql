-- Live versions are kept for ever; those of a trial or a backtest (run_id) go after 90 days. What of
-- them was promoted is a live version of its own.
ALTER TABLE prediction_log
    MODIFY TTL toDateTime(written_at) + INTERVAL 90 DAY DELETE WHERE run_id != ''
    SETTINGS materialize_ttl_after_modify = 0;
