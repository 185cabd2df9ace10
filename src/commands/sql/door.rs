//! Who answers: a running service, or the data directory.

use std::io::Write;

use serde_json::{Value, json};
use tillstream_api::sql::Format;
use tillstream_config::Loaded;

use super::directory::Directory;
use super::failure::Failure;
use crate::client::Client;

/// Who answers.
#[derive(Debug)]
pub(super) enum Door {
    /// A running service.
    Service(Client),
    /// The data directory, while no service has it open.
    Directory(Box<Directory>),
}

/// A table, as far as the prompt tells about it.
#[derive(Clone, Debug)]
pub(super) struct TableAbout {
    pub(super) name: String,
    pub(super) comment: String,
    /// Name, type, comment.
    pub(super) columns: Vec<[String; 3]>,
}

impl Door {
    pub(super) fn open(url: &str, loaded: &Loaded) -> anyhow::Result<Self> {
        let client = Client::new(url);
        if client.answers() {
            return Ok(Self::Service(client));
        }
        Ok(Self::Directory(Box::new(Directory::open(loaded, url)?)))
    }

    /// What the prompt is told it talks to.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Service(client) => client.url().to_owned(),
            Self::Directory(directory) => directory.path().display().to_string(),
        }
    }

    /// Writes the answer to `out` as it comes.
    pub(super) fn ask(
        &self,
        query: &str,
        params: Vec<Value>,
        format: Format,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        match self {
            Self::Directory(directory) => directory.ask(query, params, format, out),
            Self::Service(client) => {
                let body = json!({"query": query, "params": params});
                let failed = |error: anyhow::Error| Failure::new(format!("{error:#}"));
                let mut answer = client.post_json("/v1/sql", &body, format.media_type()).map_err(failed)?;
                if answer.status().as_u16() != 200 {
                    let problem = answer.body_mut().read_json().unwrap_or(Value::Null);
                    return Err(Failure::of_problem(&problem));
                }
                let copied = std::io::copy(&mut answer.body_mut().as_reader(), out);
                copied.map(drop).map_err(|error| Failure::new(format!("the answer broke off: {error}")))
            }
        }
    }

    /// The tables there are.
    pub(super) fn tables(&self) -> anyhow::Result<Vec<TableAbout>> {
        match self {
            Self::Directory(directory) => Ok(directory.tables()),
            Self::Service(client) => {
                let tables = client.get("/v1/sql/tables")?;
                let tables = tables.get("tables").and_then(Value::as_array).into_iter().flatten();
                Ok(tables.map(TableAbout::of).collect())
            }
        }
    }
}

impl TableAbout {
    fn of(table: &Value) -> Self {
        let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let column = |column: &Value| ["name", "type", "comment"].map(|field| text(column, field));
        let columns = table.get("columns").and_then(Value::as_array).into_iter().flatten();
        Self { name: text(table, "name"), comment: text(table, "comment"), columns: columns.map(column).collect() }
    }
}
