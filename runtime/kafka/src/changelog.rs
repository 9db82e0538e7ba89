//! What stands in a changelog: the stores' changes, and how far each input was read.
//!
//! Key: store name, a zero byte, key within the store. The value is the stored bytes; a removed
//! key is a tombstone. Positions stand under a reserved store name, by input topic, as decimal
//! text: the offset of the next record to read.

/// The reserved store name of positions. No phase's store can have it, since a topology refuses
/// names that begin with a mark.
pub const POSITION_STORE: &str = "_position";

/// Writes the changelog key of a store's key into a buffer, in place of what stood there.
pub(crate) fn write_changelog_key(buffer: &mut Vec<u8>, store: &str, key: &str) {
    buffer.clear();
    buffer.extend_from_slice(store.as_bytes());
    buffer.push(0);
    buffer.extend_from_slice(key.as_bytes());
}

/// Store and key of a changelog key; `None` when it is none.
pub fn split_changelog_key(bytes: &[u8]) -> Option<(&str, &str)> {
    std::str::from_utf8(bytes).ok()?.split_once('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_zero_bytes_in_keys_included() {
        let mut key = b"before".to_vec();
        write_changelog_key(&mut key, "counts", "a\0b");
        assert_eq!(key, b"counts\0a\0b");
        assert_eq!(split_changelog_key(&key), Some(("counts", "a\0b")));
        assert_eq!(split_changelog_key(b"counts"), None);
        assert_eq!(split_changelog_key(&[0xff, 0]), None);
    }
}
