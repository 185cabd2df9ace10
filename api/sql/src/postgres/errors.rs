//! Our errors as Postgres tells its own.

use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError};

use crate::error::{ErrorKind, SqlError};

/// The error with the code clients sort it by, its place and its hint.
pub(super) fn told(error: SqlError) -> PgWireError {
    let code = code(&error);
    let mut info = ErrorInfo::new("ERROR".to_owned(), code.to_owned(), error.message);
    info.hint = error.hint;
    // Postgres counts characters from 1.
    info.position = error.place.map(|place| (place.offset + 1).to_string());
    PgWireError::UserError(Box::new(info))
}

fn code(error: &SqlError) -> &'static str {
    match error.kind {
        ErrorKind::Invalid if error.message.starts_with("there is no table") => "42P01",
        ErrorKind::Invalid if error.message.starts_with("there is no column") => "42703",
        ErrorKind::Invalid if error.message.starts_with("there is no function") => "42883",
        ErrorKind::Invalid => "42601",
        ErrorKind::Refused => "54001",
        ErrorKind::Forbidden => "25006",
        ErrorKind::NotReady => "57P03",
        ErrorKind::TooMany => "53300",
        ErrorKind::Memory => "53200",
        ErrorKind::Time => "57014",
        ErrorKind::Failed => "22000",
        ErrorKind::Internal => "XX000",
    }
}
