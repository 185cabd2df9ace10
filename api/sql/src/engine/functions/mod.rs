//! Functions of our own.

pub(super) mod postgres;

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};

/// Clients look for `PostgreSQL` and a number before they go on.
pub(crate) const VERSION: &str = concat!("PostgreSQL 16.6 (Tillstream ", env!("CARGO_PKG_VERSION"), ")");

/// `version()`
pub(super) fn version() -> ScalarUDF {
    constant("version", VERSION)
}

/// A function without arguments that always answers the same text.
fn constant(name: &str, text: &'static str) -> ScalarUDF {
    let answer = move |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(ScalarValue::Utf8(Some(text.to_owned()))));
    create_udf(name, Vec::new(), DataType::Utf8, Volatility::Stable, Arc::new(answer))
}
