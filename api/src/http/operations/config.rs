//! `GET /v1/config`: the effective configuration with the origin of each value.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tillstream_config::Loaded;
use utoipa::{IntoParams, ToSchema};

use crate::AppState;
use crate::http::params::{Params, QueryParams, Strict};
use crate::http::problem::Problem;

/// Parameters of the configuration.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConfigParams {
    /// `json` (the default) or `toml`, which can be loaded as it is.
    #[param(value_type = Option<String>, example = "toml")]
    format: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Json,
    Toml,
}

impl QueryParams for ConfigParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        let forms = [("json", Form::Json), ("toml", Form::Toml)];
        Ok(Self { format: params.choice("format", &forms)?.unwrap_or(Form::Json) })
    }
}

/// One setting.
#[derive(Debug, Serialize, ToSchema)]
struct Setting {
    /// `section.key`
    #[schema(example = "streams.commit_interval")]
    key: String,
    /// Its effective value.
    #[schema(value_type = Object, example = "100 ms")]
    value: serde_json::Value,
    /// Where the value came from.
    #[schema(example = "default")]
    origin: String,
}

/// All settings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Settings {
    /// By key.
    settings: Vec<Setting>,
}

impl Settings {
    fn of(loaded: &Loaded) -> Result<Self, serde_json::Error> {
        let mut settings = Vec::new();
        if let serde_json::Value::Object(sections) = serde_json::to_value(&loaded.config)? {
            for (section, values) in sections {
                let serde_json::Value::Object(values) = values else { continue };
                for (name, value) in values {
                    let key = format!("{section}.{name}");
                    let origin = loaded.origins.of(&key).to_string();
                    settings.push(Setting { key, value, origin });
                }
            }
        }
        Ok(Self { settings })
    }
}

/// The configuration this service runs with, each value with where it came from.
#[utoipa::path(get, path = "/v1/config", tag = "operations", params(ConfigParams), responses(
    (status = 200, description = "the configuration", content((Settings = "application/json"), (String = "application/toml"))),
    (status = 400, description = "bad parameter", body = Problem),
))]
pub(crate) async fn config(
    State(state): State<AppState>,
    Strict(params): Strict<ConfigParams>,
) -> Result<Response, Problem> {
    let shown = state.config().without_secrets();
    Ok(match params.format {
        Form::Json => Json(Settings::of(&shown).map_err(|error| Problem::internal(&error))?).into_response(),
        Form::Toml => ([(header::CONTENT_TYPE, "application/toml")], shown.print()).into_response(),
    })
}
