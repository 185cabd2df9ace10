//! Opaque cursors: where the next page starts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Longest cursor that is looked at, in characters.
const MAX_CHARS: usize = 4096;

/// Makes a cursor of the bytes that name the last row of a page.
pub(crate) fn encode(place: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// The bytes a cursor was made of.
pub(crate) fn decode(cursor: &str) -> Result<Vec<u8>, &'static str> {
    const EXPECTED: &str = "expected the `next` of the page before";
    if cursor.len() > MAX_CHARS {
        return Err(EXPECTED);
    }
    URL_SAFE_NO_PAD.decode(cursor).map_err(|_| EXPECTED)
}

/// The text a cursor was made of.
pub(crate) fn decode_text(cursor: &str) -> Result<String, &'static str> {
    String::from_utf8(decode(cursor)?).map_err(|_| "expected the `next` of the page before")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back() {
        assert_eq!(decode(&encode(b"a\0\xff")), Ok(b"a\0\xff".to_vec()));
        assert!(decode("not base64!").is_err());
        assert!(decode_text(&encode(b"\xff")).is_err());
    }
}
