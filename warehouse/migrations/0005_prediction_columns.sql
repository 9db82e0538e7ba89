-- What a system says of its own certainty. Both are NULL for versions made before systems said so.
ALTER TABLE prediction_log
    ADD COLUMN IF NOT EXISTS spread Nullable(Float64) COMMENT 'How far the result may lie from predicted: one standard deviation, in units of the prop. NULL when the system does not say.' AFTER edge,
    ADD COLUMN IF NOT EXISTS probability_over Nullable(Float64) COMMENT '0 to 1: chance that the result is over the line. NULL without a line or when the system does not say.' AFTER spread;
