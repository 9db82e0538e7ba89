-- An insert of a few versions is made of opening, writing and closing some dozens of streams. A mark for
-- each part of a column, a stream of lengths beside each text, and looking for columns that are nearly
-- always empty are for large parts, and a tenth of the time of small ones.
--
-- Parts that were merged away are deleted by one thread: a thousand of them every half minute, by a
-- hundred threads at once, held inserts up for a third of a second.
ALTER TABLE prediction_log MODIFY SETTING write_marks_for_substreams_in_compact_parts = 0;

ALTER TABLE prediction_log MODIFY SETTING string_serialization_version = 'single_stream';

ALTER TABLE prediction_log MODIFY SETTING ratio_of_defaults_for_sparse_serialization = 1;

ALTER TABLE prediction_log MODIFY SETTING concurrent_part_removal_threshold = 1000000;

ALTER TABLE latest_versions MODIFY SETTING write_marks_for_substreams_in_compact_parts = 0;

ALTER TABLE latest_versions MODIFY SETTING string_serialization_version = 'single_stream';

ALTER TABLE latest_versions MODIFY SETTING ratio_of_defaults_for_sparse_serialization = 1;

ALTER TABLE latest_versions MODIFY SETTING concurrent_part_removal_threshold = 1000000;
