//! Hashes that stay the same from run to run and from machine to machine.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The first 16 bytes of a SHA-256: enough that two contents never meet by chance.
pub(crate) type Fingerprint = [u8; 16];

/// Hash of a value's content, over its compact form.
pub(crate) fn of(value: &impl Serialize) -> Fingerprint {
    // Writing plain data to memory cannot fail; were it ever to, equal values would still get
    // equal hashes.
    of_bytes(&postcard::to_stdvec(value).unwrap_or_default())
}

/// Hash of bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> Fingerprint {
    let digest = Sha256::digest(bytes);
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(&digest[..16]);
    fingerprint
}

/// As lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // A String takes everything that is written to it.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// SHA-256 of bytes, as 64 hex digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_start_of_a_sha_256() {
        assert_eq!(hex(&of_bytes(b"abc")), "ba7816bf8f01cfea414140de5dae2223");
        assert!(sha256_hex(b"abc").starts_with("ba7816bf8f01cfea414140de5dae2223b00361a3"));
    }
}
