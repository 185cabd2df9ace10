//! The usual bytes of the usual key types.

use std::sync::Arc;

use tillstream_stores::{SharedSerde, arc_str, bytes, i64_be, nullable, u64_be, utf8};

/// A type that has a usual form as a record key: text as UTF-8, integers as eight bytes, big endian.
pub trait DefaultKey: Sized {
    /// The usual serde.
    fn key_serde() -> SharedSerde<Self>;
}

impl DefaultKey for String {
    fn key_serde() -> SharedSerde<Self> {
        utf8()
    }
}

impl DefaultKey for Arc<str> {
    fn key_serde() -> SharedSerde<Self> {
        arc_str()
    }
}

impl DefaultKey for i64 {
    fn key_serde() -> SharedSerde<Self> {
        i64_be()
    }
}

impl DefaultKey for u64 {
    fn key_serde() -> SharedSerde<Self> {
        u64_be()
    }
}

impl DefaultKey for Vec<u8> {
    fn key_serde() -> SharedSerde<Self> {
        bytes()
    }
}

impl<T: DefaultKey + 'static> DefaultKey for Option<T> {
    fn key_serde() -> SharedSerde<Self> {
        nullable(T::key_serde())
    }
}
