//! JSON by serde.

use std::any::type_name;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Serde, SerdeError, SharedSerde, present};

struct Json<T>(PhantomData<fn() -> T>);

/// Compact JSON. A null payload is the error class `null_value`, other text that is not a `T` is `invalid_json`; wrap it in
/// [`nullable`](super::nullable) where null is a value.
#[must_use]
pub fn json<T: Serialize + DeserializeOwned + 'static>() -> SharedSerde<T> {
    Arc::new(Json(PhantomData))
}

impl<T: Serialize + DeserializeOwned> Serde<T> for Json<T> {
    fn serialize(&self, value: &T, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        serde_json::to_writer(out, value)
            .map_err(|error| SerdeError::new("unserializable", format!("{}: {error}", type_name::<T>())))?;
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<T, SerdeError> {
        let bytes = present(bytes, "JSON")?;
        // One look at all of it is much cheaper than one at each text in it. What is not UTF-8 is told with its place.
        let parsed = match std::str::from_utf8(bytes) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(bytes),
        };
        parsed.map_err(|error| SerdeError::new("invalid_json", format!("not a {}: {error}", type_name::<T>())))
    }
}
