-- Forty inserts a second, of a few versions each, make parts of some hundred bytes. To the server, parts
-- under 5 MB are all alike: it merged as soon as there were a handful, and a rule drops the smallest of
-- them from the merge again, the ones for which it was made. So a merge took the largest part and two
-- others, twenty-eight times a second: every version was written some hundred times over in its first
-- minutes, for half of a processor's time.
--
-- Now a merge takes what there is, and waits until that is sixteen parts, or fewer once they grow old. A
-- question about a player is as fast with thirty small parts as with one.
ALTER TABLE prediction_log MODIFY SETTING merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0;

ALTER TABLE prediction_log MODIFY SETTING merge_selector_base = 16;

ALTER TABLE latest_versions MODIFY SETTING merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0;

ALTER TABLE latest_versions MODIFY SETTING merge_selector_base = 16;
