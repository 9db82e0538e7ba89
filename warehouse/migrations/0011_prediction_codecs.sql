-- Hashes and places take most of a version's bytes. Hex digits hold half a byte each: ZSTD finds
-- that, LZ4 does not; offsets rise by little from row to row. What is read to find the newest
-- version (key, version, effective_at) stays as it is, since LZ4 is faster to read.
ALTER TABLE prediction_log
    MODIFY COLUMN prediction_id CODEC(ZSTD(1)),
    MODIFY COLUMN content_hash CODEC(ZSTD(1)),
    MODIFY COLUMN correlation_id CODEC(ZSTD(1)),
    MODIFY COLUMN components CODEC(ZSTD(1)),
    MODIFY COLUMN view CODEC(ZSTD(1)),
    MODIFY COLUMN fact CODEC(ZSTD(1)),
    MODIFY COLUMN teammates_out CODEC(ZSTD(1)),
    MODIFY COLUMN kafka_offset CODEC(Delta, ZSTD(1)),
    MODIFY COLUMN cause_offset CODEC(Delta, ZSTD(1)),
    MODIFY COLUMN `trail.appended_at` CODEC(Delta, ZSTD(1));

-- Each of about 90 streams of a part gets a buffer of the largest block while the part is written:
-- with the default of 1 MB, one insert of 100,000 versions does not fit the 512 MB of the local server.
ALTER TABLE prediction_log MODIFY SETTING max_compress_block_size = 65536, min_compress_block_size = 32768;
