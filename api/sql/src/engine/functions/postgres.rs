//! What Postgres clients look for before they ask anything: the catalogue and its functions.

use std::hash::Hash;

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::prelude::SessionContext;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_postgres::datafusion_pg_catalog::setup_pg_catalog;
use datafusion_postgres::datafusion_pg_functions::register_all;

use super::super::session::CATALOG;
use crate::settings::default_of;

/// Functions about things there are none of here (indexes, views, sequences, comments by number): null, as Postgres answers.
const OF_NOTHING: [&str; 13] = [
    "col_description",
    "json_build_object",
    "obj_description",
    "pg_get_functiondef",
    "pg_get_indexdef",
    "pg_get_ruledef",
    "pg_get_serial_sequence",
    "pg_get_triggerdef",
    "pg_get_viewdef",
    "pg_tablespace_location",
    "shobj_description",
    "to_regclass",
    "to_regtype",
];

/// Whatever there is can be named without its schema.
const ALWAYS_VISIBLE: [&str; 6] = [
    "pg_collation_is_visible",
    "pg_conversion_is_visible",
    "pg_function_is_visible",
    "pg_opclass_is_visible",
    "pg_operator_is_visible",
    "pg_type_is_visible",
];

/// Adds the catalogue and its functions.
pub(in crate::engine) fn register(context: &SessionContext) -> Result<()> {
    let state = context.state_ref();
    register_all(&mut *state.write());
    setup_pg_catalog(context, CATALOG, EmptyContextProvider).map_err(|error| *error)?;
    context.register_udf(super::version());
    for name in OF_NOTHING {
        context.register_udf(simple(name, Answer::Null));
    }
    for name in ALWAYS_VISIBLE {
        context.register_udf(simple(name, Answer::True));
    }
    context.register_udf(simple("current_setting", Answer::Setting));
    context.register_udf(simple("set_config", Answer::Second));
    Ok(())
}

/// What a function answers, whatever it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Answer {
    Null,
    True,
    /// The setting that the first argument names.
    Setting,
    /// The second argument.
    Second,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Simple {
    name: &'static str,
    answer: Answer,
    signature: Signature,
}

fn simple(name: &'static str, answer: Answer) -> ScalarUDF {
    ScalarUDF::new_from_impl(Simple { name, answer, signature: Signature::variadic_any(Volatility::Stable) })
}

impl ScalarUDFImpl for Simple {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.answer == Answer::True { DataType::Boolean } else { DataType::Utf8 })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let text = |place: usize| match arguments.args.get(place) {
            Some(ColumnarValue::Scalar(value)) => value.try_as_str().flatten().map(str::to_owned),
            _ => None,
        };
        Ok(ColumnarValue::Scalar(match self.answer {
            Answer::Null => ScalarValue::Utf8(None),
            Answer::True => ScalarValue::Boolean(Some(true)),
            Answer::Second => ScalarValue::Utf8(text(1)),
            Answer::Setting => {
                ScalarValue::Utf8(text(0).and_then(|name| default_of(&name.to_lowercase())).map(str::to_owned))
            }
        }))
    }
}
