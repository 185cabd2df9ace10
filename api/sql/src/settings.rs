//! Settings of a Postgres session: acknowledged, remembered where a client may ask for them, and otherwise without effect.

use crate::engine::VERSION;

/// What `SHOW` answers where the client has set nothing.
pub(crate) fn default_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "server_version" => "16.6",
        "server_version_num" => "160006",
        "version" => VERSION,
        "transaction_isolation" | "transaction isolation level" | "default_transaction_isolation" => "read committed",
        "transaction_read_only" | "default_transaction_read_only" => "on",
        "standard_conforming_strings" | "integer_datetimes" => "on",
        "client_encoding" | "server_encoding" => "UTF8",
        "timezone" | "time zone" => "UTC",
        "datestyle" => "ISO, MDY",
        "intervalstyle" => "postgres",
        "search_path" => "public",
        "application_name" => "",
        "extra_float_digits" => "1",
        "statement_timeout" | "lock_timeout" | "idle_in_transaction_session_timeout" => "0",
        "max_identifier_length" => "63",
        "bytea_output" => "hex",
        "is_superuser" => "off",
        "client_min_messages" => "notice",
        "lc_collate" | "lc_ctype" | "lc_messages" => "C.UTF-8",
        _ => return None,
    })
}

/// Where a session's own value of a setting is remembered.
pub(crate) fn key(name: &str) -> String {
    format!("tillstream.set.{name}")
}
