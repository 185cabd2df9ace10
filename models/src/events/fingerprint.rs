//! A fingerprint of payloads, to tell a repeat from a conflict.

/// 64-bit fingerprint (XXH3) of a payload's bytes.
///
/// Kept beside an `eventId` it tells a repeated event (same fingerprint: dropped) from two events
/// under one id (another fingerprint: a dead letter). It is stored, so the function is one with
/// a published, frozen definition.
#[must_use]
pub fn payload_hash(payload: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(payload)
}

#[cfg(test)]
mod tests {
    use super::payload_hash;

    #[test]
    fn is_the_published_function() {
        // The value that xxHash itself gives for no bytes with seed 0.
        assert_eq!(payload_hash(b""), 0x2D06_8005_38D3_94C2);
        assert_ne!(payload_hash(b"{\"amount\":1}"), payload_hash(b"{\"amount\":2}"));
    }
}
