-- Why does a version say what it says?
--
-- {id:String} such as '0b7f5d4f0b0a2e3c9d8e7f6a5b4c3d2e': its prediction_id.
SELECT player_lookup, prop, system_id, version, previous_predicted, predicted, because, cause_source, cause_place, correlation_id, components, supersedes_prediction_id
FROM why
WHERE prediction_id = {id:String}
