//! Integers in as few bytes as they need, for compact rows: seven bits a byte, lowest first; signed ones zigzagged.

/// Appends `value`.
pub(crate) fn put_u64(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends `value`; numbers near zero of either sign are short.
pub(crate) fn put_i64(value: i64, out: &mut Vec<u8>) {
    put_u64(((value << 1) ^ (value >> 63)).cast_unsigned(), out);
}

/// Takes an integer off the front; `None` if there is none.
pub(crate) fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Takes a signed integer off the front.
pub(crate) fn take_i64(bytes: &mut &[u8]) -> Option<i64> {
    let value = take_u64(bytes)?;
    Some((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
}

/// Appends a text with its length.
pub(crate) fn put_text(text: &str, out: &mut Vec<u8>) {
    put_u64(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

/// Takes a text off the front.
pub(crate) fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let length = usize::try_from(take_u64(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_texts_round_trip() {
        let mut out = Vec::new();
        let numbers = [0, 1, -1, 63, 64, -65, i64::MAX, i64::MIN, 1 << 56];
        numbers.iter().for_each(|number| put_i64(*number, &mut out));
        put_text("ä\0", &mut out);
        put_u64(u64::MAX, &mut out);
        let mut bytes = out.as_slice();
        assert!(numbers.iter().all(|number| take_i64(&mut bytes) == Some(*number)));
        assert_eq!(take_text(&mut bytes).unwrap(), "ä\0");
        assert_eq!(take_u64(&mut bytes).unwrap(), u64::MAX);
        assert!(bytes.is_empty());
    }

    #[test]
    fn what_is_cut_short_or_too_long_is_nothing() {
        assert_eq!(take_u64(&mut &[0x80][..]), None);
        assert_eq!(take_u64(&mut &[0xff; 11][..]), None);
        assert_eq!(take_u64(&mut &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2][..]), None);
        assert_eq!(take_text(&mut &[3, b'a'][..]), None);
        assert_eq!(take_text(&mut &[1, 0xff][..]), None);
    }
}
