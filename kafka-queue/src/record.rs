//! A record in librdkafka's memory.

use std::ffi::{CStr, c_char, c_void};
use std::ptr::{null, null_mut};
use std::slice;

use rdkafka::bindings::{
    rd_kafka_header_get_all, rd_kafka_headers_t, rd_kafka_message_headers, rd_kafka_message_t,
    rd_kafka_message_timestamp, rd_kafka_resp_err_t, rd_kafka_timestamp_type_t,
};

/// A record in librdkafka's memory, which is freed when the call it was handed to returns.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a>(&'a rd_kafka_message_t);

impl<'a> Record<'a> {
    /// `message` is one that librdkafka's consumer handed out, without an error, and that lives for `'a`.
    pub(crate) fn new(message: &'a rd_kafka_message_t) -> Self {
        Self(message)
    }

    /// Offset in its partition.
    #[must_use]
    pub fn offset(self) -> i64 {
        self.0.offset
    }

    /// Milliseconds since 1970-01-01T00:00Z; -1 where the record has none.
    #[must_use]
    pub fn timestamp(self) -> i64 {
        let mut kind = rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message lives, and `kind` is written during the call only.
        unsafe { rd_kafka_message_timestamp(self.0, &raw mut kind) }
    }

    /// The key's bytes; `None` is a null key.
    #[must_use]
    pub fn key(self) -> Option<&'a [u8]> {
        // SAFETY: a message's key is null, or has `key_len` bytes for as long as the message lives.
        unsafe { bytes(self.0.key, self.0.key_len) }
    }

    /// The value's bytes; `None` is a null value.
    #[must_use]
    pub fn value(self) -> Option<&'a [u8]> {
        // SAFETY: a message's payload is null, or has `len` bytes for as long as the message lives.
        unsafe { bytes(self.0.payload, self.0.len) }
    }

    /// Headers in their order: names, which need not be UTF-8, and values.
    pub fn headers(self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        let mut headers: *mut rd_kafka_headers_t = null_mut();
        // SAFETY: the message lives. The headers belong to it and are left untouched where it has none.
        let found = unsafe { rd_kafka_message_headers(self.0, &raw mut headers) };
        let count = if found == rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR { usize::MAX } else { 0 };
        (0..count).map_while(move |index| {
            let (mut name, mut value, mut length): (*const c_char, *const c_void, usize) = (null(), null(), 0);
            // SAFETY: the headers live as long as their message, `'a`; behind the last one there is an error.
            let found =
                unsafe { rd_kafka_header_get_all(headers, index, &raw mut name, &raw mut value, &raw mut length) };
            if found != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                return None;
            }
            // SAFETY: librdkafka ends names with a zero byte, and keeps them as long as the headers.
            let name = unsafe { CStr::from_ptr::<'a>(name) };
            // SAFETY: a header's value is null, or has `length` bytes for as long as the headers live.
            Some((name.to_bytes(), unsafe { bytes(value, length) }))
        })
    }
}

/// # Safety
/// `start` is null, or `length` bytes can be read there for `'a`.
unsafe fn bytes<'a>(start: *const c_void, length: usize) -> Option<&'a [u8]> {
    // SAFETY: by this function's own condition.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start.cast(), length) })
}
