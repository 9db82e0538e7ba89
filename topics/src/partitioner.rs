//! Which partition a key belongs to, as Java's Kafka client computes it.
//!
//! Producers in any language can agree with us: it is the default of the Java client, and of
//! librdkafka's `murmur2_random`. What is hashed is the partition key of
//! [`crate::catalogue::PartitionKey`], not the record's key.

/// Start value, multiplier and shift of murmur2, as Kafka fixed them.
const SEED: u32 = 0x9747_b28c;
const FACTOR: u32 = 0x5bd1_e995;
const SHIFT: u32 = 24;

/// The 32-bit murmur2 of `bytes`, signed as Java shows it.
#[must_use]
pub fn murmur2(bytes: &[u8]) -> i32 {
    // Java's length is 32 bits too; a longer key cannot be sent.
    let mut hash = SEED ^ (bytes.len() as u32);
    let (blocks, rest) = bytes.as_chunks::<4>();
    for block in blocks {
        let mut word = u32::from_le_bytes(*block).wrapping_mul(FACTOR);
        word = (word ^ (word >> SHIFT)).wrapping_mul(FACTOR);
        hash = hash.wrapping_mul(FACTOR) ^ word;
    }
    if !rest.is_empty() {
        let mut word = [0; 4];
        word[..rest.len()].copy_from_slice(rest);
        hash = (hash ^ u32::from_le_bytes(word)).wrapping_mul(FACTOR);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(FACTOR);
    (hash ^ (hash >> 15)).cast_signed()
}

/// The partition of a partition key among `partitions`, from 0. Fewer than 1 counts as 1.
///
/// ```
/// assert_eq!(sideline_topics::partition_for("foobar", 4), 2);
/// ```
#[must_use]
pub fn partition_for(partition_key: &str, partitions: i32) -> i32 {
    (murmur2(partition_key.as_bytes()) & i32::MAX) % partitions.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_agree_with_the_java_client() {
        // The pairs of the Java client's own tests.
        let golden = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            ("abc", 479_470_107),
        ];
        for (text, hash) in golden {
            assert_eq!(murmur2(text.as_bytes()), hash, "{text}");
        }
    }

    #[test]
    fn every_partition_is_in_range() {
        for key in ["21", "foobar", "", "lebronjames", "Đ"] {
            for partitions in [0, 1, 4, 7] {
                let partition = partition_for(key, partitions);
                assert!((0..partitions.max(1)).contains(&partition));
            }
        }
    }
}
