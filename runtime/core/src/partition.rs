//! Which partition a key belongs to: as Java's client does it, so that producers in any language
//! agree with us.

const SEED: u32 = 0x9747_b28c;
const MIX: u32 = 0x5bd1_e995;
const SHIFT: u32 = 24;

/// The 32-bit murmur2 hash of Java's Kafka client, as the signed number it prints.
pub fn murmur2(key: &[u8]) -> i32 {
    // Java's length is an int; keys beyond it cannot be sent at all.
    let mut hash = SEED ^ key.len() as u32;
    let mut words = key.chunks_exact(4);
    for word in &mut words {
        let mut part = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).wrapping_mul(MIX);
        part ^= part >> SHIFT;
        hash = hash.wrapping_mul(MIX) ^ part.wrapping_mul(MIX);
    }
    let tail = words.remainder();
    if !tail.is_empty() {
        for (position, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * position);
        }
        hash = hash.wrapping_mul(MIX);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(MIX);
    (hash ^ (hash >> 15)).cast_signed()
}

/// The partition of a key among `partitions`, from 0. A count below 1 is taken as 1.
pub fn partition_for(key: &[u8], partitions: i32) -> i32 {
    partition_of_hash(murmur2(key), partitions)
}

/// The partition of a key with this hash among `partitions`.
pub(crate) fn partition_of_hash(hash: i32, partitions: i32) -> i32 {
    (hash & i32::MAX) % partitions.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_agree_with_the_java_client() {
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
        for (key, hash) in golden {
            assert_eq!(murmur2(key.as_bytes()), hash, "{key}");
        }
    }

    #[test]
    fn partitions_are_in_range_also_for_negative_hashes() {
        assert_eq!(partition_for(b"21", 12), (-973_932_308 & i32::MAX) % 12);
        assert_eq!(partition_for(b"21", 1), 0);
        assert_eq!(partition_for(b"21", 0), 0);
    }
}
