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
        serde_json::from_slice(present(bytes, "JSON")?)
            .map_err(|error| SerdeError::new("invalid_json", format!("not a {}: {error}", type_name::<T>())))
    }
}
