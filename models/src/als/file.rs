//! Models as files: safetensors, which numpy, PyTorch and Rust read.

use std::collections::HashMap;

use safetensors::{
    Dtype, SafeTensorError, SafeTensors,
    tensor::{TensorView, serialize},
};
use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{AlsError, AlsModel, AlsValidParams};
use crate::linear::Factors;

/// Version of the layout: tensors `user_factors` and `item_factors` (`F32`, rows × factors), and the metadata entry
/// `tillstream_als` with version and parameters as JSON. A reader refuses any other.
pub const FORMAT_VERSION: u32 = 1;
/// All metadata is in one entry: safetensors writes entries in an order that changes from run to run.
const ENTRY: &str = "tillstream_als";

/// The metadata entry; its version is read before anything else of it.
#[derive(Serialize, Deserialize)]
struct Header<P> {
    version: u32,
    parameters: P,
}

/// Why bytes are not a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Not a safetensors file, or one cut short.
    #[error("not a model file: {0}")]
    Container(#[from] SafeTensorError),
    /// A safetensors file of something else.
    #[error("the file has no metadata entry `{ENTRY}`: it holds another kind of model")]
    Foreign,
    /// A model of another release.
    #[error(
        "the model has format version {found}, this release reads {FORMAT_VERSION}: train it again, or use the other"
    )]
    Version {
        /// What the file says.
        found: u32,
    },
    /// The parameters in the metadata cannot be read.
    #[error("the parameters in the file cannot be read: {0}")]
    Parameters(#[from] serde_json::Error),
    /// The parameters in the metadata are out of range.
    #[error("the parameters in the file are unusable: {0}")]
    Range(#[from] AlsError),
    /// A tensor has another type or shape than the parameters say.
    #[error("tensor `{tensor}` is {dtype:?} {shape:?}; expected F32 with rows of {factors}")]
    Shape {
        /// The tensor.
        tensor: &'static str,
        /// Its type.
        dtype: Dtype,
        /// Its shape.
        shape: Vec<usize>,
        /// Factors the parameters ask for.
        factors: usize,
    },
    /// A factor is no finite number.
    #[error("tensor `{tensor}` holds {value} in row {row}: the model must not be served")]
    NotFinite {
        /// The tensor.
        tensor: &'static str,
        /// The row.
        row: usize,
        /// The value.
        value: f32,
    },
}

impl AlsModel {
    /// The model as the bytes of a file, the same for the same model.
    ///
    /// # Errors
    /// [`FileError::NotFinite`] if a factor is no number: such a model is not written; others only if memory for the
    /// container cannot be had.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FileError> {
        check_finite("user_factors", &self.users)?;
        check_finite("item_factors", &self.items)?;
        let header = serde_json::to_string(&Header { version: FORMAT_VERSION, parameters: &self.params })?;
        let metadata = HashMap::from([(ENTRY.to_owned(), header)]);
        let (users, items) = (little_endian(&self.users), little_endian(&self.items));
        let tensors = [("user_factors", &self.users, &users), ("item_factors", &self.items, &items)];
        let views = tensors.into_iter().map(|(name, table, bytes)| {
            Ok((name, TensorView::new(Dtype::F32, vec![table.rows(), table.dimension()], bytes)?))
        });
        let views: Vec<_> = views.collect::<Result<_, SafeTensorError>>()?;
        Ok(serialize(views, Some(metadata))?)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// If the bytes are cut short or changed, from another version, of another shape than they say, or hold a factor
    /// that is not finite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FileError> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let header = header.metadata().as_ref().and_then(|entries| entries.get(ENTRY)).ok_or(FileError::Foreign)?;
        let found = serde_json::from_str::<Header<IgnoredAny>>(header)?.version;
        if found != FORMAT_VERSION {
            return Err(FileError::Version { found });
        }
        let params = serde_json::from_str::<Header<AlsValidParams>>(header)?.parameters;
        params.validate()?;
        let tensors = SafeTensors::deserialize(bytes)?;
        let users = read_table(&tensors, "user_factors", params.factors)?;
        let items = read_table(&tensors, "item_factors", params.factors)?;
        Ok(Self::new(params, users, items))
    }
}

fn little_endian(table: &Factors) -> Vec<u8> {
    table.dense().flat_map(f32::to_le_bytes).collect()
}

fn read_table(tensors: &SafeTensors<'_>, tensor: &'static str, factors: usize) -> Result<Factors, FileError> {
    let view = tensors.tensor(tensor)?;
    let values: Vec<f32> = view.data().as_chunks().0.iter().map(|bytes: &[u8; 4]| f32::from_le_bytes(*bytes)).collect();
    let table = match view.shape() {
        [_, columns] if view.dtype() == Dtype::F32 && *columns == factors => Factors::from_dense(factors, &values),
        _ => None,
    };
    let table =
        table.ok_or_else(|| FileError::Shape { tensor, dtype: view.dtype(), shape: view.shape().to_vec(), factors })?;
    check_finite(tensor, &table)?;
    Ok(table)
}

fn check_finite(tensor: &'static str, table: &Factors) -> Result<(), FileError> {
    let bad = table.dense().zip(0..).find(|(value, _): &(f32, usize)| !value.is_finite());
    match bad {
        Some((value, at)) => Err(FileError::NotFinite { tensor, row: at / table.dimension().max(1), value }),
        None => Ok(()),
    }
}
