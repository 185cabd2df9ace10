//! Integers, big endian, as Kafka's own serialisers write them.

use std::sync::Arc;

use super::{Serde, SerdeError, SharedSerde, present};

struct BigEndian;

macro_rules! big_endian {
    ($name:ident, $type:ty) => {
        #[doc = concat!("`", stringify!($type), "`, big endian.")]
        #[must_use]
        pub fn $name() -> SharedSerde<$type> {
            Arc::new(BigEndian)
        }

        impl Serde<$type> for BigEndian {
            fn serialize(&self, value: &$type, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
                out.extend_from_slice(&value.to_be_bytes());
                Ok(true)
            }

            fn deserialize(&self, bytes: Option<&[u8]>) -> Result<$type, SerdeError> {
                let bytes = present(bytes, stringify!($type))?;
                let exact = bytes.try_into().map_err(|_| {
                    let message = format!("{} bytes where a {} was expected", bytes.len(), stringify!($type));
                    SerdeError::new("wrong_length", message)
                })?;
                Ok(<$type>::from_be_bytes(exact))
            }
        }
    };
}

big_endian!(i64_be, i64);
big_endian!(u64_be, u64);
big_endian!(i32_be, i32);
